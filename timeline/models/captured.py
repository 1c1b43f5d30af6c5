"""The tables of training as the timeline sees them: each with its triggers, so that training knows nothing of it."""

from __future__ import annotations

import pgtrigger
from django.db import models

from timeline.capture.sources import PARENTS, SOURCES
from timeline.capture.triggers import triggers_of, triggers_of_parent, triggers_of_replies
from training.models import ReflectionReply


def _captured(model: type[models.Model], triggers: list[pgtrigger.Trigger]) -> type[models.Model]:
    """A proxy of `model` that bears the triggers."""
    meta = type("Meta", (), {"proxy": True, "triggers": triggers, "default_permissions": ()})
    return type(f"Captured{model.__name__}", (model,), {"Meta": meta, "__module__": __name__})


CAPTURED = (
    *(_captured(source.model, triggers_of(source)) for source in SOURCES),
    *(_captured(parent.model, triggers_of_parent(parent)) for parent in PARENTS),
    _captured(ReflectionReply, triggers_of_replies()),
)
