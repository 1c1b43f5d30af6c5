"""The list of lines on the desk: those in one's care, to look at and to export, and never to write."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin import ModelAdmin, site
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from accounts.enums import Role
from tests.factories import (
    CareAreaFactory,
    DailyNoteFactory,
    GoalFactory,
    LessonFactory,
    MembershipFactory,
    MentorProfileFactory,
    OrganizationFactory,
    QuizFactory,
    ReflectionFactory,
    VideoFactory,
)
from timeline.models import TimelineEntry
from training.models import Course, DailyNote, GoalSwitch, Lesson, QuizAttempt, Video

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 15, 11, 0, tzinfo=UTC)
LIST = "admin:timeline_timelineentry_changelist"


@pytest.fixture
def organization():
    return OrganizationFactory(modules=["certification-training"])


@pytest.fixture
def mentor(organization):
    return MentorProfileFactory(organization=organization, user__first_name="Ola")


@pytest.fixture
def admin(organization):
    return MembershipFactory(organization=organization, role=Role.ORG_ADMIN).user


@pytest.fixture
def lines(mentor):
    DailyNoteFactory(mentor=mentor, text="En fin dag", written_at=AT)
    ReflectionFactory(mentor=mentor, text="Hva nå?", written_at=AT)
    DailyNoteFactory(text="Fra en annen forening", written_at=AT)


def page(client, user, **asked) -> str:
    client.force_login(user)
    found = client.get(reverse(LIST), asked)
    assert found.status_code == 200
    return found.content.decode()


def test_an_administrator_sees_the_lines_of_the_organisation(client, admin, lines):
    found = page(client, admin)
    assert "En fin dag" in found
    assert "Hva nå?" in found
    assert "annen forening" not in found


def test_a_coordinator_sees_the_lines_of_the_mentors_in_their_care(client, organization, mentor, lines):
    member = MembershipFactory(organization=organization, role=Role.COORDINATOR)
    assert "En fin dag" not in page(client, member.user)
    CareAreaFactory(membership=member, local_association=mentor.affiliations.get().local_association)
    member.user.__dict__.pop("access", None)
    assert "En fin dag" in page(client, member.user)


@pytest.mark.parametrize(
    ("asked", "shows", "hides"),
    [
        ({"activity_type__exact": "daily_note"}, "En fin dag", "Hva nå?"),
        ({"response_status": "pending"}, "Hva nå?", "En fin dag"),
        ({"response_status": "tea"}, "Hva nå?", "annen"),
        ({"activity_date__year": "2026", "activity_date__month": "3", "activity_date__day": "15"}, "En fin", "annen"),
        ({"q": "Ola"}, "En fin dag", "annen"),
    ],
)
def test_it_is_filtered_by_type_answer_day_and_mentor(client, admin, lines, asked, shows, hides):
    found = page(client, admin, **asked)
    assert shows in found
    assert hides not in found


def test_what_was_deleted_is_asked_for_and_says_nothing(client, admin, lines):
    DailyNote.objects.all().delete()
    found = page(client, admin, source="deleted")
    assert found.count('class="field-mentor') == 1
    assert "En fin dag" not in found
    assert "Hva nå?" not in found


def test_a_line_can_be_read_exported_and_not_written(client, admin, lines):
    client.force_login(admin)
    line = TimelineEntry.objects.get(activity_type="daily_note", content="En fin dag")
    address = reverse("admin:timeline_timelineentry_change", args=[line.pk])
    found = client.get(address)
    assert found.status_code == 200
    assert "En fin dag" in found.content.decode()
    assert client.post(address, {"content": "Noe annet"}).status_code == 403
    assert client.get(reverse("admin:timeline_timelineentry_add")).status_code == 403
    exported = client.get(reverse("admin:timeline_timelineentry_export_csv"))
    text = b"".join(exported.streaming_content).decode("utf-8-sig")
    assert len(text.strip().splitlines()) == 3
    assert "En fin dag" not in text  # what people think has no column


@pytest.mark.parametrize("file", ["", "export.csv"])
def test_the_list_and_its_files_ask_as_often_for_many_lines_as_for_one(client, admin, organization, file):
    client.force_login(admin)

    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            answer = client.get(reverse(LIST) + file)
            assert b"Video" in (b"".join(answer.streaming_content) if file else answer.content)
        return len(made)

    def learn() -> None:
        mentor = MentorProfileFactory(organization=organization)
        goal = GoalFactory(mentor=mentor, set_at=AT - timedelta(days=1))
        GoalSwitch.objects.create(organization=organization, mentor=mentor, goal=goal, at=goal.set_at)
        video = VideoFactory(lesson__course__organization=organization)
        ReflectionFactory(mentor=mentor, video=video, written_at=AT)
        quiz = QuizFactory(lesson=video.lesson, questions=0)
        QuizAttempt.objects.create(
            organization=organization, mentor=mentor, quiz=quiz, submitted_at=AT, score=1, max_score=2, passed=False
        )

    learn()
    queries()
    one = queries()
    for __ in range(3):
        learn()
    assert queries() == one


def test_without_the_module_there_is_no_list(client, lines):
    other = MembershipFactory(organization=OrganizationFactory(modules=[]), role=Role.ORG_ADMIN).user
    client.force_login(other)
    assert client.get(reverse(LIST)).status_code == 403


def test_what_the_database_refuses_is_a_sentence_on_the_form_and_leaves_nothing(organization, admin, rf, monkeypatch):
    video = VideoFactory(lesson__course__organization=organization)
    other = LessonFactory(course__organization=organization, title="Før")
    desk = site.get_model_admin(Course)

    def django_saves(self, request, object_id=None, form_url="", extra_context=None):
        if hasattr(request, "_refusal"):
            return HttpResponse(f"{request._refusal.code}: {request._refusal}")
        Lesson.objects.filter(pk=other.pk).update(title="Etter")
        Video.objects.filter(pk=video.pk).update(lesson=other)  # which a trigger forbids
        raise AssertionError("It went through.")

    monkeypatch.setattr(ModelAdmin, "changeform_view", django_saves)
    request = rf.post("/")
    request.user = admin
    with override("en"):
        answer = desk.changeform_view(request, str(video.lesson.course_id)).content.decode()
    assert answer == "not_allowed: This cannot be changed any more."
    other.refresh_from_db()
    assert other.title == "Før"
