"""A year in sentences, bars and stones."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from achievements.enums import Metric, Tier
from achievements.models import AnnualSummary
from achievements.tiers import TierStanding
from achievements.wrapped import charts, story

BUSY = [3, 5, 9, 2, 0, 1, 0, 4, 7, 6, 8, 3]


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def a_year(counts=BUSY, year=2025, **facts) -> AnnualSummary:
    return AnnualSummary(
        year=year,
        monthly_activity_counts=list(counts),
        total_activities=sum(counts),
        generated_at="2026-01-02T06:00:00Z",
        **facts,
    )


def only(month: int, count: int) -> list[int]:
    return [count if each == month else 0 for each in range(1, 13)]


def said(summary, before=None, name="presence") -> str:
    card = next(card for card in story.cards(summary, before) if card.name == name)
    return f"{card.sentence} {card.more}".strip()


class TestSentences:
    def test_a_year_of_one_activity_is_told_as_a_fine_year(self):
        year = a_year(only(3, 1), total_hours=Decimal("0.75"), total_contacts_reached=1)
        assert [f"{card.sentence} {card.more}".strip() for card in story.cards(year, top_type="Visit")] == [
            "In 2025 you were there for others once. Every cairn begins with one stone.",
            "You gave 45 minutes of your time.",
            "One person did not have to go it alone, because you got through to them.",
        ]

    def test_what_did_not_happen_is_not_mentioned(self):
        names = [card.name for card in story.cards(a_year(total_hours=Decimal(0), streak_days=1))]
        assert names == ["presence"]

    def test_everything_that_happened_has_its_card(self):
        year = a_year(total_hours=Decimal("62.5"), total_contacts_reached=7, total_events_attended=3, streak_days=4)
        told = story.cards(year, top_type="Home visit")
        assert [(card.name, str(card.number or "")) for card in told] == [
            ("presence", "48 activities"),
            ("time", "62.5 hours"),
            ("people", "7 people reached"),
            ("events", "3 events"),
            ("streak", "4 days in a row"),
            ("kind", ""),
        ]

    def test_a_preview_says_so_far(self):
        assert said(a_year(as_of=date(2025, 11, 20))) == "So far in 2025 you have been there for others 48 times."

    @pytest.mark.parametrize(
        ("hours", "shown"),
        [("0.02", "1 minute"), ("0.99", "59 minutes"), ("1.00", "1 hour"), ("1.25", "1.3 hours"), ("12.00", "12 hours"),
         ("1262.50", "1,263 hours")],
    )  # fmt: skip
    def test_time_is_in_minutes_below_an_hour_and_then_in_hours(self, hours, shown):
        assert str(story.time_number(Decimal(hours))) == shown

    def test_numbers_are_written_as_the_language_does(self):
        with override("nb"):
            assert story.time_number(Decimal("1262.50")).figure == "1\xa0263"


class TestTheYearBefore:
    def test_is_mentioned_when_there_is_more_now(self):
        before = a_year(only(5, 40), year=2024)
        assert said(a_year(), before).endswith("48 times. That is 8 more than in 2024.")

    def test_is_mentioned_when_it_is_the_same(self):
        before = a_year(only(5, 48), year=2024)
        assert said(a_year(), before).endswith("Just as often as in 2024: steady as a cairn.")

    @pytest.mark.parametrize("as_of", [None, date(2025, 6, 1)])
    def test_is_not_mentioned_when_there_is_less_now(self, as_of):
        before = a_year(only(5, 49), year=2024)
        assert said(a_year(as_of=as_of), before) == said(a_year(as_of=as_of))

    def test_that_is_surpassed_already_is_a_joy_while_the_year_is_running(self):
        before = a_year(only(5, 40), year=2024)
        year = a_year(as_of=date(2025, 11, 20))
        assert said(year, before).endswith("That is already more than in all of 2024.")

    def test_is_no_comparison_when_it_was_not_whole_or_had_nothing(self):
        half = a_year(only(5, 1), year=2024, as_of=date(2024, 6, 1))
        empty = a_year([0] * 12, year=2024)
        assert {said(a_year(), half), said(a_year(), empty)} == {said(a_year())}


class TestTiers:
    @pytest.mark.parametrize(
        ("standing", "sentence"),
        [
            (TierStanding(None, Tier.BRONZE, 3, 10, 7), "Bronze, the first tier, is 7 activities away."),
            (TierStanding(Tier.BRONZE, Tier.SILVER, 49, 50, 1),
             "Today you are at Bronze. Silver is 1 activity away."),
            (TierStanding(Tier.PLATINUM, None, 900, None, 0), "Today you are at Platinum, the highest tier."),
        ],
    )  # fmt: skip
    def test_say_where_the_mentor_stands_and_how_far_it_is(self, standing, sentence):
        assert story.tier_sentence(standing, Metric.ACTIVITIES) == sentence

    @pytest.mark.parametrize("metric", Metric)
    def test_know_the_unit_of_what_is_counted(self, metric):
        assert story.missing_number(2, metric).unit


class TestMonths:
    def test_the_label_of_the_chart_names_every_month_that_has_anything(self):
        label = story.chart_label(2025, only(3, 2))
        assert label == "Activities by month in 2025: March 2."

    def test_a_year_in_one_month_is_said_as_such(self):
        assert story.months_sentence(only(3, 2), 3) == "It all happened in March."

    def test_the_bars_are_to_scale_and_stand_on_the_ground(self):
        bars = charts.bars(BUSY)
        assert [bar.count for bar in bars] == BUSY
        assert {bar.y + bar.height for bar in bars} == {charts.BASELINE}
        assert [bar.height for bar in bars if bar.is_most] == [charts.TALLEST]
        assert bars[0].height == round(charts.TALLEST * 3 / 9)

    def test_the_value_stands_over_each_bar_while_there_is_room(self):
        assert sum(bar.has_value for bar in charts.bars(BUSY)) == 10
        assert [bar.count for bar in charts.bars([999, 1200, *[800] * 10]) if bar.has_value] == [1200]

    def test_an_empty_year_has_no_bars_and_no_stones(self):
        assert {bar.height for bar in charts.bars([0] * 12)} == {0}
        assert charts.cairn([0] * 12).stones == []

    @pytest.mark.parametrize("counts", [only(1, 1), BUSY, [4] * 12, [1, *[500] * 11]], ids=str)
    def test_a_cairn_has_a_stone_for_each_active_month_and_stays_in_its_drawing(self, counts):
        built = charts.cairn(counts)
        assert len(built.stones) == sum(1 for count in counts if count)
        assert 10 <= built.light_y < charts.GROUND
        assert 0 < built.light_x < charts.CAIRN_WIDTH
