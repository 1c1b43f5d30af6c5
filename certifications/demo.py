"""The demo's certificates, in every state that the desk knows, and what the clock has made of them since."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F

from accounts.local_time import local_date
from accounts.models import MentorProfile
from certifications import services
from certifications.models import Certificate, CertificationType, RenewalReminder
from mentoring.demo import Demo, chapter
from notifications.channels import Refused
from notifications.channels.memory import MemoryChannel
from notifications.delivery import Delivery
from notifications.dispatch import dispatch
from notifications.enums import Channel
from notifications.models import Notification
from training.demo_texts import REFRESHER
from training.models import Course

#: So many days ago the association wrote its certificates into Varde.
ENTERED = 120
#: Who is who, by the mentors' places in the demo's cast. No day before the expiry is one of a reminder, so that
#: nothing goes out in the demo's first minutes.
DUE = {1: 84, 14: 71, 2: 45, 0: 26, 19: 22, 9: 5}
LAPSED, RENEWED, FOR_LIFE = 10, 16, 20
WITHOUT = (23, 24)
#: Their mailbox is gone, so the one reminder they were due has failed.
UNREACHABLE = 14
FIRST_AID = {0: 300, 2: 40, 6: 410, 11: 350, 17: 200}
REVOKED = 11
#: Days ago; the renewal came before the expiry.
LAPSED_SINCE, RENEWED_SINCE, REVOKED_SINCE = 12, 45, 20


class Post(MemoryChannel):
    """A post office that delivers to everybody but one."""

    def __init__(self, returns: str) -> None:
        super().__init__(Channel.EMAIL)
        self.returns = returns

    def send(self, delivery: Delivery) -> str:
        if delivery.email == self.returns:
            raise Refused("smtp_recipient_550")
        return super().send(delivery)


@chapter
def add_certificates(demo: Demo) -> None:
    """Issue, renew and revoke as it would have happened, and let the clock run in between."""
    clock = _Clock(demo)
    certificates = _issue(demo)
    clock.run_until(demo.ago(RENEWED_SINCE))
    _renew(demo, certificates[demo.mentors[RENEWED].pk])
    clock.run_until(demo.ago(REVOKED_SINCE))
    _revoke(demo)
    clock.run_until(demo.at)
    services.process_due(at=demo.at)  # what became of the last messages
    services.sweep_organization(organization=demo.organization, at=demo.at)
    ours = Notification.objects.filter(organization=demo.organization, kind__startswith="certif")
    ours.filter(sent_at__lt=demo.ago(14)).update(read_at=F("sent_at") + timedelta(hours=3))


class _Clock:
    """Does what Varde would have done: whatever comes due is decided and sent on its day."""

    def __init__(self, demo: Demo) -> None:
        self.post = Post(demo.mentors[UNREACHABLE].user.email)
        self.waiting = RenewalReminder.objects.undecided().filter(organization=demo.organization)

    def run_until(self, moment: datetime) -> None:
        """From where it stands to `moment`, minute by minute with something due."""
        stood = None
        while (due := self._next()) and due <= moment and due != stood:
            self._tick(min(due + timedelta(minutes=1), moment))
            stood = due
        self._tick(moment)

    def _next(self) -> datetime | None:
        found: datetime | None = self.waiting.order_by("scheduled_at").values_list("scheduled_at", flat=True).first()
        return found

    def _tick(self, at: datetime) -> None:
        services.process_due(at=at)
        dispatch(clock=lambda: at, channels={Channel.EMAIL: self.post})


def _issue(demo: Demo) -> dict[UUID, Certificate]:
    """Two types, and the certificates as they were when the association began; the basic course's by mentor."""
    at = demo.ago(880)
    basic = services.add_type(
        organization=demo.organization,
        code="grunnkurs",
        name="Grunnkurs for likepersoner",
        name_nn="Grunnkurs for likepersonar",
        name_en="Basic course for peer mentors",
        validity_months=24,
        required_for_active=True,
        course=Course.objects.get(organization=demo.organization, slug=REFRESHER[0]),
        renewal_course="Oppfriskingskurs for likepersoner",
        renewal_url="https://example.org/oppfriskingskurs",
        by=demo.people["admin"],
        at=at,
    )
    first_aid = services.add_type(
        organization=demo.organization,
        code="forstehjelp",
        name="Førstehjelp",
        name_nn="Førstehjelp",
        name_en="First aid",
        validity_months=24,
        by=demo.people["admin"],
        at=at,
    )
    numbers = [number for number in range(len(demo.mentors)) if number not in WITHOUT]
    drafts = [
        *(_draft(demo, number, basic, _expires_in(number), "GK") for number in numbers),
        *(_draft(demo, number, first_aid, days, "FH") for number, days in FIRST_AID.items()),
    ]
    entered = demo.ago(ENTERED)
    services.issue_certificates(organization=demo.organization, drafts=drafts, by=demo.people["admin"], at=entered)
    certificates = {row.mentor_id: row for row in Certificate.objects.with_people().filter(type=basic)}
    services.correct_expiry(
        certificate=certificates[demo.mentors[FOR_LIFE].pk],
        expires_on=None,
        by=demo.people["admin"],
        at=entered,
        reason="Holder grunnkurset selv",
    )
    return certificates


def _expires_in(number: int) -> int:
    """Days from today to the expiry of a mentor's basic course."""
    special = DUE | {LAPSED: -LAPSED_SINCE, RENEWED: 15 - RENEWED_SINCE}
    return special.get(number, 130 + 19 * number)


def _draft(demo: Demo, number: int, type_: CertificationType, days: int, letters: str) -> services.Draft:
    mentor: MentorProfile = demo.mentors[number]
    expires_on = _today(demo) + timedelta(days=days)
    return services.Draft(
        mentor_id=mentor.pk,
        type_id=type_.pk,
        issued_on=_two_years_before(expires_on),
        expires_on=expires_on,
        number=f"{letters}-{1001 + number}",
        evidence="Kursbevis lagt fram",
    )


def _renew(demo: Demo, certificate: Certificate) -> None:
    services.renew_certificate(
        certificate=certificate,
        issued_on=_today(demo) - timedelta(days=RENEWED_SINCE + 1),
        number=f"GK-{2001 + RENEWED}",
        evidence="Oppfriskingskurs",
        by=demo.people["head"],
        at=demo.ago(RENEWED_SINCE),
    )


def _revoke(demo: Demo) -> None:
    services.revoke_certificate(
        certificate=Certificate.objects.get(mentor=demo.mentors[REVOKED], type__code="forstehjelp"),
        reason="Kurset ble avbrutt før prøven",
        by=demo.people["head"],
        at=demo.ago(REVOKED_SINCE),
    )


def _today(demo: Demo) -> date:
    return local_date(demo.at, demo.organization.time_zone)


def _two_years_before(day: date) -> date:
    return date(day.year - 2, day.month, min(day.day, 28) if day.month == 2 else day.day)
