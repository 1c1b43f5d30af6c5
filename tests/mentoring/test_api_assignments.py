"""The assignments' contract, through the phone's door."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.enums import MentorStatus
from accounts.models import ModuleSetting
from mentoring.models import Assignment
from tests.factories import ActivityFactory, AssignmentFactory, ContactFactory, MentorProfileFactory

URL = "/api/v1/assignments"
ROW = {
    "assignment_id",
    "mentee_name",
    "peer_mentor_id",
    "status",
    "last_contact_date",
    "days_since_contact",
    "created_at",
}
DETAIL = ROW | {"coordinator_id", "org_id", "start_date", "reminder_sent_at", "escalation_sent_at", "updated_at"}
NOT_FOUND = {"code": "not_found", "errors": {}}


@pytest.fixture
def assignment(organization, local_association, mentor, coordinator) -> Assignment:
    return AssignmentFactory(organization=organization, mentor=mentor, coordinator=coordinator)


@pytest.fixture
def other_mentor(organization, local_association):
    return MentorProfileFactory(organization=organization, local_association=local_association)


@pytest.fixture
def new(organization, local_association, mentor, coordinator) -> dict[str, str]:
    contact = ContactFactory(organization=organization, local_association=local_association)
    return {
        "mentee_id": str(contact.pk),
        "peer_mentor_id": str(mentor.pk),
        "coordinator_id": str(coordinator.pk),
        "org_id": str(organization.pk),
        "start_date": "2026-01-05",
    }


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_the_list_has_exactly_the_keys_of_the_contract(as_coordinator, assignment):
    answer = as_coordinator.get(URL)
    assert answer.status_code == 200
    assert answer.json().keys() == {"data", "pagination"}
    assert answer.json()["pagination"] == {"page": 1, "limit": 20, "total": 1}
    assert [row.keys() for row in answer.json()["data"]] == [ROW]


def test_one_assignment_has_exactly_the_keys_of_the_contract(as_mentor, assignment):
    answer = as_mentor.get(f"{URL}/{assignment.pk}")
    assert answer.status_code == 200
    assert answer.json().keys() == DETAIL
    assert answer.json()["mentee_name"] == assignment.contact.name


def test_a_slash_at_the_end_is_tolerated_without_a_redirect(as_mentor, assignment):
    assert as_mentor.get(f"{URL}/{assignment.pk}/").status_code == 200


def test_days_since_contact_is_null_before_the_first_contact(as_mentor, assignment):
    assert as_mentor.get(f"{URL}/{assignment.pk}").json()["days_since_contact"] is None


def test_days_since_contact_counts_local_days(as_mentor, assignment):
    Assignment.objects.update(last_contact_date=datetime.now(UTC) - timedelta(days=12))
    assert as_mentor.get(f"{URL}/{assignment.pk}").json()["days_since_contact"] == 12


def test_the_list_shows_open_ones_unless_asked_otherwise(as_coordinator, assignment):
    Assignment.objects.filter(pk=assignment.pk).update(status="completed", completed_at=datetime.now(UTC))
    assert as_coordinator.get(URL).json()["data"] == []
    assert len(as_coordinator.get(URL, {"status": "completed"}).json()["data"]) == 1


def test_the_list_filters_by_mentor_and_coordinator(as_org_admin, assignment, organization, local_association):
    other = AssignmentFactory(organization=organization, mentor__local_association=local_association)
    for name, value in (("peer_mentor_id", other.mentor_id), ("coordinator_id", other.coordinator_id)):
        rows = as_org_admin.get(URL, {name: value}).json()["data"]
        assert [row["assignment_id"] for row in rows] == [str(other.pk)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "101"}, "limit"),
        ({"limit": "0"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "1" * 25}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"page": "abc"}, "page"),
        ({"status": "nonsense"}, "status"),
        ({"peer_mentor_id": "nonsense"}, "peer_mentor_id"),
        ({"ordering": "mentor__user__password"}, "ordering"),
        ({"limit": ["1", "2"]}, "limit"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(as_coordinator, assignment, query, field):
    answer = as_coordinator.get(URL, query)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert answer.json()["errors"].keys() == {field}


def test_pages_do_not_repeat_a_row(as_coordinator, organization, local_association):
    made = {
        str(AssignmentFactory(organization=organization, mentor__local_association=local_association).pk)
        for _ in range(3)
    }
    seen = [
        row["assignment_id"]
        for page in (1, 2, 3)
        for row in as_coordinator.get(URL, {"limit": 1, "page": page}).json()["data"]
    ]
    assert sorted(seen) == sorted(made)
    assert as_coordinator.get(URL, {"limit": 1, "page": 4}).json()["data"] == []


# --- Overdue ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def fresh_and_stale(organization, local_association):
    """Two pairs: contact 3 days ago, contact 15 days ago."""
    now = datetime.now(UTC)
    made = [AssignmentFactory(organization=organization, mentor__local_association=local_association) for _ in range(2)]
    for each, days in zip(made, (3, 15), strict=True):
        Assignment.objects.filter(pk=each.pk).update(last_contact_date=now - timedelta(days=days))
    return [str(each.pk) for each in made]


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    assert all(row.keys() == ROW for row in answer.json()["data"])
    return [row["assignment_id"] for row in answer.json()["data"]]


def test_overdue_uses_the_organisations_thresholds_when_none_is_given(as_coordinator, fresh_and_stale):
    assert ids(as_coordinator.get(f"{URL}/overdue")) == fresh_and_stale[1:]


def test_overdue_takes_a_threshold_in_days_boundary_included(as_coordinator, fresh_and_stale):
    assert ids(as_coordinator.get(f"{URL}/overdue", {"threshold_days": 3})) == fresh_and_stale[::-1]
    assert ids(as_coordinator.get(f"{URL}/overdue", {"threshold_days": 16})) == []


def test_overdue_takes_a_cutoff_strictly_before_and_those_never_contacted(as_coordinator, fresh_and_stale, assignment):
    cutoff = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    assert set(ids(as_coordinator.get(f"{URL}/overdue", {"cutoff_date": cutoff}))) == {
        fresh_and_stale[1],
        str(assignment.pk),
    }


@pytest.mark.parametrize(
    "query",
    [
        {"cutoff_date": "2026-02-30"},
        {"cutoff_date": "2026-02-03T10:00:00"},
        {"threshold_days": "-1"},
        {"threshold_days": "1e9"},
        {"threshold_days": "3", "cutoff_date": "2026-01-01"},
    ],
)
def test_overdue_refuses_what_it_does_not_understand(as_coordinator, query):
    assert as_coordinator.get(f"{URL}/overdue", query).status_code == 400


# --- Pairing ----------------------------------------------------------------------------------------------------------


def test_a_coordinator_pairs_a_mentor_with_a_contact(as_coordinator, new):
    answer = as_coordinator.post(URL, new)
    assert answer.status_code == 201, answer.content
    assert answer.json().keys() == {
        "assignment_id",
        "mentee_name",
        "peer_mentor_id",
        "status",
        "last_contact_date",
        "created_at",
    }
    assert Assignment.objects.get().mentor_id.hex == answer.json()["peer_mentor_id"].replace("-", "")


def test_a_mentor_may_not_pair(as_mentor, new):
    assert as_mentor.post(URL, new).status_code == 403
    assert not Assignment.objects.exists()


def test_a_coordinator_from_next_door_does_not_find_the_contact(as_neighbour, new):
    answer = as_neighbour.post(URL, new)
    assert answer.status_code == 404
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("name", ["mentee_id", "peer_mentor_id", "coordinator_id", "org_id"])
def test_an_id_of_another_organisation_answers_like_one_that_does_not_exist(as_org_admin, new, foreign, name):
    theirs = {
        "mentee_id": foreign.contact.pk,
        "peer_mentor_id": foreign.mentor.pk,
        "coordinator_id": foreign.user.pk,
        "org_id": foreign.organization.pk,
    }[name]
    answers = [
        as_org_admin.post(URL, new | {name: str(key)}) for key in (theirs, "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert Assignment.objects.count() == 1  # the stranger's own


def test_a_paused_mentor_cannot_be_given_anybody(as_coordinator, new, mentor):
    type(mentor).objects.filter(pk=mentor.pk).update(status=MentorStatus.RESIGNED, is_listed=False)
    answer = as_coordinator.post(URL, new)
    assert (answer.status_code, answer.json()["code"]) == (409, "mentor_not_active")


def test_the_same_pair_twice_is_refused(as_coordinator, new):
    as_coordinator.post(URL, new)
    answer = as_coordinator.post(URL, new)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_paired")


@pytest.mark.parametrize("name", ["id", "status", "sequence", "organization_id", "last_contact_date", "deleted_at"])
def test_fields_that_are_not_of_the_contract_are_refused(as_coordinator, new, name):
    answer = as_coordinator.post(URL, new | {name: "2026-01-01"})
    assert answer.status_code == 400
    assert answer.json()["errors"][name][0]["code"] == "unknown_field"


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_changing_answers_with_the_keys_of_the_contract(as_coordinator, assignment, other_mentor):
    answer = as_coordinator.put(f"{URL}/{assignment.pk}", {"peer_mentor_id": str(other_mentor.pk)})
    assert answer.status_code == 200, answer.content
    assert answer.json().keys() == {"assignment_id", "status", "peer_mentor_id", "updated_at"}
    assert answer.json()["peer_mentor_id"] == str(other_mentor.pk)


def test_what_has_ended_stays_ended(as_coordinator, assignment):
    assert as_coordinator.put(f"{URL}/{assignment.pk}", {"status": "completed"}).status_code == 200
    answer = as_coordinator.put(f"{URL}/{assignment.pk}", {"status": "active"})
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")
    assert answer.json()["errors"].keys() == {"status"}


def test_a_change_that_is_refused_half_way_leaves_nothing(as_coordinator, assignment, other_mentor):
    answer = as_coordinator.put(f"{URL}/{assignment.pk}", {"peer_mentor_id": str(other_mentor.pk), "status": "pending"})
    assert answer.status_code == 409
    assignment.refresh_from_db()
    assert assignment.mentor_id != other_mentor.pk


@pytest.mark.parametrize("body", [{}, {"status": "nonsense"}, {"mentee_id": "x"}, [], "text", None, 7])
def test_a_change_of_nothing_or_nonsense_is_refused(as_coordinator, assignment, body):
    assert as_coordinator.put(f"{URL}/{assignment.pk}", body, format="json").status_code == 400


def test_deleting_is_soft_and_answers_with_the_keys_of_the_contract(as_coordinator, assignment):
    answer = as_coordinator.delete(f"{URL}/{assignment.pk}")
    assert answer.status_code == 200
    assert answer.json().keys() == {"assignment_id", "deleted", "deleted_at"}
    assert answer.json()["deleted"] is True
    assert Assignment.objects.filter(pk=assignment.pk).exists()
    assert as_coordinator.get(f"{URL}/{assignment.pk}").status_code == 404


@pytest.mark.parametrize("method", ["put", "delete"])
def test_a_mentor_may_not_change_or_delete(as_mentor, assignment, method):
    answer = getattr(as_mentor, method)(f"{URL}/{assignment.pk}", {"status": "completed"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


# --- Last contact -----------------------------------------------------------------------------------------------------


def report(client, assignment, moment, **more):
    body = {"last_contact_date": moment.isoformat(), **more}
    return client.put(f"{URL}/{assignment.pk}/last-contact", body)


def test_reporting_a_contact_answers_with_the_keys_of_the_contract(as_mentor, assignment):
    answer = report(as_mentor, assignment, datetime.now(UTC) - timedelta(days=2))
    assert answer.status_code == 200, answer.content
    assert answer.json().keys() == {"assignment_id", "last_contact_date", "days_since_contact", "updated_at"}
    assert answer.json()["days_since_contact"] == 2


def test_a_contact_is_reported_forward_only_and_again_changes_nothing(as_mentor, assignment):
    now = datetime.now(UTC)
    first = report(as_mentor, assignment, now - timedelta(days=2)).json()
    assert report(as_mentor, assignment, now - timedelta(days=9)).json() == first
    assert report(as_mentor, assignment, now - timedelta(days=2)).json() == first


def test_a_contact_in_the_future_is_refused(as_mentor, assignment):
    answer = report(as_mentor, assignment, datetime.now(UTC) + timedelta(hours=1))
    assert (answer.status_code, answer.json()["code"]) == (400, "in_the_future")


def test_a_contact_without_offset_is_refused(as_mentor, assignment):
    answer = report(as_mentor, assignment, datetime(2026, 3, 1, 10))  # noqa: DTZ001 the point of it
    assert answer.status_code == 400
    assert answer.json()["errors"]["last_contact_date"][0]["code"] == "offset_required"


def test_the_activity_of_a_report_must_be_the_callers_to_see(as_mentor, assignment, foreign):
    at = datetime.now(UTC) - timedelta(days=2)
    answer = report(as_mentor, assignment, at, activity_id=str(foreign.activity.pk))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    own = ActivityFactory(assignment=assignment)
    assert report(as_mentor, assignment, at, activity_id=str(own.pk)).status_code == 200


# --- What coordinators do with one ------------------------------------------------------------------------------------


def test_a_coordinator_snoozes_and_wakes(as_coordinator, assignment):
    until = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    answer = as_coordinator.post(f"{URL}/{assignment.pk}/snooze", {"until": until, "reason": "In hospital"})
    assert answer.status_code == 200, answer.content
    assert answer.json().keys() == {"assignment_id", "snoozed_until", "snooze_reason", "updated_at"}
    assert answer.json()["snoozed_until"] == until
    assert as_coordinator.post(f"{URL}/{assignment.pk}/wake").json()["snoozed_until"] is None


def test_snoozing_is_off_with_its_module(as_coordinator, assignment):
    ModuleSetting.objects.update(is_enabled=False)
    answer = as_coordinator.post(f"{URL}/{assignment.pk}/wake")
    assert (answer.status_code, answer.json()["code"]) == (403, "module_disabled")


def test_an_assignment_may_have_thresholds_of_its_own(as_coordinator, assignment):
    answer = as_coordinator.put(f"{URL}/{assignment.pk}/thresholds", {"reminder_days": 30, "escalation_days": None})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["reminder_days"], answer.json()["escalation_days"]) == (30, None)


def test_handing_over_can_be_looked_at_first(as_coordinator, assignment, other_mentor):
    body = {"peer_mentor_id": str(other_mentor.pk), "reason": "Moves away"}
    preview = as_coordinator.post(f"{URL}/{assignment.pk}/hand-over/preview", body)
    assert preview.json() == {
        "assignment_id": str(assignment.pk),
        "mentee_name": assignment.contact.name,
        "from_peer_mentor_id": str(assignment.mentor_id),
        "to_peer_mentor_id": str(other_mentor.pk),
        "possible": True,
        "code": "",
        "detail": "",
    }
    assignment.refresh_from_db()
    assert assignment.mentor_id != other_mentor.pk
    assert as_coordinator.post(f"{URL}/{assignment.pk}/hand-over", body).status_code == 200
    assignment.refresh_from_db()
    assert assignment.mentor_id == other_mentor.pk


def test_the_preview_says_what_stands_in_the_way(as_coordinator, assignment, other_mentor):
    AssignmentFactory(organization=assignment.organization, mentor=other_mentor, contact=assignment.contact)
    preview = as_coordinator.post(f"{URL}/{assignment.pk}/hand-over/preview", {"peer_mentor_id": str(other_mentor.pk)})
    assert (preview.json()["possible"], preview.json()["code"]) == (False, "already_paired")


# --- Who ------------------------------------------------------------------------------------------------------------


def test_without_a_log_in_the_answer_is_401(anonymous, assignment):
    answer = anonymous.get(f"{URL}/{assignment.pk}")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_the_stranger_sees_nothing_and_learns_nothing(as_stranger, assignment, foreign):
    assert [row["assignment_id"] for row in as_stranger.get(URL).json()["data"]] == [str(foreign.assignment.pk)]
    absent = as_stranger.get(f"{URL}/0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b")
    theirs = as_stranger.get(f"{URL}/{assignment.pk}")
    malformed = as_stranger.get(f"{URL}/nonsense")
    assert [each.status_code for each in (absent, theirs, malformed)] == [404, 404, 404]
    assert absent.json() == theirs.json() == malformed.json()
    assert {name: absent.json()[name] for name in NOT_FOUND} == NOT_FOUND
