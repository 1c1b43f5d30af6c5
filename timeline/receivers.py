"""What the answer desk does when training has announced something."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from timeline import services
from training import signals


@receiver(signals.reflection_replied, dispatch_uid="timeline.reflection_replied")
def reflection_replied(reply: Any, at: Any, **kwargs: Any) -> None:
    """After an answer of staff nobody is at it any more, and the learner is told."""
    services.note_reply(reply=reply, at=at)
