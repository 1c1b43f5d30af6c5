"""The pages of certificates: to check one, and to have one on paper."""

from django.urls import path, re_path

from certifications.documents.views import certificate_document
from certifications.public.views import certificate_check, certificate_qr, type_a_code

urlpatterns = [
    path("c/", type_a_code, name="certificate-check-form"),
    # Printed on paper and typed by hand, so a slash at the end is forgiven.
    re_path(r"^c/(?P<code>[^/]+)/?$", certificate_check, name="certificate-check"),
    path("c/<str:code>/qr.svg", certificate_qr, name="certificate-qr"),
    path("certificates/<uuid:pk>/pdf", certificate_document, name="certificate-pdf"),
]
