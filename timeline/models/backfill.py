"""How far a backfill has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.base.models import Row
from accounts.models import Organization


class BackfillCursor(Row):
    """Up to which row the backfill of one source has come, so that one that was interrupted goes on from there.

    A row is there as long as a backfill is under way; of one organisation, or of all.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("organisation")
    )
    source_table = models.CharField(_("source"), max_length=40)
    last_id = models.UUIDField(_("last row"), null=True)

    class Meta:
        verbose_name = _("place of a backfill")
        verbose_name_plural = _("places of a backfill")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "source_table"], nulls_distinct=False, name="backfill_place_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_table}: {self.last_id}"
