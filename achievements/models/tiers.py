"""Recognition tiers: bronze, silver, gold and platinum, each with what it takes."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from achievements.enums import Metric, Tier, Window
from achievements.querysets import RecognitionTiersQuerySet


class RecognitionTiers(TenantRow):
    """An association's tiers: what is counted, over which time, and from how much on each tier begins.

    A tier says where a mentor stands and how far it is to the next one, to that mentor and to those who look after
    them. There is no list that compares mentors.
    """

    metric = models.CharField(_("what is counted"), max_length=12, choices=Metric, default=Metric.ACTIVITIES)
    window = models.CharField(_("counted over"), max_length=8, choices=Window, default=Window.LIFETIME)
    bronze = models.PositiveIntegerField(_("bronze from"), default=10)
    silver = models.PositiveIntegerField(_("silver from"), default=50)
    gold = models.PositiveIntegerField(_("gold from"), default=150)
    platinum = models.PositiveIntegerField(_("platinum from"), default=400)

    objects = RecognitionTiersQuerySet.as_manager()

    class Meta:
        verbose_name = _("set of recognition tiers")
        verbose_name_plural = _("recognition tiers")
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="tiers_once_per_organization"),
            models.CheckConstraint(
                condition=Q(bronze__gt=0, silver__gt=F("bronze"), gold__gt=F("silver"), platinum__gt=F("gold")),
                name="tiers_ascend",
            ),
        ]

    def __str__(self) -> str:
        return str(self.organization)

    @property
    def thresholds(self) -> dict[Tier, int]:
        """From the lowest tier to the highest."""
        return {tier: getattr(self, tier.value) for tier in Tier}
