"""Renewal against expiry, the same thing sixteen times at once, and a database that dies while series are written."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import Count, Q
from django.db.utils import Error

from accounts.enums import MentorStatus, Module, Role
from accounts.local_time import local_date, moment_at
from accounts.models import Membership, MentorProfile, MentorStatusChange, Organization, User
from certifications import services
from certifications.models import Certificate, CertificationType, RenewalReminder
from certifications.rules import expiry_moment, series
from certifications.services import CertificateExists, Draft, Outcome
from certifications.services.clockwork import process_batch
from launch import processes
from launch.postgres import Postgres
from notifications.channels.memory import MemoryChannel
from notifications.dispatch import claims, composing, dispatch
from notifications.enums import Channel, State
from notifications.models import Notification
from tests.factories import LONG_AGO, CertificateFactory, CertificationTypeFactory, OrganizationFactory
from tests.faults.conftest import PATIENCE, ROOT, wait_until

OSLO = "Europe/Oslo"
#: Long after the real clock's now, so that nothing of it is overdue there.
DAY = date(2040, 3, 1)
#: From one renewal to the next.
STEP = timedelta(days=200)
MENTORS, ROUNDS = 20, 100


def eight(day: date) -> datetime:
    return moment_at(day, clock(8), OSLO)


@pytest.fixture
def organization(transactional_db) -> Organization:
    return OrganizationFactory(modules=[Module.CERTIFICATION])


@pytest.fixture
def course(organization) -> CertificationType:
    return CertificationTypeFactory(organization=organization)


def mentors_of(organization: Organization, count: int) -> list[MentorProfile]:
    """So many mentors, in three statements."""
    tag = os.urandom(4).hex()
    users = User.objects.bulk_create(User(email=f"{tag}{n}@example.org", last_name=str(n)) for n in range(count))
    Membership.objects.bulk_create(
        Membership(organization=organization, user=user, role=Role.PEER_MENTOR, granted_at=LONG_AGO) for user in users
    )
    return MentorProfile.objects.bulk_create(
        MentorProfile(organization=organization, user=user, started_on=LONG_AGO.date()) for user in users
    )


def issue_to(mentors, type_, issued_on: date, expires_on: date) -> list[services.Issued]:
    return services.issue_certificates(
        organization=type_.organization,
        drafts=[Draft(mentor.pk, type_.pk, issued_on, expires_on) for mentor in mentors],
        by=None,
        at=eight(issued_on),
    )


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run all of them, each in a thread of its own that begins when all are there; an error in one fails the test."""
    results: list[object] = [None] * len(works)
    errors: list[Exception] = []
    barrier = threading.Barrier(len(works))

    def run(place: int) -> None:
        try:
            barrier.wait(timeout=PATIENCE)
            results[place] = works[place]()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def analyze() -> None:
    """Statistics, as a database has them that has been in use for more than a minute."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def paused_in_spite_of_a_valid_one(at: datetime) -> int:
    """How many mentors are both paused and renewed."""
    paused = MentorProfile.objects.filter(status=MentorStatus.PAUSED)
    return paused.filter(pk__in=Certificate.objects.valid_at(at).values("mentor_id")).count()


# --- Renewal and expiry -----------------------------------------------------------------------------------------------


def test_two_thousand_times_a_renewal_and_the_expiry_overlap_and_nobody_is_both_paused_and_renewed(
    organization, course
):
    """Both transactions are held open for a moment, so that each meets the other's locks."""
    mentors, day, chance = mentors_of(organization, MENTORS), DAY, random.Random(4)
    issue_to(mentors, course, DAY - STEP, DAY)
    listed, single = mentors[: MENTORS // 2], mentors[MENTORS // 2 :]

    for number in range(ROUNDS):
        if number % 10 == 1:
            analyze()
        at, until, head_starts = eight(day), day + STEP, [chance.random() / 50 for _ in range(3)]
        current = {row.mentor_id: row for row in Certificate.objects.with_people().filter(status="active")}

        def expire(at=at, wait=head_starts[0]):
            time.sleep(wait)
            with transaction.atomic():
                process_batch([organization.pk], at=at)
                time.sleep(0.01)

        def renew_list(day=day, until=until, wait=head_starts[1]):
            time.sleep(wait)
            with transaction.atomic():
                issue_to(listed, course, day, until)
                time.sleep(0.01)

        def renew_one_by_one(day=day, until=until, current=current, at=at, wait=head_starts[2]):
            time.sleep(wait)
            for mentor in single:
                services.renew_certificate(
                    certificate=current[mentor.pk], issued_on=day, expires_on=until, by=None, at=at
                )

        at_once(expire, renew_list, renew_one_by_one)
        services.process_due(at=at + timedelta(minutes=1))

        assert paused_in_spite_of_a_valid_one(at) == 0
        assert MentorProfile.objects.filter(status=MentorStatus.ACTIVE).count() == MENTORS
        day = until

    rows = Certificate.objects.annotate(
        reminders=Count("renewalreminders"),
        waiting=Count("renewalreminders", filter=Q(renewalreminders__status="pending")),
    )
    assert set(rows.filter(status="active").values_list("reminders", "waiting")) == {(7, 7)}
    assert set(rows.filter(status="superseded").values_list("reminders", "waiting")) == {(7, 0)}
    assert rows.filter(status="superseded").count() == MENTORS * ROUNDS
    came_first = MentorStatusChange.objects.filter(status_after=MentorStatus.PAUSED).count()
    assert 0 < came_first < MENTORS * ROUNDS  # or they did not overlap
    assert Notification.objects.filter(kind="certification_return").count() == came_first


@pytest.mark.control
def test_control_whoever_looks_before_they_lock_pauses_most_of_those_who_renew_meanwhile(organization, course):
    """The same work as one writes it at first: look who has lapsed, then pause them; look who is paused, then renew."""
    mentors, day, wrong, rounds = mentors_of(organization, MENTORS), DAY, 0, 20
    issue_to(mentors, course, DAY - STEP, DAY)

    for _ in range(rounds):
        at, until = eight(day), day + STEP

        def expire(at=at):
            lapsed = list(Certificate.objects.lapsed_at(at).values_list("pk", "mentor_id"))
            time.sleep(0.05)  # so that the other gets as far
            with transaction.atomic():
                keys = [key for key, _mentor in lapsed]
                Certificate.objects.filter(pk__in=keys, status="active").update(status="expired", lapsed_at=at)
                MentorProfile.objects.filter(pk__in=[mentor for _key, mentor in lapsed], status="active").update(
                    status="paused", paused_by="system", pause_reason="certification_expired", paused_at=at,
                    is_listed=False,
                )  # fmt: skip

        def renew(day=day, until=until, at=at):
            paused = list(MentorProfile.objects.filter(status="paused").values_list("pk", flat=True))
            time.sleep(0.02)
            with transaction.atomic():
                Certificate.objects.current().update(status="superseded")
                Certificate.objects.bulk_create(
                    CertificateFactory.build(
                        organization=organization, mentor=mentor, type=course, issued_on=day,
                        expires_at=expiry_moment(until, OSLO), number=f"{mentor.pk.hex[-8:]}-{day}",
                    )
                    for mentor in mentors
                )  # fmt: skip
                MentorProfile.objects.filter(pk__in=paused).update(
                    status="active", paused_by="", pause_reason="", paused_at=None, is_listed=True
                )

        at_once(expire, renew)
        wrong += paused_in_spite_of_a_valid_one(at)
        MentorProfile.objects.update(status="active", paused_by="", pause_reason="", paused_at=None, is_listed=True)
        day = until

    assert wrong > MENTORS * rounds / 2


# --- The same thing at once -------------------------------------------------------------------------------------------


def test_sixteen_who_issue_the_same_certificate_issue_it_once(organization, course):
    (mentor,) = mentors_of(organization, 1)

    def click() -> str:
        try:
            services.issue_certificate(
                mentor=mentor, type=course, issued_on=DAY, expires_on=DAY + STEP, by=None, at=eight(DAY)
            )
        except CertificateExists:
            return "refused"
        return "issued"

    assert Counter(at_once(*[click] * 16)) == {"issued": 1, "refused": 15}
    assert (Certificate.objects.count(), RenewalReminder.objects.count()) == (1, 7)


def test_sixteen_who_send_the_same_list_issue_each_row_once(organization, course):
    mentors = mentors_of(organization, 20)

    def send() -> list[str]:
        chance = random.Random(threading.get_ident())
        results = issue_to(chance.sample(mentors, len(mentors)), course, DAY, DAY + STEP)
        return [result.outcome for result in results]

    outcomes = Counter(outcome for each in at_once(*[send] * 16) for outcome in each)
    assert outcomes == {Outcome.ISSUED: 20, Outcome.UNCHANGED: 20 * 15}
    assert (Certificate.objects.count(), RenewalReminder.objects.count()) == (20, 140)


def test_two_dispatchers_and_four_threads_decide_about_each_of_three_thousand_once(organization):
    mentors = mentors_of(organization, 500)
    for number in range(6):
        type_ = CertificationTypeFactory(organization=organization, reminder_days=[30], code=f"type-{number}")
        issue_to(mentors, type_, DAY - timedelta(days=100), DAY)
    at, mail = eight(DAY - timedelta(days=30)), MemoryChannel(Channel.EMAIL, batch_size=50)
    analyze()
    decided = threading.Event()

    def decide() -> int:
        count = 0
        while RenewalReminder.objects.due(at).exists():
            count += services.process_due(at=at)
        decided.set()
        return count

    def deliver() -> int:
        count = 0
        while not decided.is_set() or Notification.objects.due(at).exists():
            count += dispatch(clock=lambda: at, channels={Channel.EMAIL: mail})["sent"]
        return count

    counts = at_once(deliver, deliver, decide, decide, decide, decide)

    services.process_due(at=at)
    assert sum(counts[2:]) == 3000
    assert sum(counts[:2]) == len(mail.sent) == len({delivery.subject_id for delivery in mail.sent}) == 3000
    assert Notification.objects.count() == 3000
    assert set(RenewalReminder.objects.values_list("reminder_type", "status").annotate(count=Count("pk"))) == {
        ("30_days_before", "sent", 3000),
        ("on_expiry", "pending", 3000),
    }


def test_of_five_hundred_mails_in_a_workers_hands_none_goes_out_once_the_certificates_are_renewed(organization, course):
    mentors = mentors_of(organization, 500)
    issue_to(mentors, course, DAY - timedelta(days=100), DAY)
    day = DAY - timedelta(days=90)
    at = eight(day)
    services.process_due(at=at)
    batch = claims.take_waiting(Channel.EMAIL, limit=500, at=at, lease=timedelta(minutes=2))
    assert len(batch) == 500

    at_once(lambda: issue_to(mentors, course, day, DAY + STEP))

    ready, put_off = composing.sort_out(batch, at, keeps_quiet=False)
    to_send, not_sent = composing.compose(ready, at)
    assert (len(ready), put_off, to_send) == (500, [], [])
    assert Counter((each.state, each.reason) for each in not_sent) == {(State.CANCELLED, "reason_gone"): 500}


# --- The database dies ------------------------------------------------------------------------------------------------

RESTARTS = 30


@pytest.fixture
def own_cluster() -> Iterator[Postgres]:
    """A server of this test alone, with Varde's tables."""
    with tempfile.TemporaryDirectory(prefix="vt-") as directory:
        server = Postgres(Path(directory) / "postgres")
        server.start()
        try:
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, env=environ_for(server), check=True, capture_output=True)
            yield server
        finally:
            server.stop()
            for outside in server.directories:
                shutil.rmtree(outside, ignore_errors=True)


