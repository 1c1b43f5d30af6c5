"""What has been watched: the same whatever the order, however often it is sent, and never less than before."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import CheckpointFactory, VideoFactory
from training import rules, services
from training.models import CheckpointVisit, VideoProgress
from training.refusals import CourseNotPublished, NotTheirOwn, OtherOrganization, StretchOutOfRange, TooManyStretches

LENGTH = 60
stretches = st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=12)


def seconds_of(watched):
    """The oracle: a set of seconds."""
    return {second for first, last in watched for second in range(max(first, 0), min(last, LENGTH))}


@settings(deadline=None)
@given(stretches)
def test_merging_keeps_every_second_and_no_other(watched):
    merged = rules.merge(watched, LENGTH)
    assert seconds_of(merged) == seconds_of(watched)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(merged))
    assert all(0 <= first < last <= LENGTH for first, last in merged)
    assert rules.percent_watched(merged, LENGTH) == len(seconds_of(watched)) * 100 // LENGTH


@settings(deadline=None)
@given(stretches, stretches, st.randoms())
def test_the_order_and_repetitions_do_not_matter(some, more, random):
    mixed = [*some, *more, *some]
    random.shuffle(mixed)
    step_by_step = rules.merge([*rules.merge(some, LENGTH), *more], LENGTH)
    assert rules.merge(mixed, LENGTH) == step_by_step
    assert rules.percent_watched(step_by_step, LENGTH) >= rules.percent_watched(rules.merge(some, LENGTH), LENGTH)


@settings(deadline=None)
@given(stretches, st.integers(0, LENGTH))
def test_a_second_is_reached_when_it_was_played_or_a_stretch_ended_there(watched, second):
    merged = rules.merge(watched, LENGTH)
    played = seconds_of(watched)
    assert rules.has_reached(second, merged) == (second in played or second - 1 in played)


@settings(deadline=None)
@given(st.integers(0, 100))
def test_bands_are_those_up_to_the_percentage(percent):
    assert rules.bands_reached(percent) == tuple(band for band in (25, 50, 75, 95) if band <= percent)


# --- The verb ---------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def watch(mentor, video, *watched, at, position=None):
    return services.record_watching(
        mentor=mentor, video=video, stretches=watched, position=position, by=mentor.user, at=at
    )


def told(progress):
    progress.refresh_from_db()
    return [(each.lower, each.upper) for each in progress.watched], progress.percent


def test_what_was_watched_adds_up_and_repeating_it_changes_nothing(mentor, video, now):
    watch(mentor, video, (0, 60), (300, 400), at=now)
    progress = watch(mentor, video, (30, 90), (60, 61), at=now)
    assert told(progress) == ([(0, 90), (300, 400)], 31)
    assert told(watch(mentor, video, (300, 400), at=now)) == ([(0, 90), (300, 400)], 31)
    assert VideoProgress.objects.count() == 1


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_stretches_in_any_order_come_to_the_same(mentor, video, order, now):
    parts = [(0, 150), (150, 300), (290, 450), (450, 600)]
    CheckpointFactory(video=video, at_second=600)
    for place in order:
        progress = watch(mentor, video, parts[place], at=now)
    assert told(progress) == ([(0, 600)], 100)
    assert all(getattr(progress, f"reached_{band}_at") for band in rules.BANDS)
    assert CheckpointVisit.objects.count() == 1


def test_each_band_keeps_the_moment_at_which_it_was_first_reached(mentor, video, now):
    watch(mentor, video, (0, 149), at=now)
    assert VideoProgress.objects.get().reached_25_at is None
    for minute, end in enumerate((150, 300, 450, 570, 600), start=1):
        progress = watch(mentor, video, (0, end), at=now + timedelta(minutes=minute))
    progress.refresh_from_db()
    moments = [getattr(progress, f"reached_{band}_at") - now for band in rules.BANDS]
    assert moments == [timedelta(minutes=minute) for minute in (1, 2, 3, 4)]


def test_sliding_to_the_end_is_not_watching(mentor, video, now):
    progress = watch(mentor, video, (0, 5), (595, 600), at=now, position=600)
    assert (told(progress), progress.position_seconds) == (([(0, 5), (595, 600)], 1), 600)


def test_what_was_reached_stays_although_the_video_became_longer(mentor, video, now):
    watch(mentor, video, (0, 600), at=now)
    video.duration_seconds = 1200
    video.save()
    assert told(watch(mentor, video, (0, 10), at=now)) == ([(0, 600)], 100)


def test_the_player_stands_where_the_latest_word_says(mentor, video, now):
    progress = watch(mentor, video, (0, 60), at=now)
    assert progress.position_seconds == 60
    late = watch(mentor, video, (100, 200), at=now - timedelta(hours=1), position=200)  # an answer that was on its way
    assert (late.position_seconds, late.last_watched_at) == (60, now)
    assert watch(mentor, video, at=now, position=9999).position_seconds == 600


def test_checkpoints_are_reached_once_when_they_were_played(mentor, video, now):
    first, second, third = (CheckpointFactory(video=video, at_second=second) for second in (0, 100, 200))
    watch(mentor, video, (50, 100), at=now)
    assert list(CheckpointVisit.objects.values_list("checkpoint", "reached_at")) == [(second.pk, now)]
    watch(mentor, video, (0, 101), (150, 199), at=now + timedelta(minutes=1))
    assert set(CheckpointVisit.objects.values_list("checkpoint", flat=True)) == {first.pk, second.pk}
    assert CheckpointVisit.objects.get(checkpoint=second).reached_at == now
    assert not third.visits.exists()


def test_what_cannot_be_watched_is_refused(mentor, coordinator, video, now):
    for bad in ((-1, 5), (10, 5)):
        with pytest.raises(StretchOutOfRange):
            watch(mentor, video, bad, at=now)
    with pytest.raises(TooManyStretches):
        watch(mentor, video, *[(0, 1)] * 501, at=now)
    with pytest.raises(NotTheirOwn):
        services.record_watching(mentor=mentor, video=video, stretches=[(0, 1)], by=coordinator, at=now)
    with pytest.raises(OtherOrganization):
        watch(mentor, VideoFactory(), (0, 1), at=now)
    video.lesson.course.is_published = False
    with pytest.raises(CourseNotPublished):
        watch(mentor, video, (0, 1), at=now)
    assert not VideoProgress.objects.exists()
