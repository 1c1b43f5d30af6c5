"""The answer desk: who is answering what, what an association promises, and when it was last told what is late.

What waits is not here: it is the lines of the timeline with `response_status` pending.
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization
from accounts.models import Organization, User
from timeline.calendars import DEFAULT_COUNTRY, validate_country
from timeline.desk_querysets import AnswerClaimQuerySet, AnswerMorningQuerySet, AnswerSettingsQuerySet
from timeline.models.entries import TimelineEntry
from timeline.rules import ANSWER_WITHIN_DAYS, ESCALATE_AFTER_DAYS, MOST_DAYS
from training.models import Reflection

_DAYS = [MinValueValidator(1), MaxValueValidator(MOST_DAYS)]


class WaitingReflection(TimelineEntry):
    """A line of the timeline as the answer desk has it: a reflection that waits for an answer, or has been answered."""

    class Meta:
        proxy = True
        verbose_name = _("reflection on the answer desk")
        verbose_name_plural = _("reflections on the answer desk")
        default_permissions = ()


class AnswerClaim(TenantRow):
    """Somebody is answering this reflection, so that two do not. It lapses by itself at `until`."""

    reflection = models.OneToOneField(
        Reflection,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        verbose_name=_("reflection"),
    )
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("by"))
    claimed_at = models.DateTimeField(_("claimed at"))
    until = models.DateTimeField(_("until"))

    objects = AnswerClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            SameOrganization(field="reflection", name="claim_reflection_in_org"),
            models.CheckConstraint(condition=Q(until__gt=F("claimed_at")), name="claim_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return str(self.by)


class AnswerSettings(TenantRow):
    """What an association promises its learners. Without a row the defaults hold."""

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    answer_within_days = models.PositiveSmallIntegerField(
        _("answer within (working days)"),
        default=ANSWER_WITHIN_DAYS,
        validators=_DAYS,
        help_text=_("Counted from the day after the question; on the next working morning the coordinators are told."),
    )
    escalate_after_days = models.PositiveSmallIntegerField(
        _("tell administrators after (working days more)"),
        default=ESCALATE_AFTER_DAYS,
        validators=_DAYS,
        help_text=_("So many working days past its day, administrators are told as well."),
    )
    holiday_country = models.CharField(
        _("country of the public holidays"),
        max_length=2,
        default=DEFAULT_COUNTRY,
        validators=[validate_country],
        help_text=_("Two letters: NO, SE, DK …"),
    )

    objects = AnswerSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = _("settings of the answer desk")
        verbose_name_plural = _("settings of the answer desk")
        constraints = [
            models.CheckConstraint(
                condition=Q(answer_within_days__range=(1, MOST_DAYS), escalate_after_days__range=(1, MOST_DAYS)),
                name="answer_days_range",
            ),
            models.CheckConstraint(
                condition=Q(holiday_country__regex=r"^[A-Z]{2}$"), name="answer_country_two_letters"
            ),
        ]

    def __str__(self) -> str:
        return str(self.organization)


class AnswerMorning(TenantRow):
    """When an association is next told what waits too long, and how it went the last time.

    `next_at` is the queue: the morning is due from then on, and whoever moves it has told it. `told_on` is the local
    day on which people were last told. `unheard_since` is set while reflections have waited past their escalation and
    there is nobody in the association who could be told.
    """

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    next_at = models.DateTimeField(_("next at"))
    told_on = models.DateField(_("last told on"), null=True)
    escalated_before = models.DateTimeField(_("escalated if waiting since before"), null=True)
    unheard_since = models.DateTimeField(_("nobody to tell since"), null=True)

    objects = AnswerMorningQuerySet.as_manager()

    class Meta:
        verbose_name = _("morning of the answer desk")
        verbose_name_plural = _("mornings of the answer desk")
        constraints = [
            models.CheckConstraint(
                condition=Q(unheard_since=None) | Q(escalated_before__isnull=False), name="morning_unheard_of_what"
            )
        ]

    def __str__(self) -> str:
        return str(self.next_at)