def environ_for(server: Postgres) -> dict[str, str]:
    """Without a pool: it waits longer and longer for a database that is gone, and here it is back at once."""
    own = {"DATABASE_URL": server.url(), "DATABASE_POOL_SIZE": "0", "DJANGO_SETTINGS_MODULE": "config.settings"}
    return dict(os.environ) | own


def test_a_database_that_dies_thirty_times_leaves_whole_series_or_none(own_cluster, tmp_path):
    """Beside it a writer without a transaction, which the same deaths leave with series that are cut off."""
    names = ("issue_for_ever", "write_for_ever")
    writers = [start_writer(name, own_cluster, tmp_path) for name in names]
    confirmed = [tmp_path / f"{name}.confirmed" for name in names]
    try:
        for number in range(RESTARTS):
            before = [len(lines(path)) for path in confirmed]
            wait_until(
                lambda before=before: all(
                    len(lines(path)) >= count + 3 for path, count in zip(confirmed, before, strict=True)
                ),
                f"both write after {number} deaths",
                log=tmp_path / "issue_for_ever.log",
            )
            assert own_cluster.process is not None
            own_cluster.process.send_signal(signal.SIGQUIT)
            own_cluster.process.wait()
            own_cluster.start()
    finally:
        for writer in writers:
            processes.end(writer, [(signal.SIGKILL, 5.0)])

    found = series_by_type(own_cluster.url())
    whole, cut_off = Counter(found["whole"].values()), Counter(found["cut-off"].values())
    assert set(whole) == {7}
    assert set(lines(confirmed[0])) <= set(found["whole"])
    assert len(lines(tmp_path / "issue_for_ever.broken")) >= RESTARTS
    assert set(cut_off) - {0, 7}, cut_off  # or nothing died while series were written


