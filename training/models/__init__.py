"""What there is to learn, and what mentors do with it."""

from training.models.content import AnswerOption, Checkpoint, Course, Lesson, Question, Quiz, Video
from training.models.goals import DailyNote, Goal, GoalMessage, GoalMilestone, GoalSwitch, SuccessProof
from training.models.progress import CheckpointVisit, Enrollment, LessonProgress, QuizAttempt, VideoProgress
from training.models.reflections import Reflection, ReflectionReply

__all__ = [
    "AnswerOption",
    "Checkpoint",
    "CheckpointVisit",
    "Course",
    "DailyNote",
    "Enrollment",
    "Goal",
    "GoalMessage",
    "GoalMilestone",
    "GoalSwitch",
    "Lesson",
    "LessonProgress",
    "Question",
    "Quiz",
    "QuizAttempt",
    "Reflection",
    "ReflectionReply",
    "SuccessProof",
    "Video",
    "VideoProgress",
]
