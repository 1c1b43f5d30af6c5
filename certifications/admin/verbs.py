"""What coordinators do with certificates: renew, correct, extend, revoke."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.enums import MentorStatus
from accounts.models import Organization, User
from certifications import jobs, services
from certifications.admin.desk import on_fields
from certifications.enums import CURRENT, CertificateStatus
from certifications.issuing import LONGEST
from certifications.lapses import unprotected
from certifications.models import Certificate
from mentoring.admin.desk import MOST_AT_ONCE, DayInput, Verb, VerbForm
from operations.models import Job

#: A line of a preview: the row, what becomes of it, and whether anything does.
Line = tuple[Any, str, bool]


class _RolledBack(Exception):
    """Ends the transaction of a preview."""


def day(on: date | None) -> str:
    """A date in words; certificates without one are for life."""
    return date_format(on, "DATE_FORMAT") if on else gettext("for life")


def is_current(row: Certificate) -> bool:
    return row.status in CURRENT


def name_of(row: Certificate) -> str:
    return f"{row.mentor}: {row.type} ({row.number})"


# --- Forms


class RenewForm(VerbForm):
    issued_on = forms.DateField(label=_("Issued on"), widget=DayInput)
    expires_on = forms.DateField(
        label=_("Expires on"), widget=DayInput, required=False, help_text=_("Empty: as the certification type says.")
    )
    number = forms.CharField(
        label=_("Number"), max_length=40, required=False, help_text=_("Empty: Varde makes one that nobody can guess.")
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What shows that the course was passed."),
    )

    def prepare(self) -> None:
        self.fields["issued_on"].initial = timezone.localdate()


class CorrectExpiryForm(VerbForm):
    expires_on = forms.DateField(
        label=_("Expires on"),
        widget=DayInput,
        required=False,
        help_text=_("The first day on which it is not valid any more."),
    )
    for_life = forms.BooleanField(label=_("It is valid for life"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def prepare(self) -> None:
        row = self.rows[0]
        self.fields["expires_on"].initial, self.fields["for_life"].initial = row.expires_on, row.expires_on is None

    def clean(self) -> Any:
        facts = super().clean() or {}
        if bool(facts.get("for_life")) == bool(facts.get("expires_on")) and "expires_on" not in self.errors:
            self.add_error("expires_on", _("Give a date, or say that it is valid for life."))
        return facts


class ExtendForm(VerbForm):
    until = forms.DateField(
        label=_("Extend until"), widget=DayInput, help_text=_("The first day on which they are not valid any more.")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Stands in the history of every certificate.")
    )

    def clean(self) -> Any:
        if len(self.rows) > MOST_AT_ONCE and len({row.organization_id for row in self.rows}) > 1:
            raise forms.ValidationError(_("Choose certificates of one organisation."))
        return super().clean()


class RevokeForm(VerbForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Only staff see it. The mentor is told that it was revoked.")
    )


# --- What the verbs do


def _dates(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "issued_on": facts["issued_on"],
        "expires_on": facts["expires_on"] or services.BY_TYPE,
        "number": facts["number"].strip(),
        "evidence": facts["evidence"].strip(),
    }


def renew(row: Certificate, facts: dict[str, Any], by: User, at: datetime) -> object:
    with on_fields():
        return services.renew_certificate(certificate=row, by=by, at=at, **_dates(facts))


def correct_expiry(row: Certificate, facts: dict[str, Any], by: User, at: datetime) -> object:
    until = None if facts["for_life"] else facts["expires_on"]
    with on_fields():
        return services.correct_expiry(certificate=row, expires_on=until, by=by, at=at, reason=facts["reason"])


def left_alone(row: Certificate, until: date) -> str | None:
    """Why an extension to `until` does not touch a certificate; None when it does."""
    if not is_current(row):
        return gettext("it has been renewed or revoked")
    if row.expires_on is None:
        return gettext("it is valid for life")
    if row.expires_on >= until:
        return gettext("it is valid until %(day)s already") % {"day": day(row.expires_on)}
    if until > row.issued_on + LONGEST:
        return gettext("no certificate is valid for more than a hundred years")
    return None


class LeftAlone(Refusal):
    """An extension of one certificate that is not to be extended."""

    code = "left_alone"


def extend(row: Certificate, facts: dict[str, Any], by: User, at: datetime) -> object:
    if why := left_alone(row, facts["until"]):
        raise LeftAlone(why)
    return services.extend_certificates(
        organization=row.organization,
        certificates=[row.pk],
        until=facts["until"],
        by=by,
        at=at,
        reason=facts["reason"],
    )


def extend_all(rows: Sequence[Certificate], facts: dict[str, Any], by: User, at: datetime) -> int:
    """One go for each organisation; those that are left alone are not asked about."""
    wanted: dict[Organization, list[UUID]] = defaultdict(list)
    for row in rows:
        if left_alone(row, facts["until"]) is None:
            wanted[row.organization].append(row.pk)
    return sum(
        services.extend_certificates(
            organization=organization, certificates=keys, until=facts["until"], by=by, at=at, reason=facts["reason"]
        )
        for organization, keys in wanted.items()
    )


def preview_extension(rows: Sequence[Certificate], facts: dict[str, Any]) -> list[Line]:
    lines: list[Line] = []
    for row in rows:
        why = left_alone(row, facts["until"])
        words = {"name": name_of(row), "old": day(row.expires_on), "new": day(facts["until"]), "why": why}
        sentence = gettext("%(name)s stays: %(why)s") if why else gettext("%(name)s: from %(old)s to %(new)s")
        lines.append((row, sentence % words, why is None))
    return sorted(lines, key=lambda line: not line[2])


def queue_extension(rows: Sequence[Certificate], facts: dict[str, Any], by: User, at: datetime) -> Job:
    keys = [row.pk for row in rows if left_alone(row, facts["until"]) is None]
    return jobs.queue_extension(
        organization_id=rows[0].organization_id,
        certificates=keys,
        until=facts["until"],
        reason=facts["reason"],
        by=by,
        at=at,
    )


def revoke(row: Certificate, facts: dict[str, Any], by: User, at: datetime) -> object:
    with on_fields():
        return services.revoke_certificate(certificate=row, reason=facts["reason"], by=by, at=at)


def preview_revocation(rows: Sequence[Certificate], facts: dict[str, Any]) -> list[Line]:
    """Whose certificates end, and who would be paused for it."""
    pauses = _paused_without([row for row in rows if is_current(row)])
    return [_revocation_of(row, row.type.required_for_active and row.mentor_id in pauses) for row in rows]


def _revocation_of(row: Certificate, pauses: bool) -> Line:
    if not is_current(row):
        return row, f"{name_of(row)}: {services.InvalidTransition.sentence}", False
    sentence = gettext("%(name)s is revoked, and %(mentor)s is paused") if pauses else gettext("%(name)s is revoked")
    return row, sentence % {"name": name_of(row), "mentor": row.mentor}, True


def _paused_without(rows: Sequence[Certificate]) -> set[UUID]:
    """The active mentors whom nothing protects any more when these certificates do not count; asked and rolled back."""
    active = [
        row.mentor_id for row in rows if row.type.required_for_active and row.mentor.status == MentorStatus.ACTIVE
    ]
    at, found = timezone.now(), set()
    try:
        with transaction.atomic():
            chosen = Certificate.objects.filter(pk__in=[row.pk for row in rows])
            chosen.update(status=CertificateStatus.REVOKED, revoked_at=at, revocation_reason="-")
            found = set(unprotected(active, at=at))
            raise _RolledBack
    except _RolledBack:
        return found


VERBS = (
    Verb(
        "renew",
        _("Renew"),
        renew,
        lambda n: ngettext("The certificate is renewed.", "%(n)d certificates are renewed.", n) % {"n": n},
        form=RenewForm,
        offered=is_current,
        help_text=_("A new certificate takes its place. Who was paused because it had expired is active again."),
    ),
    Verb(
        "correct-expiry",
        _("Correct the expiry"),
        correct_expiry,
        lambda n: ngettext("The expiry is corrected.", "%(n)d expiries are corrected.", n) % {"n": n},
        form=CorrectExpiryForm,
        offered=is_current,
        help_text=_("For a date that was entered wrong. Waiting reminders move with it."),
    ),
    Verb(
        "extend",
        _("Extend"),
        extend,
        lambda n: ngettext("%d certificate is extended.", "%d certificates are extended.", n) % n,
        form=ExtendForm,
        preview=preview_extension,
        offered=lambda row: False,
        help_text=_("For when courses were cancelled, say. Those that are valid for longer stay as they are."),
        run_all=extend_all,
        queue=queue_extension,
    ),
    Verb(
        "revoke",
        _("Revoke"),
        revoke,
        lambda n: ngettext("%d certificate is revoked.", "%d certificates are revoked.", n) % n,
        form=RevokeForm,
        preview=preview_revocation,
        offered=is_current,
        help_text=_("For good. A mentor who needs it and has no other is paused at once."),
    ),
)
