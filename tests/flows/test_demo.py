"""The demo is alive: every state is there, for every page, as true as what people enter, and quiet."""

import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from accounts.enums import MentorStatus, PauseReason
from accounts.local_time import local_date
from accounts.models import MentorProfile, Organization, User
from achievements import kinds
from achievements.models import AnnualSummary, EarnedBadge, MentorStats
from certifications import services
from certifications.models import Certificate, CertificationType, RenewalReminder
from mentoring.demo import LOG_INS, MENTORS, PASSWORD, build_demo
from mentoring.enums import AssignmentStatus
from mentoring.models import Activity, Assignment, Contact, FollowUpReminder
from mentoring.services.contact_date import DERIVED
from notifications.enums import State
from notifications.models import Notification
from operations import duties
from operations.models import Job
from tests.factories import OrganizationFactory
from training.models import (
    Checkpoint,
    Course,
    DailyNote,
    Enrollment,
    Goal,
    GoalMessage,
    QuizAttempt,
    Reflection,
    SuccessProof,
    Video,
    VideoProgress,
)

pytestmark = pytest.mark.django_db

OSLO = "Europe/Oslo"
#: Noon in Oslo; the night before the clocks go forward, when in Greenwich it is still the day before; the last day of
#: February in a leap year; and the first night of a year, when phones are quiet.
AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
MOMENTS = [
    AT,
    pytest.param(datetime(2027, 3, 27, 23, 30, tzinfo=UTC), marks=pytest.mark.slow),
    pytest.param(datetime(2028, 2, 29, 9, 0, tzinfo=UTC), marks=pytest.mark.slow),
    pytest.param(datetime(2026, 1, 1, 0, 5, tzinfo=UTC), marks=pytest.mark.slow),
]


def demo(*arguments):
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("at", MOMENTS)
def test_the_demo(subtests, caplog, at):
    User.objects.create_superuser("own@example.org", "my own", first_name="Own", last_name="Account")
    organization = build_demo(at=at)
    assert organization.is_test
    with subtests.test("leaves the password of somebody who was there alone"):
        assert Client().login(email="own@example.org", password="my own")
    with subtests.test("breaks no promise"):
        assert [found.invariant.name for found in duties.check(at=at) if not found.holds] == []
    with subtests.test("shows every state that the desk knows"):
        shows_every_state(at)
    with subtests.test("has the contact dates that its activities say"):
        assert contact_dates_that_differ() == 0
    with subtests.test("shows every state of a certificate"):
        shows_every_state_of_a_certificate(at)
    with subtests.test("sent its reminders when they were due, and one failed"):
        reminded_when_due()
    with subtests.test("has something to show on every page of its courses"):
        shows_something_on_every_page(at)
    with subtests.test("completed the refresher before the certificate was renewed"):
        completed_the_refresher_first(at)
    with subtests.test("has figures of every mentor"):
        assert MentorStats.objects.filter(activity_count__gt=0, assignment_count__gt=0).count() == len(MENTORS)
    with subtests.test("has last year whole and this year so far of every mentor"):
        has_two_years_of_every_mentor(at)
    with subtests.test("has told everybody in the app, and they have read what is long ago"):
        told_in_the_app()
    with subtests.test("has no warning, which a newcomer reads first, about what is as it should be"):
        said = {record.levelname for record in caplog.records if record.name == "achievements.moments"}
        assert said == {"INFO"}
    with subtests.test("has nothing in the future, and sends nothing by itself on its first day"):
        is_past_and_quiet(organization, at)


def shows_every_state(at):
    assert MentorProfile.objects.count() == 25
    assert Contact.objects.count() == 70
    assert set(Assignment.objects.values_list("status", flat=True)) == set(AssignmentStatus.values)
    days = {each.counted_days for each in Assignment.objects.overdue(at)}
    assert any(10 <= day < 20 for day in days)
    assert any(day >= 20 for day in days)
    assert Assignment.objects.open().filter(last_contact_date=None).exists()
    assert Assignment.objects.open().filter(snoozed_until__gt=at.date()).count() == 2
    assert Activity.objects.suspected().exists()
    assert MentorProfile.objects.filter(status=MentorStatus.PAUSED, pause_reason=PauseReason.LEAVE).count() == 1
    assert Notification.objects.filter(read_at=None).exists()
    assert set(FollowUpReminder.objects.values_list("kind", flat=True)) == {"reminder", "escalation"}
    first, last = (Activity.objects.order_by(order).first().occurred_at for order in ("occurred_at", "-occurred_at"))
    assert at - first > timedelta(days=690)
    assert at - timedelta(days=3) < last <= at


