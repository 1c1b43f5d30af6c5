"""What mentors do, and the kinds of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.base.models import Row, TenantRow
from accounts.constraints import SameOrganization
from accounts.models import LocalAssociation, MentorProfile, Organization, User
from mentoring.enums import ActivityStatus, Duplicate, Source
from mentoring.models.assignments import Assignment
from mentoring.models.contacts import Contact
from mentoring.querysets import COUNTABLE, ActivityQuerySet, ActivityTypeQuerySet


class ActivityType(Row):
    """A kind of activity: home visit, phone call … Without an organisation it is there for all of them."""

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
    counts_as_contact = models.BooleanField(_("counts as contact"), default=True)
    requires_contact = models.BooleanField(_("needs a contact"), default=True)
    is_event = models.BooleanField(_("is an event"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = ActivityTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity type")
        verbose_name_plural = _("activity types")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "slug"], nulls_distinct=False, name="activity_type_slug_once"
            )
        ]

    def __str__(self) -> str:
        return {"nn": self.name_nn, "en": self.name_en}.get(get_language() or "", "") or self.name


class Activity(TenantRow):
    """One piece of mentoring that took place, or was tried (`reached` false).

    Deleting is soft. What counts in contact dates, figures and badges is one rule: `Activity.objects.countable()`.
    """

    local_association = models.ForeignKey(
        LocalAssociation,
        on_delete=models.PROTECT,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("local association"),
    )
    mentor = models.ForeignKey(
        MentorProfile,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="activities",
        verbose_name=_("mentor"),
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="activities",
        verbose_name=_("contact"),
    )
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="activities",
        verbose_name=_("assignment"),
    )
    type = models.ForeignKey(
        ActivityType, on_delete=models.PROTECT, db_index=False, related_name="+", verbose_name=_("type")
    )
    occurred_at = models.DateTimeField(_("took place at"))
    local_date = models.DateField(_("date"), help_text=_("The date in the organisation's time zone."), editable=False)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=30)
    reached = models.BooleanField(_("reached"), default=True, help_text=_("No: it was tried, without success."))
    summary = models.TextField(_("notes"), blank=True, max_length=4000)
    is_group = models.BooleanField(_("in a group"), default=False)
    participant_count = models.PositiveSmallIntegerField(_("participants"), null=True, blank=True)
    event = models.BooleanField(_("event"), default=False)
    recorded_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    source = models.CharField(_("source"), max_length=12, choices=Source)
    status = models.CharField(_("status"), max_length=10, choices=ActivityStatus, default=ActivityStatus.SUBMITTED)
    duplicate = models.CharField(_("duplicate"), max_length=10, choices=Duplicate, default=Duplicate.NONE)
    client_id = models.UUIDField(
        _("client's id"),
        null=True,
        editable=False,
        help_text=_("The id the phone or the import gave it: sent again, it is the same activity."),
    )
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            SameOrganization(field="mentor", name="activity_mentor_in_org"),
            SameOrganization(field="contact", name="activity_contact_in_org"),
            SameOrganization(field="assignment", name="activity_assignment_in_org"),
            SameOrganization(field="local_association", name="activity_association_in_org"),
            models.UniqueConstraint(fields=["mentor", "client_id"], name="activity_client_id_once"),
            models.CheckConstraint(condition=Q(minutes__range=(1, 1440)), name="activity_minutes_in_a_day"),
            models.CheckConstraint(
                condition=Q(participant_count=None) | Q(participant_count__range=(1, 10000)),
                name="activity_participants_range",
            ),
            models.CheckConstraint(condition=Q(duplicate__in=Duplicate.values), name="activity_duplicate_known"),
            models.CheckConstraint(condition=Q(status__in=ActivityStatus.values), name="activity_status_known"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="activity_source_known"),
        ]
        indexes = [
            # Duplicates of one mentor (suspected ones are among the candidates), and the mentor's figures and streaks,
            # which read nothing but this index.
            models.Index(
                fields=["mentor", "local_date", "type"],
                include=["contact", "minutes", "reached", "event", "duplicate"],
                condition=Q(deleted_at=None) & ~Q(status=ActivityStatus.REJECTED) & ~Q(duplicate=Duplicate.DUPLICATE),
                name="activity_of_mentor",
            ),
            # The contact date of one assignment, rebuilt after a correction.
            models.Index(
                fields=["assignment", "-occurred_at"],
                condition=COUNTABLE & Q(reached=True, assignment__isnull=False),
                name="activity_contact_date",
            ),
            # The coordinators' list, newest first.
            models.Index(fields=["organization", "-occurred_at", "-id"], name="activity_newest"),
            models.Index(fields=["local_association", "-occurred_at"], name="activity_by_association"),
            # The coordinators' list of what has to be looked at.
            models.Index(
                fields=["organization"],
                condition=Q(duplicate=Duplicate.SUSPECTED, deleted_at=None),
                name="activity_suspected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type}, {self.local_date}"
