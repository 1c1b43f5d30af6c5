"""Addresses below `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts.api import views

router = SimpleRouter(trailing_slash=False)
router.register("mentors", views.MentorViewSet, basename="mentor")
router.register("local-associations", views.LocalAssociationViewSet, basename="local-association")

urlpatterns = [
    path("me", views.MeView.as_view(), name="me"),
    path("me/devices", views.DevicesView.as_view(), name="my-devices"),
    path("me/devices/<int:device_id>", views.DeviceView.as_view(), name="my-device"),
    *router.urls,
]
