"""Who changed what, written by the verbs themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.enums import ChangeAction
from accounts.models.people import User
from accounts.querysets import ChangeEntryQuerySet


class ChangeEntry(TenantRow):
    """One change of one row: what, by whom, when, from what to what. Lines are added, never changed.

    `before` and `after` hold only what changed, by field name; of sensitive text it says that it changed, not what it
    was (`accounts.services.log_change`).
    """

    subject_type = models.CharField(_("kind of row"), max_length=60)
    subject_id = models.UUIDField(_("row"))
    action = models.CharField(_("action"), max_length=10, choices=ChangeAction)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = ChangeEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["subject_id", "-at"], name="change_of_subject")]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.get_action_display()}"
