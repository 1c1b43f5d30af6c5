"""Organisations, people and the roles between them."""

from accounts.models.changes import ChangeEntry
from accounts.models.mentors import MentorAffiliation, MentorProfile, MentorStatusChange
from accounts.models.organizations import LocalAssociation, ModuleSetting, Organization
from accounts.models.people import CareArea, Membership, User

__all__ = [
    "CareArea",
    "ChangeEntry",
    "LocalAssociation",
    "Membership",
    "MentorAffiliation",
    "MentorProfile",
    "MentorStatusChange",
    "ModuleSetting",
    "Organization",
    "User",
]
