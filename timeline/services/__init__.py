"""The verbs of the answer desk."""

from timeline.services.answers import answer, answer_needed, no_answer_needed, note_reply
from timeline.services.claims import AlreadyClaimed, AnsweredMeanwhile, NotWaiting, OwnReflection, claim, release
from timeline.services.mornings import tell_due_organizations, tell_organization
from timeline.services.settings import answer_settings_of, change_answer_settings

__all__ = [
    "AlreadyClaimed",
    "AnsweredMeanwhile",
    "NotWaiting",
    "OwnReflection",
    "answer",
    "answer_needed",
    "answer_settings_of",
    "change_answer_settings",
    "claim",
    "no_answer_needed",
    "note_reply",
    "release",
    "tell_due_organizations",
    "tell_organization",
]
