"""Choices of the achievements app."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Category(TextChoices):
    """What a badge is for."""

    MENTORING = "mentoring", _("Mentoring")
    PEOPLE = "people", _("People")
    ENDURANCE = "endurance", _("Endurance")
    COMMUNITY = "community", _("Community")
    LEARNING = "learning", _("Learning")
    MILESTONE = "milestone", _("Milestone")


class Repeats(TextChoices):
    NEVER = "never", _("Once and for all")
    YEARLY = "yearly", _("Anew each year")


class AwardedBy(TextChoices):
    SYSTEM = "system", _("By its rule")
    STAFF = "staff", _("By staff")


class Metric(TextChoices):
    """What of a mentor is counted in rules and tiers."""

    ACTIVITIES = "activities", _("Activities")
    MINUTES = "minutes", _("Minutes")
    CONTACTS = "contacts", _("Contacts reached")
    ASSIGNMENTS = "assignments", _("Assignments")
    EVENTS = "events", _("Events")


class Window(TextChoices):
    """Over which time it is counted."""

    LIFETIME = "lifetime", _("All years")
    YEAR = "year", _("One calendar year")


class Tier(TextChoices):
    """From the lowest to the highest."""

    BRONZE = "bronze", _("Bronze")
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")
    PLATINUM = "platinum", _("Platinum")


class EvaluationKind(TextChoices):
    """Why the rules of an association were held against all its mentors."""

    NIGHTLY = "nightly", _("Nightly")
    ACTIVATION = "activation", _("A badge was put into use")
    REQUEST = "request", _("Asked for by staff")


class GenerationStatus(TextChoices):
    PENDING = "pending", _("Waiting")
    GENERATING = "generating", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
