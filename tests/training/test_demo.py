"""The demo's courses and what its mentors made of them: something for every page, true, and quiet."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from achievements.models import MentorStats
from certifications.models import Certificate
from mentoring.demo import MENTORS, build_demo
from notifications.enums import State
from notifications.models import Notification
from operations import duties
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

AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
MOMENTS = [
    AT,
    pytest.param(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), marks=pytest.mark.slow),
    pytest.param(datetime(2026, 1, 1, 0, 5, tzinfo=UTC), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("at", MOMENTS)
def test_the_demo(subtests, at):
    build_demo(at=at)
    with subtests.test("has something to show on every page"):
        shows_something_on_every_page(at)
    with subtests.test("completed the refresher before the certificate was renewed"):
        completed_the_refresher_first()
    with subtests.test("has nothing in the future and nothing that waits to be sent"):
        is_past_and_quiet(at)


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


def is_past_and_quiet(at):
    for model, field in ((VideoProgress, "last_watched_at"), (Reflection, "written_at"), (DailyNote, "written_at")):
        assert not model.objects.filter(**{f"{field}__gt": at}).exists(), model
    assert not Notification.objects.filter(state__in=[State.PENDING, State.SENDING]).exists()
    assert [found.invariant.name for found in duties.check(at=at) if not found.holds] == []


def completed_the_refresher_first():
    done = Enrollment.objects.get(course__slug="oppfrisking", completed_at__isnull=False)
    renewed = Certificate.objects.get(mentor=done.mentor, type__code="grunnkurs", status="active")
    assert renewed.issued_on == done.completed_at.date()
    # And whoever completed the other course has one training more than certificates.
    digital = Enrollment.objects.filter(course__slug="digitale-moter", completed_at__isnull=False)
    for enrollment in digital:
        kinds = Certificate.objects.filter(mentor=enrollment.mentor).exclude(status="revoked")
        count = kinds.values("type").distinct().count()
        assert MentorStats.objects.get(mentor=enrollment.mentor).training_count == count + 1
    assert digital.count() == 3


@pytest.mark.slow
def test_it_is_the_same_twice_apart_from_the_day():
    assert facts(AT) == facts(AT + timedelta(days=28))


def facts(at):
    class Enough(Exception):
        pass

    found = []
    try:
        with transaction.atomic():
            build_demo(at=at)
            found += VideoProgress.objects.order_by("mentor__member_number").values_list(
                "mentor__member_number", "percent", "position_seconds"
            )
            found += Reflection.objects.order_by("text").values_list("text", "video_second")
            raise Enough
    except Enough:
        return found
