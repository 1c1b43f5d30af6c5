"""Certificates of a roster: what comes in, what is refused, and what an old file leaves alone."""

import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import MentorStatus, Module
from accounts.models import ChangeEntry, MentorProfile, Organization
from certifications import services
from certifications.models import Certificate, CertificationType, RenewalReminder
from mentoring.roster.run import CHUNK
from notifications.models import Notification
from operations import duties
from operations.services import run_waiting_jobs
from tests.certifications.conftest import tick
from tests.factories import (
    PASSWORD,
    CareAreaFactory,
    CertificateFactory,
    CertificationTypeFactory,
    MembershipFactory,
    MentorProfileFactory,
    ModuleSetting,
    OrganizationFactory,
    UserFactory,
)
from tests.mentoring.roster.samples import AT, MENTORS, PLACES, SHARED, import_files, refusals

pytestmark = pytest.mark.django_db

HEADER = "Likeperson;Kurs;Sertifikatnr;Utstedt;Utløper\n"
FIRST = "M1;Grunnkurs;L-1;01.05.2024;01.05.2026\n"
OTHER = "M2;Grunnkurs;L-2;01.09.2023;01.09.2025\n"
WHOLE = {"lokallag.csv": PLACES, "likepersoner.csv": MENTORS, "sertifikater.csv": HEADER + FIRST + OTHER}
CHANGED = (Certificate, CertificationType, RenewalReminder, ChangeEntry, Notification)


def bring(organization, *rows, **options):
    return import_files(organization, {"sertifikater.csv": (HEADER + "".join(rows)).encode()}, **options)


def tally(report):
    found = report.tally("certificates")
    return found.created, found.updated, found.unchanged, found.refused_count


def written():
    return [model.objects.count() for model in CHANGED]


@pytest.fixture
def empty(db):
    return OrganizationFactory(slug="empty")


@pytest.fixture
def imported(empty):
    import_files(empty, WHOLE)
    return empty


# --- What comes in ----------------------------------------------------------------------------------------------------


def test_certificates_come_with_their_type_and_their_series(imported):
    type_ = CertificationType.objects.get(organization=imported)
    assert (type_.code, type_.name, type_.required_for_active, type_.validity_months) == (
        "grunnkurs", "Grunnkurs", False, None,
    )  # fmt: skip
    first, other = Certificate.objects.select_related("organization").order_by("number")
    assert (first.mentor.member_number, first.issued_on, first.expires_on) == (
        "M1", date(2024, 5, 1), date(2026, 5, 1),
    )  # fmt: skip
    assert (first.status, other.status) == ("active", "expired")
    assert first.renewalreminders.filter(status="pending").exists()
    assert not other.renewalreminders.filter(status="pending").exists()


def test_an_import_of_what_has_lapsed_pauses_nobody_and_tells_nobody(imported):
    tick(AT.date() + timedelta(days=1))
    assert not MentorProfile.objects.exclude(status=MentorStatus.ACTIVE).exists()
    assert Notification.objects.count() == 0
    assert [found.invariant.name for found in duties.check(at=AT) if not found.holds] == []


@pytest.mark.parametrize(
    "course", ["grunnkurs for LIKEPERSONER", "Basic course", "Grunnkurs for likepersonar", "basic"]
)
def test_a_course_is_found_by_its_code_and_by_its_name_in_any_language(imported, course):
    type_ = CertificationTypeFactory(
        organization=imported,
        code="basic",
        name="Grunnkurs for likepersoner",
        name_nn="Grunnkurs for likepersonar",
        name_en="Basic course",
    )
    assert tally(bring(imported, f"M1;{course};L-9;02.05.2024;02.05.2026\n")) == (1, 0, 0, 0)
    assert Certificate.objects.get(number="L-9").type == type_


def test_courses_that_are_new_get_a_code_each(imported):
    bring(imported, "M1;Førstehjelp på sjøen;;02.05.2024;\n", "M1;Курс;;02.05.2024;\n", "M2;Занятие;;02.05.2024;\n")
    codes = set(CertificationType.objects.exclude(code="grunnkurs").values_list("code", flat=True))
    assert codes == {"forstehjelp-pa-sjoen", "course", "course-2"}