def start_writer(name: str, server: Postgres, home: Path) -> subprocess.Popen[bytes]:
    script = (
        f"import django; django.setup(); from tests.faults import test_certificates as own; own.{name}({str(home)!r})"
    )
    with (home / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=environ_for(server),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **processes.options(processes.OURSELVES, signal.SIGKILL),
        )


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def series_by_type(address: str) -> dict[str, dict[str, int]]:
    """How many reminders each certificate has, by the code of its type."""
    found: dict[str, dict[str, int]] = {"whole": {}, "cut-off": {}}
    with psycopg.connect(address) as database:
        rows = database.execute(
            "SELECT type.code, certificate.id::text, count(reminder.id) FROM certifications_certificate certificate"
            " JOIN certifications_certificationtype type ON type.id = certificate.type_id"
            " LEFT JOIN certifications_renewalreminder reminder ON reminder.certificate_id = certificate.id"
            " GROUP BY 1, 2"
        )
        for code, key, count in rows:
            found[code][key] = count
    return found


def issue_for_ever(home: str) -> None:
    """Issue one certificate after the other with the verb, whatever becomes of the database."""

    def issue(mentor, type_) -> object:
        return services.issue_certificate(
            mentor=mentor, type=type_, issued_on=local_date(now(), OSLO), by=None, at=now()
        ).pk

    _for_ever(home, "issue_for_ever", "whole", issue)


