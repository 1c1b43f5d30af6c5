"""Minimal, valid, deterministic rows. What a factory is not told, it makes; children share their organisation."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import factory
from allauth.usersessions.models import UserSession
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from factory.django import DjangoModelFactory

from accounts.enums import Level, MentorStatus, Module, PausedBy, Role
from accounts.models import (
    CareArea,
    LocalAssociation,
    Membership,
    MentorAffiliation,
    MentorProfile,
    MentorStatusChange,
    ModuleSetting,
    Organization,
    User,
)
from achievements.models import AnnualSummary, BadgeDefinition, EarnedBadge
from certifications.models import Certificate, CertificationType
from certifications.numbers import new_check_code
from mentoring.enums import FollowUpKind, Source, Trigger
from mentoring.models import (
    Activity,
    ActivityType,
    Assignment,
    Contact,
    FollowUpReminder,
    ReminderConfig,
    RosterUpload,
)
from notifications.enums import Channel, Platform, State
from notifications.models import ChannelHealth, Device, Notification, Preference
from operations.models import Heartbeat, Job
from training.enums import ReflectionKind
from training.models import (
    AnswerOption,
    Checkpoint,
    Course,
    DailyNote,
    Enrollment,
    Goal,
    GoalMessage,
    GoalMilestone,
    Lesson,
    Question,
    Quiz,
    Reflection,
    ReflectionReply,
    SuccessProof,
    Video,
)

PASSWORD = "correct horse battery staple"
#: The moment the cast's roles were granted, and the first day of their assignments.
LONG_AGO = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)
TEN_ACTIVITIES = {"version": 1, "type": "threshold", "metric": "activities", "value": 10}


class OrganizationFactory(DjangoModelFactory[Organization]):
    """An association with every module in use; `modules=[...]` names those in use instead."""

    class Meta:
        model = Organization
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Association {n}")
    slug = factory.Sequence(lambda n: f"association-{n}")

    @factory.post_generation
    def modules(obj: Organization, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:  # noqa: N805 factory-boy's own shape
        if create:
            used = list(Module) if extracted is None else extracted
            ModuleSetting.objects.bulk_create(
                ModuleSetting(organization=obj, module=module, is_enabled=module in used) for module in Module
            )


class LocalAssociationFactory(DjangoModelFactory[LocalAssociation]):
    """A local association; without a parent it stands alone."""

    class Meta:
        model = LocalAssociation

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Chapter {n}")
    level = Level.LOCAL
    parent = None


class UserFactory(DjangoModelFactory[User]):
    """A person who can log in with `PASSWORD`."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    first_name = factory.Sequence(lambda n: f"Given{n}")
    last_name = factory.Sequence(lambda n: f"Family{n}")
    # Not hashed with the real hasher's cost: the tests' settings use a cheap one.
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.PEER_MENTOR
    granted_at = LONG_AGO


class CareAreaFactory(DjangoModelFactory[CareArea]):
    class Meta:
        model = CareArea

    organization = factory.SelfAttribute("membership.organization")
    membership = factory.SubFactory(MembershipFactory, role=Role.COORDINATOR)
    local_association = factory.SubFactory(
        LocalAssociationFactory, organization=factory.SelfAttribute("..organization")
    )


