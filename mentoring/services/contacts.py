"""The verbs of contacts: the people whom mentors support."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import LocalAssociation, Organization, User
from accounts.services import log_change
from mentoring.models import Assignment, Contact

#: What may be changed of a contact.
FIELDS = ("local_association_id", "number", "first_name", "last_name", "phone", "email")


class LocalAssociationNotFound(Refusal):
    code = "local_association_not_found"
    sentence = _("There is no such local association in this organisation.")
    field = "local_association_id"
    status = 404


class ContactNumberTaken(Refusal):
    code = "number_taken"
    sentence = _("Another contact has this number.")
    field = "number"
    status = 409


class ContactHasOpenAssignment(Refusal):
    code = "contact_has_open_assignment"
    sentence = _("This contact still has a mentor. End the assignment first.")
    status = 409


@transaction.atomic
def create_contact(
    *,
    organization: Organization,
    local_association_id: UUID,
    first_name: str,
    last_name: str = "",
    phone: str = "",
    email: str = "",
    number: str = "",
    by: User | None,
    at: datetime,
) -> Contact:
    """Register a person whom a mentor is to support."""
    _check_association(organization.pk, local_association_id)
    contact = Contact(
        organization=organization,
        local_association_id=local_association_id,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        email=email,
        number=number,
    )
    _save(contact, force_insert=True)
    log_change(contact, by=by, at=at, action="created")
    return contact


@transaction.atomic
def update_contact(*, contact: Contact, by: User | None, at: datetime, **changes: Any) -> Contact:
    """Change what is known of a contact (`FIELDS`). A new local association moves their assignments along."""
    stored: Contact = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    changed = {name: value for name, value in changes.items() if getattr(stored, name) != value}
    if not changed:
        return stored
    if "local_association_id" in changed:
        _check_association(stored.organization_id, changed["local_association_id"])
    before = {name: getattr(stored, name) for name in changed}
    for name, value in changed.items():
        setattr(stored, name, value)
    _save(stored, update_fields=[*changed, "updated_at"])
    if "local_association_id" in changed:
        moved = Assignment.objects.filter(contact=stored)
        moved.update(local_association_id=stored.local_association_id, updated_at=at)
    log_change(stored, by=by, at=at, before=before)
    return stored


@transaction.atomic
def delete_contact(*, contact: Contact, by: User, at: datetime) -> Contact:
    """Delete a contact softly; refused while a mentor supports them. Deleting again changes nothing."""
    stored: Contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if stored.deleted_at:
        return stored
    if Assignment.objects.open().filter(contact=stored).exists():
        raise ContactHasOpenAssignment
    stored.deleted_at = at
    stored.save(update_fields=["deleted_at", "updated_at"])
    log_change(stored, by=by, at=at, action="deleted")
    return stored


def _check_association(organization_id: UUID, local_association_id: UUID) -> None:
    if not LocalAssociation.objects.filter(pk=local_association_id, organization_id=organization_id).exists():
        raise LocalAssociationNotFound


def _save(contact: Contact, **how: Any) -> None:
    try:
        with transaction.atomic():
            contact.save(**how)
    except IntegrityError as error:
        if "contact_number_once" in str(error):
            raise ContactNumberTaken from error
        raise
