"""Whatever is written, changed and deleted, in whatever order and by whatever door: the oracle is right."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.db import IntegrityError, connection, models, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import MentorProfile, Organization
from tests.factories import (
    CheckpointFactory,
    CourseFactory,
    GoalFactory,
    LessonFactory,
    MentorProfileFactory,
    OrganizationFactory,
    QuizFactory,
    VideoFactory,
)
from tests.timeline.oracle import TELLERS, Oracle
from timeline.backfill import backfill
from training.models import (
    CheckpointVisit,
    DailyNote,
    Enrollment,
    Goal,
    GoalMessage,
    GoalMilestone,
    GoalSwitch,
    LessonProgress,
    QuizAttempt,
    Reflection,
    ReflectionReply,
    SuccessProof,
    VideoProgress,
)

pytestmark = pytest.mark.django_db

#: Midnight in Oslo, both nights on which its clock changes, New Year, and days between.
MOMENTS = [
    datetime(2025, 3, 29, 22, 30, tzinfo=UTC),
    datetime(2025, 3, 30, 1, 0, tzinfo=UTC),
    datetime(2025, 7, 14, 21, 59, 59, tzinfo=UTC),
    datetime(2025, 7, 14, 22, 0, tzinfo=UTC),
    datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
    datetime(2025, 10, 26, 1, 30, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 0, tzinfo=UTC),
]
EARLIER = datetime(2024, 1, 1, tzinfo=UTC)

moments = st.sampled_from(MOMENTS)
perhaps = st.none() | moments
some = st.integers(min_value=0, max_value=5)
texts = st.sampled_from(["", "Hei", "Hallo"])


class Statements(RuleBasedStateMachine):
    """Each rule is a statement or two; afterwards table and oracle agree."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.oracle = Oracle()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize()
    def something_to_learn(self) -> None:
        self.organization = OrganizationFactory()
        self.mentors = [MentorProfileFactory(organization=self.organization) for _ in range(2)]
        self.courses = [CourseFactory(organization=self.organization) for _ in range(2)]
        self.lessons = [LessonFactory(course=course) for course in self.courses]
        self.videos = [VideoFactory(lesson=lesson) for lesson in self.lessons]
        self.checkpoints = [CheckpointFactory(video=video, at_second=60) for video in self.videos]
        self.quizzes = [QuizFactory(lesson=lesson, questions=0) for lesson in self.lessons]
        self.goals = [GoalFactory(mentor=mentor, set_at=EARLIER) for mentor in self.mentors for _ in range(2)]

    # --- What comes

    def _of(self, mentor: int, **values):
        return {"organization": self.organization, "mentor": self.mentors[mentor % len(self.mentors)], **values}

    def _goal(self, nth: int) -> dict:
        goals = [goal for goal in self.goals if goal.mentor in self.mentors]
        goal = goals[nth % len(goals)]
        return {"organization": self.organization, "mentor": goal.mentor, "goal": goal}

    def _one(self, model, nth: int, at, text: str):
        """A row of `model` that could be."""
        half = nth % 2
        match model.__name__:
            case "Enrollment":
                values = self._of(nth, course=self.courses[half], enrolled_at=at)
            case "LessonProgress":
                values = self._of(nth, lesson=self.lessons[half], completed_at=at)
            case "VideoProgress":
                values = self._of(nth, video=self.videos[half], last_watched_at=at, reached_25_at=at)
            case "CheckpointVisit":
                values = self._of(nth, checkpoint=self.checkpoints[half], reached_at=at)
            case "QuizAttempt":
                passed = bool(text)
                values = self._of(nth, quiz=self.quizzes[half], submitted_at=at, score=half, max_score=2, passed=passed)
                values["completes_quiz"] = text == "Hei"
            case "Reflection":
                place = {"video": self.videos[half], "video_second": nth} if text else {"lesson": self.lessons[half]}
                values = self._of(nth, text=text or "?", written_at=at, requires_response=nth != 3, **place)
            case "Goal":
                values = self._of(nth, title=text, set_at=EARLIER, completed_at=at if half else None)
            case "GoalMilestone":
                values = self._goal(nth) | {"title": text, "reached_at": at if text else None}
            case "DailyNote":
                values = self._of(nth, text=text or "?", written_at=at)
            case "SuccessProof":
                values = self._goal(nth) | {"text": text or "?", "submitted_at": at}
            case "GoalMessage":
                values = self._goal(nth) | {"text": "!", "written_at": at, "is_from_staff": bool(text)}
                values["author"] = values["mentor"].user
        return model(**values)

    def _try(self, act) -> None:
        """What the database refuses leaves nothing behind."""
        try:
            with transaction.atomic():
                act()
        except IntegrityError:
            pass
        self.oracle.look()

    def _rows(self, model) -> list:
        return list(model.objects.order_by("created_at", "pk"))

    def _pick(self, model, nth: int):
        rows = self._rows(model)
        return rows[nth % len(rows)] if rows else None

    @rule(model=st.sampled_from(list(TELLERS)), nth=some, at=moments, text=texts)
    def one_comes(self, model, nth, at, text) -> None:
        self._try(lambda: self._one(model, nth, at, text).save())

    @rule(model=st.sampled_from(list(TELLERS)), at=moments, text=texts, many=st.lists(some, max_size=4, unique=True))
    def several_come(self, model, at, text, many) -> None:
        made = [self._one(model, nth, at, text) for nth in many]
        self._try(lambda: model.objects.bulk_create(made, ignore_conflicts=len(many) % 2 == 0))

    @rule(nth=some, at=moments, again=moments)
    def an_upsert_comes(self, nth, at, again) -> None:
        key = {"unique_fields": ["mentor", "course"], "update_fields": ["enrolled_at"]}
        for row in [self._one(Enrollment, nth, moment, "") for moment in (at, again)]:
            self._try(lambda row=row: Enrollment.objects.bulk_create([row], update_conflicts=True, **key))

    @rule(nth=some, at=moments, staff=st.booleans(), text=st.sampled_from(["Ja", "Nei"]))
    def a_reply_comes(self, nth, at, staff, text) -> None:
        if row := self._pick(Reflection, nth):
            self._try(lambda: ReflectionReply.objects.create(
                organization=self.organization, reflection=row, author=self.mentors[0].user, is_from_staff=staff,
                text=text, written_at=at,
            ))  # fmt: skip

    @rule(nth=some, at=moments, none=st.booleans())
    def the_goal_is_another(self, nth, at, none) -> None:
        self._try(lambda: GoalSwitch(**self._goal(nth) | ({"goal": None} if none else {}), at=at).save())

    # --- What changes

    def _edits(self, nth: int, at, then, text: str) -> dict:
        half = nth % 2
        return {
            Enrollment: {"enrolled_at": at, "completed_at": then and max(at, then)},
            LessonProgress: {"completed_at": at},
            VideoProgress: {"reached_50_at": then, f"reached_{(25, 95)[half]}_at": then, "position_seconds": nth},
            CheckpointVisit: {"reached_at": at, "checkpoint": self.checkpoints[half]},
            QuizAttempt: {"submitted_at": at, "passed": bool(text), "completes_quiz": text == "Hei"},
            Reflection: {
                "text": text or "?", "requires_response": bool(half), "edited_at": then,
                **({"written_at": at} if nth > 2 else {}),
                **({"kind": "video", "media_type": "video", "media_url": "https://v.example.org"} if nth == 5 else {}),
            },
            Goal: {"title": text, "completed_at": then},
            GoalMilestone: {"title": text, "reached_at": then},
            DailyNote: {"text": text or "?", **({"written_at": at} if half else {})},
            SuccessProof: {"text": text or "?", "submitted_at": at},
            GoalMessage: {"is_from_staff": bool(text), "written_at": at},
            ReflectionReply: {"is_from_staff": bool(half), "written_at": at, "text": text or "?"},
        }  # fmt: skip

    @rule(model=st.sampled_from([*TELLERS, ReflectionReply]), nth=some, at=moments, then=perhaps, text=texts)
    def one_changes(self, model, nth, at, then, text) -> None:
        if row := self._pick(model, nth):
            for name, value in self._edits(nth, at, then, text)[model].items():
                setattr(row, name, value)
            self._try(row.save)

    @rule(model=st.sampled_from([*TELLERS, ReflectionReply]), nth=some, at=moments, then=perhaps, text=texts)
    def all_change(self, model, nth, at, then, text) -> None:
        self._try(lambda: model.objects.update(**self._edits(nth, at, then, text)[model]))

    @rule(model=st.sampled_from([DailyNote, GoalMilestone, QuizAttempt, Reflection]))
    def all_move_a_little(self, model) -> None:
        field = {"DailyNote": "written_at", "GoalMilestone": "reached_at", "QuizAttempt": "submitted_at"}
        name = field.get(model.__name__, "written_at")
        self._try(lambda: model.objects.update(**{name: models.F(name) + timedelta(hours=1)}))

    @rule(model=st.sampled_from([DailyNote, LessonProgress, Reflection]), nth=some)
    def one_becomes_the_other_mentors(self, model, nth) -> None:
        if row := self._pick(model, nth):
            mentor = self.mentors[nth % len(self.mentors)]
            self._try(lambda: model.objects.filter(pk=row.pk).update(mentor=mentor))

    @rule(nth=some, other=some)
    def a_milestone_is_of_another_goal(self, nth, other) -> None:
        if row := self._pick(GoalMilestone, nth):
            self._try(lambda: GoalMilestone.objects.filter(pk=row.pk).update(**self._goal(other)))

    @rule(nth=some, other=some)
    def a_reply_is_to_another_reflection(self, nth, other) -> None:
        reply, reflection = self._pick(ReflectionReply, nth), self._pick(Reflection, other)
        if reply:
            self._try(lambda: ReflectionReply.objects.filter(pk=reply.pk).update(reflection=reflection))

    @rule(model=st.sampled_from(list(TELLERS)), nth=some)
    def one_bears_another_id(self, model, nth) -> None:
        if row := self._pick(model, nth):
            self._try(lambda: model.objects.filter(pk=row.pk).update(id=uuid4()))

    @rule(nth=some, second=some, text=texts)
    def a_checkpoint_changes(self, nth, second, text) -> None:
        checkpoint = self.checkpoints[nth % 2]
        checkpoint.at_second, checkpoint.title = second, text
        self._try(checkpoint.save)

    @rule(second=some, in_video=st.booleans())
    def all_quizzes_move(self, second, in_video) -> None:
        place = {"video": self.videos[0], "at_second": second} if in_video else {"video": None, "at_second": None}
        for quiz in self.quizzes:
            for name, value in place.items():
                setattr(quiz, name, value)
        self._try(lambda: type(quiz).objects.bulk_update(self.quizzes, ["video", "at_second"]))

    @rule(zone=st.sampled_from(["Europe/Oslo", "America/New_York", "Pacific/Auckland"]))
    def the_association_moves(self, zone) -> None:
        self._try(lambda: Organization.objects.update(time_zone=zone))

    # --- What goes

    @rule(model=st.sampled_from([*TELLERS, ReflectionReply]), nth=some)
    def one_goes(self, model, nth) -> None:
        if (row := self._pick(model, nth)) and not isinstance(row, Goal):
            self._try(row.delete)

    @rule(model=st.sampled_from([*TELLERS, ReflectionReply]), truncate=st.booleans())
    def all_go(self, model, truncate) -> None:
        if model in (Goal, Reflection):  # others point at them
            truncate = False
        verb = "TRUNCATE" if truncate else "DELETE FROM"
        self._try(lambda: _execute("SET CONSTRAINTS ALL IMMEDIATE", f"{verb} {model._meta.db_table}"))

    @rule(model=st.sampled_from([DailyNote, LessonProgress]), nth=some)
    def one_goes_and_comes_back(self, model, nth) -> None:
        if row := self._pick(model, nth):
            model.objects.filter(pk=row.pk).delete()
            self.oracle.look()
            self._try(lambda: model.objects.bulk_create([row]))

    @rule()
    def a_mentor_is_erased(self) -> None:
        if len(self.mentors) > 1:
            mentor = self.mentors.pop()
            ReflectionReply.objects.filter(author=mentor.user).update(author=self.mentors[0].user)
            GoalMessage.objects.filter(author=mentor.user).update(author=self.mentors[0].user)
            self.oracle.look()
            MentorProfile.objects.get(pk=mentor.pk).delete()
            self.oracle.forget(mentor.pk)

    # --- What nobody saw

    @rule(
        model=st.sampled_from([*TELLERS, ReflectionReply]), nth=some, at=moments, then=perhaps, text=texts,
        act=st.sampled_from(["come", "change", "go"]), part=st.integers(min_value=1, max_value=3),
    )  # fmt: skip
    def something_happens_unseen_and_the_backfill_sees_it(self, model, nth, at, then, text, act, part) -> None:
        def unseen() -> None:
            with pgtrigger.ignore(), transaction.atomic():  # what is refused is undone before the triggers speak again
                if act == "come" and model is not ReflectionReply:
                    self._one(model, nth, at, text).save()
                elif act == "go" and model not in (Goal, Reflection):
                    model.objects.all().delete()
                else:
                    model.objects.update(**self._edits(nth, at, then, text)[model])
            _execute("SET LOCAL pgtrigger.ignore = '{}'")
            backfill(part=part)

        self._try(unseen)

    @rule()
    def the_backfill_finds_nothing_to_do(self) -> None:
        assert not backfill()

    @invariant()
    def table_and_oracle_agree(self) -> None:
        self.oracle.agrees()


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_whatever_happens_the_table_is_what_the_oracle_says():
    wishes = settings(max_examples=20, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Statements, settings=wishes)
