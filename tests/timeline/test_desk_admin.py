"""The answer desk of the admin: what waits, a page to answer on, and the number on the first page."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Module, Role
from accounts.models import ModuleSetting, User
from tests.factories import (
    CareAreaFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    ReflectionFactory,
    UserFactory,
    VideoFactory,
)
from timeline.models import AnswerClaim, AnswerSettings, TimelineEntry
from timeline.services import answer, claim
from training.models import ReflectionReply
from training.services import reply_to_reflection

pytestmark = pytest.mark.django_db

LIST = "/admin/timeline/waitingreflection/"
MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _english(coordinator, org_admin):
    User.objects.update(language="en")


@pytest.fixture
def reflection(mentor, organization):
    course = CourseFactory(organization=organization, title="Grunnkurs")
    video = VideoFactory(lesson=LessonFactory(course=course), title="Første samtale")
    return ReflectionFactory(mentor=mentor, video=video, video_second=320, text="Hvor lenge?", written_at=MONDAY)


@pytest.fixture
def entry(reflection):
    return TimelineEntry.objects.get(source_id=reflection.pk)


@pytest.fixture
def colleague(organization, local_association):
    user = UserFactory(first_name="Nora", last_name="Berg", language="en")
    membership = MembershipFactory(organization=organization, user=user, role=Role.COORDINATOR)
    CareAreaFactory(membership=membership, local_association=local_association)
    return user


def page(entry) -> str:
    return reverse("admin:timeline_waitingreflection_change", args=[entry.pk])


def listed(client, query="") -> list:
    answer = client.get(f"{LIST}{query}")
    assert answer.status_code == 200
    return [row.source_id for row in answer.context["cl"].result_list]


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def post(client, entry, **data):
    return client.post(page(entry), data, follow=True)


class TestTheList:
    def test_says_who_asks_what_where_and_how_late_it_is(self, entry, mentor, admin_as_coordinator):
        text = admin_as_coordinator.get(LIST).content.decode()
        for part in (str(mentor), "at 5:20 in “Første samtale”", "Hvor lenge?", "Long past its day", "6 days ago"):
            assert part in text

    def test_begins_with_the_longest_waiting_and_has_nothing_that_does_not_wait(
        self, mentor, reflection, coordinator, admin_as_coordinator
    ):
        newer = ReflectionFactory(mentor=mentor, written_at=NOW)
        older = ReflectionFactory(mentor=mentor, written_at=MONDAY + timedelta(hours=1))
        ReflectionFactory(mentor=mentor, written_at=MONDAY, requires_response=False)
        done = ReflectionFactory(mentor=mentor, written_at=MONDAY)
        reply_to_reflection(reflection=done, text="Ja", by=coordinator, at=NOW)
        assert listed(admin_as_coordinator) == [reflection.pk, older.pk, newer.pk]

    def test_is_narrowed_by_where_it_stands(self, mentor, reflection, entry, coordinator, admin_as_coordinator):
        fresh = ReflectionFactory(mentor=mentor, written_at=NOW)
        late = ReflectionFactory(mentor=mentor, written_at=datetime(2026, 3, 12, 9, tzinfo=UTC))
        claim(entry=entry, by=coordinator, at=NOW)
        expected = {"waiting": [fresh.pk], "overdue": [late.pk], "escalated": [reflection.pk], "mine": [reflection.pk]}
        assert {name: listed(admin_as_coordinator, f"?standing={name}") for name in expected} == expected

    def test_says_by_when_what_is_in_time_is_due(self, mentor, admin_as_coordinator):
        for days, words in ((0, "due on Monday"), (1, "due on Friday March 20"), (2, "due tomorrow")):
            since = NOW - timedelta(days=days)
            row = ReflectionFactory(mentor=mentor, written_at=since)
            assert words in admin_as_coordinator.get(LIST).content.decode()
            row.delete()
        ReflectionFactory(mentor=mentor, written_at=datetime(2026, 3, 13, 9, tzinfo=UTC))
        assert "due today" in admin_as_coordinator.get(LIST).content.decode()

    def test_is_for_those_who_look_after_the_mentor(
        self, reflection, admin_as_neighbour, admin_as_stranger, admin_as_org_admin, admin_as_platform_staff
    ):
        assert listed(admin_as_neighbour) == listed(admin_as_stranger) == []
        assert listed(admin_as_org_admin) == listed(admin_as_platform_staff) == [reflection.pk]

    def test_says_so_when_nobody_waits(self, admin_as_coordinator):
        shown = admin_as_coordinator.get(reverse("admin:timeline_waitingreflection_changelist")).content.decode()
        assert "Nobody waits for an answer here." in shown
        shown = admin_as_coordinator.get(f"{LIST}?standing=answered").content.decode()
        assert "Nothing has been answered here yet." in shown

    def test_has_what_was_answered_with_the_newest_answer_first(
        self, mentor, reflection, coordinator, colleague, admin_as_coordinator, admin_as_neighbour, admin_as_stranger
    ):
        last, first = (ReflectionFactory(mentor=mentor, written_at=MONDAY) for __ in range(2))
        reply_to_reflection(reflection=last, text="Ja", by=colleague, at=MONDAY)
        reply_to_reflection(reflection=first, text="Nei", by=coordinator, at=MONDAY - timedelta(days=1))
        assert listed(admin_as_coordinator, "?standing=answered") == [last.pk, first.pk]
        text = admin_as_coordinator.get(f"{LIST}?standing=answered").content.decode()
        assert [text.count(words) for words in ("by Nora Berg on March 9, 2026", "on March 8, 2026")] == [1, 1]
        assert listed(admin_as_neighbour, "?standing=answered") == listed(admin_as_stranger, "?standing=answered") == []

    def test_exports_what_was_answered_by_whom(self, reflection, coordinator, mentor, admin_as_coordinator):
        reply_to_reflection(reflection=reflection, text="Ja", by=coordinator, at=MONDAY)
        file = admin_as_coordinator.get(f"{LIST}export.csv?standing=answered")
        (row,) = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()[1:]
        assert row.endswith(f",2026-03-09 10:00,{coordinator}")

    def test_is_exported(self, entry, mentor, admin_as_coordinator):
        text = b"".join(admin_as_coordinator.get(f"{LIST}export.csv").streaming_content).decode("utf-8-sig")
        assert text.splitlines()[1] == f"{mentor},Wrote a reflection at 5:20 in “Første samtale”,2026-03-09 10:00,,"


class TestAPage:
    def test_shows_the_conversation_and_where_it_began(
        self, entry, reflection, coordinator, mentor, admin_as_coordinator
    ):
        answer(entry=entry, text="Til den er ferdig.", by=coordinator, at=NOW)
        reply_to_reflection(reflection=reflection, text="Hvorfor <b>det</b>?", by=mentor.user, at=NOW)
        text = admin_as_coordinator.get(page(entry)).content.decode()
        parts = ["5:20", "Hvor lenge?", "Til den er ferdig.", "Hvorfor &lt;b&gt;det&lt;/b&gt;?", "<textarea"]
        assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)

    def test_answers_and_goes_back_to_the_desk(self, entry, mentor, admin_as_coordinator):
        done = post(admin_as_coordinator, entry, do="answer", text="Ja.", client_id=uuid4())
        assert done.redirect_chain == [(LIST, 302)]
        assert told(done) == [f"{mentor} is told that there is an answer."]
        assert ReflectionReply.objects.get().text == "Ja."

    def test_a_second_click_is_the_same_answer(self, entry, admin_as_coordinator):
        key = uuid4()
        for __ in range(2):
            post(admin_as_coordinator, entry, do="answer", text="Ja.", client_id=key)
        assert ReflectionReply.objects.count() == 1

    def test_keeps_what_was_typed_when_somebody_was_quicker(self, entry, colleague, admin_as_coordinator):
        answer(entry=entry, text="Jeg var først.", by=colleague, at=NOW)
        refused = post(admin_as_coordinator, entry, do="answer", text="Mitt svar", client_id=uuid4(), further="")
        text = refused.content.decode()
        for part in ("Somebody has answered this meanwhile", "Jeg var først.", "Mitt svar", "Add to the answer"):
            assert part in text
        again = {name: refused.context["form"][name].value() for name in ("text", "further", "client_id")}
        post(admin_as_coordinator, entry, do="answer", **again)
        assert list(ReflectionReply.objects.in_turn().values_list("text", flat=True)) == ["Jeg var først.", "Mitt svar"]

    @pytest.mark.parametrize("text", ["", "   ", "x" * 8001])
    def test_refuses_what_is_no_answer_at_its_field(self, entry, admin_as_coordinator, text):
        refused = post(admin_as_coordinator, entry, do="answer", text=text, client_id=uuid4())
        assert refused.context["form"].errors["text"]
        assert not ReflectionReply.objects.exists()

    def test_is_claimed_and_let_go_of(self, entry, coordinator, admin_as_coordinator):
        claimed = post(admin_as_coordinator, entry, do="claim")
        assert claimed.redirect_chain == [(page(entry), 302)]
        assert AnswerClaim.objects.get().by == coordinator
        assert "You are answering this until" in claimed.content.decode()
        post(admin_as_coordinator, entry, do="release")
        assert not AnswerClaim.objects.exists()

    def test_that_another_is_answering_has_no_form(self, entry, colleague, admin_as_coordinator):
        claim(entry=entry, by=colleague, at=NOW)
        text = admin_as_coordinator.get(page(entry)).content.decode()
        assert "Somebody is answering this: Nora Berg, until 11 a.m." in text
        assert "<textarea" not in text
        assert "Take it away" not in text
        assert told(post(admin_as_coordinator, entry, do="claim")) == [
            "Nora Berg is answering this, until 11 a.m. at the latest."
        ]
        assert "Nora Berg, until 11 a.m." in admin_as_coordinator.get(LIST).content.decode()

    def test_is_taken_away_by_an_administrator(self, entry, colleague, admin_as_org_admin):
        claim(entry=entry, by=colleague, at=NOW)
        assert "Take it away" in admin_as_org_admin.get(page(entry)).content.decode()
        post(admin_as_org_admin, entry, do="release")
        assert not AnswerClaim.objects.exists()

    def test_needs_no_answer_and_then_does(self, entry, admin_as_coordinator):
        done = post(admin_as_coordinator, entry, do="no-answer-needed")
        assert page(entry) in told(done)[0]
        assert listed(admin_as_coordinator) == []
        assert "It needs an answer after all" in admin_as_coordinator.get(page(entry)).content.decode()
        post(admin_as_coordinator, entry, do="answer-needed")
        assert listed(admin_as_coordinator) == [entry.source_id]

    def test_has_the_picture_or_the_sound(self, mentor, admin_as_coordinator):
        for kind, media, tag in (
            ("screenshot", "image", "<img "),
            ("voice", "audio", "<audio controls"),
            ("video", "video", "<video controls"),
        ):
            row = ReflectionFactory(
                mentor=mentor, kind=kind, media_type=media, media_file=f"training/reflections/{kind}"
            )
            line = TimelineEntry.objects.get(source_id=row.pk)
            text = admin_as_coordinator.get(page(line)).content.decode()
            assert tag in text
            assert f'src="/api/v1/timeline/{line.pk}/media"' in text

    def test_leads_to_a_video_that_is_elsewhere(self, mentor, admin_as_coordinator):
        row = ReflectionFactory(mentor=mentor, kind="video", media_type="video", media_url="https://loom.example/x")
        text = admin_as_coordinator.get(page(TimelineEntry.objects.get(source_id=row.pk))).content.decode()
        assert '<a href="https://loom.example/x"' in text
        assert "<video" not in text

    def test_is_nobody_elses(self, entry, admin_as_neighbour, admin_as_stranger):
        for client in (admin_as_neighbour, admin_as_stranger):
            for do in ("answer", "claim", "release", "no-answer-needed"):
                client.post(page(entry), {"do": do, "text": "Nei", "client_id": uuid4()})
            assert client.get(page(entry)).status_code == 302
        assert not ReflectionReply.objects.exists()
        assert not AnswerClaim.objects.exists()

    @pytest.mark.parametrize("data", [{}, {"do": "nonsense"}, {"do": "answer", "text": "Ja", "client_id": "abc"}])
    def test_refuses_what_makes_no_sense(self, entry, admin_as_coordinator, data):
        assert admin_as_coordinator.post(page(entry), data).status_code == 400


class TestTheFirstPage:
    def note(self, client) -> tuple[int, str, bool] | None:
        notes = client.get("/admin/").context["notes"]
        return next(((one.count, one.label, one.is_alarm) for one in notes if one.address == LIST), None)

    def test_counts_what_waits_and_what_is_late(self, mentor, admin_as_coordinator, admin_as_neighbour):
        assert self.note(admin_as_coordinator) == (0, "reflections wait for an answer", False)
        ReflectionFactory(mentor=mentor, written_at=NOW)
        assert self.note(admin_as_coordinator) == (1, "reflection waits for an answer", False)
        ReflectionFactory(mentor=mentor, written_at=MONDAY)
        ReflectionFactory(mentor=mentor, written_at=NOW)
        assert self.note(admin_as_coordinator) == (3, "reflections wait for an answer, 1 past its day", True)
        assert self.note(admin_as_neighbour) == (0, "refleksjoner venter på svar", False)

    def test_says_nothing_without_the_module(self, organization, admin_as_coordinator):
        ModuleSetting.objects.filter(organization=organization, module=Module.CERTIFICATION).update(is_enabled=False)
        assert self.note(admin_as_coordinator) is None


class TestThePromise:
    ADD = "/admin/timeline/answersettings/add/"

    def test_is_made_and_changed_by_an_administrator(self, organization, admin_as_org_admin, admin_as_coordinator):
        facts = {"organization": organization.pk, "answer_within_days": 5, "escalate_after_days": 1}
        assert admin_as_coordinator.get(self.ADD).status_code == 403
        assert admin_as_org_admin.get(self.ADD).status_code == 200
        assert admin_as_org_admin.post(self.ADD, facts | {"holiday_country": "DK"}).status_code == 302
        made = AnswerSettings.objects.get()
        assert (made.answer_within_days, made.escalate_after_days, made.holiday_country) == (5, 1, "DK")

    def test_refuses_a_country_whose_holidays_nobody_knows(self, organization, admin_as_org_admin):
        facts = {"organization": organization.pk, "answer_within_days": 5, "escalate_after_days": 1}
        refused = admin_as_org_admin.post(self.ADD, facts | {"holiday_country": "XX"})
        assert "holiday_country" in refused.context["adminform"].form.errors
        assert not AnswerSettings.objects.exists()
