"""The answer desk through the API: who sees what waits, claims, answers, and what is promised."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from accounts.enums import Module, Role
from accounts.models import ModuleSetting
from tests.conftest import api_client
from tests.factories import (
    CareAreaFactory,
    CourseFactory,
    DailyNoteFactory,
    LessonFactory,
    MembershipFactory,
    ReflectionFactory,
    UserFactory,
    VideoFactory,
)
from timeline.models import AnswerClaim, AnswerSettings, TimelineEntry
from training.models import Reflection, ReflectionReply
from training.services import reply_to_reflection

pytestmark = pytest.mark.django_db

URL = "/api/v1/answer-desk"
MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
#: Wednesday a week later: Monday's and Tuesday's are escalated.
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def video(organization):
    course = CourseFactory(organization=organization, title="Grunnkurs")
    return VideoFactory(lesson=LessonFactory(course=course, title="Å lytte"), title="Første samtale")


@pytest.fixture
def reflection(mentor, video):
    return ReflectionFactory(mentor=mentor, video=video, video_second=320, text="Hvor lenge?", written_at=MONDAY)


@pytest.fixture
def entry(reflection):
    return TimelineEntry.objects.get(source_id=reflection.pk)


@pytest.fixture
def colleague(organization, local_association):
    user = UserFactory(first_name="Nora", last_name="Berg")
    membership = MembershipFactory(organization=organization, user=user, role=Role.COORDINATOR)
    CareAreaFactory(membership=membership, local_association=local_association)
    return user


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


class TestTheList:
    def test_says_who_asks_what_and_where_and_by_when_it_is_due(self, reflection, entry, mentor, as_coordinator):
        row = as_coordinator.get(URL).json()["data"][0]
        assert row == {
            "id": str(entry.pk),
            "reflection_id": str(reflection.pk),
            "org_id": str(mentor.organization_id),
            "student_id": str(mentor.pk),
            "student_name": str(mentor),
            "activity_type": "text_reflection",
            "occurred_at": "2026-03-09T10:00:00+01:00",
            "content": "Hvor lenge?",
            "media_url": "",
            "media_type": "",
            "media_duration_seconds": None,
            "video_id": str(reflection.video_id),
            "video_title": "Første samtale",
            "video_timestamp_seconds": 320,
            "lesson_id": str(reflection.video.lesson_id),
            "lesson_title": "Å lytte",
            "course_id": str(reflection.video.lesson.course_id),
            "course_title": "Grunnkurs",
            "requires_response": True,
            "response_status": "pending",
            "waiting_since": "2026-03-09T10:00:00+01:00",
            "responded_at": None,
            "responded_by": None,
            "responded_by_name": None,
            "level": "escalated",
            "due_on": "2026-03-12",
            "due_at": "2026-03-13T00:00:00+01:00",
            "escalates_at": "2026-03-17T00:00:00+01:00",
            "claim": None,
        }

    def test_begins_with_the_one_that_has_waited_longest_and_leaves_out_what_does_not_wait(
        self, mentor, entry, coordinator, as_coordinator
    ):
        newer = ReflectionFactory(mentor=mentor, written_at=NOW)
        older = ReflectionFactory(mentor=mentor, written_at=TUESDAY)
        ReflectionFactory(mentor=mentor, written_at=MONDAY, requires_response=False)
        answered = ReflectionFactory(mentor=mentor, written_at=MONDAY)
        reply_to_reflection(reflection=answered, text="Ja", by=coordinator, at=TUESDAY)
        found = [row["reflection_id"] for row in as_coordinator.get(URL).json()["data"]]
        assert found == [str(entry.source_id), str(older.pk), str(newer.pk)]

    def test_has_pages_that_lose_nothing_where_several_wait_since_the_same_moment(self, mentor, as_coordinator):
        made = {str(ReflectionFactory(mentor=mentor, written_at=MONDAY).pk) for __ in range(7)}
        seen, cursor = [], None
        while True:
            page = as_coordinator.get(URL, {"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
            seen += [row["reflection_id"] for row in page["data"]]
            cursor = page["pagination"]["next"]
            if cursor is None:
                break
        assert (len(seen), set(seen)) == (7, made)

    def test_is_narrowed_by_level_by_learner_and_by_who_is_at_it(self, mentor, entry, coordinator, as_coordinator):
        fresh = TimelineEntry.objects.get(source_id=ReflectionFactory(mentor=mentor, written_at=NOW).pk)
        late = TimelineEntry.objects.get(
            source_id=ReflectionFactory(mentor=mentor, written_at=datetime(2026, 3, 12, 9, tzinfo=UTC)).pk
        )
        assert as_coordinator.post(f"{URL}/{late.pk}/claim").status_code == 200
        assert ids(as_coordinator.get(URL, {"level": "waiting"})) == [str(fresh.pk)]
        assert ids(as_coordinator.get(URL, {"level": "overdue"})) == [str(late.pk)]
        assert ids(as_coordinator.get(URL, {"level": "escalated"})) == [str(entry.pk)]
        assert ids(as_coordinator.get(URL, {"mine": "true"})) == [str(late.pk)]
        assert ids(as_coordinator.get(URL, {"mine": "false"})) == [str(entry.pk), str(fresh.pk)]
        assert ids(as_coordinator.get(URL, {"student": str(uuid4())})) == []
        assert as_coordinator.get(URL, {"level": "late"}).status_code == 400
        assert as_coordinator.get(URL, {"nonsense": "1"}).status_code == 400

    def test_is_for_those_who_look_after_the_learner(
        self, entry, as_mentor, as_neighbour, as_stranger, as_org_admin, as_platform_staff, anonymous
    ):
        assert code_of(anonymous.get(URL)) == (401, "not_authenticated")
        assert code_of(as_mentor.get(URL)) == (403, "permission_denied")
        for client in (as_neighbour, as_stranger):
            assert ids(client.get(URL)) == []
            assert client.get(f"{URL}/{entry.pk}").status_code == 404
        for client in (as_org_admin, as_platform_staff):
            assert ids(client.get(URL)) == [str(entry.pk)]

    def test_has_no_reflection_of_ones_own(self, foreign, as_stranger):
        line = TimelineEntry.objects.get(source_id=ReflectionFactory(mentor=foreign.mentor).pk)
        assert ids(as_stranger.get(URL)) == []
        assert as_stranger.get(f"{URL}/{line.pk}").status_code == 404

    def test_is_closed_without_the_module(self, entry, organization, as_coordinator):
        ModuleSetting.objects.filter(organization=organization, module=Module.CERTIFICATION).update(is_enabled=False)
        assert code_of(as_coordinator.get(URL)) == (403, "module_disabled")


class TestWhatHasBeenAnswered:
    @pytest.fixture
    def answered(self, mentor, coordinator, colleague) -> list[str]:
        """Three reflections of the mentor in the order in which they were answered, which is not that of their ids."""
        made = [ReflectionFactory(mentor=mentor, written_at=MONDAY - timedelta(days=day)) for day in range(3)][::-1]
        for hours, (row, by) in enumerate(zip(made, (coordinator, colleague, coordinator), strict=True)):
            reply_to_reflection(reflection=row, text="Ja", by=by, at=TUESDAY + timedelta(hours=hours))
        return [str(row.pk) for row in made]

    def listed(self, client, **query) -> list[str]:
        found = client.get(URL, {"status": "answered"} | query)
        assert found.status_code == 200, found.content
        return [row["reflection_id"] for row in found.json()["data"]]

    def test_begins_with_the_newest_answer_and_says_whose_it_is(self, entry, answered, colleague, as_coordinator):
        assert self.listed(as_coordinator) == answered[::-1]
        row = as_coordinator.get(URL, {"status": "answered"}).json()["data"][1]
        assert (row["responded_at"], row["responded_by"], row["responded_by_name"]) == (
            "2026-03-10T11:00:00+01:00", str(colleague.pk), "Nora Berg",
        )  # fmt: skip
        assert (row["level"], row["due_on"], row["claim"]) == (None, None, None)

    def test_waits_again_when_the_learner_writes_again(self, entry, answered, mentor, as_coordinator):
        again = Reflection.objects.get(pk=answered[0])
        reply_to_reflection(reflection=again, text="Hvorfor?", by=mentor.user, at=NOW)
        assert self.listed(as_coordinator) == [answered[2], answered[1]]
        waits = as_coordinator.get(URL, {"status": "waiting"}).json()["data"]
        assert [row["reflection_id"] for row in waits] == [str(entry.source_id), answered[0]]
        assert waits[1]["responded_at"] == "2026-03-10T10:00:00+01:00"

    def test_has_pages_that_lose_nothing_where_several_were_answered_at_once(self, mentor, coordinator, as_coordinator):
        made = [ReflectionFactory(mentor=mentor, written_at=MONDAY) for __ in range(5)]
        for row in made:
            reply_to_reflection(reflection=row, text="Ja", by=coordinator, at=TUESDAY)
        seen, query = [], {"status": "answered", "limit": 2}
        while True:
            page = as_coordinator.get(URL, query).json()
            seen += [row["reflection_id"] for row in page["data"]]
            if page["pagination"]["next"] is None:
                break
            query["cursor"] = page["pagination"]["next"]
        assert sorted(seen) == sorted(str(row.pk) for row in made)
        waiting = as_coordinator.get(URL, {"cursor": query["cursor"]})
        assert waiting.status_code == 400
        assert list(waiting.json()["errors"]) == ["cursor"]

    def test_is_for_those_who_look_after_the_learner_now(
        self, answered, mentor, next_door, as_coordinator, as_neighbour, as_stranger, as_org_admin, as_platform_staff
    ):
        assert self.listed(as_neighbour) == self.listed(as_stranger) == []
        for client in (as_org_admin, as_platform_staff):
            assert self.listed(client) == answered[::-1]
        mentor.affiliations.update(local_association=next_door)
        assert (self.listed(as_coordinator), self.listed(as_neighbour)) == ([], answered[::-1])

    def test_is_narrowed_by_learner(self, answered, mentor, as_coordinator):
        assert self.listed(as_coordinator, student=str(mentor.pk)) == answered[::-1]
        assert self.listed(as_coordinator, student=str(uuid4())) == []

    @pytest.mark.parametrize("status", ["", "pending", "ANSWERED", "answered,waiting", "😀", "9" * 400])
    def test_is_refused_under_any_other_name(self, answered, as_coordinator, status):
        refused = as_coordinator.get(URL, {"status": status})
        assert refused.status_code == 400, refused.content
        assert list(refused.json()["errors"]) == ["status"]

    def test_is_not_asked_for_with_a_nul(self, answered, as_coordinator):
        assert as_coordinator.get(URL, {"status": "answered\0"}).status_code == 400


class TestAReflection:
    def test_is_claimed_by_one_and_the_other_hears_by_whom(self, entry, colleague, as_coordinator):
        claimed = api_client(colleague).post(f"{URL}/{entry.pk}/claim")
        assert claimed.json()["claim"] == {
            "by": str(colleague.pk),
            "by_name": "Nora Berg",
            "claimed_at": "2026-03-18T10:00:00+01:00",
            "until": "2026-03-18T11:00:00+01:00",
        }
        refused = as_coordinator.post(f"{URL}/{entry.pk}/claim")
        assert code_of(refused) == (409, "already_claimed")
        assert "Nora Berg" in refused.json()["detail"]
        assert refused.json()["claimed_by"] == str(colleague.pk)
        assert refused.json()["claimed_until"] == "2026-03-18T11:00:00+01:00"
        assert code_of(as_coordinator.post(f"{URL}/{entry.pk}/answers", {"text": "Ja"})) == (409, "already_claimed")
        assert code_of(as_coordinator.post(f"{URL}/{entry.pk}/release")) == (409, "already_claimed")
        assert api_client(colleague).post(f"{URL}/{entry.pk}/release").json()["claim"] is None
        assert as_coordinator.post(f"{URL}/{entry.pk}/claim").status_code == 200

    def test_is_answered_and_shows_the_conversation(self, entry, reflection, mentor, coordinator, as_coordinator):
        as_coordinator.post(f"{URL}/{entry.pk}/claim")
        answer = as_coordinator.post(f"{URL}/{entry.pk}/answers", {"text": "Til den andre er ferdig.\nAlltid."})
        assert answer.status_code == 201, answer.content
        said = answer.json()
        assert (said["response_status"], said["level"], said["due_on"], said["claim"]) == (
            "responded",
            None,
            None,
            None,
        )
        assert said["replies"] == [
            {
                "id": str(ReflectionReply.objects.get().pk),
                "author_name": str(coordinator),
                "is_from_staff": True,
                "text": "Til den andre er ferdig.\nAlltid.",
                "written_at": "2026-03-18T10:00:00+01:00",
            }
        ]
        assert ids(as_coordinator.get(URL)) == []
        reply_to_reflection(reflection=reflection, text="Hvorfor?", by=mentor.user, at=NOW)
        again = as_coordinator.get(f"{URL}/{entry.pk}").json()
        assert [turn["text"] for turn in again["replies"]] == ["Til den andre er ferdig.\nAlltid.", "Hvorfor?"]
        assert (again["response_status"], again["level"]) == ("pending", "waiting")

    def test_answered_meanwhile_wants_an_addition(self, entry, colleague, as_coordinator):
        api_client(colleague).post(f"{URL}/{entry.pk}/answers", {"text": "Ja"})
        refused = as_coordinator.post(f"{URL}/{entry.pk}/answers", {"text": "Nei"})
        assert code_of(refused) == (409, "answered_meanwhile")
        assert refused.json()["answered_by"] == str(colleague.pk)
        assert as_coordinator.post(f"{URL}/{entry.pk}/answers", {"text": "Og", "further": True}).status_code == 201

    def test_sent_twice_with_the_same_id_is_answered_once(self, entry, as_coordinator):
        body = {"text": "Ja", "client_id": str(uuid4())}
        assert [as_coordinator.post(f"{URL}/{entry.pk}/answers", body).status_code for __ in range(2)] == [201, 201]
        assert ReflectionReply.objects.count() == 1

    @pytest.mark.parametrize(
        "body",
        [
            {}, {"text": ""}, {"text": "  "}, {"text": None}, {"text": ["Ja"]}, {"text": "x" * 8001},
            {"text": "Ja", "by": str(uuid4())}, {"text": "Ja", "further": "perhaps"},
            {"text": "Ja", "client_id": "abc"}, {"text": "a\0b"}, [], "Ja",
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_answer(self, entry, as_coordinator, body):
        answer = as_coordinator.post(f"{URL}/{entry.pk}/answers", body, format="json")
        assert answer.status_code == 400, answer.content
        assert not ReflectionReply.objects.exists()

    def test_needs_no_answer_and_then_does(self, entry, as_coordinator):
        assert as_coordinator.post(f"{URL}/{entry.pk}/no-answer-needed").json()["response_status"] is None
        assert ids(as_coordinator.get(URL)) == []
        assert code_of(as_coordinator.post(f"{URL}/{entry.pk}/no-answer-needed")) == (409, "not_waiting")
        assert as_coordinator.post(f"{URL}/{entry.pk}/answer-needed").json()["level"] == "escalated"
        assert ids(as_coordinator.get(URL)) == [str(entry.pk)]

    def test_is_nobody_elses_business(self, entry, as_neighbour, as_stranger, as_mentor):
        for verb in ("claim", "release", "answers", "no-answer-needed", "answer-needed"):
            for client in (as_neighbour, as_stranger):
                assert client.post(f"{URL}/{entry.pk}/{verb}", {"text": "Ja"}).status_code == 404
            assert as_mentor.post(f"{URL}/{entry.pk}/{verb}", {"text": "Ja"}).status_code == 403
        assert not AnswerClaim.objects.exists()
        assert not ReflectionReply.objects.exists()

    def test_is_not_a_line_of_another_kind(self, mentor, as_coordinator):
        line = TimelineEntry.objects.get(source_id=DailyNoteFactory(mentor=mentor).pk)
        assert as_coordinator.get(f"{URL}/{line.pk}").status_code == 404


class TestThePromise:
    CHOICES = {"answer_within_days": 5, "escalate_after_days": 1, "holiday_country": "SE"}

    def url(self, organization) -> str:
        return f"{URL}/settings/{organization.pk}"

    def test_is_read_by_staff_and_changed_by_administrators(
        self, organization, as_coordinator, as_org_admin, as_mentor, as_stranger
    ):
        held = {"answer_within_days": 3, "escalate_after_days": 2, "holiday_country": "NO"}
        assert as_coordinator.get(self.url(organization)).json() == {"org_id": str(organization.pk), **held}
        assert code_of(as_coordinator.put(self.url(organization), self.CHOICES)) == (403, "permission_denied")
        assert as_mentor.get(self.url(organization)).status_code == 403
        assert as_stranger.get(self.url(organization)).status_code == 404
        answer = as_org_admin.put(self.url(organization), self.CHOICES)
        assert (answer.status_code, answer.json()) == (200, {"org_id": str(organization.pk), **self.CHOICES})
        assert AnswerSettings.objects.get().holiday_country == "SE"

    @pytest.mark.parametrize(
        "wrong",
        [{"answer_within_days": 0}, {"escalate_after_days": 61}, {"holiday_country": "XX"}, {"holiday_country": "no"}],
    )
    def test_refuses_what_makes_no_sense(self, organization, as_org_admin, wrong):
        answer = as_org_admin.put(self.url(organization), self.CHOICES | wrong)
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == list(wrong)
        assert not AnswerSettings.objects.exists()
