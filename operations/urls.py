"""The addresses for whoever watches the server."""

from django.urls import path

from operations import health

urlpatterns = [
    path("healthz", health.ready, name="healthz"),
    path("healthz/live", health.live, name="healthz-live"),
]
