"""Two associations with something of everything, and no rate limits in the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from accounts.enums import Level
from accounts.models import MentorProfile, Organization, User
from achievements.models import MentorStats
from certifications.models import CertificationSettings, RenewalReminder
from mentoring.models import FollowUpReminder, ReminderConfig
from notifications.models import Device, Notification
from tests.conftest import administrator_of, coordinator_of, strangers_association
from tests.factories import (
    ActivityFactory,
    ActivityTypeFactory,
    AnnualSummaryFactory,
    AssignmentFactory,
    CertificateFactory,
    CertificationTypeFactory,
    CheckpointFactory,
    CourseFactory,
    DailyNoteFactory,
    EarnedBadgeFactory,
    EnrollmentFactory,
    GoalFactory,
    GoalMessageFactory,
    LessonFactory,
    LocalAssociationFactory,
    MentorProfileFactory,
    MilestoneFactory,
    OrganizationFactory,
    QuizFactory,
    ReflectionFactory,
    ReplyFactory,
    SuccessProofFactory,
    UserFactory,
    VideoFactory,
)
from timeline.models import AnswerSettings, TimelineEntry

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAR_AWAY = datetime(2040, 3, 1, tzinfo=UTC)
NOBODYS = "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5d"
#: Tables that a request may touch although it was refused: log-ins and their traces.
TRACES = ("django_session", "usersessions_usersession", "django_migrations", "django_admin_log")


@pytest.fixture(autouse=True)
def _no_limits(settings) -> None:
    settings.API_RATES = {"user": "1000000/min", "anon": "1000000/min"}


def _furnish(organization: Any, assignment: Any, user: Any, mentor: Any, canary: str) -> dict[str, Any]:
    """Something in every table that an endpoint shows, and text that must not leak: `{key name: row id}`."""
    contact = assignment.contact
    type(contact).objects.filter(pk=contact.pk).update(first_name=canary, phone=canary[:20])
    notification = Notification.objects.create(
        organization=organization,
        recipient=mentor.user,
        kind="follow_up_reminder",
        dedupe_key=f"follow_up_reminder:{canary}",
        channel="email",
        state="sent",
        sent_at=AT,
        title=canary,
    )
    reminder = FollowUpReminder.objects.create(
        organization=organization,
        assignment=assignment,
        kind="reminder",
        trigger="automatic",
        recipient=mentor.user,
        notification=notification,
        days=12,
        on=AT.date(),
    )
    own_type = ActivityTypeFactory(organization=organization, name=canary)
    activity = ActivityFactory(assignment=assignment, type=own_type, summary=canary)
    device = Device.objects.create(user=mentor.user, platform="web", token=f"token-{canary}", last_seen_at=AT)
    ReminderConfig.objects.create(organization=organization, reminder_days=9, escalation_days=19)
    course = CertificationTypeFactory(organization=organization, code=f"course-{canary.lower()}", name=canary)
    certificate = CertificateFactory(
        organization=organization, mentor=mentor, type=course, evidence=canary, expires_at=FAR_AWAY
    )
    renewal_reminder = RenewalReminder.objects.create(
        organization=organization,
        certificate=certificate,
        user=mentor.user,
        reminder_type="30_days_before",
        scheduled_at=FAR_AWAY - timedelta(days=30),
        certificate_expiry_date=FAR_AWAY,
    )
    CertificationSettings.objects.create(organization=organization)
    MentorStats.objects.create(organization=organization, mentor=mentor)
    summary = AnnualSummaryFactory(mentor=mentor)
    earned = EarnedBadgeFactory(mentor=mentor)
    reflection = ReflectionFactory(mentor=mentor, text=canary)
    training = _teach(mentor, reflection, canary)
    AnswerSettings.objects.create(organization=organization)
    return {
        "organization": organization.pk,
        "contact": contact.pk,
        "mentor": mentor.pk,
        "assignment": assignment.pk,
        "activity": activity.pk,
        "type": own_type.pk,
        "notification": notification.pk,
        "reminder": reminder.pk,
        "device": device.pk,
        "certification_type": course.pk,
        "certification_code": course.code,
        "certificate": certificate.pk,
        "renewal_reminder": renewal_reminder.pk,
        "annual_summary": summary.pk,
        "badge_definition": earned.definition_id,
        "earned_badge": earned.pk,
        **training,
        "reflection": reflection.pk,
        "timeline_entry": TimelineEntry.objects.get(source_id=reflection.pk).pk,
        "local_association": assignment.local_association_id,
        "user": user.pk,
        "mentor_user": mentor.user_id,
    }


def _teach(mentor: Any, reflection: Any, canary: str) -> dict[str, Any]:
    """A course and a goal, with words of theirs in everything that a mentor or staff write."""
    course = CourseFactory(organization=mentor.organization, title=canary, description=canary)
    lesson = LessonFactory(course=course, title=canary, body=canary)
    video = VideoFactory(lesson=lesson, title=canary, transcript=canary)
    CheckpointFactory(video=video, title=canary)
    quiz = QuizFactory(lesson=lesson, title=canary)
    enrollment = EnrollmentFactory(mentor=mentor, course=course)
    ReplyFactory(reflection=reflection, text=canary)
    goal = GoalFactory(mentor=mentor, title=canary, description=canary)
    milestone = MilestoneFactory(goal=goal, title=canary)
    GoalMessageFactory(goal=goal, text=canary)
    return {
        "course": course.pk,
        "lesson": lesson.pk,
        "video": video.pk,
        "quiz": quiz.pk,
        "enrollment": enrollment.pk,
        "goal": goal.pk,
        "milestone": milestone.pk,
        "daily_note": DailyNoteFactory(mentor=mentor, text=canary).pk,
        "proof": SuccessProofFactory(goal=goal, text=canary).pk,
    }


def _build() -> SimpleNamespace:
    """The cast of tests/conftest.py that these tests need, and what `_furnish` makes, in both associations."""
    organization = OrganizationFactory(name="North", slug="north")
    national = LocalAssociationFactory(organization=organization, name="National", level=Level.NATIONAL)
    region = LocalAssociationFactory(organization=organization, name="Region", level=Level.REGION, parent=national)
    home = LocalAssociationFactory(organization=organization, name="Home", parent=region)
    mentor = MentorProfileFactory(organization=organization, user__email="mentor@example.org", local_association=home)
    coordinator = coordinator_of(organization, home, "coordinator@example.org")
    assignment = AssignmentFactory(organization=organization, mentor=mentor, coordinator=coordinator)
    foreign = strangers_association()
    return SimpleNamespace(
        mentor=mentor,
        coordinator=coordinator,
        org_admin=administrator_of(organization),
        platform_staff=UserFactory(email="staff@example.org", is_superuser=True),
        foreign=foreign,
        north=_furnished(assignment, coordinator, mentor, "Nightingale"),
        south=_furnished(foreign.assignment, foreign.user, foreign.mentor, "Oystercatcher"),
    )


def _furnished(assignment: Any, user: Any, mentor: Any, canary: str) -> SimpleNamespace:
    """An association's rows: `ids` by kind, and a `canary` in its texts."""
    ids = _furnish(mentor.organization, assignment, user, mentor, canary)
    return SimpleNamespace(ids=ids, canary=canary, organization=mentor.organization)


