"""The verbs of recognition tiers: an association's thresholds, and where a mentor stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.local_time import local_date
from accounts.models import MentorProfile, Organization, User
from accounts.services import log_change
from achievements import tiers as mathematics
from achievements.counting import counted
from achievements.criteria import Figure
from achievements.enums import Metric, Tier, Window
from achievements.models import MentorStats, RecognitionTiers
from achievements.services.evaluation import queue_evaluation
from achievements.tiers import TierStanding

#: What may be laid down about tiers.
CHOICES = ("metric", "window", *(tier.value for tier in Tier))

#: What is counted, by the name of the stored figure.
STORED_AS = {
    Metric.ACTIVITIES: "activity_count",
    Metric.MINUTES: "minutes",
    Metric.CONTACTS: "contact_count",
    Metric.ASSIGNMENTS: "assignment_count",
    Metric.EVENTS: "event_count",
}


class InvalidTiers(Refusal):
    """The tiers cannot be like this; `problems` has a sentence for each field that is to blame."""

    code = "invalid_tiers"
    sentence = _("The tiers cannot be like this.")

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        field, sentence = next(iter(self.problems.items()))
        super().__init__(sentence, field=field)


def tiers_of(*, organization: Organization) -> RecognitionTiers:
    """What an association has laid down about tiers; what every one begins with, not saved, when it has not."""
    found = RecognitionTiers.objects.filter(organization=organization).first()
    return found or RecognitionTiers(organization=organization)


def tier_of(*, mentor: MentorProfile, at: datetime) -> TierStanding:
    """Where a mentor stands at `at`; a year is the calendar year where the organisation is."""
    tiers = tiers_of(organization=mentor.organization)
    return mathematics.standing(_figure(mentor, tiers, at), tiers.thresholds)


def _figure(mentor: MentorProfile, tiers: RecognitionTiers, at: datetime) -> int:
    if tiers.window == Window.LIFETIME:
        stats = MentorStats.objects.filter(mentor=mentor).first()
        return getattr(stats, STORED_AS[Metric(tiers.metric)], 0)
    figure = Figure(tiers.metric, local_date(at, mentor.organization.time_zone).year)
    return counted([mentor.pk], [figure])[figure].get(mentor.pk, 0)


@transaction.atomic
def save_tiers(*, tiers: RecognitionTiers, by: User | None, at: datetime) -> RecognitionTiers:
    """Lay down an association's tiers: what is counted, over which time, and from how much on each begins.

    There is one row for each association, so the same tiers again change nothing. Raises `InvalidTiers` with
    everything that is wrong. What a mentor has earned under other thresholds stays; who earns something under these is
    looked for in the background.
    """
    if wrong := problems(tiers):
        raise InvalidTiers(wrong)
    # The first one makes the row; of two at once the second waits here and finds it.
    RecognitionTiers.objects.bulk_create([RecognitionTiers(organization=tiers.organization)], ignore_conflicts=True)
    stored: RecognitionTiers = RecognitionTiers.objects.select_for_update().get(organization=tiers.organization)
    before = {name: getattr(stored, name) for name in CHOICES}
    for name in CHOICES:
        setattr(stored, name, getattr(tiers, name))
    stored.save(update_fields=[*CHOICES, "updated_at"])
    log_change(stored, by=by, at=at, before=before)
    if before != {name: getattr(stored, name) for name in CHOICES}:  # badges may ask for a tier
        queue_evaluation(organization_id=stored.organization_id, by=by, at=at)
    return stored


def problems(tiers: RecognitionTiers) -> dict[str, str]:
    """Everything that is wrong with tiers, by field; empty when they can be saved."""
    found: dict[str, str] = {}
    if tiers.metric not in Metric.values:
        found["metric"] = gettext("Choose one of %(choices)s.") % {"choices": ", ".join(Metric.values)}
    if tiers.window not in Window.values:
        found["window"] = gettext("Choose one of %(choices)s.") % {"choices": ", ".join(Window.values)}
    for higher, lower in mathematics.misplaced(tiers.thresholds):
        words = {"tier": higher.label, "lower": lower.label, "threshold": tiers.thresholds[lower]}
        found[higher.value] = gettext("%(tier)s must begin above %(lower)s (%(threshold)d).") % words
    for tier, threshold in tiers.thresholds.items():
        if not 1 <= threshold <= mathematics.HIGHEST:
            found[tier.value] = gettext("A tier begins between 1 and %(highest)d.") % {"highest": mathematics.HIGHEST}
    return found
