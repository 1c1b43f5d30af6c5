"""The timeline's API: who sees which lines, what goes together, and pages that lose nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import CareArea, ModuleSetting
from tests.conftest import api_client
from tests.factories import (
    DailyNoteFactory,
    GoalFactory,
    LessonFactory,
    MentorProfileFactory,
    ReflectionFactory,
    ReplyFactory,
    SuccessProofFactory,
    VideoFactory,
)
from timeline.models import TimelineEntry
from training.models import DailyNote, GoalSwitch

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


@pytest.fixture
def video(organization):
    return VideoFactory(lesson=LessonFactory(course__organization=organization))


@pytest.fixture
def other(organization, local_association):
    """Another mentor in the same care."""
    return MentorProfileFactory(
        organization=organization, local_association=local_association, user__first_name="Ola", user__last_name="Dal"
    )


@pytest.fixture
def away(organization, next_door):
    """A mentor of the local association next door."""
    return MentorProfileFactory(organization=organization, local_association=next_door)


def ask(client, address="", **query):
    answer = client.get(f"/api/v1/timeline{address}", query)
    return answer.status_code, answer.json()


def texts(client, **query) -> list[str]:
    code, said = ask(client, **query)
    assert code == 200, said
    return [line["content"] for line in said["data"]]


def all_pages(client, limit=2, **query) -> list[dict]:
    found, cursor = [], {}
    while True:
        code, said = ask(client, limit=limit, **query, **cursor)
        assert code == 200, said
        found += said["data"]
        if said["pagination"]["next"] is None:
            return found
        cursor = {"cursor": said["pagination"]["next"]}


def note(mentor, text, at=AT):
    return DailyNoteFactory(mentor=mentor, text=text, written_at=at)


# --- Whose lines ------------------------------------------------------------------------------------------------------


def test_a_mentor_sees_their_own_newest_first(as_mentor, mentor, other):
    note(mentor, "first", AT)
    note(mentor, "second", AT + timedelta(hours=1))
    note(other, "not mine")
    assert texts(as_mentor) == ["second", "first"]
    assert texts(as_mentor, student=str(mentor.pk)) == ["second", "first"]
    assert texts(as_mentor, student=str(other.pk)) == []


def test_staff_say_whose(as_coordinator, as_org_admin, as_platform_staff, mentor, away):
    note(mentor, "in care")
    note(away, "next door")
    for client in (as_coordinator, as_org_admin, as_platform_staff):
        code, said = ask(client)
        assert (code, said["code"], list(said["errors"])) == (400, "student_required", ["student"])
        assert texts(client, student=str(mentor.pk)) == ["in care"]
    assert texts(as_coordinator, student=str(away.pk)) == []
    assert texts(as_org_admin, student=str(away.pk)) == ["next door"]


def test_a_coordinator_who_is_a_mentor_sees_their_own(coordinator, organization, other):
    profile = MentorProfileFactory(organization=organization, user=coordinator)
    note(profile, "mine")
    note(other, "theirs")
    assert texts(api_client(coordinator)) == ["mine"]


def test_a_mentor_of_two_associations_says_as_which(mentor, as_mentor, foreign):
    second = MentorProfileFactory(organization=foreign.organization, user=mentor.user)
    note(mentor, "here")
    note(second, "there")
    client = api_client(mentor.user)
    assert ask(client)[1]["code"] == "student_required"
    assert texts(client, student=str(second.pk)) == ["there"]


EVERY_FILTER = [
    {"student": "mentor"},
    {"student": "mentor", "day": "2026-03-11"},
    {"student": "mentor", "week": "2026-03-11"},
    {"student": "mentor", "video": "video"},
    {"student": "mentor", "goal": "goal"},
    {"student": "mentor", "response_status": "pending"},
    {"student": "mentor", "activity_type": "text_reflection"},
    {"video": "video"},
    {"video": "video", "activity_type": "text_reflection"},
    {"goal": "goal"},
]


@pytest.fixture
def line(mentor, video):
    """A waiting reflection that every filter finds."""
    goal = GoalFactory(mentor=mentor, set_at=AT - timedelta(days=1))
    GoalSwitch.objects.create(organization=mentor.organization, mentor=mentor, goal=goal, at=goal.set_at)
    row = ReflectionFactory(mentor=mentor, video=video, video_second=320, text="Nightingale", written_at=AT)
    entry = TimelineEntry.objects.get(source_id=row.pk)
    assert entry.goal_id == goal.pk
    entry.ids = {"mentor": mentor.pk, "video": video.pk, "goal": goal.pk}
    return entry


def filled(query, line) -> dict[str, str]:
    return {name: str(line.ids.get(value, value)) for name, value in query.items()}


@pytest.mark.parametrize("query", EVERY_FILTER, ids=str)
def test_strangers_and_those_who_look_after_others_see_nothing_by_any_filter(
    query, line, foreign, as_stranger, as_neighbour, as_coordinator, as_org_admin, as_mentor, other
):
    for client in (as_coordinator, as_org_admin, as_mentor):
        assert texts(client, **filled(query, line)) == ["Nightingale"]
    for client in (as_stranger, as_neighbour, api_client(other.user)):
        code, said = ask(client, **filled(query, line))
        assert (code, said["data"]) == (200, []), said


@pytest.mark.parametrize("query", EVERY_FILTER, ids=str)
def test_a_mentor_who_has_moved_is_seen_where_they_are_now(
    query, line, mentor, next_door, as_coordinator, as_neighbour, as_mentor
):
    mentor.affiliations.update(local_association=next_door)
    assert texts(as_coordinator, **filled(query, line)) == []
    for client in (as_neighbour, as_mentor):
        assert texts(client, **filled(query, line)) == ["Nightingale"]


def test_a_coordinator_who_has_lost_an_area_sees_nothing_of_it_with_a_cursor_of_before_either(
    line, mentor, coordinator, as_coordinator
):
    note(mentor, "another")
    query = {"student": str(mentor.pk), "limit": 1}
    query["cursor"] = ask(as_coordinator, **query)[1]["pagination"]["next"]
    assert len(texts(as_coordinator, **query)) == 1
    CareArea.objects.filter(membership__user=coordinator).delete()
    assert texts(as_coordinator, **query) == []
    assert [ask(as_coordinator, f"/{line.pk}{rest}")[0] for rest in ("", "/media")] == [404, 404]
    assert ask(as_coordinator, "/week", student=str(mentor.pk))[0] == 404


@pytest.mark.parametrize("address", ["/week", "/goals"])
def test_weeks_and_goals_of_others_are_not_found(address, line, foreign, as_stranger, as_neighbour, other):
    for client in (as_stranger, as_neighbour, api_client(other.user)):
        for query in ({"student": str(line.mentor_id)}, {"student": str(foreign.organization.pk)}):
            if address == "/week":
                query |= {"day": "2026-03-11"}
            code, said = ask(client, address, **query)
            assert (code, said["code"]) == (404, "not_found")
            assert "Nightingale" not in str(said)


def test_a_line_of_others_is_not_found(line, foreign, as_stranger, as_neighbour, other, as_mentor, as_coordinator):
    for client in (as_stranger, as_neighbour, api_client(other.user)):
        assert ask(client, f"/{line.pk}")[0] == 404
    for client in (as_mentor, as_coordinator):
        assert ask(client, f"/{line.pk}")[1]["content"] == "Nightingale"


def test_without_the_module_nothing_is_said(as_mentor, as_org_admin, line, organization):
    ModuleSetting.objects.filter(organization=organization).update(is_enabled=False)
    for client in (as_mentor, as_org_admin):
        for query in ({}, *EVERY_FILTER):
            assert ask(client, **filled(query, line))[1]["code"] == "module_disabled"
        for address in ("/week", "/goals", f"/{line.pk}"):
            assert ask(client, address, **({} if "-" in address else {"student": str(line.mentor_id)}))[1]["code"] == (
                "module_disabled"
            )


def test_what_is_deleted_is_not_shown(as_mentor, mentor, line):
    from training.models import Reflection

    Reflection.objects.all().delete()
    for query in EVERY_FILTER[:-1]:
        if query != {"video": "video"}:
            assert texts(as_mentor, **filled(query, line)) == []
    assert ask(as_mentor, f"/{line.pk}")[0] == 404


# --- What is asked ----------------------------------------------------------------------------------------------------


def test_only_one_context_at_a_time(as_mentor, line):
    for names in (("video", "day"), ("day", "week"), ("week", "goal"), ("video", "goal")):
        query = {"day": "2026-03-11", "week": "2026-03-11"} | {
            name: str(line.ids[name]) for name in names if name in line.ids
        }
        code, said = ask(as_mentor, **{name: query[name] for name in names})
        assert (code, said["code"]) == (400, "filters_do_not_combine")


@pytest.mark.parametrize(
    ("name", "value"),
    [("student", "x"), ("video", ""), ("day", "2026-02-30"), ("week", "now"), ("response_status", "open"),
     ("activity_type", "sleep"), ("goal", "{}")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(as_mentor, name, value):
    code, said = ask(as_mentor, **{name: value})
    assert (code, said["code"], list(said["errors"])) == (400, "invalid", [name])


def test_unknown_parameters_are_refused(as_mentor):
    for address in ("", "/week", "/goals"):
        assert ask(as_mentor, address, nonsense="1")[1]["errors"]["nonsense"][0]["code"] == "unknown_parameter"


def test_the_ends_of_time_are_days_too(as_mentor):
    for day in ("0001-01-01", "9999-12-31"):
        assert texts(as_mentor, day=day) == texts(as_mentor, week=day) == []
        assert ask(as_mentor, "/week", day=day)[0] == 200


# --- The three contexts -----------------------------------------------------------------------------------------------


def test_a_video_by_position_and_last_what_has_none(as_mentor, as_coordinator, mentor, other, video):
    for learner, second, text in (
        (mentor, 320, "b"), (mentor, None, "end"), (mentor, 5, "a"), (other, 100, "other"),
    ):  # fmt: skip
        ReflectionFactory(mentor=learner, video=video, video_second=second, text=text, written_at=AT)
    assert texts(as_mentor, video=str(video.pk)) == ["a", "b", "end"]
    assert texts(as_coordinator, video=str(video.pk), student=str(mentor.pk)) == ["a", "b", "end"]
    said = ask(as_coordinator, video=str(video.pk))[1]
    assert [line["content"] for line in said["data"]] == ["a", "other", "b", "end"]
    assert [line["student_name"] for line in said["data"]][1] == "Ola Dal"


def test_a_day_is_the_learners_own_day(as_mentor, mentor):
    note(mentor, "evening", datetime(2026, 3, 10, 22, 59, tzinfo=UTC))
    note(mentor, "midnight", datetime(2026, 3, 10, 23, 0, tzinfo=UTC))
    note(mentor, "noon", datetime(2026, 3, 11, 11, 0, tzinfo=UTC))
    note(mentor, "next", datetime(2026, 3, 11, 23, 0, tzinfo=UTC))
    assert texts(as_mentor, day="2026-03-11") == ["midnight", "noon"]
    assert texts(as_mentor, week="2026-03-11") == ["noon", "midnight", "evening"]


def test_a_day_is_found_wherever_it_is(as_mentor, mentor, organization):
    for zone, moment in (
        ("Pacific/Kiritimati", datetime(2026, 3, 10, 10, 0, tzinfo=UTC)),
        ("Etc/GMT+12", datetime(2026, 3, 12, 11, 59, tzinfo=UTC)),
    ):
        organization.time_zone = zone
        organization.save()
        note(mentor, zone, moment)
    assert texts(as_mentor, day="2026-03-11") == ["Pacific/Kiritimati", "Etc/GMT+12"]


def test_the_week_is_seven_days_newest_first(as_mentor, mentor):
    for days in range(8):
        for hour in (8, 9):
            note(mentor, f"{days}-{hour}", AT - timedelta(days=days, hours=11 - hour))
    code, said = ask(as_mentor, "/week", day="2026-03-11")
    assert (code, said["first_day"], said["last_day"]) == (200, "2026-03-05", "2026-03-11")
    assert [day["date"] for day in said["days"]] == [f"2026-03-{n:02}" for n in range(11, 4, -1)]
    assert [[line["content"] for line in day["entries"]] for day in said["days"]] == [
        [f"{days}-8", f"{days}-9"] for days in range(7)
    ]


def test_the_week_ends_today_where_the_learner_is(as_mentor, mentor, organization, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 3, 11, 23, 30, tzinfo=UTC))
    note(mentor, "after midnight", datetime(2026, 3, 11, 23, 15, tzinfo=UTC))
    said = ask(as_mentor, "/week")[1]
    assert said["last_day"] == "2026-03-12"
    assert said["days"][0]["entries"][0]["content"] == "after midnight"
    assert [day["count"] for day in said["days"]] == [1, 0, 0, 0, 0, 0, 0]


def test_goals_have_a_start_an_end_or_none_a_count_and_what_was_done(as_mentor, mentor):
    first = GoalFactory(mentor=mentor, title="Basic course", set_at=AT, completed_at=AT + timedelta(days=3))
    second = GoalFactory(mentor=mentor, title="Five visits", set_at=AT + timedelta(days=3))
    third = GoalFactory(mentor=mentor, title="Too much", set_at=AT + timedelta(days=4), abandoned_at=AT + timedelta(9))
    for goal in (first, second):
        GoalSwitch.objects.create(organization=mentor.organization, mentor=mentor, goal=goal, at=goal.set_at)
    for day in range(25):
        note(mentor, f"day {day}", AT + timedelta(days=day, hours=1))
    SuccessProofFactory(goal=second, text="proof", submitted_at=AT + timedelta(days=1))
    code, said = ask(as_mentor, "/goals")
    assert code == 200
    one, two, three = said["goals"]
    assert (one["title"], one["status"], one["total_activities"]) == ("Basic course", "completed", 4)
    assert one["goal_end"] == (AT + timedelta(days=3)).isoformat()
    assert [line["content"] for line in one["timeline"]] == ["day 0", "day 1", "day 2", "Basic course"]
    # What is sent in for a goal before it was set still is its beginning.
    assert two["goal_start"] == (AT + timedelta(days=1)).isoformat()
    assert (two["status"], two["goal_end"], two["total_activities"], len(two["timeline"])) == ("ongoing", None, 23, 20)
    assert (three["status"], three["total_activities"], three["timeline"]) == ("abandoned", 0, [])
    assert three["goal_start"] == third.set_at.isoformat()
    assert texts(as_mentor, goal=str(first.pk)) == ["day 0", "day 1", "day 2", "Basic course"]


def test_a_learner_without_goals_or_lines_has_none(as_mentor, mentor):
    assert ask(as_mentor) == (200, {"data": [], "pagination": {"limit": 20, "next": None, "previous": None}})
    assert ask(as_mentor, "/goals") == (200, {"student_id": str(mentor.pk), "goals": []})
    assert [day["entries"] for day in ask(as_mentor, "/week")[1]["days"]] == [[]] * 7


def test_waiting_and_answered(as_mentor, mentor, coordinator):
    waiting = ReflectionFactory(mentor=mentor, text="waits", written_at=AT)
    answered = ReflectionFactory(mentor=mentor, text="answered", written_at=AT)
    ReplyFactory(reflection=answered, author=coordinator, text="So it is.", written_at=AT + timedelta(hours=1))
    ReflectionFactory(mentor=mentor, text="needs none", requires_response=False, written_at=AT)
    assert texts(as_mentor, response_status="pending") == ["waits"]
    assert texts(as_mentor, response_status="responded") == ["answered"]
    line = TimelineEntry.objects.get(source_id=answered.pk)
    said = ask(as_mentor, f"/{line.pk}")[1]
    assert (said["instructor_response"], said["responded_by"]) == ("So it is.", str(coordinator.pk))
    assert [(turn["text"], turn["is_from_staff"]) for turn in said["replies"]] == [("So it is.", True)]
    assert ask(as_mentor, f"/{TimelineEntry.objects.get(source_id=waiting.pk).pk}")[1]["replies"] == []


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_a_thousand_lines_of_one_moment_are_paged_without_loss_or_repeat(as_mentor, mentor):
    DailyNote.objects.bulk_create(
        DailyNote(organization=mentor.organization, mentor=mentor, text=str(n), written_at=AT) for n in range(1000)
    )
    found = all_pages(as_mentor, limit=70)
    assert sorted(int(line["content"]) for line in found) == list(range(1000))


def test_two_learners_at_the_same_second_of_a_video(as_coordinator, mentor, other, video):
    for number in range(7):
        for learner in (mentor, other):
            ReflectionFactory(
                mentor=learner, video=video, video_second=320, text=f"{learner.pk} {number}", written_at=AT
            )
    ReflectionFactory(mentor=mentor, video=video, video_second=None, text="end", written_at=AT)
    for limit in (1, 2, 3, 14, 15, 100):
        found = [line["content"] for line in all_pages(as_coordinator, limit=limit, video=str(video.pk))]
        assert len(found) == len(set(found)) == 15
        assert found[-1] == "end"


def test_pages_go_back_as_they_went_forth(as_mentor, mentor):
    for number in range(7):
        note(mentor, str(number), AT)
    pages, cursor = [], {}
    for __ in range(3):
        said = ask(as_mentor, limit=3, **cursor)[1]
        pages.append(said)
        cursor = {"cursor": said["pagination"]["next"]}
    assert [len(page["data"]) for page in pages] == [3, 3, 1]
    assert pages[0]["pagination"]["previous"] is None
    assert pages[2]["pagination"]["next"] is None
    back = ask(as_mentor, limit=3, cursor=pages[2]["pagination"]["previous"])[1]
    assert back["data"] == pages[1]["data"]
    back = ask(as_mentor, limit=3, cursor=back["pagination"]["previous"])[1]
    assert (back["data"], back["pagination"]["previous"]) == (pages[0]["data"], None)


def test_lines_that_come_meanwhile_move_no_page(as_mentor, mentor):
    for number in range(4):
        note(mentor, str(number), AT + timedelta(hours=number))
    first = ask(as_mentor, limit=2)[1]
    note(mentor, "newest", AT + timedelta(days=1))
    assert texts(as_mentor, limit=2, cursor=first["pagination"]["next"]) == ["1", "0"]


def test_a_cursor_leads_nowhere_but_on_in_its_own_list(as_mentor, as_coordinator, mentor, other, video):
    for number in range(3):
        note(mentor, str(number), AT)
        note(other, str(number), AT)
        ReflectionFactory(mentor=mentor, video=video, text=str(number), written_at=AT)
    own = ask(as_mentor, limit=1)[1]["pagination"]["next"]
    in_care = ask(as_coordinator, limit=1, student=str(mentor.pk))[1]["pagination"]["next"]
    assert ask(as_coordinator, limit=2, student=str(mentor.pk), cursor=in_care)[0] == 200  # the size may change
    for client, query in (
        (as_mentor, {"cursor": own, "student": str(mentor.pk)}),
        (as_mentor, {"cursor": own, "day": "2026-03-11"}),
        (as_mentor, {"cursor": own, "video": str(video.pk)}),
        (as_mentor, {"cursor": own, "activity_type": "daily_note"}),
        (as_mentor, {"cursor": in_care, "student": str(mentor.pk)}),
        (as_coordinator, {"cursor": in_care, "student": str(other.pk)}),
        (api_client(other.user), {"cursor": own}),
    ):
        code, said = ask(client, **query)
        assert (code, said["errors"]["cursor"][0]["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "W10:1:2", "é" * 50, "9" * 4000])
def test_a_made_up_cursor_is_refused(as_mentor, mentor, token):
    note(mentor, "one")
    code, said = ask(as_mentor, cursor=token)
    assert (code, said["errors"]["cursor"][0]["code"]) == (400, "invalid_cursor")


def test_a_token_that_was_tampered_with_is_refused(as_mentor, mentor):
    for number in range(3):
        note(mentor, str(number))
    token = ask(as_mentor, limit=1)[1]["pagination"]["next"]
    for place in (3, len(token) // 2, len(token) - 2):
        changed = token[:place] + ("a" if token[place] != "a" else "b") + token[place + 1 :]
        assert ask(as_mentor, cursor=changed)[0] == 400


# --- What it costs ----------------------------------------------------------------------------------------------------


def asked_of_the_database(client, address, **query) -> list[str]:
    """The statements of a request, but for those of the log-in: the session (twice), the person and their reach."""
    ask(client, address, **query)
    with CaptureQueriesContext(connection) as made:
        assert ask(client, address, **query)[0] == 200
    said = [each["sql"] for each in made if "SAVEPOINT" not in each["sql"]]
    assert "WITH RECURSIVE member" in said[3]
    return said[4:]


ONE_QUERY = [
    ("", {}), ("", {"day": "2026-03-11"}), ("", {"week": "2026-03-11"}), ("", {"video": "video"}),
    ("", {"goal": "goal"}), ("/week", {"day": "2026-03-11"}), ("/goals", {}),
]  # fmt: skip


@pytest.mark.parametrize(("address", "query"), ONE_QUERY, ids=str)
def test_a_page_is_one_query_beside_the_log_in(as_mentor, line, address, query):
    (said,) = asked_of_the_database(as_mentor, address, **filled(query, line))
    assert "timeline_timelineentry" in said


@pytest.mark.parametrize("query", [{"student": "mentor"}, {"video": "video"}, {"goal": "goal"}], ids=str)
def test_so_it_is_for_staff(as_coordinator, line, query):
    (said,) = asked_of_the_database(as_coordinator, "", **filled(query, line))
    assert "timeline_timelineentry" in said


def test_the_week_up_to_today_asks_first_what_day_it_is_for_the_learner(as_mentor, mentor):
    assert len(asked_of_the_database(as_mentor, "/week")) == 2


def test_media_have_an_address_behind_the_door_of_their_line(as_mentor, mentor):
    ReflectionFactory(
        mentor=mentor, kind="screenshot", media_type="image", media_file="training/reflections/a.png", written_at=AT
    )
    elsewhere = "https://video.example.org/1"
    ReflectionFactory(mentor=mentor, kind="video", media_type="video", media_url=elsewhere, written_at=AT)
    by_type = {line["media_type"]: line for line in ask(as_mentor)[1]["data"]}
    assert by_type["image"]["media_url"] == f"/api/v1/timeline/{by_type['image']['id']}/media"
    assert by_type["video"]["media_url"] == elsewhere


def test_a_day_in_two_zones_is_the_date_the_row_says(mentor):
    note(mentor, "x", datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    assert TimelineEntry.objects.on_day(mentor, date(2027, 1, 1)).count() == 1