def test_without_an_expiry_date_the_type_decides(imported):
    CertificationTypeFactory(organization=imported, name="Instruktør", validity_months=12)
    bring(imported, "M1;Instruktør;L-8;02.05.2025;\n", "M1;Æresmerke;L-9;02.05.2024;\n")
    certificates = Certificate.objects.select_related("organization").filter(number__in=["L-8", "L-9"])
    assert [row.expires_on for row in certificates.order_by("number")] == [date(2026, 5, 2), None]


def test_a_later_certificate_renews_the_earlier_one_in_whatever_order_they_stand(imported):
    bring(
        imported, "M2;Grunnkurs;L-4;01.09.2025;01.09.2027\n", OTHER, "M2;Grunnkurs;L-0;01.09.2021;01.09.2023\n"
    )  # fmt: skip
    rows = Certificate.objects.filter(mentor__member_number="M2").order_by("number")
    assert [(row.number, row.status) for row in rows] == [
        ("L-0", "superseded"),
        ("L-2", "superseded"),
        ("L-4", "active"),
    ]
    assert rows.get(number="L-4").renews == rows.get(number="L-2")


def test_a_valid_certificate_brings_back_whom_varde_had_paused(organization, mentor, course, issue, now):
    MentorProfile.objects.filter(pk=mentor.pk).update(member_number="M1")
    certificate = issue(3)
    tick(certificate.expires_on)
    assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.PAUSED

    bring(organization, "M1;Basic course;L-7;15.03.2026;15.03.2028\n", at=now + timedelta(days=5))
    assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.ACTIVE


def test_more_rows_than_a_chunk_holds_keep_the_certificates_of_a_mentor_together(empty):
    rows = []
    for number in range(CHUNK):
        MentorProfileFactory(organization=empty, member_number=f"M{number}")
        rows += [f"M{number};Grunnkurs;;0{month}.02.202{month};\n" for month in (3, 1, 2)]
    report = bring(empty, *rows)
    assert tally(report) == (3 * CHUNK, 0, 0, 0)
    assert Certificate.objects.filter(status="active", renews__renews__isnull=False).count() == CHUNK
    assert tally(bring(empty, *rows)) == (0, 0, 3 * CHUNK, 0)


# --- Twice ------------------------------------------------------------------------------------------------------------


def test_a_second_import_changes_nothing(imported):
    before = written()
    report = import_files(imported, WHOLE)
    assert tally(report) == (0, 0, 2, 0)
    assert report.is_unchanged
    assert written() == before


def test_a_second_import_of_rows_without_numbers_changes_nothing(imported):
    rows = ["M1;Førstehjelp;;02.05.2024;02.05.2026\n", "M2;Førstehjelp;;02.05.2024;\n"]
    assert tally(bring(imported, *rows)) == (2, 0, 0, 0)
    before = written()
    assert tally(bring(imported, *rows)) == (0, 0, 2, 0)
    assert written() == before


def test_a_dry_run_writes_nothing_and_says_what_the_import_will_do(empty):
    rows = (
        HEADER + FIRST + OTHER + "M7;Grunnkurs;L-3;01.05.2024;\nM1;Førstehjelp;L-1;02.05.2024;\nM1;Kurs;;02.05.2024;\n"
    )
    files = WHOLE | {"sertifikater.csv": rows}
    foretold = import_files(empty, files, dry_run=True)
    assert written() == [0] * len(CHANGED)
    assert foretold.as_data() == import_files(empty, files).as_data()

    later = WHOLE | {"sertifikater.csv": rows.replace("01.05.2026", "01.06.2026") + "M2;Kurs;L-5;03.05.2024;\n"}
    before = written()
    foretold = import_files(empty, later, dry_run=True)
    assert written() == before
    assert foretold.as_data() == import_files(empty, later).as_data()
    assert tally(foretold) == (1, 1, 2, 2)


def test_a_later_file_corrects_the_expiry_date(imported, now):
    report = bring(imported, FIRST.replace("01.05.2026", "01.11.2026"), OTHER)
    assert tally(report) == (0, 1, 1, 0)
    certificate = Certificate.objects.select_related("organization").get(number="L-1")
    assert certificate.expires_on == date(2026, 11, 1)
    assert ChangeEntry.objects.filter(subject_id=certificate.pk, reason="Roster import").count() == 1
    assert RenewalReminder.objects.get(certificate=certificate, reminder_type="90_days_before").status == "pending"
    assert tally(bring(imported, FIRST)) == (0, 1, 0, 0)


