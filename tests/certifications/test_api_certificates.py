"""Certificates through the phone's door: reading, issuing, and what staff do with one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.local_time import local_date
from accounts.models import MentorProfile, ModuleSetting
from certifications import services
from certifications.models import Certificate, RenewalReminder
from certifications.numbers import in_groups
from tests.conftest import api_client
from tests.factories import CareAreaFactory, CertificateFactory, CertificationTypeFactory, MentorProfileFactory

URL = "/api/v1/certificates"
STATUSES = "/api/v1/certification-statuses"
ROW = {
    "certificate_id", "org_id", "mentor_id", "mentor_name", "certification_type", "certification_name", "number",
    "status", "validity", "issue_date", "expiry_date", "renews", "renewed_by", "revoked_at", "check_code", "check_url",
    "created_at", "updated_at",
}  # fmt: skip
FOR_STAFF = {"issued_by_id", "evidence", "revoked_by_id", "revocation_reason"}


@pytest.fixture
def today():
    return local_date(timezone.now(), "Europe/Oslo")


@pytest.fixture
def certificate(issue) -> Certificate:
    """Valid for twenty days more."""
    return issue(20, at=timezone.now(), evidence="A diploma.")


@pytest.fixture
def next_doors(organization, next_door, course) -> Certificate:
    """The certificate of a mentor next door."""
    mentor = MentorProfileFactory(organization=organization, local_association=next_door)
    return CertificateFactory(organization=organization, mentor=mentor, type=course)


@pytest.fixture
def new(mentor, course, today) -> dict[str, str]:
    day = str(today - timedelta(days=1))
    return {"mentor_id": str(mentor.pk), "certification_type": course.code, "issue_date": day}


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["certificate_id"] for row in answer.json()["data"]]


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_a_row_of_the_list_has_these_keys(as_mentor, certificate, settings):
    settings.SITE_URL = "https://varde.example.org"
    answer = as_mentor.get(URL).json()
    assert answer["pagination"] == {"page": 1, "limit": 20, "total": 1}
    assert [row.keys() for row in answer["data"]] == [ROW]
    (row,) = answer["data"]
    assert (row["status"], row["validity"], row["certification_type"]) == ("active", "due_30", "basic")
    assert row["check_code"] == in_groups(certificate.check_code)
    assert row["check_url"] == f"https://varde.example.org/c/{row['check_code']}"
    assert row["expiry_date"] == str(certificate.expires_on)


def test_everybody_sees_the_certificates_that_concern_them(
    certificate, next_doors, as_mentor, as_coordinator, as_neighbour, as_org_admin, as_stranger, anonymous
):
    mine, theirs = str(certificate.pk), str(next_doors.pk)
    assert ids(as_mentor.get(URL)) == ids(as_coordinator.get(URL)) == [mine]
    assert ids(as_neighbour.get(URL)) == [theirs]
    assert set(ids(as_org_admin.get(URL))) == {mine, theirs}
    assert ids(as_stranger.get(URL)) == []
    assert code_of(anonymous.get(URL)) == (401, "not_authenticated")
    for client in (as_stranger, as_neighbour):
        assert client.get(f"{URL}/{mine}").status_code == 404


def test_evidence_and_the_reason_of_a_revocation_are_for_staff(certificate, as_mentor, as_coordinator, coordinator):
    services.revoke_certificate(certificate=certificate, reason="Conduct", by=coordinator, at=timezone.now())
    seen = {client: client.get(f"{URL}/{certificate.pk}").json() for client in (as_mentor, as_coordinator)}
    assert seen[as_mentor].keys() == seen[as_coordinator].keys() == ROW | FOR_STAFF
    assert {seen[as_mentor][name] for name in FOR_STAFF} == {None}
    assert (seen[as_coordinator]["evidence"], seen[as_coordinator]["revocation_reason"]) == ("A diploma.", "Conduct")
    assert seen[as_mentor]["validity"] == "revoked"


def test_a_coordinator_reads_and_does_nothing_more_with_their_own_from_elsewhere(
    organization, next_door, coordinator, course
):
    mentor = MentorProfileFactory(organization=organization, user=coordinator, local_association=next_door)
    own = CertificateFactory(organization=organization, mentor=mentor, type=course, evidence="Private")
    client = api_client(coordinator)
    assert client.get(f"{URL}/{own.pk}").json()["evidence"] is None
    assert code_of(client.post(f"{URL}/{own.pk}/revoke", {"reason": "x"})) == (403, "permission_denied")
    asked = {"mentor_id": str(mentor.pk), "certification_type": course.code, "issue_date": "2026-01-02"}
    assert code_of(client.post(URL, asked)) == (403, "outside_care")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"validity": "due_30"}, "soon"), ({"validity": "valid"}, "later"), ({"validity": "lapsed"}, "gone"),
        ({"status": "expired"}, "gone"), ({"certification_type": "other"}, "later"),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(issue, organization, as_org_admin, query, found):
    other = CertificationTypeFactory(organization=organization, code="other")
    third = CertificationTypeFactory(organization=organization, code="third")
    at = timezone.now()
    made = {"soon": issue(20, at=at), "later": issue(300, at=at, type=other), "gone": issue(-3, at=at, type=third)}
    assert ids(as_org_admin.get(URL, query)) == [str(made[found].pk)]


def test_the_list_is_narrowed_by_mentor_and_expiry_day(certificate, next_doors, as_org_admin):
    day = certificate.expires_on
    for query, found in (
        ({"mentor_id": str(next_doors.mentor_id)}, [next_doors]),
        ({"expires_before": str(day + timedelta(days=1))}, [certificate]),
        ({"expires_before": str(day)}, []),
        ({"expires_after": str(day - timedelta(days=1))}, [certificate]),
        ({"expires_after": str(day)}, []),
    ):
        assert ids(as_org_admin.get(URL, query)) == [str(row.pk) for row in found], query


@pytest.mark.parametrize("path", [URL, STATUSES])
def test_a_list_asks_the_database_as_often_for_three_rows_as_for_one(path, organization, as_org_admin, certificate):
    as_org_admin.get(path)
    with CaptureQueriesContext(connection) as one:
        as_org_admin.get(path)
    for __ in range(2):
        CertificateFactory(organization=organization)
    with CaptureQueriesContext(connection) as three:
        assert len(as_org_admin.get(path).json()["data"]) == 3
    assert len(three) == len(one)


@pytest.mark.parametrize(
    "noun", ["certificates", "certification-statuses", "certification-types", "certification-renewal-reminders"]
)
def test_nothing_is_shown_where_the_module_is_off(noun, certificate, as_mentor, as_org_admin):
    ModuleSetting.objects.filter(module="certification-training").update(is_enabled=False)
    for client in (as_mentor, as_org_admin):
        assert code_of(client.get(f"/api/v1/{noun}")) == (403, "module_disabled")


# --- Issuing and renewing ---------------------------------------------------------------------------------------------


def test_a_coordinator_issues_a_certificate_with_its_series(new, as_coordinator, course, coordinator, today):
    answer = as_coordinator.post(URL, new)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert said.keys() == ROW | FOR_STAFF
    assert (said["status"], said["validity"], said["renews"]) == ("active", "valid", None)
    made = Certificate.objects.get()
    assert (str(made.pk), made.issued_by_id) == (said["certificate_id"], coordinator.pk)
    assert RenewalReminder.objects.filter(certificate=made).count() == 7
    assert made.expires_on == (today - timedelta(days=1)).replace(year=(today - timedelta(days=1)).year + 2)


def test_a_valid_certificate_is_not_issued_again_but_renewed(certificate, new, as_coordinator, today):
    assert code_of(as_coordinator.post(URL, new)) == (409, "certificate_exists")
    answer = as_coordinator.post(f"{URL}/{certificate.pk}/renew", {"issue_date": str(today), "number": "R-1"})
    assert answer.status_code == 201, answer.content
    assert (answer.json()["renews"], answer.json()["number"]) == (str(certificate.pk), "R-1")
    old = as_coordinator.get(f"{URL}/{certificate.pk}").json()
    assert (old["status"], old["renewed_by"]) == ("superseded", answer.json()["certificate_id"])
    again = as_coordinator.post(f"{URL}/{certificate.pk}/renew", {"issue_date": str(today)})
    assert code_of(again) == (409, "invalid_transition")


def test_a_renewal_brings_back_whom_the_expiry_had_paused(issue, mentor, as_coordinator, today):
    at = timezone.now()
    lapsed = issue(1, at=at - timedelta(days=5))
    services.process_due(at=at)
    mentor.refresh_from_db()
    assert mentor.status == "paused"
    assert as_coordinator.post(f"{URL}/{lapsed.pk}/renew", {"issue_date": str(today)}).status_code == 201
    assert MentorProfile.objects.get(pk=mentor.pk).status == "active"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"certification_type": "nonsense"}, (404, "not_found")),
        ({"mentor_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5d"}, (404, "not_found")),
        ({"issue_date": "2189-01-01"}, (400, "issue_date_out_of_range")),
        ({"issue_date": "0001-01-01"}, (400, "invalid")),
        ({"expiry_date": None}, (400, "expiry_missing")),
        ({"expiry_date": "1999-01-01"}, (400, "expiry_out_of_range")),
        ({"evidence": "x" * 2001}, (400, "invalid")),
        ({"status": "active"}, (400, "invalid")),
    ],
)
def test_what_cannot_be_issued_is_refused(new, as_coordinator, change, refused):
    assert code_of(as_coordinator.post(URL, new | change)) == refused
    assert not Certificate.objects.exists()


def test_a_number_is_given_once(new, as_org_admin, next_doors):
    assert code_of(as_org_admin.post(URL, new | {"number": next_doors.number})) == (409, "number_in_use")


def test_only_those_who_care_for_the_mentor_issue(new, as_mentor, as_neighbour, as_stranger, foreign, anonymous):
    assert code_of(as_mentor.post(URL, new)) == (403, "permission_denied")
    assert code_of(as_neighbour.post(URL, new)) == (404, "not_found")
    assert code_of(as_stranger.post(URL, new)) == (404, "not_found")
    assert code_of(anonymous.post(URL, new)) == (401, "not_authenticated")


# --- What staff do with one -------------------------------------------------------------------------------------------


def test_staff_correct_the_expiry_and_say_why(certificate, as_coordinator):
    day = str(certificate.expires_on + timedelta(days=100))
    answer = as_coordinator.put(f"{URL}/{certificate.pk}/expiry", {"expiry_date": day, "reason": "A typing error"})
    assert (answer.status_code, answer.json()["expiry_date"]) == (200, day)
    waiting = RenewalReminder.objects.filter(certificate=certificate, status="pending")
    assert waiting.count() == 7
    without = as_coordinator.put(f"{URL}/{certificate.pk}/expiry", {"expiry_date": day})
    assert without.json()["errors"].keys() == {"reason"}


def test_staff_record_evidence(certificate, as_coordinator):
    answer = as_coordinator.put(f"{URL}/{certificate.pk}/evidence", {"evidence": "Course list\nof May"})
    assert (answer.status_code, answer.json()["evidence"]) == (200, "Course list\nof May")


def test_staff_revoke_once_and_for_a_reason(certificate, as_coordinator, mentor):
    assert code_of(as_coordinator.post(f"{URL}/{certificate.pk}/revoke", {})) == (400, "invalid")
    answer = as_coordinator.post(f"{URL}/{certificate.pk}/revoke", {"reason": "Conduct"})
    assert (answer.status_code, answer.json()["status"]) == (200, "revoked")
    mentor.refresh_from_db()
    assert mentor.status == "paused"
    again = as_coordinator.post(f"{URL}/{certificate.pk}/revoke", {"reason": "Conduct"})
    assert code_of(again) == (409, "invalid_transition")


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("post", "renew", {"issue_date": "2026-01-02"}),
        ("put", "expiry", {"expiry_date": "2030-01-01", "reason": "x"}),
        ("post", "revoke", {"reason": "x"}), ("put", "evidence", {"evidence": "x"}),
    ],
)  # fmt: skip
def test_a_mentor_changes_nothing_of_their_own(certificate, as_mentor, as_stranger, as_neighbour, method, verb, body):
    url = f"{URL}/{certificate.pk}/{verb}"
    assert code_of(getattr(as_mentor, method)(url, body)) == (403, "permission_denied")
    for client in (as_stranger, as_neighbour):
        assert code_of(getattr(client, method)(url, body)) == (404, "not_found")
    certificate.refresh_from_db()
    assert (certificate.status, certificate.evidence) == ("active", "A diploma.")


# --- Several at once --------------------------------------------------------------------------------------------------


def test_a_bulk_has_one_result_per_row_and_none_stops_the_others(
    new, certificate, next_doors, foreign, organization, local_association, as_coordinator, today
):
    fresh = MentorProfileFactory(organization=organization, local_association=local_association)
    rows = [
        new | {"mentor_id": str(fresh.pk)},
        new | {"mentor_id": str(next_doors.mentor_id)},
        new | {"mentor_id": str(foreign.mentor.pk)},
        new | {"issue_date": "yesterday"},
        new,
        "nonsense",
        new | {"mentor_id": str(fresh.pk)},
    ]
    answer = as_coordinator.post(f"{URL}/bulk", {"rows": rows})
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert [row["index"] for row in said["data"]] == list(range(7))
    assert [(row["outcome"], row["code"]) for row in said["data"]] == [
        ("issued", ""), ("refused", "not_found"), ("refused", "not_found"), ("refused", "invalid"), ("renewed", ""),
        ("refused", "invalid"), ("unchanged", ""),
    ]  # fmt: skip
    assert (said["saved"], said["skipped"]) == (3, 4)
    assert said["data"][3]["errors"].keys() == {"issue_date"}
    assert Certificate.objects.get(pk=certificate.pk).status == "superseded"
    repeated = as_coordinator.post(f"{URL}/bulk", {"rows": rows[:1]}).json()
    assert [row["outcome"] for row in repeated["data"]] == ["unchanged"]


def test_a_bulk_has_1_to_500_rows_and_is_for_staff(new, as_coordinator, as_mentor):
    for rows in ([], [new] * 501):
        assert code_of(as_coordinator.post(f"{URL}/bulk", {"rows": rows})) == (400, "invalid")
    assert code_of(as_mentor.post(f"{URL}/bulk", {"rows": [new]})) == (403, "permission_denied")


def test_a_bulk_asks_the_database_as_often_for_five_rows_as_for_two(new, organization, local_association, as_org_admin):
    def bulk(count: int) -> int:
        made = [
            MentorProfileFactory(organization=organization, local_association=local_association) for __ in range(count)
        ]
        rows = [new | {"mentor_id": str(mentor.pk)} for mentor in made]
        with CaptureQueriesContext(connection) as asked:
            assert as_org_admin.post(f"{URL}/bulk", {"rows": rows}).json()["saved"] == count
        return len(asked)

    bulk(2)
    assert bulk(5) == bulk(2)


def test_several_are_extended_for_a_reason(certificate, issue, organization, as_coordinator):
    other = CertificationTypeFactory(organization=organization)
    longer = issue(900, at=timezone.now(), type=other)
    day = str(certificate.expires_on + timedelta(days=60))
    body = {"certificate_ids": [str(certificate.pk), str(longer.pk)], "expiry_date": day, "reason": "Course cancelled"}
    answer = as_coordinator.post(f"{URL}/extend", body)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "data": [
            {"certificate_id": str(certificate.pk), "extended": True},
            {"certificate_id": str(longer.pk), "extended": False},
        ],
        "extended": 1,
        "unchanged": 1,
    }
    assert str(Certificate.objects.with_people().get(pk=certificate.pk).expires_on) == day
    assert as_coordinator.post(f"{URL}/extend", body).json()["extended"] == 0


def test_an_extension_is_refused_as_a_whole(certificate, next_doors, as_coordinator, as_mentor):
    before = certificate.expires_at
    body = {"certificate_ids": [str(certificate.pk)], "expiry_date": "2040-01-01", "reason": "x"}
    outside = body | {"certificate_ids": [str(certificate.pk), str(next_doors.pk)]}
    assert code_of(as_coordinator.post(f"{URL}/extend", outside)) == (404, "not_found")
    assert code_of(as_coordinator.post(f"{URL}/extend", body | {"reason": " "})) == (400, "invalid")
    assert code_of(as_coordinator.post(f"{URL}/extend", body | {"expiry_date": "0001-01-01"})) == (400, "invalid")
    assert code_of(as_coordinator.post(f"{URL}/extend", body | {"expiry_date": "2199-12-31"})) == (
        400, "expiry_out_of_range",
    )  # fmt: skip
    assert code_of(as_mentor.post(f"{URL}/extend", body)) == (403, "permission_denied")
    certificate.refresh_from_db()
    assert certificate.expires_at == before


# --- How mentors stand ------------------------------------------------------------------------------------------------


def test_a_status_has_exactly_the_keys_of_the_contract(certificate, as_mentor):
    (row,) = as_mentor.get(STATUSES).json()["data"]
    assert row == {
        "mentor_id": str(certificate.mentor_id),
        "certification_type": "basic",
        "issue_date": "2024-05-02",
        "expiry_date": str(certificate.expires_on),
        "is_expired": False,
        "days_until_expiry": (certificate.expires_on - local_date(timezone.now(), "Europe/Oslo")).days,
        "last_renewal_date": None,
    }


def test_a_status_is_that_of_the_certificate_that_counts(certificate, as_coordinator, as_neighbour, as_stranger, today):
    as_coordinator.post(f"/api/v1/certificates/{certificate.pk}/renew", {"issue_date": str(today)})
    (row,) = as_coordinator.get(STATUSES).json()["data"]
    assert (row["issue_date"], row["last_renewal_date"]) == (str(today), str(today))
    assert as_neighbour.get(STATUSES).json()["data"] == as_stranger.get(STATUSES).json()["data"] == []


def test_statuses_are_narrowed_and_count_local_days(issue, organization, as_org_admin):
    at = timezone.now()
    for_life = CertificateFactory(organization=organization)
    gone = issue(-3, at=at)
    expired = as_org_admin.get(STATUSES, {"is_expired": "true"}).json()["data"]
    assert [row["mentor_id"] for row in expired] == [str(gone.mentor_id)]
    assert expired[0]["days_until_expiry"] == (gone.expires_on - local_date(at, "Europe/Oslo")).days < 0
    valid = as_org_admin.get(STATUSES, {"is_expired": "false"}).json()["data"]
    assert [(row["mentor_id"], row["expiry_date"], row["days_until_expiry"]) for row in valid] == [
        (str(for_life.mentor_id), None, None)
    ]
    for query in ({"mentor_id": str(gone.mentor_id)}, {"certification_type": "basic"}):
        assert len(as_org_admin.get(STATUSES, query).json()["data"]) == 1


def test_a_coordinator_of_the_region_reaches_the_mentors_below(certificate, organization, region):
    area = CareAreaFactory(
        membership__organization=organization, membership__role="coordinator", local_association=region
    )
    client = api_client(area.membership.user)
    assert client.put(f"{URL}/{certificate.pk}/evidence", {"evidence": "Seen"}).status_code == 200


# --- The pause and the way back ---------------------------------------------------------------------------------------


def test_staff_end_a_pause_by_expiry_for_a_reason_and_the_log_tells_both(issue, mentor, as_mentor, as_coordinator):
    at = timezone.now()
    issue(1, at=at - timedelta(days=5))
    services.process_due(at=at)
    url = f"/api/v1/mentors/{mentor.pk}"
    assert as_mentor.get(url).json()["pause_reason"] == "certification_expired"
    assert code_of(as_mentor.post(f"{url}/resume", {"note": "I am back"})) == (403, "paused_by_other")
    assert code_of(as_coordinator.post(f"{url}/resume")) == (400, "reason_missing")
    assert as_coordinator.post(f"{url}/resume", {"note": "The course is full"}).json()["status"] == "active"
    log = as_mentor.get(f"{url}/status-log").json()["data"]
    assert [(line["status_after"], line["changed_by"], line["reason"], line["note"]) for line in log[:2]] == [
        ("active", "coordinator", "certification_expired", "The course is full"),
        ("paused", "system", "certification_expired", ""),
    ]
