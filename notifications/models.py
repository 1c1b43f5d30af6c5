"""The delivery ledger, who wants what by which way, and the devices that can be reached."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.base.models import Row, TenantRow
from accounts.models import User
from notifications.enums import Channel, Platform, State
from notifications.querysets import ChannelHealthQuerySet, DeviceQuerySet, NotificationQuerySet, PreferenceQuerySet


class Notification(TenantRow):
    """A duty to tell one person one thing, once.

    The row is the queue. `dedupe_key` (kind + subject + occasion + recipient) makes it once; a worker's claim sets
    `sending`, counts the attempt, and moves `not_before` to the end of its lease, so that one index finds waiting and
    abandoned rows alike. `channel` becomes the one really used when the chosen one cannot reach the person. The text
    is written when it is delivered, from the facts as they then stand.
    """

    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("recipient"))
    kind = models.CharField(_("kind"), max_length=40)
    subject_id = models.UUIDField(
        _("about"), null=True, help_text=_("The row it is about; which table, the kind says.")
    )
    dedupe_key = models.CharField(_("key"), max_length=200)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    title = models.CharField(_("title"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True)
    data = models.JSONField(_("ids for the app"), default=dict, db_default=models.Value({}, models.JSONField()))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING, db_default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    failure_reason = models.CharField(_("reason for the failure"), max_length=60, blank=True, db_default="")
    not_before = models.DateTimeField(_("not before"), db_default=Now())
    claimed_at = models.DateTimeField(_("claimed at"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)
    provider_id = models.CharField(_("provider's id"), max_length=200, blank=True, db_default="")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["dedupe_key"], name="notification_told_once"),
            models.CheckConstraint(
                condition=Q(state=State.SENT, sent_at__isnull=False) | ~Q(state=State.SENT) & Q(sent_at=None),
                name="notification_sent_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SENDING, claimed_at__isnull=False)
                | ~Q(state=State.SENDING) & Q(claimed_at=None),
                name="notification_sending_is_claimed",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="notification_state_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="notification_channel_known"),
        ]
        indexes = [
            # The dispatcher's: only what is still to be done, so sent history never slows it down; by channel, so
            # that the backlog of one whose provider is down does not either.
            models.Index(
                fields=["channel", "state", "not_before", "id"],
                condition=Q(state__in=[State.PENDING, State.SENDING]),
                name="notification_due",
            ),
            models.Index(
                fields=["recipient", "-sent_at", "-id"],
                condition=Q(state=State.SENT),
                name="notification_inbox",
            ),
            models.Index(
                fields=["recipient"],
                condition=Q(state=State.SENT, read_at=None),
                name="notification_unread",
            ),
            # For the verbs that make a reason go away.
            models.Index(
                fields=["subject_id"],
                condition=Q(state__in=[State.PENDING, State.FAILED]),
                name="notification_open_about",
            ),
            models.Index(
                fields=["organization", "-updated_at"],
                condition=Q(state=State.FAILED),
                name="notification_needs_attention",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_state_display()})"


class NeedsAttention(Notification):
    """A notification that has failed for good, as the coordinators' desk lists it: retry or give up."""

    class Meta:
        proxy = True
        verbose_name = _("failed notification")
        verbose_name_plural = _("needs attention")


class Preference(Row):
    """Which way one person wants one kind of notification. Without a row the kind's own default holds."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="notification_preferences", verbose_name=_("user")
    )
    kind = models.CharField(_("kind"), max_length=40)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)

    objects = PreferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="preference_once_per_kind"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="preference_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.get_channel_display()}"


class Device(Row):
    """A phone or browser that push messages can reach, as long as its log-in lives."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_devices", verbose_name=_("user"))
    platform = models.CharField(_("platform"), max_length=8, choices=Platform)
    token = models.CharField(_("push token"), max_length=500, unique=True)
    session_key = models.CharField(_("log-in"), max_length=40, blank=True, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"))
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        indexes = [models.Index(fields=["user"], condition=Q(retired_at=None), name="device_of_user")]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} ({self.user})"


class ChannelHealth(models.Model):
    """Whether a channel's provider answers. While it does not, nothing is claimed for it and no attempt is spent."""

    channel = models.CharField(_("channel"), max_length=8, choices=Channel, primary_key=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    closed_until = models.DateTimeField(_("closed until"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=60, blank=True)

    objects = ChannelHealthQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.get_channel_display()
