"""When to remind, and what has been sent."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import Row, TenantRow
from accounts.constraints import SameOrganization
from accounts.models import Organization, User
from mentoring import rules
from mentoring.enums import FollowUpKind, Trigger
from mentoring.models.assignments import Assignment
from mentoring.querysets import FollowUpReminderQuerySet, ReminderConfigQuerySet
from notifications.models import Notification


class ReminderConfig(TenantRow):
    """After how many days without contact an organisation reminds. Without a row the system's default holds."""

    reminder_days = models.PositiveSmallIntegerField(_("remind after (days)"), default=rules.DEFAULT.reminder)
    escalation_days = models.PositiveSmallIntegerField(
        _("tell the coordinator after (days)"), default=rules.DEFAULT.escalation
    )

    objects = ReminderConfigQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder setting")
        verbose_name_plural = _("reminder settings")
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="reminder_config_once"),
            models.CheckConstraint(condition=Q(reminder_days__range=(1, 365)), name="reminder_config_reminder_range"),
            models.CheckConstraint(
                condition=Q(escalation_days__range=(1, 365)), name="reminder_config_escalation_range"
            ),
            models.CheckConstraint(
                condition=Q(escalation_days__gte=F("reminder_days")), name="reminder_config_escalation_last"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reminder_days}/{self.escalation_days}"


class EvaluationRun(Row):
    """The last local day on which an organisation's assignments were evaluated: a missed day is caught up once."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, related_name="+", verbose_name=_("organisation")
    )
    evaluated_on = models.DateField(_("evaluated on"))

    class Meta:
        verbose_name = _("evaluation run")
        verbose_name_plural = _("evaluation runs")

    def __str__(self) -> str:
        return str(self.evaluated_on)


class FollowUpReminder(TenantRow):
    """One reminder or notice about one assignment: the history.

    All that is due to one person on one morning goes out as one notification; how its delivery went stands there.
    """

    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="follow_up_reminders",
        verbose_name=_("assignment"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=FollowUpKind)
    trigger = models.CharField(_("trigger"), max_length=10, choices=Trigger)
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("recipient"))
    notification = models.ForeignKey(
        Notification,
        on_delete=models.PROTECT,
        related_name="follow_up_reminders",
        verbose_name=_("notification"),
    )
    days = models.PositiveIntegerField(_("days without contact"))
    on = models.DateField(_("on"), help_text=_("The organisation's local date."))
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )

    objects = FollowUpReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up reminder")
        verbose_name_plural = _("follow-up reminders")
        ordering = ["-created_at", "-id"]
        constraints = [
            SameOrganization(field="assignment", name="follow_up_assignment_in_org"),
            models.UniqueConstraint(
                fields=["assignment", "kind", "recipient", "on"], name="follow_up_never_twice_a_day"
            ),
        ]
        indexes = [models.Index(fields=["organization", "-created_at"], name="follow_up_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.on}"
