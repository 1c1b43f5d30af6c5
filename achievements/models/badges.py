"""Badges: what they are given for, and to whom they were given."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.base.models import Row, TenantRow
from accounts.constraints import SameOrganization
from accounts.models import MentorProfile, Organization, User
from achievements.enums import AwardedBy, Category, EvaluationKind, Repeats
from achievements.querysets import BadgeDefinitionQuerySet, BadgeEvaluationQuerySet, EarnedBadgeQuerySet


class BadgeDefinition(Row):
    """A badge that mentors can earn. Without an organisation it is there for all of them.

    `criteria` is its rule, in the shape that `achievements.criteria` reads; without one only staff award it.
    `criteria_raw` is kept and shown, and never evaluated. A changed rule is a new version; what was awarded under an
    older one keeps it (`CriteriaVersion`).
    """

    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
        help_text=_("Empty: for all organisations."),
    )
    slug = models.SlugField(_("slug"), max_length=60)
    name = models.CharField(_("name"), max_length=100)
    name_nn = models.CharField(_("name in Nynorsk"), max_length=100, blank=True)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    description_nn = models.CharField(_("description in Nynorsk"), max_length=300, blank=True)
    description_en = models.CharField(_("description in English"), max_length=300, blank=True)
    icon = models.SlugField(_("icon"), max_length=40)
    alt_text = models.CharField(
        _("alternative text"),
        max_length=200,
        blank=True,
        help_text=_("What the icon shows, for those who do not see it."),
    )
    alt_text_nn = models.CharField(_("alternative text in Nynorsk"), max_length=200, blank=True)
    alt_text_en = models.CharField(_("alternative text in English"), max_length=200, blank=True)
    category = models.CharField(_("category"), max_length=12, choices=Category)
    criteria = models.JSONField(_("rule"), null=True, blank=True, help_text=_("Empty: only staff award it."))
    criteria_raw = models.JSONField(
        _("raw rule"),
        null=True,
        blank=True,
        help_text=_("A rule that cannot be written down yet. It is kept and shown, and never evaluated."),
    )
    criteria_version = models.PositiveIntegerField(_("version of the rule"), default=1, editable=False)
    repeats = models.CharField(_("can be earned"), max_length=8, choices=Repeats, default=Repeats.NEVER)
    is_active = models.BooleanField(_("in use"), default=False)

    objects = BadgeDefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        constraints = [
            models.UniqueConstraint(fields=["organization", "slug"], nulls_distinct=False, name="badge_slug_once"),
            models.CheckConstraint(condition=Q(is_active=False) | ~Q(alt_text=""), name="badge_in_use_has_alt_text"),
        ]

    def __str__(self) -> str:
        return self.in_language("name")

    def in_language(self, field: str) -> str:
        """The name, description or alt_text in the language of the moment; Bokmål where it is missing."""
        translated = getattr(self, f"{field}_{get_language()}", "")
        return str(translated or getattr(self, field))


class CriteriaVersion(Row):
    """A rule that a badge has, or had: what was awarded under it can still say why."""

    definition = models.ForeignKey(
        BadgeDefinition, on_delete=models.CASCADE, related_name="versions", db_index=False, verbose_name=_("badge")
    )
    version = models.PositiveIntegerField(_("version"))
    criteria = models.JSONField(_("rule"), null=True)
    changed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("changed by")
    )

    class Meta:
        verbose_name = _("version of a rule")
        verbose_name_plural = _("versions of rules")
        constraints = [models.UniqueConstraint(fields=["definition", "version"], name="criteria_version_once")]

    def __str__(self) -> str:
        return f"{self.definition} {self.version}"


class EarnedBadge(TenantRow):
    """A badge of a mentor: one for each definition, or for each year where it can be earned anew.

    `earned_at` is when the threshold fell, not when it was noticed. Varde never takes a badge back; staff may revoke it
    with a reason, and award it again, and then the same row is back. `code` stands in the address of the public page
    that says whether it is valid.
    """

    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,  # `badge_earned_once` begins with it
        related_name="earned_badges",
        verbose_name=_("mentor"),
    )
    definition = models.ForeignKey(
        BadgeDefinition, on_delete=models.PROTECT, related_name="earned", verbose_name=_("badge")
    )
    period = models.CharField(
        _("year"), max_length=4, blank=True, default="", db_default="", help_text=_("Empty: once and for all.")
    )
    earned_at = models.DateTimeField(_("earned at"))
    awarded_by = models.CharField(
        _("awarded"), max_length=6, choices=AwardedBy, default=AwardedBy.SYSTEM, db_default=AwardedBy.SYSTEM.value
    )
    awarded_by_user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("awarded by")
    )
    criteria_version = models.PositiveIntegerField(_("version of the rule"), default=1)
    evidence = models.JSONField(
        _("evidence"),
        default=dict,
        db_default={},
        help_text=_("What was counted when it was awarded: numbers only, nothing about contacts."),
    )
    note = models.CharField(_("note"), max_length=500, blank=True, default="", db_default="")
    code = models.UUIDField(_("code"), default=uuid4, db_default=RandomUUID(), unique=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("revoked by")
    )
    revocation_reason = models.CharField(
        _("reason for the revocation"), max_length=500, blank=True, default="", db_default=""
    )

    objects = EarnedBadgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("earned badge")
        verbose_name_plural = _("earned badges")
        constraints = [
            SameOrganization(field="mentor", name="earned_badge_mentor_in_org"),
            models.UniqueConstraint(fields=["mentor", "definition", "period"], name="badge_earned_once"),
            models.CheckConstraint(
                condition=Q(awarded_by=AwardedBy.SYSTEM, awarded_by_user=None)
                | Q(awarded_by=AwardedBy.STAFF, awarded_by_user__isnull=False),
                name="badge_of_staff_names_them",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revocation_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revocation_reason="")),
                name="badge_revoked_has_reason",
            ),
            models.CheckConstraint(condition=Q(period="") | Q(period__regex=r"^\d{4}$"), name="badge_period_is_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.period}".rstrip()

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None


class BadgeEvaluation(TenantRow):
    """One time at which all rules of an association (or one) were held against all its mentors: the evaluation log."""

    kind = models.CharField(_("why"), max_length=10, choices=EvaluationKind)
    definition = models.ForeignKey(
        BadgeDefinition,
        on_delete=models.CASCADE,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("badge"),
        help_text=_("Empty: all badges in use."),
    )
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("asked for by")
    )
    evaluated_at = models.DateTimeField(_("evaluated at"), db_default=Now())
    definition_count = models.PositiveIntegerField(_("badges"), default=0)
    mentor_count = models.PositiveIntegerField(_("mentors"), default=0)
    awarded_count = models.PositiveIntegerField(_("awarded"), default=0)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)

    objects = BadgeEvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation of badges")
        verbose_name_plural = _("evaluations of badges")
        indexes = [models.Index(fields=["organization", "-evaluated_at"], name="badge_evaluations_of_org")]

    def __str__(self) -> str:
        return str(EvaluationKind(self.kind).label)

    @property
    def outcome(self) -> dict[str, Any]:
        """The numbers, as the log and a job's result show them."""
        return {"badges": self.definition_count, "mentors": self.mentor_count, "awarded": self.awarded_count}


class BadgeNight(Row):
    """The last local night for which an organisation's badges were evaluated: a night that was missed is made up once.

    `claimed_at` is set while somebody is at it.
    """

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, related_name="+", verbose_name=_("organisation")
    )
    night = models.DateField(_("night"))
    claimed_at = models.DateTimeField(_("claimed at"), null=True)

    class Meta:
        verbose_name = _("night of evaluation")
        verbose_name_plural = _("nights of evaluation")

    def __str__(self) -> str:
        return str(self.night)
