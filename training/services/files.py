"""Files beside rows: written for a row that is being made, and gone once the row is.

A file is no part of a transaction. What a verb has stored is taken away again when the verb fails; what a row named is
deleted only after the row's end is committed. Whatever a power cut leaves between the two, `remove_lost_files` finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.fields.files import FieldFile, FileField

from training.media import CheckedMedia
from training.models import Reflection, SuccessProof, Video

#: Every table of training with files, and the folder below which all of its files are.
WITH_FILES: tuple[type[models.Model], ...] = (Reflection, SuccessProof, Video)
FOLDERS = ("training/reflections", "training/proofs", "training/videos", "training/captions")
#: A file younger than this may belong to a row that is not committed yet.
GRACE = timedelta(days=1)
_AT_ONCE = 500


@contextmanager
def stored(row: models.Model, field: str, media: CheckedMedia | None) -> Iterator[None]:
    """Put `media` into the row's file field for the block that writes the row; if that fails, take it away again.

    The file's name is ours: nothing that somebody has called it on their phone.
    """
    if media is None:
        yield
        return
    file: FieldFile = getattr(row, field)
    file.save(f"{uuid4().hex}.{media.extension}", media.content, save=False)
    try:
        yield
    except BaseException:
        default_storage.delete(str(file.name))
        raise


def delete_after_commit(names: Iterable[str | None]) -> None:
    """Delete files once it is certain that nothing names them any more."""
    for name in filter(None, names):
        transaction.on_commit(lambda name=name: default_storage.delete(name), robust=True)  # type: ignore[misc]


def file_fields(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, FileField)]


def files_of(row: models.Model) -> list[str]:
    """The names of all files of a row."""
    return [str(getattr(row, name).name) for name in file_fields(type(row)) if getattr(row, name)]


def remove_lost_files(*, at: datetime) -> int:
    """Delete the files that no row names and that have had a day to be named; answers how many there were."""
    removed = 0
    for names in _batches(_old_files(at)):
        for name in names - _named(names):
            default_storage.delete(name)
            removed += 1
    return removed


def _old_files(at: datetime) -> Iterator[str]:
    for folder in FOLDERS:
        for name in _below(folder):
            if default_storage.get_modified_time(name) < at - GRACE:
                yield name


def _below(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for each in folders:
        yield from _below(f"{folder}/{each}")


def _batches(names: Iterable[str]) -> Iterator[set[str]]:
    batch: set[str] = set()
    for name in names:
        batch.add(name)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = set()
    if batch:
        yield batch


def _named(names: set[str]) -> set[str]:
    found: set[Any] = set()
    for model in WITH_FILES:
        for field in file_fields(model):
            rows = model._default_manager.filter(**{f"{field}__in": names})
            found.update(rows.values_list(field, flat=True))
    return found
