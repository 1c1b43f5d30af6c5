"""The moves a notification makes by other hands than the dispatcher's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import User
from accounts.services.changes import log_change
from notifications.enums import TRANSITIONS, Channel, State
from notifications.models import Notification
from notifications.services.bell import ring_for_dispatch


class NotFailed(Refusal):
    code = "invalid_transition"
    sentence = _("Only a notification that has failed can be retried or given up.")
    status = 409


class NotStaffHere(Refusal):
    code = "permission_denied"
    sentence = _("Only coordinators and administrators of the organisation may do this.")
    status = 403


#: What is still to be done or has failed. A row that is being sent asks for its reason itself, just before.
_OPEN = [state for state in (State.PENDING, State.FAILED) if State.CANCELLED in TRANSITIONS[state]]


def cancel_about(
    *, subjects: Collection[UUID], at: datetime, kinds: Collection[str] | None = None, reason: str = "reason_gone"
) -> int:
    """Cancel what is waiting or has failed about some rows (of `kinds`, or of any). Answers how many.

    Saves the wait for the re-check before sending, which would find the same.
    """
    rows = Notification.objects.filter(subject_id__in=subjects, state__in=_OPEN)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    return rows.update(state=State.CANCELLED, failure_reason=reason, updated_at=at)


def retry(*, notification: Notification, by: User, at: datetime) -> Notification:
    """Put one failed notification back in the queue with all its attempts. See `retry_many`."""
    if not retry_many(notifications=[notification], by=by, at=at):
        raise NotFailed
    notification.refresh_from_db()
    return notification


def retry_many(*, notifications: Iterable[Notification], by: User, at: datetime) -> int:
    """Put those that have failed back in the queue, with all their attempts; answers how many. Logged."""
    done = _move(notifications, State.PENDING, by=by, at=at, reason="retried")
    if done:
        ring_for_dispatch()
    return done


@transaction.atomic
def send_by(*, notification: Notification, channel: Channel, by: User, at: datetime) -> Notification:
    """Try one failed notification again by another way. Otherwise as `retry`."""
    Notification.objects.filter(pk=notification.pk, state=State.FAILED).update(channel=channel, updated_at=at)
    return retry(notification=notification, by=by, at=at)


def give_up(*, notification: Notification, by: User, at: datetime) -> Notification:
    """Cancel one failed notification for good. See `give_up_many`."""
    if not give_up_many(notifications=[notification], by=by, at=at):
        raise NotFailed
    notification.refresh_from_db()
    return notification


def give_up_many(*, notifications: Iterable[Notification], by: User, at: datetime) -> int:
    """Cancel those that have failed for good; answers how many. Logged."""
    return _move(notifications, State.CANCELLED, by=by, at=at, reason="given_up")


@transaction.atomic
def _move(notifications: Iterable[Notification], to: State, *, by: User, at: datetime, reason: str) -> int:
    rows = _locked_failures(list(notifications), by)
    changed = {"state": to, "updated_at": at}
    if to == State.PENDING:
        changed |= {"attempts": 0, "not_before": at, "failure_reason": ""}
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(**changed)
    for row in rows:
        row.state = to
        log_change(row, by=by, at=at, before={"state": State.FAILED}, reason=reason)
    return len(rows)


def _locked_failures(notifications: Sequence[Notification], by: User) -> list[Notification]:
    if not all(by.access.may_staff(each.organization_id) for each in notifications):
        raise NotStaffHere
    ids = [each.pk for each in notifications]
    return list(Notification.objects.needing_attention().filter(pk__in=ids).order_by("pk").select_for_update())
