"""One more row of anything that a list shows, with people and places of its own, so that each costs what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.db import models
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.enums import Role
from accounts.models import (
    LocalAssociation,
    Membership,
    MentorProfile,
    MentorStatusChange,
    Organization,
    User,
)
from achievements.models import (
    AnnualSummary,
    BadgeDefinition,
    BadgeEvaluation,
    EarnedBadge,
    MentorStats,
    RecognitionTiers,
)
from certifications.archive import ensure_partitions
from certifications.models import (
    ArchivedReminder,
    Certificate,
    CertificationSettings,
    CertificationType,
    RenewalReminder,
)
from mentoring.models import (
    Activity,
    ActivityType,
    Assignment,
    Contact,
    FollowUpReminder,
    ReminderConfig,
    RosterUpload,
)
from notifications.enums import State
from notifications.models import ChannelHealth, Device, NeedsAttention, Notification, Preference
from operations.models import Heartbeat, Job
from tests import factories as make
from timeline.models import AnswerSettings, TimelineEntry, WaitingReflection
from training.models import (
    Course,
    DailyNote,
    Enrollment,
    Goal,
    GoalMessage,
    Lesson,
    LessonProgress,
    Quiz,
    QuizAttempt,
    Reflection,
    ReflectionReply,
    SuccessProof,
    Video,
    VideoProgress,
)

FAR_AWAY = datetime(2040, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stage:
    """Where a row must stand to be seen: in the caller's organisation, and if it is somebody's, the caller's."""

    organization: Organization
    mentor: MentorProfile
    caller: User

    @property
    def parents(self) -> dict[str, Any]:
        """The row in the path of a list below a row, by the noun before it."""
        return {
            "mentors": self.mentor.pk,
            "quizzes": _the(Quiz, self, lambda: make.QuizFactory(lesson=_lesson(self))).pk,
            "reflections": _the(Reflection, self, lambda: make.ReflectionFactory(mentor=self.mentor)).pk,
            "goals": _the(Goal, self, lambda: make.GoalFactory(mentor=self.mentor)).pk,
        }


def _the(model: type[models.Model], stage: Stage, make_it: Callable[[], Any]) -> Any:
    """The first row of the organisation, made if there is none: what a list below a row is below."""
    rows = model._default_manager.filter(organization=stage.organization).order_by("pk")
    return rows.first() or make_it()


def _lesson(stage: Stage) -> Any:
    return make.LessonFactory(course__organization=stage.organization)


def _quiz(stage: Stage) -> Any:
    quiz = make.QuizFactory(lesson=_lesson(stage))
    return make.QuizFactory(lesson=quiz.lesson, video=make.VideoFactory(lesson=quiz.lesson), at_second=5)


def _attempt(stage: Stage) -> object:
    return QuizAttempt.objects.create(
        organization=stage.organization,
        mentor=make.MentorProfileFactory(organization=stage.organization),
        quiz=_the(Quiz, stage, lambda: _quiz(stage)),
        submitted_at=make.LONG_AGO,
        score=0,
        max_score=2,
        passed=False,
    )


def _course(stage: Stage) -> object:
    return _lesson(stage).course


def _video(stage: Stage) -> object:
    return make.CheckpointFactory(video__lesson=_lesson(stage)).video


def the_video(stage: Stage) -> Any:
    return _the(Video, stage, lambda: _video(stage))


def _milestone(stage: Stage) -> Any:
    mentor = make.MentorProfileFactory(organization=stage.organization)
    return make.MilestoneFactory(goal=make.GoalFactory(mentor=mentor))


def _organization(stage: Stage) -> Organization:
    made = make.OrganizationFactory()
    make.MembershipFactory(organization=made, user=stage.caller, role=Role.ORG_ADMIN)
    return made


def _member(stage: Stage) -> Membership:
    return make.CareAreaFactory(
        membership__organization=stage.organization, membership__role=Role.COORDINATOR
    ).membership


def _reminder(stage: Stage, model: type[models.Model] = RenewalReminder, **facts: Any) -> object:
    certificate = make.CertificateFactory(organization=stage.organization, expires_at=FAR_AWAY)
    return model._default_manager.create(
        organization=stage.organization,
        certificate=certificate,
        user=certificate.mentor.user,
        reminder_type="30_days_before",
        scheduled_at=FAR_AWAY - timedelta(days=30),
        certificate_expiry_date=FAR_AWAY,
        **facts,
    )


def _archived(stage: Stage) -> object:
    ensure_partitions(FAR_AWAY - timedelta(days=30), FAR_AWAY)
    # The archive's table has no defaults: what is moved there has everything.
    facts = {"failure_reason": "", "channel": "email", "retry_count": 0, "created_at": FAR_AWAY}
    flags = {"coordinator_notified": False, "auto_pause_triggered": False}
    return _reminder(stage, ArchivedReminder, status="cancelled", archived_at=FAR_AWAY, **facts, **flags)


def _reflection(stage: Stage) -> object:
    course = make.CourseFactory(organization=stage.organization)
    video = make.VideoFactory(lesson=make.LessonFactory(course=course))
    mentor = make.MentorProfileFactory(organization=stage.organization)
    return make.ReflectionFactory(mentor=mentor, video=video, video_second=20)


