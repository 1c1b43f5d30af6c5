"""The addresses of the timeline's API, below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from timeline.api.desk_views import AnswerDeskViewSet, AnswerSettingsViewSet
from timeline.api.views import GoalsView, LineViewSet, TimelineView, WeekView

router = SimpleRouter(trailing_slash=False)
router.register("timeline", LineViewSet, basename="timeline")
router.register("answer-desk/settings", AnswerSettingsViewSet, basename="answer-desk-settings")
router.register("answer-desk", AnswerDeskViewSet, basename="answer-desk")

urlpatterns = [
    path("timeline", TimelineView.as_view(), name="timeline-list"),
    path("timeline/week", WeekView.as_view(), name="timeline-week"),
    path("timeline/goals", GoalsView.as_view(), name="timeline-goals"),
    *router.urls,
]
