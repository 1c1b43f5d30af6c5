"""The public addresses of badges, below `/b/`."""

from django.urls import path

from achievements.openbadges import views

urlpatterns = [
    path("b/keys.json", views.badge_keys, name="badge-keys"),
    path("b/keys/<str:thumbprint>", views.badge_key, name="badge-key"),
    path("b/images/<slug:icon>.svg", views.badge_image, name="badge-image"),
    path("b/issuers/<uuid:organization>", views.badge_issuer, name="badge-issuer"),
    path("b/issuers/<uuid:organization>/badges/<uuid:definition>", views.badge_achievement, name="badge-achievement"),
    path("b/<uuid:code>", views.badge_check, name="badge-check"),
    path("b/<uuid:code>/", views.badge_check),
    path("b/<uuid:code>.json", views.badge_document, name="badge-document"),
    path("b/<uuid:code>/status", views.badge_status, name="badge-status"),
    path("b/<path:code>", views.unknown_badge),
]
