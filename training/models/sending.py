"""What phones send, perhaps more than once: on a bad line the answer is lost, and they send it again."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Sent(models.Model):
    """A row that a phone may name before it sends it. What it sends again under that name is the same row."""

    client_id = models.UUIDField(_("id on the phone"), null=True, blank=True, editable=False)

    #: Set on what a verb answers with when it has made nothing, because it was there before.
    was_there = False

    class Meta:
        abstract = True

    @classmethod
    def known(cls, client_id: UUID | None, **sender: Any) -> Self | None:
        """The row that this sender has sent before under this id, if there is one."""
        found: Self | None = None
        if client_id is not None:
            found = cls._default_manager.filter(client_id=client_id, **sender).first()
        if found is not None:
            found.was_there = True
        return found


def once_per_client_id(*sender: str, name: str) -> models.UniqueConstraint:
    """No two rows of one `sender` (a field, or several) have the same `client_id`."""
    return models.UniqueConstraint(
        fields=[*sender, "client_id"], condition=Q(client_id__isnull=False), name=f"{name}_once_per_client_id"
    )