def test_what_staff_extended_is_not_shortened_by_an_old_file(imported, org_admin, now):
    certificate = Certificate.objects.get(number="L-1")
    services.correct_expiry(
        certificate=certificate, expires_on=date(2026, 12, 31), by=org_admin, at=now, reason="No course this spring"
    )
    assert tally(bring(imported, FIRST)) == (0, 0, 1, 0)
    assert tally(bring(imported, FIRST.replace("01.05.2026", "01.05.2027"))) == (0, 1, 0, 0)


def test_what_was_renewed_or_revoked_in_varde_stays_as_it_is(imported, org_admin, now):
    services.revoke_certificate(
        certificate=Certificate.objects.get(number="L-1"), reason="A mistake", by=org_admin, at=now
    )
    services.renew_certificate(
        certificate=Certificate.objects.get(number="L-2"),
        issued_on=date(2026, 3, 1),
        expires_on=date(2028, 3, 1),
        by=org_admin,
        at=now,
    )
    before = written()
    rows = [FIRST.replace("01.05.2026", "01.05.2027"), OTHER.replace("01.09.2025", "01.09.2026")]
    assert tally(bring(imported, *rows)) == (0, 0, 2, 0)
    assert written() == before


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("M7;Grunnkurs;L-9;01.05.2024;01.05.2026", "Likeperson", "unknown_mentor"),
        (";Grunnkurs;L-9;01.05.2024;01.05.2026", "Likeperson", "unknown_mentor"),
        ("M1;;L-9;01.05.2024;01.05.2026", "Kurs", "no_course"),
        (f"M1;{'x' * 101};L-9;01.05.2024;01.05.2026", "Kurs", "too_long"),
        ("M1;Grunnkurs;L-9;31.02.2024;01.05.2026", "Utstedt", "no_such_date"),
        ("M1;Grunnkurs;L-9;;01.05.2026", "Utstedt", "no_such_date"),
        ("M1;Grunnkurs;L-9;02.05.2024;snart", "Utløper", "no_such_date"),
        ("M1;Grunnkurs;L-9;01.05.2025;01.05.2024", "Utløper", "expiry_out_of_range"),
        ("M1;Grunnkurs;L-9;01.05.2025;01.05.2025", "Utløper", "expiry_out_of_range"),
        ("M1;Grunnkurs;L-9;01.05.2025;01.05.2199", "Utløper", "expiry_out_of_range"),
        ("M1;Grunnkurs;L-9;01.05.2030;01.05.2032", "Utstedt", "issue_date_out_of_range"),
        ("M1;Grunnkurs;L-9;01.05.1930;01.05.1932", "Utstedt", "issue_date_out_of_range"),
        ("M2;Grunnkurs;L-1;01.05.2024;01.05.2026", "Sertifikatnr", "number_in_use"),
        ("M1;Førstehjelp;L-1;01.05.2024;01.05.2026", "Sertifikatnr", "number_in_use"),
        ("M1;Grunnkurs;L-1;02.05.2024;01.05.2026", "Utstedt", "issue_date_differs"),
        ("M1;Grunnkurs;L-9;01.05.2024;01.05.2026", "Sertifikatnr", "certificate_exists"),
        ("M1;Nedlagt;L-9;01.05.2024;01.05.2026", "Kurs", "type_not_in_use"),
        ("M1;Grunnkurs;L-9;01.05.2024;01.05.2026;for mye", "", "too_many_cells"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column_and_stops_nothing(imported, row, column, code):
    CertificationTypeFactory(organization=imported, name="Nedlagt", is_active=False)
    good = "M2;Grunnkurs;L-10;02.01.2026;02.01.2028\n"
    foretold = bring(imported, row + "\n", good, dry_run=True)
    report = bring(imported, row + "\n", good)
    assert refusals(report) == [("sertifikater.csv", 2, column, code)]
    assert report.refused[0].message
    assert report.tally("certificates").created == 1
    assert foretold.as_data() == report.as_data()


def test_a_number_that_is_used_twice_is_refused_the_second_time(imported):
    rows = ["M2;Grunnkurs;L-9;02.01.2026;02.01.2028\n", "M1;Grunnkurs; l-9;02.01.2026;02.01.2028\n"]
    report = bring(imported, *rows)
    assert refusals(report) == [("sertifikater.csv", 3, "Sertifikatnr", "number_used_twice")]
    assert Certificate.objects.get(number="L-9").mentor.member_number == "M2"


def test_two_certificates_of_one_day_are_refused_the_second_time(imported):
    report = bring(imported, "M1;Nytt;;02.01.2026;\n", "M1;Nytt;;02.01.2026;02.01.2027\n")
    assert refusals(report) == [("sertifikater.csv", 3, "Utstedt", "certificate_exists")]


def test_numbers_and_mentors_of_another_organisation_are_not_found(imported, foreign):
    CertificateFactory(organization=foreign.organization, mentor=foreign.mentor, number="L-9")
    MentorProfile.objects.filter(pk=foreign.mentor.pk).update(member_number="M9")
    report = bring(imported, "M1;Nytt;L-9;02.01.2026;\n", "M9;Nytt;L-11;02.01.2026;\n")
    assert refusals(report) == [("sertifikater.csv", 3, "Likeperson", "unknown_mentor")]
    assert tally(report) == (1, 0, 0, 1)


def test_an_organisation_without_the_module_is_told_that_certificates_are_left_out(empty):
    ModuleSetting.objects.filter(organization=empty, module=Module.CERTIFICATION).update(is_enabled=False)
    for dry_run in (True, False):
        report = import_files(empty, WHOLE, dry_run=dry_run)
        assert tally(report) == (0, 0, 0, 0)
        assert report.tally("certificates").skipped == 2
        assert len(report.notes) == 1
    assert Certificate.objects.count() == 0
    assert MentorProfile.objects.filter(organization=empty).count() == 2


# --- The command, and the desk ----------------------------------------------------------------------------------------


def test_staff_bring_certificates_in_on_the_desk(organization, national):
    head = UserFactory(email="head@example.org", language="en")
    membership = MembershipFactory(organization=organization, user=head, role="coordinator")
    CareAreaFactory(membership=membership, local_association=national)
    desk = Client()
    assert desk.login(email=head.email, password=PASSWORD)

    files = [SimpleUploadedFile(name, text.encode("cp1252")) for name, text in WHOLE.items()]
    add = "/admin/mentoring/rosterupload/add/"
    preview = desk.post(add, {"organization": organization.pk, "files": files}, follow=True)
    assert "certificates" in preview.content.decode().casefold()
    assert Certificate.objects.count() == 0

    desk.post(preview.redirect_chain[-1][0].replace("change/", "start/"))
    run_waiting_jobs(clock=timezone.now)
    assert set(Certificate.objects.values_list("number", "issued_by")) == {("L-1", head.pk), ("L-2", head.pk)}


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the full sample is not beside this checkout")
def test_the_certificates_of_the_whole_sample_agree_with_their_expected_numbers(tmp_path):
    expected = json.loads((SHARED / "expected.json").read_text())["certificates"]
    for name in ("lokallag.csv", "likepersoner.csv", "sertifikater.csv"):
        (tmp_path / name).write_bytes((SHARED / name).read_bytes())

    def report_of(*arguments):
        out = io.StringIO()
        call_command("import_roster", str(tmp_path), "--organization", "sample", "--json", *arguments, stdout=out)
        return json.loads(out.getvalue())["certificates"]

    foretold = report_of("--dry-run")
    assert Organization.objects.count() == 0
    report = report_of()
    assert foretold == report
    assert report["created"] == expected["good"] == Certificate.objects.count()
    assert [(row["column"], row["code"]) for row in report["refused"]] == [
        ("Likeperson", "unknown_mentor"),
        ("Utløper", "expiry_out_of_range"),
        ("Sertifikatnr", "number_used_twice"),
    ]
    assert len(report["refused"]) == expected["refused"]
    again = report_of()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, expected["good"])
    assert again["refused"] == report["refused"]
    at = datetime.now(UTC)
    assert [found.invariant.name for found in duties.check(at=at) if not found.holds] == []
