"""The addresses of the timeline's pages: a learner's own, and the same for a mentor who is named."""

from django.urls import path

from timeline.pages import views

urlpatterns = [
    path("timeline/", views.timeline, name="own-timeline"),
    path("timeline/week/", views.week, name="own-week"),
    path("timeline/goals/", views.goals, name="own-goals"),
    path("timeline/goals/<uuid:goal_id>/", views.goal, name="own-goal"),
    path("timeline/videos/<uuid:video_id>/", views.video, name="own-video"),
    path("timeline/reflections/<uuid:reflection_id>/", views.reflection, name="timeline-reflection"),
    path("timeline/reflections/<uuid:reflection_id>/reply/", views.reply, name="timeline-reply"),
    path("timeline/mentors/<uuid:mentor_id>/", views.timeline, name="mentor-timeline"),
    path("timeline/mentors/<uuid:mentor_id>/week/", views.week, name="mentor-week"),
    path("timeline/mentors/<uuid:mentor_id>/goals/", views.goals, name="mentor-goals"),
    path("timeline/mentors/<uuid:mentor_id>/goals/<uuid:goal_id>/", views.goal, name="mentor-goal"),
    path("timeline/mentors/<uuid:mentor_id>/videos/<uuid:video_id>/", views.video, name="mentor-video"),
]
