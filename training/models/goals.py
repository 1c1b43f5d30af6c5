"""What a mentor wants to reach, the steps on the way, and the conversation about it."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameOrganization, unique_in_organization
from accounts.models import User
from training.enums import MediaType
from training.models.progress import Learned
from training.models.reflections import LONGEST_TEXT
from training.models.sending import Sent, once_per_client_id
from training.querysets import GoalQuerySet


class Goal(Sent, Learned):
    """A development goal of a mentor: finish the basic course, the first five home visits …"""

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    set_at = models.DateTimeField(_("set at"))
    target_on = models.DateField(_("to be reached by"), null=True, blank=True)
    completed_at = models.DateTimeField(_("reached at"), null=True, blank=True)
    abandoned_at = models.DateTimeField(_("given up at"), null=True, blank=True)

    SENSITIVE = frozenset({"title", "description"})

    objects = GoalQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        constraints = [
            unique_in_organization("goal_tenant_key"),
            SameOrganization(field="mentor", name="goal_mentor_in_org"),
            once_per_client_id("mentor", name="goal"),
            models.CheckConstraint(
                condition=Q(completed_at=None) | Q(abandoned_at=None), name="goal_reached_or_given_up"
            ),
            models.CheckConstraint(
                condition=(Q(completed_at=None) | Q(completed_at__gte=F("set_at")))
                & (Q(abandoned_at=None) | Q(abandoned_at__gte=F("set_at"))),
                name="goal_begins_before_end",
            ),
        ]
        indexes = [models.Index(fields=["mentor", "set_at"], name="goal_of_mentor")]

    def __str__(self) -> str:
        return self.title


class GoalSwitch(Learned):
    """From this moment on the mentor works on this goal, or on none. Lines are added, never changed: the current goal
    is that of the latest, and of any other moment that of the latest before it."""

    goal = models.ForeignKey(
        Goal,
        on_delete=models.CASCADE,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="switches",
        verbose_name=_("goal"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("choice of a goal")
        verbose_name_plural = _("choices of a goal")
        constraints = [
            SameOrganization(field="mentor", name="goal_switch_mentor_in_org"),
            SameOrganization(field="goal", name="goal_switch_goal_in_org"),
            # Also the index by which the goal of a moment is found.
            models.UniqueConstraint(fields=["mentor", "at"], include=["goal"], name="goal_switch_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.goal or '–'}"


class OfGoal(Learned):
    """A row that belongs to a goal, and stays with it."""

    goal = models.ForeignKey(
        Goal, on_delete=models.CASCADE, db_constraint=False, related_name="%(class)ss", verbose_name=_("goal")
    )

    class Meta:
        abstract = True


class GoalMilestone(Sent, OfGoal):
    """A step on the way to a goal."""

    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("title"), max_length=200)
    reached_at = models.DateTimeField(_("reached at"), null=True, blank=True)

    SENSITIVE = frozenset({"title"})

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["position", "id"]
        constraints = [
            SameOrganization(field="mentor", name="milestone_mentor_in_org"),
            SameOrganization(field="goal", name="milestone_goal_in_org"),
            once_per_client_id("mentor", name="milestone"),
        ]

    def __str__(self) -> str:
        return self.title


class DailyNote(Sent, Learned):
    """What a mentor writes about their day. It belongs to the goal that is theirs at that moment, if any."""

    text = models.TextField(_("text"), validators=[MaxLengthValidator(LONGEST_TEXT)])
    written_at = models.DateTimeField(_("written at"))

    SENSITIVE = frozenset({"text"})

    class Meta:
        verbose_name = _("daily note")
        verbose_name_plural = _("daily notes")
        constraints = [
            SameOrganization(field="mentor", name="daily_note_mentor_in_org"),
            once_per_client_id("mentor", name="daily_note"),
            models.CheckConstraint(condition=~Q(text=""), name="daily_note_says_something"),
        ]
        indexes = [models.Index(fields=["mentor", "-written_at"], name="daily_note_of_mentor")]

    def __str__(self) -> str:
        return f"{self.mentor}: {self.written_at}"


class SuccessProof(Sent, OfGoal):
    """Something that shows that a goal comes closer: a picture, a recording, or words."""

    text = models.TextField(_("text"), blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)])
    media_file = models.FileField(_("file"), upload_to="training/proofs/%Y/%m", max_length=200, blank=True)
    media_type = models.CharField(_("media"), max_length=10, choices=MediaType, blank=True)
    media_duration_seconds = models.PositiveIntegerField(_("length (seconds)"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted at"))

    SENSITIVE = frozenset({"text"})

    class Meta:
        verbose_name = _("success proof")
        verbose_name_plural = _("success proofs")
        constraints = [
            SameOrganization(field="mentor", name="proof_mentor_in_org"),
            SameOrganization(field="goal", name="proof_goal_in_org"),
            once_per_client_id("mentor", name="proof"),
            models.CheckConstraint(
                condition=Q(media_type="", media_file="") | ~Q(media_type="") & ~Q(media_file=""),
                name="proof_media_has_a_file",
            ),
            models.CheckConstraint(condition=~Q(text="", media_file=""), name="proof_shows_something"),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} – {self.goal}"


class GoalMessage(Sent, OfGoal):
    """One message of the conversation about a goal, between the mentor and staff."""

    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    is_from_staff = models.BooleanField(_("from staff"))
    text = models.TextField(_("text"), validators=[MaxLengthValidator(LONGEST_TEXT)])
    written_at = models.DateTimeField(_("written at"))

    SENSITIVE = frozenset({"text"})

    class Meta:
        verbose_name = _("message about a goal")
        verbose_name_plural = _("messages about goals")
        constraints = [
            SameOrganization(field="mentor", name="goal_message_mentor_in_org"),
            SameOrganization(field="goal", name="goal_message_goal_in_org"),
            once_per_client_id("goal", "author", name="goal_message"),
            models.CheckConstraint(condition=~Q(text=""), name="goal_message_says_something"),
        ]
        indexes = [models.Index(fields=["goal", "written_at", "id"], name="message_of_goal")]

    def __str__(self) -> str:
        return f"{self.author}: {self.written_at}"
