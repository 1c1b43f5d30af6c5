"""What must be true of every table, and of the rows that the lowest apps keep."""

from collections.abc import Iterator
from datetime import timedelta

from django.apps import apps
from django.db import models

from accounts.base.models import TenantRow
from operations.duties import duty, invariant


def _crossings() -> Iterator[tuple[str, str]]:
    """For each foreign key between two tables of tenants: its name, and the rows that cross the wall."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields if issubclass(model, TenantRow) else ():
            target = field.related_model
            if not isinstance(field, models.ForeignKey) or target is None or not issubclass(target, TenantRow):
                continue
            yield (
                f"{model._meta.label_lower}.{field.name}",
                f"SELECT here.id FROM {model._meta.db_table} here JOIN {target._meta.db_table} there"  # noqa: S608 names of our own tables
                f' ON there.id = here."{field.column}" WHERE there.organization_id <> here.organization_id',
            )


for _name, _sql in _crossings():
    invariant(f"same_organization:{_name}", "A row and the row it points at belong to one organisation.", _sql)

duty(
    "background_job",
    "A background job does not wait for more than an hour.",
    "SELECT id, created_at AS due_at FROM operations_job WHERE state = 'queued'"
    " UNION ALL SELECT id, lease_until FROM operations_job WHERE state = 'running' AND lease_until <= %(at)s",
    patience=timedelta(hours=1),
)

duty(
    "end_of_leave",
    "A leave that is over has been ended.",
    """
    SELECT mentor.id, ((mentor.leave_until + 1)::timestamp AT TIME ZONE organization.time_zone) AS due_at
    FROM accounts_mentorprofile mentor
    JOIN accounts_organization organization ON organization.id = mentor.organization_id
    WHERE mentor.status = 'paused' AND mentor.pause_reason = 'leave'
      AND mentor.leave_until < (%(at)s::timestamptz AT TIME ZONE organization.time_zone)::date
    """,
    patience=timedelta(minutes=10),
)
