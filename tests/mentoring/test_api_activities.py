"""Logging activities through the phone's door."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mentoring.models import Activity, ActivityType, Assignment
from tests.factories import (
    ActivityFactory,
    ActivityTypeFactory,
    AssignmentFactory,
    ContactFactory,
    MentorProfileFactory,
)

URL = "/api/v1/activities"
ROW = {
    "activity_id",
    "org_id",
    "local_association_id",
    "peer_mentor_id",
    "contact_id",
    "contact_name",
    "assignment_id",
    "type_id",
    "type",
    "occurred_at",
    "local_date",
    "minutes",
    "reached",
    "is_group",
    "participant_count",
    "event",
    "source",
    "status",
    "duplicate",
    "client_id",
    "recorded_by_id",
    "recorded_at",
    "updated_at",
}


@pytest.fixture
def assignment(organization, mentor, coordinator) -> Assignment:
    return AssignmentFactory(organization=organization, mentor=mentor, coordinator=coordinator)


@pytest.fixture
def visit_type(db) -> ActivityType:
    return ActivityTypeFactory()


@pytest.fixture
def visit(assignment, visit_type) -> dict[str, object]:
    return {
        "client_id": str(uuid4()),
        "type_id": str(visit_type.pk),
        "contact_id": str(assignment.contact_id),
        "occurred_at": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
        "minutes": 45,
    }


# --- Logging ----------------------------------------------------------------------------------------------------------


def test_a_mentor_logs_a_visit_and_the_contact_date_follows(as_mentor, visit, assignment, mentor):
    answer = as_mentor.post(URL, visit)
    assert answer.status_code == 201, answer.content
    assert answer.json().keys() == ROW | {"summary"}
    assert answer.json()["source"] == "self"
    assert answer.json()["peer_mentor_id"] == str(mentor.pk)
    assignment.refresh_from_db()
    assert assignment.last_contact_date == datetime.fromisoformat(visit["occurred_at"])


def test_the_same_client_id_again_answers_200_and_changes_nothing(as_mentor, visit):
    first = as_mentor.post(URL, visit)
    again = as_mentor.post(URL, visit | {"minutes": 90})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Activity.objects.count() == 1


def test_a_repeat_after_the_contact_went_to_somebody_else_answers_as_the_first_time(
    as_mentor, visit, assignment, organization, local_association
):
    first = as_mentor.post(URL, visit)
    other = MentorProfileFactory(organization=organization, local_association=local_association)
    Assignment.objects.filter(pk=assignment.pk).update(mentor=other, sequence=1)
    again = as_mentor.post(URL, visit)
    assert again.status_code == 200
    assert again.json()["activity_id"] == first.json()["activity_id"]


def test_a_possible_duplicate_is_refused_with_its_candidates_until_it_is_confirmed(as_mentor, visit):
    first = as_mentor.post(URL, visit).json()["activity_id"]
    second = visit | {"client_id": str(uuid4())}
    refused = as_mentor.post(URL, second)
    assert refused.status_code == 409
    assert refused.json().keys() == {"code", "detail", "errors", "candidates"}
    assert (refused.json()["code"], refused.json()["candidates"]) == ("possible_duplicate", [first])
    confirmed = as_mentor.post(URL, second | {"confirm_duplicate": True})
    assert (confirmed.status_code, confirmed.json()["duplicate"]) == (201, "distinct")


def test_a_coordinator_records_for_a_mentor(as_coordinator, visit, mentor):
    answer = as_coordinator.post(URL, visit | {"peer_mentor_id": str(mentor.pk)})
    assert answer.status_code == 201, answer.content
    assert answer.json()["source"] == "coordinator"


def test_a_coordinator_has_to_say_for_whom(as_coordinator, visit):
    answer = as_coordinator.post(URL, visit)
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"peer_mentor_id"})


@pytest.mark.parametrize("name", ["peer_mentor_id", "contact_id", "assignment_id", "type_id"])
def test_an_id_of_another_organisation_answers_like_one_that_does_not_exist(as_mentor, visit, foreign, name):
    own_type = ActivityTypeFactory(organization=foreign.organization)
    theirs = {
        "peer_mentor_id": foreign.mentor.pk,
        "contact_id": foreign.contact.pk,
        "assignment_id": foreign.assignment.pk,
        "type_id": own_type.pk,
    }[name]
    answers = [as_mentor.post(URL, visit | {name: str(key)}) for key in (theirs, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert Activity.objects.count() == 1  # the stranger's own


def test_a_mentor_cannot_log_for_somebody_elses_contact(as_mentor, visit, organization, local_association):
    other = ContactFactory(organization=organization, local_association=local_association)
    assert as_mentor.post(URL, visit | {"contact_id": str(other.pk)}).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"occurred_at": "2026-03-01T10:00:00"}, "occurred_at"),
        ({"occurred_at": "2027-03-28T02:30:00"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at"),
        ({"occurred_at": "2190-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2026-02-30T00:00:00Z"}, "occurred_at"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"minutes": 10**17}, "minutes"),
        ({"minutes": 1.5}, "minutes"),
        ({"participant_count": -1}, "participant_count"),
        ({"summary": "x" * 4001}, "summary"),
        ({"summary": "a\0b"}, "summary"),
        ({"type_id": "nonsense"}, "type_id"),
        ({"type_id": None}, "type_id"),
        ({"reached": "perhaps"}, "reached"),
        ({"recorded_at": "2020-01-01T00:00:00Z"}, "recorded_at"),
        ({"status": "approved"}, "status"),
        ({"organization_id": "x"}, "organization_id"),
        ({"source": "import"}, "source"),
    ],
)
def test_input_that_is_not_right_is_refused_by_field(as_mentor, visit, change, field):
    answer = as_mentor.post(URL, visit | change)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"].keys() == {field}
    assert not Activity.objects.exists()


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_the_list_is_newest_first_and_goes_on_with_a_cursor(as_mentor, assignment):
    made = [
        ActivityFactory(assignment=assignment, occurred_at=datetime(2026, 3, day, 12, tzinfo=UTC)) for day in (1, 3, 2)
    ]
    first = as_mentor.get(URL, {"limit": 2}).json()
    assert first.keys() == {"data", "pagination"}
    assert first["pagination"].keys() == {"limit", "next", "previous"}
    assert [row.keys() for row in first["data"]] == [ROW, ROW]
    second = as_mentor.get(URL, {"limit": 2, "cursor": first["pagination"]["next"]}).json()
    seen = [row["activity_id"] for row in first["data"] + second["data"]]
    assert seen == [str(made[index].pk) for index in (1, 2, 0)]
    assert second["pagination"]["next"] is None
    back = as_mentor.get(URL, {"limit": 2, "cursor": second["pagination"]["previous"]}).json()
    assert back["data"] == first["data"]


def test_activities_of_the_same_moment_are_neither_lost_nor_repeated_between_pages(as_mentor, assignment):
    made = {str(ActivityFactory(assignment=assignment).pk) for _ in range(5)}
    seen, cursor = [], None
    while True:
        page = as_mentor.get(URL, {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["activity_id"] for row in page["data"]]
        cursor = page["pagination"]["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize("cursor", ["hello", "cD1oZWxsbw==", "", "p=x", "WzAsZmFsc2UsIngiXQ:1abc:zzzz", "'" * 2000])
def test_a_cursor_that_is_not_ours_is_refused(as_mentor, assignment, cursor):
    answer = as_mentor.get(URL, {"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"cursor"})


def test_the_notes_are_read_one_at_a_time(as_mentor, assignment):
    activity = ActivityFactory(assignment=assignment, summary="private")
    assert as_mentor.get(f"{URL}/{activity.pk}").json()["summary"] == "private"


def test_the_list_filters_by_type_day_and_kind(as_mentor, assignment):
    wanted = ActivityFactory(assignment=assignment, reached=False)
    ActivityFactory(assignment=assignment, type=wanted.type, local_date="2026-01-01", reached=False)
    ActivityFactory(assignment=assignment, type=wanted.type)
    query = {"type": wanted.type.slug, "from_date": "2026-03-02", "to_date": "2026-03-02", "reached": "false"}
    assert [row["activity_id"] for row in as_mentor.get(URL, query).json()["data"]] == [str(wanted.pk)]


# --- Correcting -------------------------------------------------------------------------------------------------------


def test_correcting_moves_the_contact_date(as_mentor, visit, assignment):
    made = as_mentor.post(URL, visit).json()["activity_id"]
    earlier = datetime.now(UTC) - timedelta(days=5)
    answer = as_mentor.patch(f"{URL}/{made}", {"occurred_at": earlier.isoformat()})
    assert answer.status_code == 200, answer.content
    assert answer.json().keys() == ROW | {"summary"}
    assignment.refresh_from_db()
    assert assignment.last_contact_date == earlier


def test_a_correction_to_another_contact_takes_their_assignment(as_mentor, visit, assignment, mentor, organization):
    made = as_mentor.post(URL, visit).json()["activity_id"]
    other = AssignmentFactory(organization=organization, mentor=mentor)
    answer = as_mentor.patch(f"{URL}/{made}", {"contact_id": str(other.contact_id)})
    assert answer.json()["assignment_id"] == str(other.pk)
    assignment.refresh_from_db()
    assert assignment.last_contact_date is None


def test_only_coordinators_review(as_mentor, as_coordinator, visit):
    made = as_mentor.post(URL, visit).json()["activity_id"]
    refused = as_mentor.patch(f"{URL}/{made}", {"status": "approved"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert as_coordinator.patch(f"{URL}/{made}", {"status": "approved"}).json()["status"] == "approved"


def test_deleting_takes_the_contact_date_back(as_mentor, visit, assignment):
    made = as_mentor.post(URL, visit).json()["activity_id"]
    answer = as_mentor.delete(f"{URL}/{made}")
    assert answer.status_code == 200
    assert answer.json().keys() == {"activity_id", "deleted", "deleted_at"}
    assert as_mentor.get(f"{URL}/{made}").status_code == 404
    assignment.refresh_from_db()
    assert assignment.last_contact_date is None


# --- Several ----------------------------------------------------------------------------------------------------------


def test_a_phone_sends_what_it_kept_and_each_row_has_its_result(as_mentor, visit, foreign):
    rows = [visit, visit | {"client_id": str(uuid4()), "contact_id": str(foreign.contact.pk)}, {"minutes": 0}, 7]
    answer = as_mentor.post(f"{URL}/bulk", {"rows": rows})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["saved"], answer.json()["skipped"]) == (1, 3)
    assert [row["code"] for row in answer.json()["data"]] == ["", "not_found", "invalid", "invalid"]
    assert answer.json()["data"][2]["errors"].keys() == {"minutes", "type_id", "occurred_at"}
    assert [row["source"] for row in as_mentor.get(URL).json()["data"]] == ["self"]


def test_sending_the_same_rows_again_saves_nothing_new(as_mentor, visit):
    first = as_mentor.post(f"{URL}/bulk", {"rows": [visit]}).json()
    assert as_mentor.post(f"{URL}/bulk", {"rows": [visit]}).json() == first
    assert Activity.objects.count() == 1


def test_a_coordinator_records_the_same_for_many_mentors(as_coordinator, organization, local_association, foreign):
    evening = ActivityTypeFactory(requires_contact=False)
    mentors = [MentorProfileFactory(organization=organization, local_association=local_association) for _ in range(9)]
    answer = as_coordinator.post(
        f"{URL}/bulk",
        {
            "peer_mentor_ids": [str(each.pk) for each in [*mentors, foreign.mentor]],
            "type_id": str(evening.pk),
            "occurred_at": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
            "is_group": True,
        },
    )
    assert answer.status_code == 200, answer.content
    assert (answer.json()["saved"], answer.json()["skipped"]) == (9, 1)
    assert answer.json()["data"][9]["code"] == "not_found"
    assert not Activity.objects.filter(mentor=foreign.mentor, type=evening).exists()


@pytest.mark.parametrize(
    "body",
    [{}, {"rows": []}, {"rows": [{}] * 501}, {"rows": {}}, {"peer_mentor_ids": []}, [], {"rows": [1], "other": 1}],
)
def test_a_bulk_call_out_of_bounds_is_refused(as_coordinator, body):
    assert as_coordinator.post(f"{URL}/bulk", body).status_code == 400


def test_a_mentor_does_not_record_for_several(as_mentor, visit):
    body = {"peer_mentor_ids": [str(uuid4()) for _ in range(10)]} | visit
    body.pop("client_id")
    assert as_mentor.post(f"{URL}/bulk", body).status_code == 403


# --- Types and contacts -----------------------------------------------------------------------------------------------


def test_types_are_those_for_everybody_and_the_organisations_own(as_mentor, organization, foreign, visit_type):
    own = ActivityTypeFactory(organization=organization)
    theirs = ActivityTypeFactory(organization=foreign.organization)
    ActivityTypeFactory(is_active=False)
    rows = as_mentor.get("/api/v1/activity-types", {"limit": 100}).json()["data"]
    assert rows[0].keys() == {"type_id", "slug", "name", "counts_as_contact", "requires_contact", "is_event"}
    slugs = {row["slug"] for row in rows}
    assert {own.slug, visit_type.slug} <= slugs
    assert theirs.slug not in slugs
    assert as_mentor.get(f"/api/v1/activity-types/{own.pk}").status_code == 200
    assert as_mentor.get(f"/api/v1/activity-types/{theirs.pk}").status_code == 404


CONTACT = {
    "contact_id",
    "org_id",
    "local_association_id",
    "number",
    "first_name",
    "last_name",
    "phone",
    "email",
    "created_at",
    "updated_at",
}


def test_a_mentor_sees_own_contacts_only(as_mentor, assignment, organization, local_association):
    ContactFactory(organization=organization, local_association=local_association)
    rows = as_mentor.get("/api/v1/contacts").json()["data"]
    assert [row["contact_id"] for row in rows] == [str(assignment.contact_id)]
    assert rows[0].keys() == CONTACT


def test_a_coordinator_registers_and_corrects_a_contact(as_coordinator, organization, local_association):
    body = {
        "org_id": str(organization.pk),
        "local_association_id": str(local_association.pk),
        "first_name": "Ærlend",
        "number": "K-17",
    }
    made = as_coordinator.post("/api/v1/contacts", body)
    assert made.status_code == 201, made.content
    assert made.json().keys() == CONTACT
    again = as_coordinator.post("/api/v1/contacts", body)
    assert (again.status_code, again.json()["code"]) == (409, "number_taken")
    changed = as_coordinator.patch(f"/api/v1/contacts/{made.json()['contact_id']}", {"last_name": "Ås"})
    assert (changed.status_code, changed.json()["last_name"]) == (200, "Ås")
    found = as_coordinator.get("/api/v1/contacts", {"search": "ærl ås"}).json()["data"]
    assert [row["number"] for row in found] == ["K-17"]


def test_contacts_are_neither_made_in_nor_moved_to_where_one_does_not_care(
    as_coordinator, organization, local_association, next_door
):
    body = {"org_id": str(organization.pk), "local_association_id": str(next_door.pk), "first_name": "A"}
    assert as_coordinator.post("/api/v1/contacts", body).status_code == 404
    contact = ContactFactory(organization=organization, local_association=local_association)
    moved = as_coordinator.patch(f"/api/v1/contacts/{contact.pk}", {"local_association_id": str(next_door.pk)})
    assert moved.status_code == 404


def test_a_mentor_does_not_change_contacts(as_mentor, assignment):
    answer = as_mentor.patch(f"/api/v1/contacts/{assignment.contact_id}", {"phone": "1"})
    assert answer.status_code == 403
