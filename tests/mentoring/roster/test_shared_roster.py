"""The full sample: every number that was counted for it independently."""

import io
import json
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import ExtractYear

from accounts.models import LocalAssociation, MentorProfile, Organization, User
from mentoring.enums import AssignmentStatus
from mentoring.models import Activity, Assignment, Contact
from tests.mentoring.roster.samples import SHARED, WHOLE

pytestmark = pytest.mark.django_db


def run_command(directory, *arguments):
    out = io.StringIO()
    call_command("import_roster", str(directory), "--organization", "sample", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def report_of(*arguments):
    out = io.StringIO()
    call_command("import_roster", str(SHARED), "--organization", "sample", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def code(words):
    return words.replace("e-mail", "email").replace(" ", "_")


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the full sample is not beside this checkout")
def test_the_whole_sample_agrees_with_its_expected_numbers():
    expected = json.loads((SHARED / "expected.json").read_text())

    foretold = report_of("--dry-run")
    assert Organization.objects.count() == 0
    began = time.process_time()  # not the clock on the wall: other tests may be running
    report = report_of()
    seconds = time.process_time() - began

    assert foretold == report
    assert list(report)[:3] == ["mentors", "contacts", "activities"]
    assert report["mentors"]["created"] == expected["mentors"]["good"]
    assert sorted(row["code"] for row in report["mentors"]["refused"]) == sorted(
        code(why) for why, _number in expected["mentors"]["refused"]
    )
    assert report["contacts"]["created"] == expected["contacts"]["good"]
    assert sorted(row["code"] for row in report["contacts"]["refused"]) == sorted(
        code(why) for why, _number in expected["contacts"]["refused"]
    )
    ended = Assignment.objects.filter(status=AssignmentStatus.COMPLETED)
    assert ended.count() == expected["contacts"]["closed"]
    activities = report["activities"]
    assert activities["created"] == expected["activities"]["good"]
    assert len(activities["refused"]) == expected["activities"]["refused"]
    assert activities["suspected_duplicates"] == expected["activities"]["suspected_duplicates"]
    certificates = report["certificates"]  # which ones, tests/certifications knows
    assert certificates["created"] == expected["certificates"]["good"]
    assert len(certificates["refused"]) == expected["certificates"]["refused"]

    assert contact_dates() == {
        number: datetime.fromisoformat(moment) for number, moment in expected["last_contact"].items()
    }
    assert summaries() == expected["summaries"]

    again = report_of()
    for kind in ("mentors", "contacts", "activities", "certificates"):
        assert (again[kind]["created"], again[kind]["updated"]) == (0, 0)
        assert again[kind]["unchanged"] == report[kind]["created"]
        assert again[kind]["refused"] == report[kind]["refused"]
    assert seconds < 15


def contact_dates():
    rows = Assignment.objects.exclude(last_contact_date=None)
    return dict(rows.values_list("contact__number", "last_contact_date"))


def summaries():
    """Each mentor's year, from the countable activities, in the words of the expected file."""
    years = defaultdict(list)
    rows = Activity.objects.countable().annotate(year=ExtractYear("local_date"))
    for row in rows.values_list(
        "mentor__member_number", "year", "local_date", "minutes", "type__name", "contact_id", "reached"
    ):
        years[f"{row[0]}/{row[1]}"].append(row[2:])
    return {key: summary(activities) for key, activities in years.items()}


def summary(activities):
    days = sorted({day for day, *_rest in activities})
    months = [sum(1 for day, *_rest in activities if day.month == month) for month in range(1, 13)]
    types = Counter(type_ for _day, _minutes, type_, *_rest in activities)
    longest = run = 1
    for before, day in pairwise(days):
        run = run + 1 if day - before == timedelta(days=1) else 1
        longest = max(longest, run)
    return {
        "contacts": len({contact for *_rest, contact, reached in activities if contact and reached}),
        "months": months,
        "most_active_month": months.index(max(months)) + 1,
        "streak_days": longest,
        "top_types": sorted(name for name, count in types.items() if count == max(types.values())),
        "total_activities": len(activities),
        "total_minutes": sum(minutes for _day, minutes, *_rest in activities),
    }


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def directory(tmp_path):
    for name, text in WHOLE.items():
        (tmp_path / name).write_bytes(text.encode("cp1252"))
    (tmp_path / "expected.json").write_text("{}")
    return tmp_path


def test_the_command_makes_the_organisation_and_tells_in_words(directory):
    said = run_command(directory, "--name", "Prøveforbundet", "--coordinator", "kari@example.org")
    assert Organization.objects.get(slug="sample").name == "Prøveforbundet"
    assert Contact.objects.count() == 2
    assert "kari@example.org" in said


def test_a_dry_run_of_the_command_makes_nothing_at_all(directory):
    run_command(directory, "--dry-run")
    counted = [model.objects.count() for model in (Organization, LocalAssociation, MentorProfile, User, Activity)]
    assert counted == [0, 0, 0, 0, 0]


def test_refused_rows_are_told_by_file_line_and_column(directory):
    (directory / "kontakter.csv").write_text(WHOLE["kontakter.csv"] + "K9;A;B;;Bergen;M7;02.02.2024;Aktiv\n")
    assert "kontakter.csv, line 4, Likeperson" in run_command(directory)


def test_a_file_that_lacks_columns_stops_the_command_before_anything_is_written(directory):
    (directory / "kontakter.csv").write_text("Kontaktnr;Fornavn\n")
    with pytest.raises(CommandError, match=r"kontakter\.csv"):
        run_command(directory)
    assert Organization.objects.count() == 0


def test_a_directory_without_a_roster_is_refused(tmp_path):
    with pytest.raises(CommandError):
        run_command(tmp_path / "nowhere")
    with pytest.raises(CommandError):
        run_command(tmp_path)


def test_a_file_that_is_no_part_of_a_roster_is_named_and_left_out(directory):
    (directory / "budsjett.csv").write_text("Konto;Beløp\n1;2\n")
    assert "budsjett.csv" in run_command(directory)
    assert Contact.objects.count() == 2