def contact_dates_that_differ():
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM mentoring_assignment a WHERE last_contact_date IS DISTINCT FROM {DERIVED}"
        )
        return cursor.fetchone()[0]


def shows_every_state_of_a_certificate(at):
    basic, first_aid = CertificationType.objects.order_by("-code")
    assert (basic.required_for_active, first_aid.required_for_active) == (True, False)
    found = Counter(Certificate.objects.with_validity(at).filter(type=basic).values_list("validity", flat=True))
    assert found == {"valid": 16, "due_90": 3, "due_30": 2, "due_7": 1, "lapsed": 1, "superseded": 1}
    assert Certificate.objects.filter(type=basic, expires_at=None).count() == 1
    assert Certificate.objects.filter(type=basic, renews__status="superseded", status="active").count() == 1
    assert Certificate.objects.get(status="revoked").type == first_aid
    paused = MentorProfile.objects.get(pause_reason=PauseReason.CERTIFICATION_EXPIRED)
    assert paused.status == MentorStatus.PAUSED
    assert paused.certificates.get().status == "expired"
    assert timedelta(days=11) < at - paused.paused_at < timedelta(days=13)


def reminded_when_due():
    assert RenewalReminder.objects.needing_attention().count() == 1
    sent = RenewalReminder.objects.filter(status="sent")
    assert {"90_days_before", "60_days_before", "30_days_before", "7_days_before", "on_expiry"} <= set(
        sent.values_list("reminder_type", flat=True)
    )
    assert all(timedelta() < row.sent_at - row.scheduled_at < timedelta(minutes=5) for row in sent)
    assert Notification.objects.filter(kind="certificate_notice", state=State.SENT).exists()
    assert Notification.objects.filter(kind="certificate_lapse_notice", state=State.SENT).exists()
    assert not Notification.objects.filter(kind__startswith="certif", state=State.SENT, title="").exists()


def shows_something_on_every_page(at):
    assert list(Course.objects.values_list("slug", "is_published")) == [
        ("oppfrisking", True), ("digitale-moter", True), ("sorg", False),
    ]  # fmt: skip
    video = Video.objects.get()
    assert (video.duration_seconds, bool(video.captions), bool(video.transcript)) == (372, True, True)
    assert Checkpoint.objects.filter(video=video, at_second=320).count() == 1
    anne = VideoProgress.objects.get(mentor__user__email=MENTORS[0].email)
    assert 25 < anne.percent < 95
    assert at - anne.last_watched_at <= timedelta(days=1)
    hers = Reflection.objects.filter(mentor=anne.mentor)
    assert hers.filter(kind="screenshot", video_second=320, replies=None).count() == 1
    assert hers.filter(replies__is_from_staff=True).count() == 1
    assert Goal.objects.filter(mentor=anne.mentor, completed_at__isnull=False).count() == 1
    current = Goal.objects.with_current(at).get(mentor=anne.mentor, completed_at=None)
    assert current.current_goal_id == current.pk
    assert DailyNote.objects.filter(mentor=anne.mentor, written_at__gt=at - timedelta(days=7)).count() >= 4
    for model in (SuccessProof, GoalMessage):
        assert model.objects.filter(mentor=anne.mentor).count() >= 2, model
    assert set(QuizAttempt.objects.values_list("passed", flat=True)) == {True, False}
    assert Reflection.objects.filter(replies=None, requires_response=True).count() >= 4
    assert len(set(VideoProgress.objects.values_list("percent", flat=True))) > 5


def completed_the_refresher_first(at):
    done = Enrollment.objects.get(course__slug="oppfrisking", completed_at__isnull=False)
    renewed = Certificate.objects.get(mentor=done.mentor, type__code="grunnkurs", status="active")
    # The story counts its days in Greenwich; just after midnight in Oslo a certificate's day is one later.
    assert renewed.issued_on - done.completed_at.date() == local_date(at, OSLO) - at.date()
    # And whoever completed the other course has one training more than certificates.
    digital = Enrollment.objects.filter(course__slug="digitale-moter", completed_at__isnull=False)
    for enrollment in digital:
        kinds = Certificate.objects.filter(mentor=enrollment.mentor).exclude(status="revoked")
        count = kinds.values("type").distinct().count()
        assert MentorStats.objects.get(mentor=enrollment.mentor).training_count == count + 1
    assert digital.count() == 3


