"""The links by which mentors show a year to others: their own wish, for a while, and withdrawn at will."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import Module
from accounts.models import User
from accounts.services.modules import require_module
from achievements.models import AnnualSummary, SummaryShare

#: For how many days a link may last, and does unless told.
SHORTEST, LONGEST, USUAL = 1, 90, 30


class NotYourSummary(Refusal):
    code = "not_your_summary"
    sentence = _("Only the mentor can share a summary.")
    status = 403


class DaysOutOfRange(Refusal):
    code = "days_out_of_range"
    sentence = _("A link lasts for 1 to 90 days.")
    field = "days"


class NothingToShare(Refusal):
    code = "summary_not_made"
    sentence = _("This summary is still being made.")
    status = 409


@transaction.atomic
def share_summary(*, summary: AnnualSummary, by: User, at: datetime, days: int = USUAL) -> SummaryShare:
    """Make a link to one's own summary; a live one is returned, with its expiry set anew.

    There is never more than one. Raises NotYourSummary, DaysOutOfRange, NothingToShare and ModuleDisabled.
    """
    if summary.user_id != by.pk:
        raise NotYourSummary
    if not SHORTEST <= days <= LONGEST:
        raise DaysOutOfRange
    # Two clicks at once make one link; and the summary is not generated away while it is shared.
    stored = AnnualSummary.objects.select_for_update(no_key=True).filter(pk=summary.pk).first()
    if stored is None or not stored.has_numbers:
        raise NothingToShare
    require_module(module=Module.ACHIEVEMENTS, organization_id=stored.organization_id)
    return _live(stored, at, at + timedelta(days=days))


def withdraw_share(*, share: SummaryShare, by: User, at: datetime) -> SummaryShare:
    """Make a link lead nowhere, for good; doing it again changes nothing. Raises NotYourSummary."""
    if share.summary.user_id != by.pk:
        raise NotYourSummary
    SummaryShare.objects.filter(pk=share.pk, withdrawn_at=None).update(withdrawn_at=at, updated_at=at)
    share.refresh_from_db(fields=["withdrawn_at"])
    return share


def shared_summary(*, token: str, at: datetime) -> SummaryShare | None:
    """What a link leads to, with its summary; None when it leads nowhere (any more)."""
    live = SummaryShare.objects.live(at).filter(token=token, summary__generated_at__isnull=False)
    found: SummaryShare | None = live.in_use().select_related("summary__organization", "summary__user").first()
    return found


def _live(summary: AnnualSummary, at: datetime, until: datetime) -> SummaryShare:
    """The link that is live, to last until then; a new one when it is not, because an expired one never comes back."""
    links = SummaryShare.objects.filter(summary=summary, withdrawn_at=None)
    links.filter(expires_at__lte=at).update(withdrawn_at=at, updated_at=at)
    share: SummaryShare | None = links.first()
    if share is None:
        token = secrets.token_urlsafe(32)
        return SummaryShare.objects.create(
            organization_id=summary.organization_id, summary=summary, token=token, expires_at=until
        )
    share.expires_at = until
    share.save(update_fields=["expires_at", "updated_at"])
    return share
