"""Exports that a coordinator has uploaded, kept until they are imported."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.base.models import Row, TenantRow
from accounts.models import User
from mentoring.querysets import RosterUploadQuerySet
from operations.models import Job


class RosterUpload(TenantRow):
    """A set of files on its way in: uploaded, previewed, confirmed, imported by a background job, then emptied."""

    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    job = models.OneToOneField(
        Job,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="roster_upload",
        verbose_name=_("job"),
    )

    report = models.JSONField(
        _("report"), default=dict, help_text=_("What the import would do, and once it is done, what it did.")
    )

    objects = RosterUploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("roster import")
        verbose_name_plural = _("roster imports")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class RosterFile(Row):
    """One file of an upload, as it was sent."""

    upload = models.ForeignKey(RosterUpload, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("name"), max_length=200)
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [models.UniqueConstraint(fields=["upload", "name"], name="roster_file_once")]

    def __str__(self) -> str:
        return self.name