def has_two_years_of_every_mentor(at):
    years = AnnualSummary.objects.filter(total_activities__gt=0)
    today = local_date(at, OSLO)
    assert years.filter(year=today.year - 1, generation_status="ready").count() == len(MENTORS)
    is_new = (today.month, today.day) == (1, 1)  # of which there is nothing yet
    assert years.filter(year=today.year, as_of=today).exists() is not is_new
    assert not AnnualSummary.objects.to_generate().exists()


def told_in_the_app():
    told = Notification.objects.filter(kind__startswith="badge_earned")
    assert told.count() == EarnedBadge.objects.count()
    assert set(told.values_list("channel", "state")) == {("in_app", "sent")}
    assert not told.filter(kind=kinds.EARLIER_BADGE, read_at=None).exists()
    assert told.filter(kind=kinds.BADGE, read_at=None).exists()
    assert not Job.objects.exists()


def is_past_and_quiet(organization, at):
    for model, field in ((VideoProgress, "last_watched_at"), (Reflection, "written_at"), (DailyNote, "written_at")):
        assert not model.objects.filter(**{f"{field}__gt": at}).exists(), model
    waiting = Notification.objects.filter(state__in=[State.PENDING, State.SENDING])
    assert not waiting.exists()
    services.sweep_organization(organization=organization, at=at + timedelta(hours=20))
    assert services.process_due(at=at + timedelta(hours=20)) == 0
    assert not waiting.exists()


KINDS = ("activities", "certificates", "reminders", "films", "reflections")


@pytest.mark.slow
def test_the_demo_is_the_same_twice_apart_from_the_day(subtests):
    for kind, one, other in zip(KINDS, facts(AT), facts(AT + timedelta(days=400)), strict=True):
        with subtests.test(kind):
            assert one
            assert one == other


def facts(at):
    """What a demo of this moment has of each kind; dates as days before it. The demo itself is gone again."""
    with transaction.atomic():
        build_demo(at=at)
        found = [activities(at), certificates(at), reminders(at), films(), reflections()]
        transaction.set_rollback(True)
    return found


def activities(at):
    rows = Activity.objects.order_by("mentor__member_number", "local_date", "minutes", "contact__number", "summary")
    return [
        (name, minutes, summary, (at.date() - day).days)
        for name, minutes, summary, day in rows.values_list("contact__first_name", "minutes", "summary", "local_date")
    ]


def certificates(at):
    return [
        (row.number, row.mentor.member_number, row.status, row.expires_on and (row.expires_on - at.date()).days)
        for row in Certificate.objects.with_people().exclude(renews__isnull=False).order_by("number")
    ]


def reminders(at):
    rows = RenewalReminder.objects.with_people().exclude(certificate__renews__isnull=False)
    return [
        (row.certificate.number, row.reminder_type, row.status, (at - row.scheduled_at).days)
        for row in rows.order_by("certificate__number", "scheduled_at")
    ]


def films():
    rows = VideoProgress.objects.order_by("mentor__member_number")
    return [*rows.values_list("mentor__member_number", "percent", "position_seconds")]


def reflections():
    return [*Reflection.objects.order_by("text").values_list("text", "video_second")]


def test_the_command_fills_an_empty_database_quickly_and_tells_how_to_sign_in(settings, django_assert_max_num_queries):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with django_assert_max_num_queries(6500):  # seconds; five for each activity, and what they lead to
        said = demo()
    assert PASSWORD in said
    for log_in in LOG_INS:
        assert log_in.email in said
        assert Client().login(email=log_in.email, password=PASSWORD)
    assert demo("--show") == said


def test_the_command_leaves_a_database_with_an_organisation_alone():
    OrganizationFactory()
    demo()
    assert Organization.objects.count() == 1
    assert User.objects.count() == 0
    assert demo("--show") == ""


def test_there_is_no_demo_on_a_real_server(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        demo()
    assert User.objects.count() == 0