class MentorProfileFactory(DjangoModelFactory[MentorProfile]):
    """An active mentor with their role and one local association (`local_association=`), the primary one."""

    class Meta:
        model = MentorProfile
        skip_postgeneration_save = True

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    started_on = LONG_AGO.date()

    @factory.post_generation
    def role(obj: MentorProfile, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805 factory-boy's own shape
        if create:
            Membership.objects.get_or_create(
                organization=obj.organization,
                user=obj.user,
                role=Role.PEER_MENTOR,
                defaults={"granted_at": LONG_AGO},
            )

    @factory.post_generation
    def local_association(obj: MentorProfile, create: bool, extracted: LocalAssociation | None, **kwargs: Any) -> None:  # noqa: N805 factory-boy's own shape
        if create:
            MentorAffiliation.objects.create(
                organization=obj.organization,
                mentor=obj,
                local_association=extracted or LocalAssociationFactory(organization=obj.organization),
                is_primary=True,
            )


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    organization = factory.SubFactory(OrganizationFactory)
    local_association = factory.SubFactory(
        LocalAssociationFactory, organization=factory.SelfAttribute("..organization")
    )
    first_name = factory.Sequence(lambda n: f"Contact{n}")
    last_name = "Supported"


class AssignmentFactory(DjangoModelFactory[Assignment]):
    """An active pair in one local association: `local`, else the mentor's primary one."""

    class Meta:
        model = Assignment

    class Params:
        local = None

    organization = factory.SubFactory(OrganizationFactory)
    # Three dots: what a post-generation hook is given is looked up from one step further down.
    mentor = factory.SubFactory(
        MentorProfileFactory,
        organization=factory.SelfAttribute("..organization"),
        local_association=factory.SelfAttribute("...local"),
    )
    contact = factory.SubFactory(
        ContactFactory,
        organization=factory.SelfAttribute("..organization"),
        local_association=factory.LazyAttribute(
            lambda made: (
                made.factory_parent.local
                or made.factory_parent.mentor.affiliations.get(is_primary=True).local_association
            )
        ),
    )
    local_association = factory.SelfAttribute("contact.local_association")
    coordinator = factory.SubFactory(UserFactory)
    start_date = LONG_AGO.date()
    sequence = factory.LazyAttribute(lambda made: made.mentor.assignments.count() + 1)


class ActivityTypeFactory(DjangoModelFactory[ActivityType]):
    """A type for all organisations that counts as contact."""

    class Meta:
        model = ActivityType

    slug = factory.Sequence(lambda n: f"visit-{n}")
    name = factory.Sequence(lambda n: f"Visit {n}")


class ActivityFactory(DjangoModelFactory[Activity]):
    """A visit of the assignment's mentor. Writes the row alone: the contact date is the verbs' business."""

    class Meta:
        model = Activity

    assignment = factory.SubFactory(AssignmentFactory)
    organization = factory.SelfAttribute("assignment.organization")
    mentor = factory.SelfAttribute("assignment.mentor")
    contact = factory.SelfAttribute("assignment.contact")
    local_association = factory.SelfAttribute("assignment.local_association")
    type = factory.SubFactory(ActivityTypeFactory)
    occurred_at = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    local_date = date(2026, 3, 2)
    recorded_at = factory.SelfAttribute("occurred_at")
    recorded_by = factory.SelfAttribute("mentor.user")
    source = Source.SELF


class MentorStatusChangeFactory(DjangoModelFactory[MentorStatusChange]):
    """A line of the log alone; the profile stays as it is."""

    class Meta:
        model = MentorStatusChange

    organization = factory.SelfAttribute("mentor.organization")
    mentor = factory.SubFactory(MentorProfileFactory)
    status_after = MentorStatus.ACTIVE
    changed_by = PausedBy.COORDINATOR
    user = factory.SubFactory(UserFactory)
    at = LONG_AGO


class NotificationFactory(DjangoModelFactory[Notification]):
    """A message that has arrived."""

    class Meta:
        model = Notification

    organization = factory.SubFactory(OrganizationFactory)
    recipient = factory.SubFactory(UserFactory)
    kind = "follow_up_reminder"
    dedupe_key = factory.Sequence(lambda n: f"made:{n}")
    channel = Channel.IN_APP
    state = State.SENT
    sent_at = factory.Maybe(
        factory.LazyAttribute(lambda made: made.state == State.SENT), yes_declaration=LONG_AGO, no_declaration=None
    )


class FollowUpReminderFactory(DjangoModelFactory[FollowUpReminder]):
    """A reminder to the assignment's mentor, which has arrived."""

    class Meta:
        model = FollowUpReminder

    assignment = factory.SubFactory(AssignmentFactory)
    organization = factory.SelfAttribute("assignment.organization")
    kind = FollowUpKind.REMINDER
    trigger = Trigger.AUTOMATIC
    recipient = factory.SelfAttribute("assignment.mentor.user")
    notification = factory.SubFactory(
        NotificationFactory,
        organization=factory.SelfAttribute("..organization"),
        recipient=factory.SelfAttribute("..recipient"),
    )
    days = 12
    on = date(2026, 3, 2)


class ReminderConfigFactory(DjangoModelFactory[ReminderConfig]):
    class Meta:
        model = ReminderConfig

    organization = factory.SubFactory(OrganizationFactory)


class RosterUploadFactory(DjangoModelFactory[RosterUpload]):
    class Meta:
        model = RosterUpload

    organization = factory.SubFactory(OrganizationFactory)
    uploaded_by = factory.SubFactory(UserFactory)


class DeviceFactory(DjangoModelFactory[Device]):
    """A phone that push messages reach, registered without a log-in."""

    class Meta:
        model = Device

    user = factory.SubFactory(UserFactory)
    platform = Platform.ANDROID
    token = factory.Sequence(lambda n: f"token-of-a-phone-{n}")
    last_seen_at = LONG_AGO


class PreferenceFactory(DjangoModelFactory[Preference]):
    class Meta:
        model = Preference

    user = factory.SubFactory(UserFactory)
    kind = "follow_up_reminder"
    channel = Channel.EMAIL


class ChannelHealthFactory(DjangoModelFactory[ChannelHealth]):
    """One of the channels after another; the table holds no more of them."""

    class Meta:
        model = ChannelHealth
        django_get_or_create = ("channel",)

    channel = factory.Iterator(Channel.values)


class JobFactory(DjangoModelFactory[Job]):
    class Meta:
        model = Job

    organization = factory.SubFactory(OrganizationFactory)
    kind = "check_invariants"
    requested_by = factory.SubFactory(UserFactory)


class HeartbeatFactory(DjangoModelFactory[Heartbeat]):
    class Meta:
        model = Heartbeat

    task = factory.Sequence(lambda n: f"tests.tasks.task_{n}")
    interval = timedelta(minutes=1)


class IntervalScheduleFactory(DjangoModelFactory[IntervalSchedule]):
    class Meta:
        model = IntervalSchedule

    every = factory.Sequence(lambda n: n + 2)
    period = IntervalSchedule.MINUTES


class PeriodicTaskFactory(DjangoModelFactory[PeriodicTask]):
    class Meta:
        model = PeriodicTask

    name = factory.Sequence(lambda n: f"task {n}")
    task = factory.Sequence(lambda n: f"tests.tasks.task_{n}")
    interval = factory.SubFactory(IntervalScheduleFactory)


class SignedInDeviceFactory(DjangoModelFactory[UserSession]):
    class Meta:
        model = UserSession

    user = factory.SubFactory(UserFactory)
    ip = "127.0.0.1"
    session_key = factory.Sequence(lambda n: f"session-{n}")
    user_agent = "Made up"


class CertificationTypeFactory(DjangoModelFactory[CertificationType]):
    """A certification for two years that active mentors need."""

    class Meta:
        model = CertificationType

    organization = factory.SubFactory(OrganizationFactory)
    code = factory.Sequence(lambda n: f"course-{n}")
    name = factory.Sequence(lambda n: f"Course {n}")
    validity_months = 24
    required_for_active = True


class CertificateFactory(DjangoModelFactory[Certificate]):
    """A certificate for life, without a series. Writes the row alone: series are the verbs' business."""

    class Meta:
        model = Certificate

    organization = factory.SubFactory(OrganizationFactory)
    mentor = factory.SubFactory(MentorProfileFactory, organization=factory.SelfAttribute("..organization"))
    type = factory.SubFactory(CertificationTypeFactory, organization=factory.SelfAttribute("..organization"))
    number = factory.Sequence(lambda n: f"N-{n}")
    check_code = factory.LazyFunction(new_check_code)
    issued_on = LONG_AGO.date()


class AnnualSummaryFactory(DjangoModelFactory[AnnualSummary]):
    """A mentor's year with an activity in each month, ready; `never_made=True`: marked, and not made yet."""

    class Meta:
        model = AnnualSummary

    class Params:
        never_made = factory.Trait(
            monthly_activity_counts=[0] * 12, total_hours=0, generation_status="pending", generated_at=None
        )

    organization = factory.SelfAttribute("mentor.organization")
    mentor = factory.SubFactory(MentorProfileFactory)
    user = factory.SelfAttribute("mentor.user")
    year = 2025
    total_hours = 12.5
    monthly_activity_counts = factory.LazyFunction(lambda: [1] * 12)
    total_activities = factory.LazyAttribute(lambda made: sum(made.monthly_activity_counts))
    most_active_month = factory.LazyAttribute(lambda made: 1 if made.total_activities else None)
    generation_status = "ready"
    generated_at = factory.LazyAttribute(lambda made: datetime(made.year + (made.as_of is None), 1, 2, 3, tzinfo=UTC))
    # While the year is running, the row stays `pending` although it is what was asked for.
    requested_version = factory.LazyAttribute(lambda made: 1 if made.generation_status == "ready" or made.as_of else 2)
    done_version = 1
    as_of = None


class BadgeDefinitionFactory(DjangoModelFactory[BadgeDefinition]):
    """A badge in use that only staff award; `criteria=` gives it a rule. Writes the row alone, without a version."""

    class Meta:
        model = BadgeDefinition

    organization = factory.SubFactory(OrganizationFactory)
    slug = factory.Sequence(lambda n: f"badge-{n}")
    name = factory.Sequence(lambda n: f"Badge {n}")
    icon = "summit"
    alt_text = "A summit"
    category = "mentoring"
    is_active = True


class EarnedBadgeFactory(DjangoModelFactory[EarnedBadge]):
    """A badge that a mentor has by its rule. Writes the row alone: nobody is told."""

    class Meta:
        model = EarnedBadge

    organization = factory.SelfAttribute("mentor.organization")
    mentor = factory.SubFactory(MentorProfileFactory)
    definition = factory.SubFactory(
        BadgeDefinitionFactory, organization=factory.SelfAttribute("..mentor.organization"), criteria=TEN_ACTIVITIES
    )
    earned_at = LONG_AGO


class CourseFactory(DjangoModelFactory[Course]):
    """A published course without lessons."""

    class Meta:
        model = Course

    organization = factory.SubFactory(OrganizationFactory)
    slug = factory.Sequence(lambda n: f"course-{n}")
    title = factory.Sequence(lambda n: f"Course {n}")
    is_published = True


class LessonFactory(DjangoModelFactory[Lesson]):
    class Meta:
        model = Lesson

    organization = factory.SelfAttribute("course.organization")
    course = factory.SubFactory(CourseFactory)
    position = factory.Sequence(lambda n: n % 30_000)
    title = factory.Sequence(lambda n: f"Lesson {n}")


class VideoFactory(DjangoModelFactory[Video]):
    """A video of ten minutes at an address elsewhere."""

    class Meta:
        model = Video

    organization = factory.SelfAttribute("lesson.organization")
    lesson = factory.SubFactory(LessonFactory)
    title = factory.Sequence(lambda n: f"Video {n}")
    url = factory.Sequence(lambda n: f"https://video.example.org/{n}")
    duration_seconds = 600


class CheckpointFactory(DjangoModelFactory[Checkpoint]):
    class Meta:
        model = Checkpoint

    organization = factory.SelfAttribute("video.organization")
    video = factory.SubFactory(VideoFactory)
    at_second = factory.Sequence(lambda n: n % 600)
    title = factory.Sequence(lambda n: f"Checkpoint {n}")


class QuizFactory(DjangoModelFactory[Quiz]):
    """A quiz of two questions with three answers each, of which the first is right; `questions=0`: without any."""

    class Meta:
        model = Quiz
        skip_postgeneration_save = True

    organization = factory.SelfAttribute("lesson.organization")
    lesson = factory.SubFactory(LessonFactory)
    title = factory.Sequence(lambda n: f"Quiz {n}")
    pass_percent = 50

    @factory.post_generation
    def questions(obj: Quiz, create: bool, extracted: int | None, **kwargs: Any) -> None:  # noqa: N805 factory-boy's own shape
        for position in range((2 if extracted is None else extracted) if create else 0):
            question = Question.objects.create(
                organization=obj.organization, quiz=obj, position=position, text=f"Question {position}?"
            )
            AnswerOption.objects.bulk_create(
                AnswerOption(
                    organization=obj.organization, question=question, position=n, text=f"Answer {n}", is_correct=n == 0
                )
                for n in range(3)
            )


class EnrollmentFactory(DjangoModelFactory[Enrollment]):
    class Meta:
        model = Enrollment

    organization = factory.SelfAttribute("mentor.organization")
    mentor = factory.SubFactory(MentorProfileFactory)
    course = factory.SubFactory(CourseFactory, organization=factory.SelfAttribute("..mentor.organization"))
    enrolled_at = LONG_AGO


class ReflectionFactory(DjangoModelFactory[Reflection]):
    """A written question of a mentor that waits for an answer; `video=` and `video_second=` say where."""

    class Meta:
        model = Reflection

    organization = factory.SelfAttribute("mentor.organization")
    mentor = factory.SubFactory(MentorProfileFactory)
    kind = ReflectionKind.TEXT
    text = factory.Sequence(lambda n: f"What should I say? ({n})")
    written_at = LONG_AGO


class ReplyFactory(DjangoModelFactory[ReflectionReply]):
    """An answer of staff (`author` is anybody unless given), a day after the reflection."""

    class Meta:
        model = ReflectionReply

    organization = factory.SelfAttribute("reflection.organization")
    reflection = factory.SubFactory(ReflectionFactory)
    author = factory.SubFactory(UserFactory)
    is_from_staff = True
    text = factory.Sequence(lambda n: f"Try to listen first. ({n})")
    written_at = factory.LazyAttribute(lambda made: made.reflection.written_at + timedelta(days=1))


class GoalFactory(DjangoModelFactory[Goal]):
    """An open goal, which the mentor has not been switched to."""

    class Meta:
        model = Goal

    organization = factory.SelfAttribute("mentor.organization")
    mentor = factory.SubFactory(MentorProfileFactory)
    title = factory.Sequence(lambda n: f"Goal {n}")
    set_at = LONG_AGO


class MilestoneFactory(DjangoModelFactory[GoalMilestone]):
    class Meta:
        model = GoalMilestone

    organization = factory.SelfAttribute("goal.organization")
    mentor = factory.SelfAttribute("goal.mentor")
    goal = factory.SubFactory(GoalFactory)
    title = factory.Sequence(lambda n: f"Milestone {n}")


class DailyNoteFactory(DjangoModelFactory[DailyNote]):
    class Meta:
        model = DailyNote

    organization = factory.SelfAttribute("mentor.organization")
    mentor = factory.SubFactory(MentorProfileFactory)
    text = factory.Sequence(lambda n: f"A good day. ({n})")
    written_at = LONG_AGO


class SuccessProofFactory(DjangoModelFactory[SuccessProof]):
    """Words alone."""

    class Meta:
        model = SuccessProof

    organization = factory.SelfAttribute("goal.organization")
    mentor = factory.SelfAttribute("goal.mentor")
    goal = factory.SubFactory(GoalFactory)
    text = factory.Sequence(lambda n: f"It worked. ({n})")
    submitted_at = LONG_AGO


class GoalMessageFactory(DjangoModelFactory[GoalMessage]):
    """A message of staff (`author` is anybody unless given)."""

    class Meta:
        model = GoalMessage

    organization = factory.SelfAttribute("goal.organization")
    mentor = factory.SelfAttribute("goal.mentor")
    goal = factory.SubFactory(GoalFactory)
    author = factory.SubFactory(UserFactory)
    is_from_staff = True
    text = factory.Sequence(lambda n: f"Well done. ({n})")
    written_at = LONG_AGO
