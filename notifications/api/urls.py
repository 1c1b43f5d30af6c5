"""Addresses below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from notifications.api import views

router = SimpleRouter(trailing_slash=False)
router.register("notifications", views.NotificationViewSet, basename="notification")
router.register("devices", views.DeviceViewSet, basename="push-device")

urlpatterns = [
    path("notification-preferences", views.PreferencesView.as_view(), name="notification-preferences"),
    path("notification-preferences/<slug:kind>", views.PreferenceView.as_view(), name="notification-preference"),
    *router.urls,
]
