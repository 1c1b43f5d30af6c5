"""The verbs of notifications."""

from notifications.services.devices import register_device, retire_device, retire_unregistered
from notifications.services.inbox import mark_all_read, mark_read, mark_unread
from notifications.services.moves import (
    NotFailed,
    NotStaffHere,
    cancel_about,
    give_up,
    give_up_many,
    retry,
    retry_many,
    send_by,
)
from notifications.services.preferences import Choice, choices_of, clear_preference, set_preference
from notifications.services.telling import Wanted, notify, notify_many

__all__ = [
    "Choice",
    "NotFailed",
    "NotStaffHere",
    "Wanted",
    "cancel_about",
    "choices_of",
    "clear_preference",
    "give_up",
    "give_up_many",
    "mark_all_read",
    "mark_read",
    "mark_unread",
    "notify",
    "notify_many",
    "register_device",
    "retire_device",
    "retire_unregistered",
    "retry",
    "retry_many",
    "send_by",
    "set_preference",
]