@pytest.fixture(scope="module", autouse=True)
def _built(django_db_setup, django_db_blocker) -> Iterator[SimpleNamespace]:
    """Both associations, made once for a module: what a test does to their rows is rolled back to a savepoint.

    For every module, asked for or not, so that it stands before the transaction of the first test begins.
    """
    cheap = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with django_db_blocker.unblock(), transaction.atomic():
        with cheap:
            built = _build()
        yield built
        transaction.set_rollback(True)


@pytest.fixture
def cast(_built, db) -> SimpleNamespace:
    """A copy: what a test, or a request, keeps at an object in memory is not there for the next."""
    return deepcopy(_built)


@pytest.fixture
def organization(cast) -> Organization:
    return cast.north.organization


@pytest.fixture
def mentor(cast) -> MentorProfile:
    return cast.mentor


@pytest.fixture
def coordinator(cast) -> User:
    return cast.coordinator


@pytest.fixture
def org_admin(cast) -> User:
    return cast.org_admin


@pytest.fixture
def platform_staff(cast) -> User:
    return cast.platform_staff


@pytest.fixture
def foreign(cast) -> SimpleNamespace:
    return cast.foreign


@pytest.fixture
def north(cast) -> SimpleNamespace:
    return cast.north


@pytest.fixture
def south(cast) -> SimpleNamespace:
    return cast.south


