"""What a mentor has proved, and until when."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from accounts.local_time import local_date
from accounts.models import MentorProfile, User
from certifications.enums import CURRENT, CertificateStatus
from certifications.querysets import CertificateQuerySet, CertificationTypeQuerySet
from certifications.rules import OFFSETS
from training.models import Course

MOST_GRACE_DAYS = 365
NUMBER_LENGTH = 40
MOST_VALIDITY_MONTHS = 600


def default_reminder_days() -> list[int]:
    return list(OFFSETS)


class CertificationType(TenantRow):
    """A certification that an association gives: the basic course for mentors, first aid …

    While a mentor of the association holds none that is valid of the types that are `required_for_active`, a lapse
    pauses them.
    """

    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=100)
    name_nn = models.CharField(_("name in Nynorsk"), max_length=100, blank=True)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    validity_months = models.PositiveSmallIntegerField(
        _("valid for (months)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_VALIDITY_MONTHS)],
        help_text=_("Empty: for life."),
    )
    required_for_active = models.BooleanField(
        _("required of active mentors"),
        default=False,
        help_text=_("When it lapses and no other required certificate is valid, the mentor is paused."),
    )
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("remind so many days before"),
        default=default_reminder_days,
        blank=True,
        help_text=_("Some of 90, 60, 30, 14, 7 and 1. On the day of expiry the mentor is told in any case."),
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=0,
        validators=[MaxValueValidator(MOST_GRACE_DAYS)],
        help_text=_("So many days after the expiry the mentor is paused."),
    )
    renewal_course = models.CharField(
        _("renewal course"), max_length=200, blank=True, help_text=_("Where mentors renew it; stands in the reminders.")
    )
    renewal_url = models.URLField(_("address of the renewal course"), blank=True)
    course = models.ForeignKey(
        Course,
        on_delete=models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("course that gives it"),
        help_text=_("Whoever completes this course in Varde gets the certificate, or has it renewed."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects = CertificationTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("certification type")
        verbose_name_plural = _("certification types")
        constraints = [
            unique_in_organization("certification_type_tenant_key"),
            SameOrganization(field="course", name="certification_type_course_in_org"),
            models.UniqueConstraint(fields=["organization", "code"], name="certification_type_code_once"),
            models.CheckConstraint(
                condition=Q(reminder_days__contained_by=list(OFFSETS)), name="certification_type_days_known"
            ),
            models.CheckConstraint(
                condition=Q(validity_months=None) | Q(validity_months__range=(1, MOST_VALIDITY_MONTHS)),
                name="certification_type_months_range",
            ),
            models.CheckConstraint(condition=Q(grace_days__lte=MOST_GRACE_DAYS), name="certification_type_grace_range"),
        ]

    def __str__(self) -> str:
        return {"nn": self.name_nn, "en": self.name_en}.get(get_language() or "", "") or self.name


class Certificate(TenantRow):
    """Proof that a mentor has passed a certification, valid until the first moment of its expiry date.

    A renewal is a new row that `renews` this one, which is then superseded; nothing is overwritten. A mentor has at
    most one `CURRENT` certificate of each type. `check_code` is the secret in the address of the public check page.
    """

    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="certificates",
        verbose_name=_("mentor"),
        db_index=False,  # `certificate_of_mentor` begins with it
    )
    type = models.ForeignKey(
        CertificationType,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="certificates",
        verbose_name=_("certification type"),
    )
    number = models.CharField(_("number"), max_length=NUMBER_LENGTH)
    check_code = models.CharField(_("check code"), max_length=16, unique=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=CertificateStatus, default=CertificateStatus.ACTIVE, editable=False
    )
    issued_on = models.DateField(_("issued on"))
    # A moment and not a date, because whatever asks whether a certificate is valid asks for a moment.
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("As its expiry date begins; empty: valid for life.")
    )
    issued_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("issued by")
    )
    renews = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="renewed_by",
        verbose_name=_("renews"),
        editable=False,
    )
    evidence = models.TextField(
        _("evidence"), max_length=2000, blank=True, help_text=_("What shows that the course was passed.")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
        editable=False,
    )
    revocation_reason = models.CharField(_("reason for the revocation"), max_length=500, blank=True, editable=False)
    lapsed_at = models.DateTimeField(
        _("lapse handled at"), null=True, blank=True, editable=False, help_text=_("When its expiry was acted on.")
    )
    paused_mentor_at = models.DateTimeField(
        _("paused its mentor at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("A lapse pauses once: whoever is brought back in spite of it stays."),
    )

    #: May be about somebody's conduct or health.
    SENSITIVE = frozenset({"revocation_reason"})

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            unique_in_organization("certificate_tenant_key"),
            SameOrganization(field="mentor", name="certificate_mentor_in_org"),
            SameOrganization(field="type", name="certificate_type_in_org"),
            models.UniqueConstraint(fields=["organization", "number"], name="certificate_number_once"),
            models.UniqueConstraint(
                fields=["mentor", "type"], condition=Q(status__in=CURRENT), name="certificate_one_current"
            ),
            # What makes processing a list without numbers again add nothing.
            models.UniqueConstraint(
                fields=["mentor", "type", "issued_on"],
                condition=~Q(status=CertificateStatus.REVOKED),
                name="certificate_once_a_day",
            ),
            models.CheckConstraint(condition=Q(status__in=CertificateStatus.values), name="certificate_status_known"),
            models.CheckConstraint(
                condition=Q(status=CertificateStatus.REVOKED, revoked_at__isnull=False) & ~Q(revocation_reason="")
                | ~Q(status=CertificateStatus.REVOKED) & Q(revoked_at=None, revocation_reason=""),
                name="certificate_revoked_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(status=CertificateStatus.EXPIRED) | Q(expires_at__isnull=False),
                name="certificate_for_life_stays",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[CertificateStatus.ACTIVE], paused_mentor_at=None, lapsed_at=None)
                | ~Q(status=CertificateStatus.ACTIVE),
                name="certificate_active_not_lapsed",
            ),
            models.CheckConstraint(condition=Q(renews=None) | ~Q(renews=F("id")), name="certificate_renews_another"),
        ]
        indexes = [
            models.Index(fields=["mentor", "type", "issued_on"], name="certificate_of_mentor"),
            # The roster of validity, and the sweep for lapses that nothing has handled.
            models.Index(
                fields=["organization", "expires_at"], condition=Q(status__in=CURRENT), name="certificate_expiring"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def expires_on(self) -> date | None:
        """The expiry date, the first day on which it is not valid; the organisation should be loaded with it."""
        return local_date(self.expires_at, self.organization.time_zone) if self.expires_at else None
