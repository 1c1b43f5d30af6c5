"""Choices of the accounts app."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(TextChoices):
    PEER_MENTOR = "peer_mentor", _("Peer mentor")
    COORDINATOR = "coordinator", _("Coordinator")
    ORG_ADMIN = "org_admin", _("Organisation administrator")


#: Nobody grants a role at or above their own; platform staff stand above all of them.
ROLE_RANK = {Role.PEER_MENTOR: 1, Role.COORDINATOR: 2, Role.ORG_ADMIN: 3}


class Level(TextChoices):
    NATIONAL = "national", _("National association")
    REGION = "region", _("Region")
    LOCAL = "local", _("Local association")


class MentorStatus(TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    RESIGNED = "resigned", _("Resigned")


class PausedBy(TextChoices):
    SELF = "self", _("The mentor")
    COORDINATOR = "coordinator", _("A coordinator")
    SYSTEM = "system", _("The system")


class PauseReason(TextChoices):
    CERTIFICATION_EXPIRED = "certification_expired", _("Certification expired")
    LEAVE = "leave", _("Leave")
    OTHER = "other", _("Other")


class Module(TextChoices):
    ACHIEVEMENTS = "achievements-gamification", _("Achievements")
    CERTIFICATION = "certification-training", _("Certification and training")
    FOLLOW_UP = "assignment-follow-up", _("Assignment follow-up")


class Language(TextChoices):
    BOKMAL = "nb", _("Norwegian Bokmål")
    NYNORSK = "nn", _("Norwegian Nynorsk")
    ENGLISH = "en", _("English")


class MentorTerm(TextChoices):
    """What this organisation calls its mentors."""

    PEER_MENTOR = "peer_mentor", _("peer mentor")
    MENTOR = "mentor", pgettext_lazy("what the organisation says", "mentor")
    VISITOR = "visitor", _("visiting friend")


class ContactTerm(TextChoices):
    """What this organisation calls the people its mentors support."""

    CONTACT = "contact", _("contact")
    PARTICIPANT = "participant", _("participant")
    MEMBER = "member", _("member")
    FAMILY = "family", _("family")


class ChangeAction(TextChoices):
    CREATED = "created", _("Created")
    CHANGED = "changed", _("Changed")
    DELETED = "deleted", _("Deleted")
