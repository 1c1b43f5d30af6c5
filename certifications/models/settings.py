"""How an association wants its certificates handled."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.models import Organization
from certifications.querysets import CertificationSettingsQuerySet, ExpirySweepQuerySet
from certifications.rules import EARLIEST_HOUR, LATEST_HOUR

DEFAULT_HOUR = 8


class CertificationSettings(TenantRow):
    """An association's choices about certificates. Without a row the defaults hold."""

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    reminder_hour = models.PositiveSmallIntegerField(
        _("hour of the reminders"),
        default=DEFAULT_HOUR,
        validators=[MinValueValidator(EARLIEST_HOUR), MaxValueValidator(LATEST_HOUR)],
        help_text=_("The local hour at which reminders come due and lapses are looked for."),
    )
    check_page_names_mentor = models.BooleanField(
        _("check page names the mentor"),
        default=False,
        help_text=_("Otherwise the public check page shows the certification and its validity alone."),
    )
    publishes_mentors = models.BooleanField(
        _("publishes its mentors"),
        default=True,
        help_text=_("The public list shows names and local associations of active mentors who are listed."),
    )

    objects = CertificationSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = _("certification settings")
        verbose_name_plural = _("certification settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(reminder_hour__range=(EARLIEST_HOUR, LATEST_HOUR)), name="certification_hour_range"
            )
        ]

    def __str__(self) -> str:
        return str(self.organization)


class ExpirySweep(TenantRow):
    """The last local day on which an organisation's lapses were swept up."""

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    swept_on = models.DateField(_("swept on"))

    objects = ExpirySweepQuerySet.as_manager()

    class Meta:
        verbose_name = _("expiry sweep")
        verbose_name_plural = _("expiry sweeps")

    def __str__(self) -> str:
        return str(self.swept_on)
