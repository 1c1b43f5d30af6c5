"""Who may act on what they see: staff, on what belongs to the mentors in their care.

Seeing is not enough. A coordinator who is a mentor somewhere else sees their own certificates, and others decide
about those.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Value, When
from django.db.models.expressions import Expression

from accounts.access import Access
from accounts.base.api import IsStaffOfOrganization
from accounts.models import MentorAffiliation


def in_care(access: Access, mentor: str = "mentor_id") -> Expression:
    """To annotate rows with: does the mentor whose id is in `mentor` belong to those whom the caller cares for?"""
    if access.is_platform_staff:
        return Value(True, output_field=BooleanField())
    affiliations = MentorAffiliation.objects.filter(
        mentor_id=OuterRef(mentor), local_association_id__in=access.cares_for
    )
    return Case(
        When(organization_id__in=access.administers, then=Value(True)),
        When(Exists(affiliations), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


class InCare(IsStaffOfOrganization):
    """Those who look after the row's mentor, and administrators; rows are annotated `in_care`."""

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return bool(obj.in_care)
