"""Every address that Varde answers."""

from django.contrib import admin
from django.urls import include, path

import accounts.api.urls
import achievements.api.urls
import certifications.api.urls
import mentoring.api.urls
import notifications.api.urls
import timeline.api.urls
import training.api.urls
from config.api.pages import Docs, Document

api = [
    *accounts.api.urls.urlpatterns,
    *mentoring.api.urls.urlpatterns,
    *notifications.api.urls.urlpatterns,
    *training.api.urls.urlpatterns,
    *certifications.api.urls.urlpatterns,
    *achievements.api.urls.urlpatterns,
    *timeline.api.urls.urlpatterns,
]

urlpatterns = [
    path("admin/", admin.site.urls),
    # Sign-in: pages for the desk, JSON for the app.
    path("", include("accounts.urls")),
    path("", include("operations.urls")),
    path("", include("training.pages.urls")),
    path("", include("certifications.urls")),
    path("", include("achievements.wrapped.urls")),
    path("", include("achievements.openbadges.urls")),
    path("", include("timeline.pages.urls")),
    path("api/schema/", Document.as_view(), name="api-schema"),
    path("api/docs/", Docs.as_view(url_name="api-schema"), name="api-docs"),
    path("api/v1/", include(api)),
]

handler400 = "config.api.errors.bad_request"
handler403 = "config.api.errors.permission_denied"
handler404 = "config.api.errors.not_found"
handler500 = "config.api.errors.server_error"