def write_for_ever(home: str) -> None:
    """The same without a transaction: the certificate, then its reminders one by one."""

    def write(mentor, type_) -> object:
        day = local_date(now(), OSLO)
        until = day + timedelta(days=730)
        certificate = CertificateFactory(
            organization=type_.organization, mentor=mentor, type=type_, issued_on=day, number=mentor.pk.hex,
            expires_at=expiry_moment(until, OSLO),
        )  # fmt: skip
        for slot in series(until, OSLO, 8):
            RenewalReminder.objects.create(
                organization=type_.organization, certificate=certificate, user_id=mentor.user_id,
                reminder_type=slot.reminder_type, scheduled_at=slot.scheduled_at,
                certificate_expiry_date=certificate.expires_at,
            )  # fmt: skip
        return certificate.pk

    _for_ever(home, "write_for_ever", "cut-off", write)


def now() -> datetime:
    return datetime.now(UTC)


def _for_ever(home: str, name: str, code: str, write: Callable[[MentorProfile, CertificationType], object]) -> None:
    confirmed, broken = Path(home) / f"{name}.confirmed", Path(home) / f"{name}.broken"
    type_ = CertificationTypeFactory(organization=OrganizationFactory(slug=code), code=code)
    for mentor in mentors_of(type_.organization, 5_000):
        path, text = confirmed, ""
        try:
            text = str(write(mentor, type_))
        except Error as error:
            path, text = broken, type(error).__name__
            connection.close()
            time.sleep(0.05)
        with path.open("a") as file:
            file.write(f"{text}\n")
