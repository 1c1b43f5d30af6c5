"""The addresses of training's API, below `/api/v1/`."""

from rest_framework.routers import SimpleRouter

from training.api.views.courses import CourseViewSet, EnrollmentViewSet, LessonViewSet, QuizViewSet, VideoViewSet
from training.api.views.goals import DailyNoteViewSet, GoalViewSet, MilestoneViewSet, ProofViewSet
from training.api.views.reflections import ReflectionViewSet

router = SimpleRouter(trailing_slash=False)
router.register("training/courses", CourseViewSet, basename="training-course")
router.register("training/enrollments", EnrollmentViewSet, basename="training-enrollment")
router.register("training/lessons", LessonViewSet, basename="training-lesson")
router.register("training/videos", VideoViewSet, basename="training-video")
router.register("training/quizzes", QuizViewSet, basename="training-quiz")
router.register("training/reflections", ReflectionViewSet, basename="training-reflection")
router.register("training/goals", GoalViewSet, basename="training-goal")
router.register("training/milestones", MilestoneViewSet, basename="training-milestone")
router.register("training/daily-notes", DailyNoteViewSet, basename="training-daily-note")
router.register("training/proofs", ProofViewSet, basename="training-proof")

urlpatterns = router.urls
