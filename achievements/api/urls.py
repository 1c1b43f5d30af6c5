"""The addresses of the achievements' API, below `/api/v1/`."""

from django.urls import re_path
from rest_framework.routers import SimpleRouter

from achievements.api.views.badges import BadgeDefinitionViewSet, EarnedBadgeViewSet
from achievements.api.views.organization_summaries import OrganizationSummaryViewSet
from achievements.api.views.stats import MentorStatsViewSet
from achievements.api.views.summaries import SummaryViewSet
from achievements.api.views.tiers import RecognitionTiersViewSet

router = SimpleRouter(trailing_slash=False)
router.register("peer-mentor-stats", MentorStatsViewSet, basename="peer-mentor-stats")
router.register("recognition-tiers", RecognitionTiersViewSet, basename="recognition-tiers")
router.register("annual-summaries", SummaryViewSet, basename="annual-summary")
router.register("badge-definitions", BadgeDefinitionViewSet, basename="badge-definition")
router.register("earned-badges", EarnedBadgeViewSet, basename="earned-badge")

urlpatterns = [
    *router.urls,
    re_path(
        r"^organization-summaries/(?P<year>[0-9]{4})$",
        OrganizationSummaryViewSet.as_view({"get": "of_year"}),
        name="organization-summary",
    ),
]
