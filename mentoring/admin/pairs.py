"""What a coordinator does about a pair: the verbs of the desk of assignments, and what each wants to know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.enums import MentorStatus
from accounts.models import MentorProfile, User
from mentoring import services
from mentoring.admin.desk import DayInput, MomentField, ReasonForm, Verb, VerbForm, by_of
from mentoring.enums import AssignmentStatus, FollowUpKind, Source
from mentoring.models import ActivityType, Assignment
from mentoring.services import PossibleDuplicate


def _organization_of(rows: Any) -> Any:
    """The one organisation of the rows; None when there are several, which no choice could suit."""
    found = {row.organization_id for row in rows}
    return found.pop() if len(found) == 1 else None


# --- Forms of the verbs


class SnoozeForm(VerbForm):
    until = forms.DateField(
        label=_("Until"), widget=DayInput, help_text=_("The first day on which reminders go out again.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def prepare(self) -> None:
        self.fields["until"].initial = timezone.localdate() + timedelta(days=14)


class HandOverForm(VerbForm):
    mentor = forms.ModelChoiceField(MentorProfile.objects.none(), label=_("New mentor"))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def prepare(self) -> None:
        mentors = MentorProfile.objects.visible_to(by_of(self.request)).active().with_people()
        mentors = mentors.filter(organization_id=_organization_of(self.rows))
        self.fields["mentor"].queryset = mentors.order_by("user__first_name", "user__last_name")  # type: ignore[attr-defined]


class CoordinatorForm(VerbForm):
    coordinator = forms.ModelChoiceField(User.objects.none(), label=_("Coordinator"))

    def prepare(self) -> None:
        organization = _organization_of(self.rows)
        people = User.objects.coordinators_of(organization) | User.objects.administrators_of(organization)
        self.fields["coordinator"].queryset = people.order_by("first_name", "last_name")  # type: ignore[attr-defined]


class LogContactForm(VerbForm):
    type = forms.ModelChoiceField(ActivityType.objects.none(), label=_("Type"))
    occurred_at = MomentField(label=_("When"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440, initial=30)
    reached = forms.BooleanField(
        label=_("Reached"), initial=True, required=False, help_text=_("Leave it empty if it was tried without success.")
    )
    summary = forms.CharField(
        label=_("Note"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Nothing about health or diagnosis."),
    )
    is_distinct = forms.BooleanField(
        label=_("This is another one, not a duplicate"), required=False, widget=forms.HiddenInput
    )

    def prepare(self) -> None:
        usable = ActivityType.objects.usable_in(_organization_of(self.rows)).filter(counts_as_contact=True)
        self.fields["type"].queryset = usable.order_by("name")  # type: ignore[attr-defined]
        self.fields["occurred_at"].initial = timezone.localtime().replace(second=0, microsecond=0)

    def add_error(self, field: Any, error: Any) -> None:
        """After a suspicion of a duplicate the box that answers it can be seen."""
        super().add_error(field, error)
        if PossibleDuplicate.sentence == error or str(PossibleDuplicate.sentence) == error:
            self.fields["is_distinct"].widget = forms.CheckboxInput()


# --- The verbs


def _on_assignment(service: Callable[..., object], **fixed: Any) -> Callable[..., object]:
    """How most of them run: `service` with the row, who and when, with `fixed` and with what the form says."""

    def run(row: Assignment, facts: dict[str, Any], by: User, at: datetime) -> object:
        return service(assignment=row, by=by, at=at, **fixed, **facts)

    return run


def _preview_handover(rows: Any, facts: dict[str, Any]) -> list[tuple[Any, str, bool]]:
    lines = []
    for step in services.preview_handover(assignments=rows, mentor=facts["mentor"]):
        contact, old = step.assignment.contact, step.assignment.mentor
        moves = _("%(contact)s: from %(old)s to %(new)s") % {"contact": contact, "old": old, "new": facts["mentor"]}
        works = step.refusal is None
        lines.append((step.assignment, str(moves) if works else f"{contact}: {step.refusal}", works))
    return lines


def _log_contact(row: Assignment, facts: dict[str, Any], by: User, at: datetime) -> object:
    return services.record_activity(
        mentor_id=row.mentor_id,
        assignment_id=row.pk,
        type_id=facts["type"].pk,
        occurred_at=facts["occurred_at"],
        minutes=facts["minutes"],
        reached=facts["reached"],
        summary=facts["summary"],
        on_duplicate="distinct" if facts["is_distinct"] else "refuse",
        source=Source.COORDINATOR,
        by=by,
        at=at,
    )


def _is_open(row: Assignment) -> bool:
    return row.is_open


VERBS = (
    Verb(
        "remind",
        _("Remind now"),
        _on_assignment(services.remind_by_hand, kind=FollowUpKind.REMINDER),
        lambda n: ngettext("%d mentor is reminded.", "Reminders for %d assignments are on their way.", n) % n,
        offered=lambda row: row.is_open and row.mentor.status == MentorStatus.ACTIVE,
        help_text=_("The mentor gets a message now, whatever the days say. At most once a day."),
    ),
    Verb(
        "tell",
        _("Tell coordinator"),
        _on_assignment(services.remind_by_hand, kind=FollowUpKind.ESCALATION),
        lambda n: ngettext("The coordinator is told of %d assignment.", "The coordinators are told of %d.", n) % n,
        offered=_is_open,
        help_text=_("The coordinator gets a message about it now. At most once a day."),
    ),
    Verb(
        "snooze",
        _("Snooze"),
        _on_assignment(services.snooze),
        lambda n: ngettext("%d assignment is snoozed.", "%d assignments are snoozed.", n) % n,
        form=SnoozeForm,
        offered=_is_open,
        help_text=_("No reminders go out until the day you choose."),
    ),
    Verb(
        "wake",
        _("End the snooze"),
        _on_assignment(services.wake),
        lambda n: ngettext("%d snooze has ended.", "%d snoozes have ended.", n) % n,
        offered=lambda row: row.is_open and row.snoozed_until is not None,
        help_text=_("Reminders go out again."),
    ),
    Verb(
        "hand-over",
        _("Hand over"),
        _on_assignment(services.hand_over),
        lambda n: ngettext("%d assignment has a new mentor.", "%d assignments have a new mentor.", n) % n,
        form=HandOverForm,
        preview=_preview_handover,
        offered=_is_open,
        help_text=_("The contact date stays, and the history says who had it before."),
    ),
    Verb(
        "log-contact",
        _("Log contact"),
        _log_contact,
        lambda n: ngettext("%d contact is logged.", "%d contacts are logged.", n) % n,
        form=LogContactForm,
        offered=_is_open,
    ),
    Verb(
        "complete",
        _("Complete"),
        _on_assignment(services.change_status, status=AssignmentStatus.COMPLETED),
        lambda n: ngettext("%d assignment is completed.", "%d assignments are completed.", n) % n,
        form=ReasonForm,
        offered=_is_open,
        help_text=_("A completed assignment stays completed."),
    ),
    Verb(
        "cancel",
        _("Cancel the assignment"),
        _on_assignment(services.change_status, status=AssignmentStatus.CANCELLED),
        lambda n: ngettext("%d assignment is cancelled.", "%d assignments are cancelled.", n) % n,
        form=ReasonForm,
        offered=_is_open,
        help_text=_("For what never came about. A cancelled assignment stays cancelled."),
    ),
    Verb(
        "change-coordinator",
        _("Change coordinator"),
        _on_assignment(services.change_coordinator),
        lambda n: ngettext("%d assignment has a new coordinator.", "%d assignments have a new coordinator.", n) % n,
        form=CoordinatorForm,
        offered=_is_open,
    ),
    Verb(
        "delete",
        _("Delete the assignment"),
        _on_assignment(services.delete_assignment),
        lambda n: ngettext("%d assignment is deleted.", "%d assignments are deleted.", n) % n,
        form=ReasonForm,
        help_text=_("For what was entered by mistake. Its activities stay."),
    ),
)
