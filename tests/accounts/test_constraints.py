"""The wall behind the services: rows that cross organisations do not fit into the tables."""

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from accounts.models import CareArea, LocalAssociation, Membership, MentorAffiliation, MentorStatusChange

NOW = "2026-03-11T11:00:00Z"


def crossing(organization, region, mentor, coordinator, foreign):
    """One row per table whose foreign key leaves the organisation."""
    membership = Membership.objects.get(user=coordinator, role=Role.COORDINATOR)
    return {
        "parent": LocalAssociation(organization=organization, name="x", parent=foreign.local_association),
        "care area": CareArea(
            organization=organization, membership=membership, local_association=foreign.local_association
        ),
        "membership": CareArea(
            organization=foreign.organization, membership=membership, local_association=foreign.local_association
        ),
        "affiliation": MentorAffiliation(
            organization=organization, mentor=mentor, local_association=foreign.local_association
        ),
        "mentor": MentorAffiliation(organization=organization, mentor=foreign.mentor, local_association=region),
        "status": MentorStatusChange(
            organization=organization, mentor=foreign.mentor, status_after="paused", changed_by="system", at=NOW
        ),
    }


@pytest.mark.parametrize("name", ["parent", "care area", "membership", "affiliation", "mentor", "status"])
def test_a_row_that_points_into_another_organisation_is_rejected_even_in_bulk(
    name, organization, region, mentor, coordinator, foreign
):
    row = crossing(organization, region, mentor, coordinator, foreign)[name]
    with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic():
        type(row).objects.bulk_create([row])


def test_an_update_cannot_carry_a_row_across_either(mentor, foreign):
    with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic():
        MentorAffiliation.objects.filter(mentor=mentor).update(local_association=foreign.local_association)
