"""What is done for a whole organisation in the background."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import MentorProfile
from achievements.enums import EvaluationKind
from achievements.generation import active
from achievements.models import BadgeDefinition
from achievements.services.evaluation import evaluate_organization, queue_evaluation
from achievements.services.stats import recompute_stats
from achievements.services.summaries import ask_for_years, generate, waiting
from operations import jobs
from operations.models import Job

#: So many mentors are one transaction, in which nobody else records for them.
PART = 200


def recompute_in_background(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The job: part after part. Started again it finds the first parts right and changes nothing."""
    rows = MentorProfile.objects.filter(organization=job.organization).order_by("pk")
    keys = list(rows.values_list("pk", flat=True))
    changed = 0
    for start in range(0, len(keys), PART):
        progress(start, len(keys))
        changed += recompute_stats(mentors=keys[start : start + PART])
    progress(len(keys), len(keys))
    if job.params.get("evaluate") and job.organization_id is not None:
        queue_evaluation(
            organization_id=job.organization_id,
            by=job.requested_by,
            at=timezone.now(),
            kind=EvaluationKind.ACTIVATION,
        )
    return {"mentors": len(keys), "changed": changed}


def evaluate_in_background(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The job: hold all rules, or one, against all mentors. Started again it awards what is still missing."""
    definition = BadgeDefinition.objects.filter(pk=job.params.get("definition")).first()
    assert job.organization_id is not None
    done = evaluate_organization(
        organization_id=job.organization_id,
        at=timezone.now(),
        kind=EvaluationKind(job.params["kind"]),
        definition=definition,
        by=job.requested_by,
    )
    return done.outcome


def recompute_summaries_in_background(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The job: ask for the years of mentor after mentor (or for one year of them), and make them.

    Started again it makes them once more. What could not be made stays with the sweep.
    """
    assert job.organization_id is not None
    years = active(job.organization_id, job.params.get("year"))
    made = 0
    for start in range(0, len(years), PART):
        progress(start, len(years))
        part = years[start : start + PART]
        ask_for_years(part)
        made += generate(ids=waiting(part), at=timezone.now())
    progress(len(years), len(years))
    return {"summaries": len(years), "made": made}
