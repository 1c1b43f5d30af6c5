"""The shapes every table of Varde has."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.keys import uuid7


class Row(models.Model):
    """A row: a time-ordered key and the moments it was made and last changed."""

    id = models.UUIDField(_("id"), primary_key=True, default=uuid7, editable=False)
    # The database's own default, so that rows written by set statements have it too.
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True, db_default=Now(), editable=False)

    class Meta:
        abstract = True


class TenantRow(Row):
    """A row that belongs to one organisation and can be seen only through `visible_to(user)`."""

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )

    class Meta:
        abstract = True
