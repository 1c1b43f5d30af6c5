"""The series of reminders that leads up to an expiry."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization
from accounts.models import User
from certifications.enums import EXPIRY_TYPES, OPEN_REMINDERS, ReminderStatus, ReminderType
from certifications.models.certificates import Certificate
from certifications.querysets import ArchivedReminderQuerySet, RenewalReminderQuerySet
from notifications.enums import Channel
from notifications.models import Notification


class ReminderColumns(TenantRow):
    """One reminder of a certificate's series, as b1 describes it."""

    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
        db_index=False,  # `reminder_org_status` begins with it
    )
    certificate = models.ForeignKey(
        Certificate,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="%(class)ss",
        verbose_name=_("certificate"),
        # b1's own index, written out below with its name.
        db_index=False,
    )
    user = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("mentor"),
        help_text=_("The certificate's mentor, copied so that the scheduler needs no join."),
        db_index=False,
    )
    reminder_type = models.CharField(_("reminder"), max_length=16, choices=ReminderType)
    scheduled_at = models.DateTimeField(_("due at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ReminderStatus,
        default=ReminderStatus.PENDING,
        db_default=ReminderStatus.PENDING,
    )
    channel = models.CharField(
        _("channel"), max_length=8, choices=Channel, default=Channel.EMAIL, db_default=Channel.EMAIL
    )
    failure_reason = models.CharField(
        _("reason"), max_length=60, blank=True, db_default="", help_text=_("Why it failed or was cancelled.")
    )
    retry_count = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    certificate_expiry_date = models.DateTimeField(
        _("expiry"), help_text=_("The certificate's, when the reminder was made or last moved.")
    )
    coordinator_notified = models.BooleanField(_("coordinators told"), default=False, db_default=False)
    auto_pause_triggered = models.BooleanField(_("paused the mentor"), default=False, db_default=False)

    class Meta:
        abstract = True


class RenewalReminder(ReminderColumns):
    """A reminder that is due, has gone out, or never will.

    The row is the duty to decide; the message is a `Notification` about it, which has the attempts. With a
    `notification` it has been handed over: what becomes of it is copied from there.
    """

    notification = models.ForeignKey(
        Notification,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("notification"),
        db_index=False,  # `reminder_handed_over` has those that matter
    )

    objects = RenewalReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("renewal reminder")
        verbose_name_plural = _("renewal reminders")
        constraints = [
            SameOrganization(field="certificate", name="reminder_certificate_in_org"),
            models.UniqueConstraint(fields=["certificate", "reminder_type"], name="reminder_type_once"),
            models.CheckConstraint(
                condition=Q(reminder_type__in=EXPIRY_TYPES) | Q(scheduled_at__lt=F("certificate_expiry_date")),
                name="reminder_before_expiry",
            ),
            models.CheckConstraint(
                condition=Q(status=ReminderStatus.SENT, sent_at__isnull=False)
                | ~Q(status=ReminderStatus.SENT) & Q(sent_at=None),
                name="reminder_sent_has_moment",
            ),
            models.CheckConstraint(condition=Q(retry_count__gte=0), name="reminder_retry_count_positive"),
            models.CheckConstraint(condition=Q(reminder_type__in=ReminderType.values), name="reminder_type_known"),
            models.CheckConstraint(condition=Q(status__in=ReminderStatus.values), name="reminder_status_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="reminder_channel_known"),
            models.CheckConstraint(
                condition=Q(auto_pause_triggered=False) | Q(reminder_type__in=EXPIRY_TYPES),
                name="reminder_pauses_on_expiry",
            ),
        ]
        indexes = [
            # The five of b1 are these four and the unique constraint.
            models.Index(fields=["certificate"], name="reminder_certificate"),
            models.Index(fields=["user"], name="reminder_user"),
            models.Index(fields=["scheduled_at", "status"], name="reminder_scheduled_status"),
            models.Index(fields=["organization", "status"], name="reminder_org_status"),
            # The clockwork's: only what nobody has decided yet, so that history never slows it down.
            models.Index(
                fields=["scheduled_at", "id"],
                condition=Q(status=ReminderStatus.PENDING, notification=None),
                name="reminder_due",
            ),
            # Those whose message is on its way: what becomes of it is copied from the ledger.
            models.Index(
                fields=["notification"],
                condition=Q(status__in=OPEN_REMINDERS, notification__isnull=False),
                name="reminder_handed_over",
            ),
        ]

    def __str__(self) -> str:
        return self.get_reminder_type_display()


class ArchivedReminder(ReminderColumns):
    """A reminder that has been final for more than a year, in a table partitioned by the day it was due.

    The table is made by a migration, its partitions by `services.archive_reminders`, a year each. Nothing that is
    decided looks here, except that a series which is here is not made again.
    """

    notification_id = models.UUIDField(_("notification"), null=True)
    archived_at = models.DateTimeField(_("archived at"))

    objects = ArchivedReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("archived reminder")
        verbose_name_plural = _("archived reminders")

    def __str__(self) -> str:
        return self.get_reminder_type_display()
