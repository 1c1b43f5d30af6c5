"""Who supports whom."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from accounts.models import LocalAssociation, MentorProfile, User
from mentoring.enums import OPEN, AssignmentStatus
from mentoring.models.contacts import Contact
from mentoring.querysets import AssignmentQuerySet

IS_OPEN = Q(status__in=OPEN, deleted_at=None)


class Assignment(TenantRow):
    """The pairing of one mentor with one contact, looked after by one coordinator.

    `last_contact_date` is a fact: the latest of `contact_reported_at` and of the moments of the assignment's countable,
    reached activities of a contact type. Only the verbs in `mentoring.services` write it, in the transaction of what
    they record, and `check_invariants` compares it every night.
    """

    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="assignments",
        verbose_name=_("mentor"),
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="assignments",
        verbose_name=_("contact"),
    )
    coordinator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("coordinator"))
    local_association = models.ForeignKey(
        LocalAssociation,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="+",
        verbose_name=_("local association"),
        help_text=_("The contact's, copied so that a list needs no join."),
    )
    status = models.CharField(_("status"), max_length=10, choices=AssignmentStatus, default=AssignmentStatus.ACTIVE)
    start_date = models.DateField(_("started on"))
    sequence = models.PositiveIntegerField(_("the mentor's n-th"), editable=False)
    last_contact_date = models.DateTimeField(_("last contact"), null=True, blank=True, editable=False)
    contact_reported_at = models.DateTimeField(
        _("contact reported at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The latest contact that was reported without an activity."),
    )
    reminder_sent_at = models.DateTimeField(_("last reminded at"), null=True, blank=True, editable=False)
    escalation_sent_at = models.DateTimeField(_("coordinator last told at"), null=True, blank=True, editable=False)
    reminder_days = models.PositiveSmallIntegerField(
        _("remind after (days)"), null=True, blank=True, help_text=_("Empty: the organisation's.")
    )
    escalation_days = models.PositiveSmallIntegerField(
        _("tell the coordinator after (days)"),
        null=True,
        blank=True,
        help_text=_("Empty: the organisation's."),
    )
    snoozed_until = models.DateField(
        _("snoozed until"),
        null=True,
        blank=True,
        help_text=_("The first day on which reminders go out again."),
    )
    snooze_reason = models.CharField(_("reason for the snooze"), max_length=200, blank=True)
    completed_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            unique_in_organization("assignment_tenant_key"),
            SameOrganization(field="mentor", name="assignment_mentor_in_org"),
            SameOrganization(field="contact", name="assignment_contact_in_org"),
            SameOrganization(field="local_association", name="assignment_association_in_org"),
            models.UniqueConstraint(fields=["mentor", "sequence"], name="assignment_sequence_once"),
            models.UniqueConstraint(
                fields=["mentor", "contact"], condition=IS_OPEN, name="assignment_one_open_per_pair"
            ),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="assignment_sequence_from_one"),
            models.CheckConstraint(condition=Q(status__in=AssignmentStatus.values), name="assignment_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, completed_at=None) | ~Q(status__in=OPEN) & Q(completed_at__isnull=False),
                name="assignment_ended_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(reminder_days=None) | Q(reminder_days__range=(1, 365)),
                name="assignment_reminder_days_range",
            ),
            models.CheckConstraint(
                condition=Q(escalation_days=None) | Q(escalation_days__range=(1, 365)),
                name="assignment_escalation_days_range",
            ),
            models.CheckConstraint(
                condition=Q(contact_reported_at=None) | Q(last_contact_date__gte=F("contact_reported_at")),
                name="assignment_contact_not_before_report",
            ),
        ]
        indexes = [
            # The daily evaluation and `without_contact_since`: index-only over the open ones.
            models.Index(
                fields=["status", "last_contact_date"],
                include=["organization", "start_date", "snoozed_until", "mentor", "coordinator"],
                condition=IS_OPEN,
                name="assignment_open_by_contact",
            ),
            models.Index(
                fields=["organization", "local_association"],
                condition=IS_OPEN,
                name="assignment_open_by_area",
            ),
            models.Index(fields=["contact"], name="assignment_by_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} – {self.contact}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN and self.deleted_at is None