def _line(stage: Stage) -> object:
    """On the organisation's first video, whatever stands there."""
    mentor = make.MentorProfileFactory(organization=stage.organization)
    return make.ReflectionFactory(mentor=mentor, video=the_video(stage), video_second=20)


def _learned(stage: Stage, model: type[models.Model], **facts: Any) -> object:
    mentor = make.MentorProfileFactory(organization=stage.organization)
    return model._default_manager.create(organization=stage.organization, mentor=mentor, **facts)


#: Makes one more row that `stage.caller` sees. A new list's model belongs here.
MAKERS: dict[type[models.Model], Callable[[Stage], object]] = {
    Organization: _organization,
    LocalAssociation: lambda stage: make.LocalAssociationFactory(
        organization=stage.organization, parent=make.LocalAssociationFactory(organization=stage.organization)
    ),
    User: lambda stage: _member(stage).user,
    Membership: _member,
    MentorProfile: lambda stage: make.MentorProfileFactory(organization=stage.organization),
    MentorStatusChange: lambda stage: make.MentorStatusChangeFactory(mentor=stage.mentor),
    UserSession: lambda stage: make.SignedInDeviceFactory(user=stage.caller),
    Contact: lambda stage: make.ContactFactory(organization=stage.organization),
    Assignment: lambda stage: make.AssignmentFactory(organization=stage.organization),
    Activity: lambda stage: make.ActivityFactory(assignment__organization=stage.organization),
    ActivityType: lambda stage: make.ActivityTypeFactory(organization=stage.organization),
    FollowUpReminder: lambda stage: make.FollowUpReminderFactory(assignment__organization=stage.organization),
    ReminderConfig: lambda stage: make.ReminderConfigFactory(organization=_organization(stage)),
    RosterUpload: lambda stage: make.RosterUploadFactory(
        organization=stage.organization, uploaded_by=stage.caller, job=make.JobFactory(organization=stage.organization)
    ),
    Notification: lambda stage: make.NotificationFactory(organization=stage.organization, recipient=stage.caller),
    NeedsAttention: lambda stage: make.NotificationFactory(
        organization=stage.organization,
        recipient=make.MentorProfileFactory(organization=stage.organization).user,
        state=State.FAILED,
    ),
    Device: lambda stage: make.DeviceFactory(user=stage.caller),
    Preference: lambda stage: make.PreferenceFactory(),
    ChannelHealth: lambda stage: make.ChannelHealthFactory(),
    Job: lambda stage: make.JobFactory(organization=stage.organization),
    Heartbeat: lambda stage: make.HeartbeatFactory(),
    CertificationType: lambda stage: make.CertificationTypeFactory(organization=stage.organization),
    CertificationSettings: lambda stage: CertificationSettings.objects.create(organization=_organization(stage)),
    Certificate: lambda stage: make.CertificateFactory(organization=stage.organization),
    RenewalReminder: _reminder,
    ArchivedReminder: _archived,
    MentorStats: lambda stage: MentorStats.objects.create(
        organization=stage.organization, mentor=make.MentorProfileFactory(organization=stage.organization)
    ),
    BadgeDefinition: lambda stage: make.BadgeDefinitionFactory(organization=stage.organization),
    BadgeEvaluation: lambda stage: BadgeEvaluation.objects.create(organization=stage.organization, kind="nightly"),
    EarnedBadge: lambda stage: make.EarnedBadgeFactory(
        mentor=stage.mentor, definition=make.BadgeDefinitionFactory(organization=stage.organization)
    ),
    AnnualSummary: lambda stage: make.AnnualSummaryFactory(
        mentor=make.MentorProfileFactory(organization=stage.organization), top_activity_type="home_visit"
    ),
    RecognitionTiers: lambda stage: RecognitionTiers.objects.create(organization=_organization(stage)),
    AnswerSettings: lambda stage: AnswerSettings.objects.create(organization=_organization(stage)),
    Course: _course,
    Lesson: _lesson,
    Video: _video,
    Quiz: _quiz,
    QuizAttempt: _attempt,
    LessonProgress: lambda stage: _learned(stage, LessonProgress, lesson=_lesson(stage), completed_at=FAR_AWAY),
    VideoProgress: lambda stage: _learned(
        stage, VideoProgress, video=make.VideoFactory(lesson=_lesson(stage)), last_watched_at=FAR_AWAY
    ),
    Enrollment: lambda stage: make.EnrollmentFactory(mentor=make.MentorProfileFactory(organization=stage.organization)),
    Reflection: _reflection,
    ReflectionReply: lambda stage: make.ReplyFactory(
        reflection=_the(Reflection, stage, lambda: make.ReflectionFactory(mentor=stage.mentor))
    ),
    Goal: lambda stage: _milestone(stage).goal,
    GoalMessage: lambda stage: make.GoalMessageFactory(
        goal=_the(Goal, stage, lambda: make.GoalFactory(mentor=stage.mentor))
    ),
    DailyNote: lambda stage: make.DailyNoteFactory(mentor=make.MentorProfileFactory(organization=stage.organization)),
    SuccessProof: lambda stage: make.SuccessProofFactory(goal=_milestone(stage).goal),
    TimelineEntry: _line,
    WaitingReflection: _reflection,
    PeriodicTask: lambda stage: make.PeriodicTaskFactory(),
    IntervalSchedule: lambda stage: make.IntervalScheduleFactory(),
}
