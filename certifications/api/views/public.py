"""What anybody may ask without a log-in."""

from __future__ import annotations

from typing import Any

from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import PlainView
from accounts.base.pagination import DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE, Pages, whole_number
from accounts.models import Organization
from certifications.api.serializers.public import PublicMentor, PublicMentors
from certifications.public.listing import kept, listed_mentors, publishing, stamp_of

ORGANIZATION = OpenApiParameter("organization", OpenApiTypes.STR, required=True, description="Its slug.")


def _number(name: str, largest: int, default: int) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "integer", "minimum": 1, "maximum": largest, "default": default})


class PublicMentorsView(PlainView):
    """Nobody logs in here, and whoever is logged in is not looked at."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def _known_parameters(self) -> frozenset[str]:
        return Pages.query_parameters | {"organization"}

    @extend_schema(
        operation_id="public_mentors_list",
        parameters=[ORGANIZATION, _number("page", MAX_PAGE, 1), _number("limit", MAX_LIMIT, DEFAULT_LIMIT)],
        responses={200: PublicMentors, 304: OpenApiResponse(description="As in the answer with this `ETag`.")},
    )
    def get(self, request: Request) -> Any:
        """The mentors whom an association lists: names and local associations, in alphabetical order.

        Whoever is paused is off it at once. With the `ETag` of an earlier answer in `If-None-Match`: 304 while nothing
        has changed. 404 when there is no such association, or it does not publish its mentors.
        """
        organization = self._organization()
        limit = whole_number(request, "limit", DEFAULT_LIMIT, MAX_LIMIT)
        page = whole_number(request, "page", 1, MAX_PAGE)
        key = f"{stamp_of(organization)}:{page}:{limit}"
        etag = quote_etag(key)
        answer = get_conditional_response(request._request, etag=etag)
        if answer is None:
            answer = Response(kept(key, lambda: self._page(organization)))
        answer["ETag"] = etag
        # Kept by whoever wants to, and asked about each time.
        patch_cache_control(answer, no_cache=True, public=True)
        return answer

    def _organization(self) -> Organization:
        slug = self.request.query_params.get("organization")
        if not slug:
            raise ValidationError({"organization": [ErrorDetail(_("Say which association."), code="required")]})
        organization = publishing(slug)
        if organization is None:
            raise NotFound
        return organization

    def _page(self, organization: Organization) -> Any:
        pages = Pages()
        rows = pages.paginate_queryset(listed_mentors(organization), self.request)
        return pages.get_paginated_response([dict(row) for row in PublicMentor(rows, many=True).data]).data
