"""Two associations with something of everything, and no rate limits in the way."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from achievements.models import MentorStats
from certifications.models import CertificationSettings, RenewalReminder
from mentoring.models import FollowUpReminder, ReminderConfig
from notifications.models import Device, Notification
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
    MilestoneFactory,
    QuizFactory,
    ReflectionFactory,
    ReplyFactory,
    SuccessProofFactory,
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


@pytest.fixture
def north(organization, mentor, coordinator, org_admin) -> SimpleNamespace:
    """North's rows: `ids` by kind, and a `canary` in its texts."""
    assignment = AssignmentFactory(organization=organization, mentor=mentor, coordinator=coordinator)
    canary = "Nightingale"
    return SimpleNamespace(
        ids=_furnish(organization, assignment, coordinator, mentor, canary),
        canary=canary,
        organization=organization,
    )


@pytest.fixture
def south(foreign) -> SimpleNamespace:
    canary = "Oystercatcher"
    ids = _furnish(foreign.organization, foreign.assignment, foreign.user, foreign.mentor, canary)
    return SimpleNamespace(ids=ids, canary=canary, organization=foreign.organization)


def fingerprint() -> str:
    """A hash over all rows of all tables, but for log-ins: two that are equal mean that nothing was written."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name not in TRACES]
        hashed = hashlib.sha256()
        for table in sorted(tables):
            # Identifiers come from the database itself.
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            hashed.update(f"{table}:{cursor.fetchone()[0]}".encode())
    return hashed.hexdigest()


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
