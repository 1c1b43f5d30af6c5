"""The timeline as pages: whose it is, what its lines say, and what it says when there is nothing."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from accounts.enums import Module
from accounts.models import ModuleSetting
from tests.conftest import browser
from tests.factories import (
    CheckpointFactory,
    CourseFactory,
    DailyNoteFactory,
    EnrollmentFactory,
    GoalFactory,
    GoalMessageFactory,
    LessonFactory,
    MentorProfileFactory,
    MilestoneFactory,
    QuizFactory,
    ReflectionFactory,
    ReplyFactory,
    SuccessProofFactory,
    VideoFactory,
)
from timeline.enums import ActivityType
from timeline.models import TimelineEntry
from timeline.words import clock, sentence_of
from training.models import (
    CheckpointVisit,
    DailyNote,
    GoalSwitch,
    LessonProgress,
    QuizAttempt,
    ReflectionReply,
    VideoProgress,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_march(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def kari(mentor):
    mentor.user.language, mentor.user.first_name, mentor.user.last_name = "en", "Kari", "Lie"
    mentor.user.save()
    return mentor


@pytest.fixture
def lesson(organization):
    course = CourseFactory(organization=organization, title="Basics")
    return LessonFactory(course=course, title="Listening")


@pytest.fixture
def video(lesson):
    return VideoFactory(lesson=lesson, title="To listen")


@pytest.fixture
def everything(kari, lesson, video):
    """One line of each of the 17 kinds, all of them today."""
    at, own = NOW - timedelta(hours=1), {"organization": kari.organization, "mentor": kari}
    goal = GoalFactory(mentor=kari, title="Five visits", set_at=at, completed_at=at)
    GoalSwitch.objects.create(**own, goal=goal, at=at)
    MilestoneFactory(goal=goal, title="The first visit", reached_at=at)
    EnrollmentFactory(mentor=kari, course=lesson.course, enrolled_at=at, completed_at=at)
    LessonProgress.objects.create(**own, lesson=lesson, completed_at=at)
    VideoProgress.objects.create(
        **own, video=video, percent=96, last_watched_at=at, reached_25_at=at, reached_50_at=at, reached_75_at=at,
        reached_95_at=at,
    )  # fmt: skip
    checkpoint = CheckpointFactory(video=video, at_second=65, title="Stop and think")
    CheckpointVisit.objects.create(**own, checkpoint=checkpoint, reached_at=at)
    quiz = QuizFactory(lesson=lesson, title="What helps")
    QuizAttempt.objects.create(
        **own, quiz=quiz, submitted_at=at, score=4, max_score=5, passed=True, completes_quiz=True
    )
    ReflectionFactory(mentor=kari, video=video, video_second=320, text="Why <b>silence</b>?", written_at=at)
    ReflectionFactory(
        mentor=kari, kind="voice", lesson=lesson, media_type="audio", media_file="training/a.m4a", written_at=at
    )
    ReflectionFactory(
        mentor=kari, kind="screenshot", video=video, media_type="image", media_file="training/a.png", written_at=at
    )
    ReflectionFactory(
        mentor=kari, kind="video", media_type="video", media_url="https://video.example.org/k", written_at=at
    )
    DailyNoteFactory(mentor=kari, text="A good day", written_at=at)
    SuccessProofFactory(goal=goal, text="It worked", submitted_at=at)
    GoalMessageFactory(goal=goal, text="Well done", written_at=at)
    return goal


SENTENCES = {
    "video_progress": "Watched 50 % of “To listen”",
    "video_completion": "Watched “To listen” to the end",
    "text_reflection": "Wrote a reflection at 5:20 in “To listen”",
    "voice_reflection": "Recorded a reflection on the lesson “Listening”",
    "screenshot_reflection": "Shared a picture with a reflection on “To listen”",
    "loom_reflection": "Filmed a reflection",
    "quiz_attempt": "Answered the quiz “What helps”: 4 of 5 right (80 %)",
    "quiz_completion": "Passed the quiz “What helps” with 80 % right",
    "course_enrollment": "Began the course “Basics”",
    "course_completion": "Completed the course “Basics”",
    "lesson_completion": "Completed the lesson “Listening”",
    "checkpoint_reached": "Came to “Stop and think” at 1:05 in “To listen”",
    "daily_note": "Wrote about the day",
    "success_proof": "Showed that it worked",
    "goal_milestone": "Reached the milestone “The first visit”",
    "goal_completion": "Reached the goal “Five visits”",
    "instructor_message": "Got a message about the goal",
}


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def sentences(answer) -> list[str]:
    return re.findall(r'class="sentence">(.*?)</p>', text(answer))


def note(mentor, said, at=NOW):
    return DailyNoteFactory(mentor=mentor, text=said, written_at=at)


def test_every_kind_has_its_sentence(everything):
    assert SENTENCES.keys() == set(ActivityType.values)
    with override("en"):
        found = {
            line.activity_type: sentence_of(line)
            for line in TimelineEntry.objects.shown().with_context().exclude(detail__in=["25", "75"])
        }
    assert found == SENTENCES


@pytest.mark.parametrize(("second", "said"), [(0, "0:00"), (5, "0:05"), (320, "5:20"), (3600, "1:00:00")])
def test_places_are_said_as_players_say_them(second, said):
    assert clock(second) == said


def test_a_line_without_what_it_names_is_still_said():
    for kind in ActivityType.values:
        assert sentence_of(TimelineEntry(activity_type=kind, metadata={}, content=""))


class TestTheOwnTimeline:
    def test_tells_everything_with_media_and_words(self, everything, kari):
        page = browser(kari.user).get("/timeline/")
        said = text(page)
        assert set(SENTENCES.values()) <= set(sentences(page))
        assert "Wednesday March 11, 2026" in said
        for line in TimelineEntry.objects.shown().exclude(media_url=""):
            address = (
                "https://video.example.org/k" if line.media_type == "video" else f"/api/v1/timeline/{line.pk}/media"
            )
            tag = {"image": "img", "audio": "audio controls", "video": "a"}[line.media_type]
            assert re.search(rf'<{tag} [^>]*(?:src|href)="{address}"', said), line.media_type
        assert "Why &lt;b&gt;silence&lt;/b&gt;?" in said
        assert "A good day" in said
        assert "Well done" in said

    def test_shows_answers_below_the_reflection_and_says_what_waits(self, kari, video, coordinator):
        row = ReflectionFactory(mentor=kari, video=video, text="Why?", written_at=NOW - timedelta(hours=3))
        client = browser(kari.user)
        assert "Waits for an answer" in text(client.get("/timeline/"))
        ReplyFactory(reflection=row, author=coordinator, text="Because.", written_at=NOW - timedelta(hours=2))
        said = text(client.get("/timeline/"))
        assert "Waits for an answer" not in said
        assert said.index("Why?") < said.index("Because.")
        assert str(coordinator) in said

    def test_the_way_to_a_reflection_ends_at_its_line_on_its_day(self, kari, video, coordinator, stranger):
        row = ReflectionFactory(mentor=kari, video=video, text="Why?", written_at=NOW - timedelta(days=20))
        line, address = TimelineEntry.objects.get(source_id=row.pk), f"/timeline/reflections/{row.pk}/"
        for reader in (kari.user, coordinator):
            answer = browser(reader).get(address)
            page, _, anchor = answer["Location"].partition("#")
            assert page == f"/timeline/mentors/{kari.pk}/week/?day={line.activity_date}"
            assert f'id="{anchor}"' in text(browser(reader).get(page))
        row.delete()
        for reader in (kari.user, coordinator, stranger):
            assert browser(reader).get(address).status_code == 404

    def test_the_way_to_somebody_elses_reflection_is_not_there(self, kari, video, stranger):
        row = ReflectionFactory(mentor=kari, video=video, text="Why?", written_at=NOW)
        assert browser(stranger).get(f"/timeline/reflections/{row.pk}/").status_code == 404

    def test_pages_lose_nothing(self, kari):
        DailyNote.objects.bulk_create(
            DailyNote(organization=kari.organization, mentor=kari, text=f"number {n};", written_at=NOW)
            for n in range(70)
        )
        client, found, address = browser(kari.user), [], "/timeline/"
        while address:
            said = text(client.get(address))
            found += re.findall(r"number (\d+);", said)
            onward = re.search(r'href="(\?cursor=[^"]+)" rel="next"', said)
            address = "/timeline/" + onward[1] if onward else None
        assert sorted(map(int, found)) == list(range(70))
        assert 'rel="prev"' in said

    def test_a_cursor_that_is_made_up_leads_nowhere(self, kari):
        assert browser(kari.user).get("/timeline/?cursor=x").status_code == 404

    def test_says_so_kindly_when_there_is_nothing(self, kari):
        client = browser(kari.user)
        assert "from the first video on" in text(client.get("/timeline/"))
        assert "You have not set yourself a goal yet. You do that in the app." in text(client.get("/timeline/goals/"))
        assert text(client.get("/timeline/week/")).count("Nothing on this day.") == 7

    def test_costs_the_same_for_one_line_as_for_thirty(self, kari, everything, coordinator):
        client = browser(kari.user)
        row = ReflectionFactory(mentor=kari, text="Why?", written_at=NOW)
        client.get("/timeline/")
        with CaptureQueriesContext(connection) as few:
            client.get("/timeline/")
        for number in range(4):
            ReplyFactory(reflection=row, author=coordinator, text=str(number))
            ReflectionFactory(mentor=kari, text="Why?", written_at=NOW)
        with CaptureQueriesContext(connection) as many:
            client.get("/timeline/")
        assert len(many) == len(few)
        assert sum('FROM "timeline_timelineentry"' in each["sql"] for each in many) == 1

    def test_is_closed_without_the_module_and_for_those_who_are_no_mentors(self, kari, coordinator, organization):
        page = browser(coordinator).get("/timeline/")
        assert page.status_code == 404
        ModuleSetting.objects.filter(organization=organization, module=Module.CERTIFICATION).update(is_enabled=False)
        assert browser(kari.user).get("/timeline/").status_code == 403

    def test_asks_to_sign_in(self, client):
        for address in ("/timeline/", "/timeline/week/", "/timeline/goals/", f"/timeline/videos/{uuid4()}/"):
            answer = client.get(address)
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")

    def test_of_a_mentor_of_two_associations_is_of_the_first_and_leads_to_the_other(self, kari, foreign):
        second = MentorProfileFactory(organization=foreign.organization, user=kari.user, started_on="2026-02-01")
        kari.started_on = "2026-01-01"
        kari.save()
        note(kari, "here")
        note(second, "there")
        client = browser(kari.user)
        said = text(client.get("/timeline/"))
        assert "here" in said
        assert f"/timeline/mentors/{second.pk}/" in said
        assert "there" in text(client.get(f"/timeline/mentors/{second.pk}/"))


class TestTheWeek:
    def test_is_seven_days_newest_first(self, kari):
        for days in range(8):
            note(kari, f"{days} days ago", NOW - timedelta(days=days))
        said = text(browser(kari.user).get("/timeline/week/"))
        assert re.findall(r"(\d) days ago", said) == list("0123456")
        assert re.findall(r'id="day-([\d-]+)"', said)[::6] == ["2026-03-11", "2026-03-05"]

    def test_leads_to_the_weeks_before_and_after(self, kari):
        note(kari, "eight days ago", NOW - timedelta(days=8))
        client = browser(kari.user)
        said = text(client.get("/timeline/week/"))
        assert 'href="?day=2026-03-04" rel="next"' in said
        assert 'rel="prev"' not in said
        said = text(client.get("/timeline/week/?day=2026-03-04"))
        assert "eight days ago" in said
        assert 'href="?day=2026-03-11" rel="prev"' in said

    def test_says_which_one_it_is(self, kari):
        client = browser(kari.user)
        now, earlier = (text(client.get(f"/timeline/week/{query}")) for query in ("", "?day=2026-03-04"))
        assert re.findall("<(?:title|h1)>(.*?)</?(?:title|h1)>", now) == ["The past week – Varde", "The past week"]
        assert now.count("aria-current") == 1
        said = re.findall("<(?:title|h1)>(.*?)</?(?:title|h1)>", earlier)
        assert said == ["The week up to March 4, 2026 – Varde", "The week up to March 4, 2026"]
        assert "aria-current" not in earlier

    @pytest.mark.parametrize("day", ["x", "2026-03-12", "0001-01-01", "9999-12-31"])
    def test_has_no_other_days(self, kari, day):
        assert browser(kari.user).get("/timeline/week/", {"day": day}).status_code == 404


class TestGoals:
    def test_are_told_with_start_end_and_count(self, everything, kari):
        client = browser(kari.user)
        note(kari, "towards it")
        ongoing = GoalFactory(mentor=kari, title="Ten visits", set_at=NOW, target_on="2026-06-01")
        said = text(client.get("/timeline/goals/"))
        assert "From March 11, 2026 to March 11, 2026: reached." in said
        assert "Since March 11, 2026: ongoing." in said
        assert "0 things were done for it." in said
        assert "To be reached by" in said
        assert said.index("Ten visits") < said.index("Five visits")
        page = client.get(f"/timeline/goals/{everything.pk}/")
        assert "towards it" in text(page)
        assert client.get(f"/timeline/goals/{ongoing.pk}/").status_code == 200

    def test_of_others_are_not_found(self, kari):
        other = GoalFactory(mentor=MentorProfileFactory(organization=kari.organization))
        assert browser(kari.user).get(f"/timeline/goals/{other.pk}/").status_code == 404


class TestAVideo:
    def test_is_told_by_its_seconds(self, kari, video):
        for second, said in ((320, "late;"), (5, "early;"), (None, "anywhere;")):
            ReflectionFactory(mentor=kari, video=video, video_second=second, text=said, written_at=NOW)
        said = text(browser(kari.user).get(f"/timeline/videos/{video.pk}/"))
        assert re.findall(r"(early|late|anywhere);", said) == ["early", "late", "anywhere"]
        assert re.findall(r'class="place">([\d:]+)<', said) == ["0:05", "5:20"]

    def test_shows_staff_everybody_in_their_care_by_name(self, kari, video, coordinator, next_door, local_association):
        other = MentorProfileFactory(
            organization=kari.organization, local_association=local_association, user__first_name="Ola"
        )
        away = MentorProfileFactory(organization=kari.organization, local_association=next_door)
        for learner, said in ((kari, "hers"), (other, "his"), (away, "next door's")):
            ReflectionFactory(mentor=learner, video=video, video_second=5, text=said, written_at=NOW)
        said = text(browser(coordinator).get(f"/timeline/videos/{video.pk}/"))
        assert "hers" in said
        assert "his" in said
        assert "next door" not in said
        waits = TimelineEntry.objects.get(mentor=other)
        assert reverse("admin:timeline_waitingreflection_change", args=[waits.pk]) in said
        assert f'<a href="/timeline/mentors/{other.pk}/videos/{video.pk}/">Ola' in said

    def test_of_another_association_is_not_found(self, kari, stranger):
        foreign = VideoFactory()
        assert browser(kari.user).get(f"/timeline/videos/{foreign.pk}/").status_code == 404


class TestForStaff:
    ADDRESSES = ("", "week/", "goals/", "goals/{goal}/", "videos/{video}/")

    def test_the_same_for_a_mentor_in_care(self, everything, kari, video, coordinator):
        coordinator.language = "en"
        coordinator.save()
        client = browser(coordinator)
        for address in self.ADDRESSES:
            page = client.get(f"/timeline/mentors/{kari.pk}/{address.format(goal=everything.pk, video=video.pk)}")
            assert page.status_code == 200, address
            assert "Kari Lie" in text(page)
            assert sentences(page) or "goals" in address
            assert "Write more about it" not in text(page)
        assert set(SENTENCES.values()) <= set(sentences(client.get(f"/timeline/mentors/{kari.pk}/")))

    @pytest.mark.parametrize("who", ["neighbour", "stranger"])
    def test_nobody_elses(self, everything, kari, video, who, request):
        client = browser(request.getfixturevalue(who))
        for address in self.ADDRESSES:
            filled = address.format(goal=everything.pk, video=video.pk)
            for mentor in (kari.pk, uuid4()):
                page = client.get(f"/timeline/mentors/{mentor}/{filled}")
                assert page.status_code == 404
                assert "Kari" not in text(page)
        if who == "neighbour":
            assert sentences(client.get(f"/timeline/videos/{video.pk}/")) == []
        else:
            assert client.get(f"/timeline/videos/{video.pk}/").status_code == 404

    def test_another_mentors_is_not_a_mentors_to_see(self, everything, kari, local_association):
        other = MentorProfileFactory(organization=kari.organization, local_association=local_association)
        assert browser(other.user).get(f"/timeline/mentors/{kari.pk}/").status_code == 404

    def test_the_desks_page_about_a_mentor_leads_there(self, kari, coordinator):
        page = browser(coordinator).get(f"/admin/accounts/mentorprofile/{kari.pk}/change/")
        assert f'href="/timeline/mentors/{kari.pk}/"' in text(page)

    def test_not_where_the_module_is_not_used(self, kari, coordinator, organization):
        ModuleSetting.objects.filter(organization=organization, module=Module.CERTIFICATION).update(is_enabled=False)
        page = browser(coordinator).get(f"/admin/accounts/mentorprofile/{kari.pk}/change/")
        assert page.status_code == 200
        assert "/timeline/mentors/" not in text(page)


class TestWritingAgain:
    def test_reopens_the_question(self, kari, coordinator):
        row = ReflectionFactory(mentor=kari, text="Why?", written_at=NOW - timedelta(days=1))
        ReplyFactory(reflection=row, author=coordinator, text="Because.", written_at=NOW - timedelta(hours=1))
        client, back = browser(kari.user), "/timeline/week/?day=2026-03-11#line-x"
        answer = client.post(f"/timeline/reflections/{row.pk}/reply/", {"text": "But why?", "back": back})
        assert (answer.status_code, answer["Location"]) == (302, back)
        said = text(client.get("/timeline/"))
        assert said.index("Because.") < said.index("But why?")
        assert "Waits for an answer" in said
        assert "It is sent." in said

    @pytest.mark.parametrize("back", ["https://evil.example.org/", "//evil.example.org/timeline/", "/admin/", ""])
    def test_leads_back_to_the_timeline_and_nowhere_else(self, kari, back):
        row = ReflectionFactory(mentor=kari, written_at=NOW)
        client = browser(kari.user)
        for said in ("More", ""):
            answer = client.post(f"/timeline/reflections/{row.pk}/reply/", {"text": said, "back": back})
            assert answer["Location"] == f"/timeline/mentors/{kari.pk}/"

    def test_does_not_lead_the_learner_to_the_desk(self, kari):
        ReflectionFactory(mentor=kari, written_at=NOW)
        assert "/admin/" not in text(browser(kari.user).get("/timeline/"))

    def test_needs_words(self, kari):
        row = ReflectionFactory(mentor=kari, written_at=NOW)
        client = browser(kari.user)
        for said in ("", "  ", "x" * 8001):
            client.post(f"/timeline/reflections/{row.pk}/reply/", {"text": said, "back": "/timeline/"})
            assert "Write something first" in text(client.get("/timeline/"))
        assert not ReflectionReply.objects.exists()

    def test_is_for_the_learner_alone(self, kari, coordinator, stranger):
        row = ReflectionFactory(mentor=kari, written_at=NOW)
        for user in (coordinator, stranger):
            answer = browser(user).post(f"/timeline/reflections/{row.pk}/reply/", {"text": "Mine"})
            assert answer.status_code == 404
        assert not ReflectionReply.objects.exists()
        assert browser(kari.user).get(f"/timeline/reflections/{row.pk}/reply/").status_code == 405
