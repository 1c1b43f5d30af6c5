from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    name = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        from operations import heartbeat, jobs
        from operations.services.nightly import check_invariants

        jobs.register("check_invariants", check_invariants, title=_("Check of the invariants"))
        heartbeat.listen()
        # Sent after the last migration of all apps: beat's tables are there when ours are.
        post_migrate.connect(_sync_schedule, sender=self, dispatch_uid="operations.schedule")


def _sync_schedule(plan: Any = (), **kwargs: Any) -> None:
    from django.db import connection

    from operations.services import sync_schedule

    tables = connection.introspection.table_names()
    if {"operations_heartbeat", "django_celery_beat_periodictask"} <= set(tables):
        sync_schedule(settings.CELERY_BEAT_SCHEDULE)
