"""The verbs of activity types. They are never deleted: what was done keeps its kind; a type goes out of use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import Organization, User
from accounts.services import log_change
from mentoring.models import Activity, ActivityType
from mentoring.services.contact_date import recompute_contact_dates


class TypeSlugTaken(Refusal):
    code = "slug_taken"
    sentence = _("There is already an activity type with this short name.")
    field = "slug"
    status = 409


@transaction.atomic
def create_activity_type(
    *, organization: Organization | None, slug: str, name: str, by: User, at: datetime, **facts: Any
) -> ActivityType:
    """Make a type: for one organisation, or for all of them when `organization` is None."""
    made = ActivityType(organization=organization, slug=slug, name=name, **facts)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if "activity_type_slug_once" in str(error):
            raise TypeSlugTaken from error
        raise
    if organization is not None:  # the history belongs to organisations; what is for all has none
        log_change(made, by=by, at=at, action="created")
    return made


@transaction.atomic
def update_activity_type(*, type: ActivityType, by: User, at: datetime, **changes: Any) -> ActivityType:
    """Change names and rules of a type, from now on; organisation and slug stay.

    When it begins or ceases to count as contact, the contact dates of all its assignments follow at once.
    """
    stored: ActivityType = ActivityType.objects.select_for_update(no_key=True).get(pk=type.pk)
    changed = {name: value for name, value in changes.items() if getattr(stored, name) != value}
    if not changed:
        return stored
    before = {name: getattr(stored, name) for name in changed}
    for name, value in changed.items():
        setattr(stored, name, value)
    stored.save(update_fields=[*changed, "updated_at"])
    if "counts_as_contact" in changed:
        affected = Activity.objects.filter(type=stored, assignment__isnull=False)
        recompute_contact_dates(affected.values_list("assignment_id", flat=True).distinct(), at=at)
    if stored.organization_id is not None:
        log_change(stored, by=by, at=at, before=before)
    return stored
