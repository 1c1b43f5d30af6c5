"""One certificate each for many mentors: choose them, look at what would happen, confirm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import MentorStatus
from accounts.models import LocalAssociation, MentorAffiliation, MentorProfile, User
from certifications import jobs, services
from certifications.admin.desk import mentors_in_care, types_to_issue
from certifications.admin.verbs import day
from certifications.enums import CertificateStatus
from certifications.models import Certificate, CertificationType
from certifications.services import Draft, Outcome
from certifications.services.issuing import MOST_AT_ONCE as MOST
from mentoring.admin.desk import MOST_AT_ONCE, DayInput, by_of

#: So many unknown member numbers are named.
MOST_NAMED = 10

_BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM accounts_localassociation WHERE id = ANY(%s)
    UNION
    SELECT child.id FROM accounts_localassociation child JOIN below ON child.parent_id = below.id
) SELECT id FROM below
"""


class Line(NamedTuple):
    """What a mentor would get."""

    mentor: MentorProfile
    outcome: str
    sentence: str


class IssueToManyForm(forms.Form):
    """What is issued, and to whom."""

    required_css_class = "required"

    type = forms.ModelChoiceField(CertificationType.objects.none(), label=_("Certification type"), empty_label=None)
    issued_on = forms.DateField(label=_("Issued on"), widget=DayInput)
    expires_on = forms.DateField(
        label=_("Expires on"), widget=DayInput, required=False, help_text=_("Empty: as the certification type says.")
    )
    local_associations = forms.ModelMultipleChoiceField(
        LocalAssociation.objects.none(),
        label=_("Mentors of these local associations"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("With everything below them. Mentors who have resigned are left out."),
    )
    member_numbers = forms.CharField(
        label=_("And mentors with these member numbers"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("With blanks, commas or line breaks between them; pasted from a spreadsheet, say."),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        fields: dict[str, Any] = self.fields
        fields["type"].queryset = types_to_issue(by)
        fields["local_associations"].queryset = LocalAssociation.objects.visible_to(by).order_by("name", "pk")
        fields["issued_on"].initial = timezone.localdate()

    def clean_member_numbers(self) -> list[str]:
        return list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", self.cleaned_data["member_numbers"]))))

    def clean(self) -> Any:
        facts = super().clean() or {}
        if not self.errors:
            facts["mentors"] = self._mentors(facts)
        return facts

    def _mentors(self, facts: dict[str, Any]) -> list[MentorProfile]:
        """The chosen mentors in the person's care, by name."""
        if not facts["local_associations"] and not facts["member_numbers"]:
            raise forms.ValidationError(_("Choose local associations, or give member numbers."))
        mentors = mentors_in_care(self.by).filter(organization_id=facts["type"].organization_id)
        self._refuse_unknown(mentors, facts["member_numbers"])
        belongs = MentorAffiliation.objects.filter(
            mentor=OuterRef("pk"), local_association_id__in=_with_all_below(facts["local_associations"])
        )
        chosen = Q(Exists(belongs)) & ~Q(status=MentorStatus.RESIGNED) | Q(member_number__in=facts["member_numbers"])
        found = list(mentors.filter(chosen)[: MOST + 1])
        if not found:
            raise forms.ValidationError(_("There is no mentor among them."))
        if len(found) > MOST:
            raise forms.ValidationError(_("Choose at most %(most)d mentors.") % {"most": MOST})
        return found

    def _refuse_unknown(self, mentors: Any, numbers: list[str]) -> None:
        known = set(mentors.filter(member_number__in=numbers).values_list("member_number", flat=True))
        unknown = [number for number in numbers if number not in known]
        if unknown:
            named = ", ".join(unknown[:MOST_NAMED]) + ("…" if len(unknown) > MOST_NAMED else "")
            sentence = ngettext(
                "No mentor in your care has this member number: %(named)s",
                "No mentors in your care have these member numbers: %(named)s",
                len(unknown),
            )
            raise forms.ValidationError({"member_numbers": sentence % {"named": named}})


def _with_all_below(associations: Sequence[LocalAssociation]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [[each.pk for each in associations]])
        return [key for (key,) in cursor.fetchall()]


class _RolledBack(Exception):
    """Ends the transaction of a preview."""


def preview(facts: dict[str, Any], by: User) -> list[Line]:
    """What each mentor would get: the real verb decides, and everything is rolled back."""
    lines: list[Line] = []
    try:
        with transaction.atomic():
            lines += _lines(_issue(facts, by), facts["mentors"])
            raise _RolledBack
    except _RolledBack:
        return lines


def _issue(facts: dict[str, Any], by: User) -> list[services.Issued]:
    type_, until = facts["type"], facts["expires_on"] or services.BY_TYPE
    drafts = [Draft(mentor.pk, type_.pk, facts["issued_on"], until) for mentor in facts["mentors"]]
    return services.issue_certificates(organization=type_.organization, drafts=drafts, by=by, at=timezone.now())


def _lines(results: Sequence[services.Issued], mentors: Sequence[MentorProfile]) -> list[Line]:
    keys = [result.certificate_id for result in results if result.certificate_id]
    made = Certificate.objects.with_people().in_bulk(keys)
    pairs = zip(mentors, results, strict=True)
    return [
        Line(mentor, result.outcome, _sentence(result, made.get(result.certificate_id))) for mentor, result in pairs
    ]


def _sentence(result: services.Issued, made: Certificate | None) -> str:
    if made is None:
        return str(result.refusal)
    if made.expires_at is None:
        words = {"validity": gettext("valid for life"), "until": ""}
    else:
        until = day(made.expires_on)
        words = {"validity": gettext("valid until %(day)s") % {"day": until}, "until": until}
    if result.outcome == Outcome.UNCHANGED:
        return gettext("has it already, %(validity)s") % words
    if made.status == CertificateStatus.SUPERSEDED:
        return gettext("has a later one; this one is kept as history")
    if made.status == CertificateStatus.EXPIRED:
        return gettext("gets one that expired on %(until)s") % words
    if result.outcome == Outcome.RENEWED:
        return gettext("renews the one before, %(validity)s") % words
    return gettext("gets one, %(validity)s") % words


class IssuePage:
    """Gives the admin of certificates the page on which one type is issued to many."""

    def get_urls(self) -> list[URLPattern]:
        desk: Any = self
        view = desk.admin_site.admin_view(self.issue_view)
        own = [path("issue-to-many/", view, name="certifications_certificate_issue_to_many")]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def issue_view(self, request: HttpRequest) -> HttpResponse:
        desk: Any = self
        if not desk.has_add_permission(request):
            raise PermissionDenied
        by, posted = by_of(request), request.method == "POST"
        form = IssueToManyForm(request.POST if posted else None, by=by)
        lines: list[Line] = []
        if posted and form.is_valid():
            if "confirm" in request.POST:
                return self._issue(request, form.cleaned_data, by)
            if "back" not in request.POST:
                lines = preview(form.cleaned_data, by)
        context = {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": gettext("Issue to many"),
            "form": form,
            "lines": [line for outcome in _SHOWN_FIRST for line in lines if line.outcome == outcome][:MOST_AT_ONCE],
            "hidden_count": max(0, len(lines) - MOST_AT_ONCE),
            "counts": [(label, count) for label, count in _counts(lines) if count],
            "can_confirm": any(line.outcome in (Outcome.ISSUED, Outcome.RENEWED) for line in lines),
        }
        return TemplateResponse(request, "certifications/issue_to_many.html", context)

    def _issue(self, request: HttpRequest, facts: dict[str, Any], by: User) -> HttpResponse:
        desk: Any = self
        listing = reverse("admin:certifications_certificate_changelist")
        if len(facts["mentors"]) > MOST_AT_ONCE:
            job = jobs.queue_issuing(
                organization_id=facts["type"].organization_id,
                mentors=[mentor.pk for mentor in facts["mentors"]],
                type_id=facts["type"].pk,
                issued_on=facts["issued_on"],
                expires_on=facts["expires_on"],
                by=by,
                at=timezone.now(),
            )
            desk.tell_of_job(request, job)
            return HttpResponseRedirect(listing)
        lines = _lines(_issue(facts, by), facts["mentors"])
        for line in lines:
            if line.outcome == Outcome.REFUSED:
                desk.message_user(request, f"{line.mentor}: {line.sentence}", messages.WARNING)
        done = sum(line.outcome in (Outcome.ISSUED, Outcome.RENEWED) for line in lines)
        sentence = ngettext("%d certificate is issued.", "%d certificates are issued.", done) % done
        desk.message_user(request, sentence, messages.SUCCESS)
        return HttpResponseRedirect(listing)


#: Refusals stand above all, so that nobody scrolls past them.
_SHOWN_FIRST = (Outcome.REFUSED, Outcome.ISSUED, Outcome.RENEWED, Outcome.UNCHANGED)


def _counts(lines: Sequence[Line]) -> list[tuple[str, int]]:
    labels = {
        Outcome.ISSUED: gettext("get one"),
        Outcome.RENEWED: gettext("renew"),
        Outcome.UNCHANGED: gettext("have it already"),
        Outcome.REFUSED: gettext("are refused"),
    }
    return [(label, sum(line.outcome == outcome for line in lines)) for outcome, label in labels.items()]
