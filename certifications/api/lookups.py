"""From an id or a code in a request to a row that exists for the caller, in an organisation that uses the module."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from accounts.enums import Language
from accounts.models import MentorProfile, Organization, User
from accounts.services.authority import OutsideCare
from certifications.api.care import in_care
from certifications.models import CertificationType
from mentoring.api.lookups import RowNotFound, organization_of
from training.models import Course

Key = tuple[UUID, str]


def heard(shape: Any, request: Request) -> dict[str, Any]:
    """The body of a request, as `shape` understands it."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def organization_in(organizations: Collection[UUID], user: User, key: Any, field: str = "") -> Organization:
    """An organisation of the caller that is one of `organizations`."""
    found = organization_of(user, key, field)
    if found.pk not in organizations:
        raise RowNotFound(field=field)
    return found


def mentors_in(organizations: Collection[UUID], user: User, keys: Iterable[UUID]) -> dict[UUID, MentorProfile]:
    """Those of `keys` that exist for the caller, annotated `in_care`; one query."""
    rows = MentorProfile.objects.filter(pk__in=set(keys), organization_id__in=organizations)
    rows = rows.select_related("organization").annotate(in_care=in_care(user.access, "pk"))
    return {mentor.pk: mentor for mentor in rows.visible_to(user)}


def types_of(organizations: Collection[UUID], codes: Iterable[str]) -> dict[Key, CertificationType]:
    """Certification types by organisation and code; one query."""
    rows = CertificationType.objects.filter(organization_id__in=organizations, code__in=set(codes))
    return {(row.organization_id, row.code): row for row in rows}


def mentor_in_care(mentors: dict[UUID, MentorProfile], key: UUID) -> MentorProfile:
    """One of `mentors`; not found when it is none of them, refused when the caller only sees them."""
    mentor = mentors.get(key)
    if mentor is None:
        raise RowNotFound(field="mentor_id")
    if not vars(mentor)["in_care"]:
        raise OutsideCare
    return mentor


def type_for(mentor: MentorProfile, types: dict[Key, CertificationType], code: str) -> CertificationType:
    """The certification of the mentor's organisation with this code."""
    found = types.get((mentor.organization_id, code))
    if found is None:
        raise RowNotFound(field="certification_type")
    return found


def name_course(given: dict[str, Any], user: User, organization_id: UUID) -> None:
    """Put the course that `course_id` names into its place, if the body names one, or none."""
    if "course_id" not in given:
        return
    key, course = given.pop("course_id"), None
    if key is not None:
        course = Course.objects.filter(pk=key, organization_id=organization_id).visible_to(user).first()
        if course is None:
            raise RowNotFound(field="course_id")
    given["course"] = course


def language_in(request: Request) -> str:
    """The language that the query asks for, else the caller's."""
    language = request.query_params.get("language", request.user.language)
    if language not in Language.values:
        sentence = _("Choose one of %(languages)s.") % {"languages": ", ".join(Language.values)}
        raise ValidationError({"language": [ErrorDetail(sentence, code="invalid_choice")]})
    return language
