"""The starter set: the badges and the tiers that an association has from the start."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.enums import ChangeAction
from accounts.models import Organization, User
from accounts.services.changes import log_changes
from achievements.models import BadgeDefinition, CriteriaVersion, RecognitionTiers
from achievements.starter import STARTER_SET


@transaction.atomic
def add_starter_set(*, organization: Organization, at: datetime, by: User | None = None) -> list[BadgeDefinition]:
    """Give an association what it lacks of the starter set; returns the badges that are new.

    Repeatable. What is there, by its slug, stays as staff have made it, switched off or on. The new ones are in use;
    whoever calls asks for the mentors to be evaluated (`queue_evaluation`).
    """
    wanted = [BadgeDefinition(organization=organization, **starter.columns) for starter in STARTER_SET]
    # Of two at once the second waits for the first one's commit, inserts nothing and finds none of its own.
    BadgeDefinition.objects.bulk_create(wanted, ignore_conflicts=True)
    there = set(BadgeDefinition.objects.filter(organization=organization).values_list("pk", flat=True))
    added = [definition for definition in wanted if definition.pk in there]
    CriteriaVersion.objects.bulk_create(
        CriteriaVersion(definition=each, version=each.criteria_version, criteria=each.criteria, changed_by=by)
        for each in added
    )
    log_changes(added, by=by, at=at, action=ChangeAction.CREATED)
    RecognitionTiers.objects.bulk_create([RecognitionTiers(organization=organization)], ignore_conflicts=True)
    return added
