"""What training does when rows go, by whatever way Django knows of."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete
from django.dispatch import receiver

from training.services.files import WITH_FILES, delete_after_commit, files_of


def _forget_files(instance: Model, **_: Any) -> None:
    """A row's files go with it, once that is certain."""
    delete_after_commit(files_of(instance))


for _model in WITH_FILES:
    receiver(post_delete, sender=_model, dispatch_uid=f"training.forget_files_of.{_model.__name__}")(_forget_files)
