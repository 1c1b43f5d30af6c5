"""One line for everything a mentor does in training, and what staff do with those that want an answer."""

from timeline.models.backfill import BackfillCursor
from timeline.models.captured import CAPTURED
from timeline.models.desk import AnswerClaim, AnswerMorning, AnswerSettings, WaitingReflection
from timeline.models.entries import TimelineEntry

__all__ = [
    "CAPTURED",
    "AnswerClaim",
    "AnswerMorning",
    "AnswerSettings",
    "BackfillCursor",
    "TimelineEntry",
    "WaitingReflection",
]
