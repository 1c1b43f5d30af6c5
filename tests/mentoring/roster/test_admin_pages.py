"""Importing on the desk: upload, preview, confirm, watch."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from mentoring.models import Activity, Contact, RosterFile, RosterUpload
from mentoring.roster.report import RefusedRow, refused_as_csv
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.conftest import browser
from tests.factories import MembershipFactory, UserFactory
from tests.mentoring.roster.samples import CONTACTS, WHOLE

pytestmark = pytest.mark.django_db

ADD = "/admin/mentoring/rosterupload/add/"


def upload(client, organization, files=WHOLE):
    sent = [
        SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode("cp1252"))
        for name, content in files.items()
    ]
    return client.post(ADD, {"organization": organization.pk, "files": sent})


def page(client, stored):
    return client.get(reverse("admin:mentoring_rosterupload_change", args=[stored.pk]))


@pytest.fixture
def head(organization, national):
    """A coordinator with the whole organisation in their care."""
    user = UserFactory(email="head@example.org")
    membership = MembershipFactory(organization=organization, user=user, role=Role.COORDINATOR)
    membership.areas.create(organization=organization, local_association=national)
    return user


def test_an_upload_is_previewed_confirmed_and_imported_in_the_background(head, organization):
    client = browser(head)
    assert client.get(ADD).status_code == 200

    faulty = WHOLE | {"kontakter.csv": CONTACTS + "K9;A;B;;Bergen;M7;02.02.2024;Aktiv\n"}
    response = upload(client, organization, faulty)
    stored = RosterUpload.objects.get()
    assert response.headers["Location"] == reverse("admin:mentoring_rosterupload_change", args=[stored.pk])
    preview = page(client, stored).content.decode()
    assert "There is no mentor with this number." in preview or "unknown_mentor" in str(stored.report)
    assert "kontakter.csv" in preview
    assert Contact.objects.count() == 0

    start = reverse("admin:mentoring_rosterupload_start", args=[stored.pk])
    assert client.get(start).status_code == 302
    assert Job.objects.count() == 0
    client.post(start)
    client.post(start)
    assert Job.objects.count() == 1
    assert 'http-equiv="refresh"' in page(client, stored).content.decode()

    assert run_waiting_jobs(clock=timezone.now) == 1
    result = page(client, stored).content.decode()
    assert 'http-equiv="refresh"' not in result
    assert Contact.objects.count() == 2
    assert Activity.objects.count() == 5
    assert RosterFile.objects.count() == 0
    refused = client.get(reverse("admin:mentoring_rosterupload_refused", args=[stored.pk]))
    rows = list(csv.reader(io.StringIO(refused.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[:4] for row in rows[1:]] == [["kontakter.csv", "4", "Likeperson", "unknown_mentor"]]


def test_an_upload_may_be_thrown_away_before_it_is_imported(head, organization):
    client = browser(head)
    upload(client, organization)
    client.post(reverse("admin:mentoring_rosterupload_discard", args=[RosterUpload.objects.get().pk]))
    assert (RosterUpload.objects.count(), RosterFile.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"budsjett.csv": "Konto;Beløp\n1;2\n"}, "budsjett.csv"),
        ({"kontakter.csv": "Kontaktnr;Fornavn\n"}, "Oppstart"),
        ({"likepersoner.xlsx": b"PK\x03\x04"}, "xlsx"),
        ({"tom.csv": b"\n"}, "tom.csv"),
        ({"stor.csv": b"x" * (10 * 1024 * 1024 + 1)}, "stor.csv"),
        ({f"{n}.csv": "x" for n in range(11)}, "errorlist"),
        ({}, "errorlist"),
    ],
    ids=["unknown", "columns", "workbook", "empty", "too big", "too many", "none"],
)
def test_files_that_cannot_be_used_are_told_beside_the_field(head, organization, files, words):
    response = upload(browser(head), organization, files)
    assert response.status_code == 200
    text = response.content.decode()
    assert words in text
    assert "errorlist" in text
    assert RosterUpload.objects.count() == 0


def test_a_coordinator_of_a_part_may_not_import(admin_as_coordinator, organization):
    response = admin_as_coordinator.get(ADD)
    assert response.status_code == 403
    assert upload(admin_as_coordinator, organization).status_code == 403
    assert RosterUpload.objects.count() == 0


def test_a_mentor_does_not_get_in(mentor, organization):
    assert upload(browser(mentor.user), organization).status_code == 302
    assert RosterUpload.objects.count() == 0


def test_another_organisation_cannot_be_chosen(head, foreign):
    response = upload(browser(head), foreign.organization)
    assert response.status_code == 200
    assert RosterUpload.objects.count() == 0


def test_an_upload_does_not_exist_for_the_people_of_another_organisation(
    head, organization, admin_as_stranger, foreign
):
    foreign.membership = MembershipFactory(organization=foreign.organization, user=foreign.user, role=Role.ORG_ADMIN)
    upload(browser(head), organization)
    stored = RosterUpload.objects.get()
    for name in ("change", "start", "discard", "refused"):
        address = reverse(f"admin:mentoring_rosterupload_{name}", args=[stored.pk])
        assert admin_as_stranger.get(address).status_code in (302, 404)
        assert admin_as_stranger.post(address).status_code in (302, 403, 404)
        assert "kontakter" not in admin_as_stranger.get(address, follow=True).content.decode()
    assert RosterUpload.objects.filter(job=None).count() == 1


def test_a_job_whose_requester_lost_their_role_imports_nothing(head, organization):
    client = browser(head)
    upload(client, organization)
    stored = RosterUpload.objects.get()
    client.post(reverse("admin:mentoring_rosterupload_start", args=[stored.pk]))
    head.memberships.all().delete()
    run_waiting_jobs(clock=timezone.now)
    assert Contact.objects.count() == 0
    assert Job.objects.get().state == "failed"


def test_an_import_that_failed_may_be_started_again(head, organization):
    client = browser(head)
    upload(client, organization)
    stored = RosterUpload.objects.get()
    start = reverse("admin:mentoring_rosterupload_start", args=[stored.pk])
    client.post(start)
    Job.objects.update(state="failed", error="worker_died", finished_at=timezone.now())
    assert "worker_died" in page(client, stored).content.decode()
    client.post(start)
    assert Job.objects.count() == 2
    run_waiting_jobs(clock=timezone.now)
    assert Contact.objects.count() == 2


def test_the_file_of_refused_rows_starts_no_formula():
    text = refused_as_csv([RefusedRow("=cmd.csv", 2, "+x", "bad", "@SUM(1)")])
    assert text.splitlines()[1] == "'=cmd.csv;2;'+x;bad;'@SUM(1)"
