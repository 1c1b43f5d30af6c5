"""The page on which a developer reads and tries the API: from our own files, within our own policy."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView


class Document(SpectacularJSONAPIView):
    """The OpenAPI document. It says nothing about anybody, so nobody has to log in."""

    authentication_classes = []
    permission_classes = []


# Swagger UI styles its own elements and draws its icons from data: addresses. Scripts stay ours alone.
@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    authentication_classes = []
    permission_classes = []
