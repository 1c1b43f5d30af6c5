"""What an import has to know of an organisation, read in a few queries before the first row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from accounts.enums import Level
from accounts.models import LocalAssociation, MentorAffiliation, MentorProfile, Organization
from mentoring.models import ActivityType, Assignment, Contact
from mentoring.roster.reading import fold


@dataclass
class KnownMentor:
    """A mentor by number. Without a profile it is one that a dry run would make."""

    number: str
    profile: MentorProfile | None
    association: str = ""  # folded name of the primary one

    @property
    def key(self) -> UUID | str:
        return self.profile.pk if self.profile else self.number


@dataclass
class KnownContact:
    """A contact by number, with their assignments by mentor; rows are missing in a dry run that would make them."""

    number: str
    contact: Contact | None
    assignments: list[Assignment] = field(default_factory=list)

    @property
    def key(self) -> UUID | str:
        return self.contact.pk if self.contact else self.number


@dataclass
class Known:
    """Associations by folded name, mentors and contacts by number, types by any of their names."""

    organization: Organization
    associations: dict[str, LocalAssociation | None] = field(default_factory=dict)
    mentors: dict[str, KnownMentor] = field(default_factory=dict)
    contacts: dict[str, KnownContact] = field(default_factory=dict)
    types: dict[str, ActivityType] = field(default_factory=dict)

    def load(self) -> Known:
        """Read it all anew."""
        self.load_associations()
        self.load_mentors()
        self.load_contacts()
        for type_ in ActivityType.objects.usable_in(self.organization.pk).order_by("-organization_id"):
            for name in (type_.slug, type_.name, type_.name_nn, type_.name_en):
                if fold(name):
                    self.types.setdefault(fold(name), type_)
        return self

    def load_associations(self) -> None:
        # Regions and the national association come last: their names are taken only where no local one has them.
        order = {Level.LOCAL: 0, Level.REGION: 1, Level.NATIONAL: 2}
        rows = LocalAssociation.objects.filter(organization=self.organization).order_by("id")
        for row in sorted(rows, key=lambda row: order[Level(row.level)]):
            self.associations.setdefault(fold(row.name), row)

    def load_mentors(self, numbers: Iterable[str] | None = None) -> None:
        rows = MentorProfile.objects.filter(organization=self.organization).exclude(member_number="")
        if numbers is not None:
            rows = rows.filter(member_number__in=list(numbers))
        primary = MentorAffiliation.objects.filter(mentor__in=rows, is_primary=True)
        places = dict(primary.values_list("mentor_id", "local_association__name"))
        for profile in rows.select_related("user"):
            known = KnownMentor(profile.member_number, profile, fold(places.get(profile.pk, "")))
            self.mentors[key_of(profile.member_number)] = known

    def load_contacts(self) -> None:
        rows = Contact.objects.filter(organization=self.organization).exclude(number="")
        for contact in rows:
            self.contacts[key_of(contact.number)] = KnownContact(contact.number, contact)
        by_id = {known.contact.pk: known for known in self.contacts.values() if known.contact}
        for assignment in Assignment.objects.present().filter(contact__in=rows).order_by("sequence"):
            by_id[assignment.contact_id].assignments.append(assignment)


def key_of(number: str) -> str:
    """A member or contact number as it is compared: without case and blanks."""
    return "".join(number.casefold().split())


@dataclass(frozen=True)
class Seen:
    """What makes two activities look like one."""

    mentor: UUID | str
    day: date
    type_id: UUID
    contact: UUID | str
