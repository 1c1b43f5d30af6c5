"""The roster import keeps the figures: those of the full sample, and its years, are what was counted independently."""

import io
import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Organization
from achievements.models import AnnualSummary, MentorStats
from achievements.services import generate_pending, recompute_stats
from mentoring.models import ActivityType
from operations import duties
from tests.mentoring.roster.samples import SHARED, WHOLE

pytestmark = pytest.mark.django_db


def drift() -> int:
    return next(one.count for one in duties.check(at=timezone.now()) if one.invariant.name == "stats_are_derived")


def run_import(directory):
    call_command(
        "import_roster", str(directory), "--organization", "sample", stdout=io.StringIO(), stderr=io.StringIO()
    )


def test_after_an_import_and_the_same_once_more_the_figures_are_exact(tmp_path):
    for name, text in WHOLE.items():
        (tmp_path / name).write_bytes(text.encode("cp1252"))
    (tmp_path / "expected.json").write_text("{}")
    for _ in range(2):
        run_import(tmp_path)
        assert sum(MentorStats.objects.values_list("activity_count", flat=True)) > 0
        assert drift() == 0
    assert recompute_stats(organization=Organization.objects.get()) == 0


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the full sample is not beside this checkout")
def test_the_full_sample_agrees_with_its_expected_numbers(subtests):
    run_import(SHARED)
    wanted = json.loads((SHARED / "expected.json").read_text())["summaries"]
    with subtests.test("in the figures"):
        assert drift() == 0
        agree_in_the_figures(wanted)
    with subtests.test("in every mentor's years"):
        agree_in_the_years(wanted)


def agree_in_the_figures(wanted):
    years = defaultdict(list)
    for key, summary in wanted.items():
        years[key.partition("/")[0]].append(summary)
    rows = MentorStats.objects.filter(activity_count__gt=0).select_related("mentor")
    assert {row.mentor.member_number for row in rows} == years.keys()
    for row in rows:
        mine = years[row.mentor.member_number]
        assert row.activity_count == sum(year["total_activities"] for year in mine)
        assert row.minutes == sum(year["total_minutes"] for year in mine)
        # Contacts and runs can go on from one year to the next.
        contacts = [year["contacts"] for year in mine]
        assert max(contacts) <= row.contact_count <= sum(contacts)
        assert row.longest_day_streak >= max(year["streak_days"] for year in mine)


def agree_in_the_years(wanted):
    while generate_pending(at=datetime(2026, 4, 2, 11, 0, tzinfo=UTC)):
        pass
    slugs = {type_.name: type_.slug for type_ in ActivityType.objects.all()}
    found = {f"{row.mentor.member_number}/{row.year}": row for row in AnnualSummary.objects.with_people()}
    assert found.keys() == wanted.keys()
    for key, year in wanted.items():
        mine = found[key]
        assert mine.generation_status == "ready"
        assert mine.total_activities == year["total_activities"]
        assert mine.total_hours == round(Decimal(year["total_minutes"]) / 60, 2)
        assert mine.total_contacts_reached == year["contacts"]
        assert mine.monthly_activity_counts == year["months"]
        assert mine.most_active_month == year["most_active_month"]
        assert mine.streak_days == year["streak_days"]
        assert mine.top_activity_type == min(slugs[name] for name in year["top_types"])
