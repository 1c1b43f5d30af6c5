"""The addresses of the certificates' API, below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from certifications.api.views.certificates import CertificateViewSet, StatusViewSet
from certifications.api.views.public import PublicMentorsView
from certifications.api.views.reminders import ReminderViewSet
from certifications.api.views.types import CertificationTypeViewSet, SettingsViewSet

router = SimpleRouter(trailing_slash=False)
router.register("certification-types", CertificationTypeViewSet, basename="certification-type")
router.register("certificates", CertificateViewSet, basename="certificate")
router.register("certification-statuses", StatusViewSet, basename="certification-status")
router.register("certification-renewal-reminders", ReminderViewSet, basename="certification-renewal-reminder")
router.register("certification-settings", SettingsViewSet, basename="certification-settings")

urlpatterns = [path("public/mentors", PublicMentorsView.as_view(), name="public-mentors"), *router.urls]