def fingerprint() -> str:
    """A hash over all rows of all tables, but for log-ins: two that are equal mean that nothing was written."""
    with connection.cursor() as cursor:
        cursor.execute(_every_table_hashed())
        return hashlib.sha256(repr(cursor.fetchone()).encode()).hexdigest()


@cache
def _every_table_hashed() -> str:
    """One question for all tables: one for each would be a hundred, twice in every test."""
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - set(TRACES))
    # Identifiers come from the database itself.
    hashed = '(SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{}" t)'
    return f"SELECT {', '.join(hashed.format(table) for table in tables)}"


#: Which row an id in a path or a body means, by its name and, for `pk`, by the noun before it.
BY_NAME = {
    "mentee_id": "contact",
    "contact_id": "contact",
    "peer_mentor_id": "mentor",
    "peer_mentor_ids": "mentor",
    "coordinator_id": "user",
    "org_id": "organization",
    "assignment_id": "assignment",
    "assignment_ids": "assignment",
    "activity_id": "activity",
    "type_id": "type",
    "local_association_id": "local_association",
    "assignments": "assignment",
    "activities": "activity",
    "activity-types": "type",
    "contacts": "contact",
    "mentors": "mentor",
    "local-associations": "local_association",
    "notifications": "notification",
    "devices": "device",
    "mentor_id": "mentor",
    "certificate_id": "certificate",
    "certificate_ids": "certificate",
    "certification_type": "certification_code",
    "certification-types": "certification_type",
    "certificates": "certificate",
    "certification-renewal-reminders": "renewal_reminder",
    "peer-mentor-stats": "mentor",
    "annual-summaries": "annual_summary",
    "badge-definitions": "badge_definition",
    "earned-badges": "earned_badge",
    "course_id": "course",
    "lesson_id": "lesson",
    "video_id": "video",
    "goal_id": "goal",
    "courses": "course",
    "lessons": "lesson",
    "videos": "video",
    "quizzes": "quiz",
    "enrollments": "enrollment",
    "reflections": "reflection",
    "goals": "goal",
    "milestones": "milestone",
    "daily-notes": "daily_note",
    "proofs": "proof",
    "answer-desk": "timeline_entry",
    "timeline": "timeline_entry",
    "student": "mentor",
    "video": "video",
    "goal": "goal",
}


def path_values(operation: Any, ids: dict[str, Any]) -> dict[str, Any]:
    """Values for the parameters of the operation's path: ids from `ids`, and plain ones for what is no row."""
    plain = {"kind": "follow_up_reminder", "device_id": 1, "year": 2025}
    nouns = {name: operation.path.split(f"/{{{name}}}")[0].rpartition("/")[2] for name in operation.parameters}
    return {name: plain.get(name) or ids[BY_NAME.get(name) or BY_NAME[noun]] for name, noun in nouns.items()}


def sample(name: str, schema: dict[str, Any], ids: dict[str, Any]) -> Any:
    """A value that the schema allows; ids are taken from `ids` by the field's name."""
    from tests.hostile.routes import resolve

    schema = resolve(schema)
    kinds = schema.get("type", "object")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if name in BY_NAME and kind != "array":
        return str(ids[BY_NAME[name]])
    if "enum" in schema:
        return next(value for value in schema["enum"] if value)
    if kind == "array":
        inner = schema.get("items", {})
        return [str(ids[BY_NAME[name]])] if name in BY_NAME else [sample("", inner, ids)]
    if kind == "string":
        made = {"date": "2026-03-01", "date-time": "2026-03-01T12:00:00Z", "email": "a@example.org", "uuid": NOBODYS}
        return made.get(schema.get("format", ""), "text")
    return {"integer": schema.get("minimum", 1), "boolean": True, "number": 1.5}.get(kind, {})


def sample_body(operation: Any, ids: dict[str, Any]) -> dict[str, Any]:
    return {name: sample(name, schema, ids) for name, schema in (operation.body or {}).items()}
