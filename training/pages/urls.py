"""The pages of training."""

from django.urls import path

from training.pages import views

urlpatterns = [
    path("training/", views.courses, name="training"),
    path("training/<uuid:course_id>/", views.course, name="training-course"),
    path("training/lessons/<uuid:lesson_id>/", views.lesson, name="training-lesson"),
    path("training/lessons/<uuid:lesson_id>/done/", views.lesson_done, name="training-lesson-done"),
    path("training/lessons/<uuid:lesson_id>/reflect/", views.reflect, name="training-reflect"),
    path("training/quizzes/<uuid:quiz_id>/", views.quiz, name="training-quiz"),
    path("training/attempts/<uuid:attempt_id>/", views.attempt, name="training-attempt"),
    path("training/videos/<uuid:video_id>/watched/", views.watched, name="training-watched"),
    path("training/videos/<uuid:video_id>/seen/", views.video_seen, name="training-video-seen"),
    path("training/videos/<uuid:video_id>/file/", views.video_file, name="lesson-video-file"),
    path("training/videos/<uuid:video_id>/captions/", views.captions, name="lesson-captions"),
    path("training/reflections/<uuid:reflection_id>/reply/", views.reply, name="training-reply"),
    path("training/reflections/<uuid:reflection_id>/file/", views.reflection_file, name="lesson-reflection-file"),
]
