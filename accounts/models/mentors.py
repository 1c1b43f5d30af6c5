"""A mentor in an organisation: where they belong, whether they are active, and how that came about."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from accounts.enums import MentorStatus, PausedBy, PauseReason
from accounts.models.organizations import LocalAssociation
from accounts.models.people import User
from accounts.querysets import MentorAffiliationQuerySet, MentorProfileQuerySet, MentorStatusChangeQuerySet


class MentorProfile(TenantRow):
    """A volunteer with lived experience, in one organisation. `peer_mentor_id` in the API is this row's id."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mentor_profiles", verbose_name=_("user"))
    member_number = models.CharField(_("member number"), max_length=40, blank=True)
    started_on = models.DateField(_("started on"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=MentorStatus, default=MentorStatus.ACTIVE)
    paused_by = models.CharField(_("paused by"), max_length=12, choices=PausedBy, blank=True)
    pause_reason = models.CharField(_("reason for the pause"), max_length=24, choices=PauseReason, blank=True)
    pause_note = models.CharField(_("note on the pause"), max_length=500, blank=True)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    resumed_at = models.DateTimeField(_("resumed at"), null=True, blank=True)
    leave_until = models.DateField(_("on leave until"), null=True, blank=True)
    is_listed = models.BooleanField(_("shown on public lists"), default=True)
    listed_when_active = models.BooleanField(
        _("agrees to public lists"),
        default=True,
        db_default=True,
        editable=False,
        help_text=_("What `is_listed` goes back to after a pause."),
    )
    local_associations = models.ManyToManyField(
        LocalAssociation,
        through="accounts.MentorAffiliation",
        related_name="mentors",
        verbose_name=_("local associations"),
    )

    #: Logged as changed, without its content: it may be about somebody's health.
    SENSITIVE = frozenset({"pause_note"})

    objects = MentorProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("mentor")
        verbose_name_plural = _("mentors")
        constraints = [
            unique_in_organization("mentor_tenant_key"),
            models.UniqueConstraint(fields=["organization", "user"], name="mentor_once_per_organization"),
            models.UniqueConstraint(
                fields=["organization", "member_number"],
                condition=~Q(member_number=""),
                name="mentor_member_number_once",
            ),
            models.CheckConstraint(
                condition=Q(status=MentorStatus.ACTIVE) | Q(is_listed=False),
                name="mentor_listed_only_if_active",
            ),
            models.CheckConstraint(
                condition=Q(status=MentorStatus.PAUSED, paused_at__isnull=False)
                & ~Q(paused_by="")
                & ~Q(pause_reason="")
                | ~Q(status=MentorStatus.PAUSED) & Q(paused_by="", pause_reason="", paused_at=None),
                name="mentor_pause_says_who_and_why",
            ),
        ]
        indexes = [models.Index(fields=["user"], name="mentor_by_user")]

    def __str__(self) -> str:
        return str(self.user)


class MentorAffiliation(TenantRow):
    """A mentor belongs to this local association; one of at most five, one of them primary."""

    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="affiliations",
        verbose_name=_("mentor"),
    )
    local_association = models.ForeignKey(
        LocalAssociation,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="affiliations",
        verbose_name=_("local association"),
    )
    is_primary = models.BooleanField(_("primary"), default=False)

    objects = MentorAffiliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("affiliation")
        verbose_name_plural = _("affiliations")
        constraints = [
            SameOrganization(field="mentor", name="affiliation_mentor_in_org"),
            SameOrganization(field="local_association", name="affiliation_association_in_org"),
            models.UniqueConstraint(fields=["mentor", "local_association"], name="affiliation_once"),
            models.UniqueConstraint(fields=["mentor"], condition=Q(is_primary=True), name="affiliation_one_primary"),
        ]

    def __str__(self) -> str:
        return str(self.local_association)


class MentorStatusChange(TenantRow):
    """One line of a mentor's status log. Lines are added, never changed."""

    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="status_changes",
        verbose_name=_("mentor"),
    )
    status_before = models.CharField(_("before"), max_length=10, choices=MentorStatus, blank=True)
    status_after = models.CharField(_("after"), max_length=10, choices=MentorStatus)
    changed_by = models.CharField(_("changed by"), max_length=12, choices=PausedBy)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("user"))
    reason = models.CharField(_("reason"), max_length=24, choices=PauseReason, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))

    objects = MentorStatusChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ["-at", "-id"]
        constraints = [SameOrganization(field="mentor", name="status_change_mentor_in_org")]
        indexes = [models.Index(fields=["mentor", "-at"], name="status_change_of_mentor")]

    def __str__(self) -> str:
        before, after = self.get_status_before_display(), self.get_status_after_display()
        return f"{before} → {after}" if before else after
