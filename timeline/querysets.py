"""The query language of the timeline: a mentor's lines, and the three contexts they are seen in.

Each of these has an index that gives its rows in order (`timeline.models.TimelineEntry`), so that a page costs what it
shows, however long the timeline is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

from accounts.base.querysets import TenantQuerySet, mentor_in_care

if TYPE_CHECKING:
    from accounts.access import Access

#: "The past week" is today and the days before it.
DAYS_OF_A_WEEK = 7

#: How far a local day may lie from the same day in UTC, on either side.
FIRST_ZONE, LAST_ZONE = timedelta(hours=14), timedelta(hours=12)


class TimelineEntryQuerySet(TenantQuerySet):
    def scope(self, access: Access) -> Q:
        return mentor_in_care(access)

    def shown(self) -> Self:
        """Those whose source is still there."""
        return self.filter(source_deleted_at=None)

    def of_mentor(self, mentor: Any) -> Self:
        """All lines of a mentor, newest first."""
        return self.shown().filter(mentor=mentor).order_by("-occurred_at", "-id")

    def on_video(self, video: Any, mentor: Any = None) -> Self:
        """What happened on a video, by position: of one mentor, or of everybody. What has no position comes last."""
        lines = self.shown().filter(video=video)
        return (lines.filter(mentor=mentor) if mentor else lines).order_by("video_order", "id")

    def on_day(self, mentor: Any, day: date) -> Self:
        """A mentor's day, from morning to evening."""
        return self._between(mentor, day, day).order_by("occurred_at", "id")

    def past_week(self, mentor: Any, today: date) -> Self:
        """A mentor's past week: `today` and the six days before, newest day first, each from morning to evening."""
        return self.in_week(mentor, today).order_by("-activity_date", "occurred_at", "id")

    def in_week(self, mentor: Any, today: date) -> Self:
        """The same seven days, newest first."""
        first = date.fromordinal(max(today.toordinal() - DAYS_OF_A_WEEK + 1, 1))
        return self._between(mentor, first, today).order_by("-occurred_at", "-id")

    def towards(self, goal: Any, mentor: Any = None) -> Self:
        """What a mentor did while a goal was theirs, from the beginning. With `mentor` an id is enough."""
        return self.shown().filter(mentor=mentor or goal.mentor_id, goal=goal).order_by("occurred_at", "id")

    def with_context(self) -> Self:
        """With what their sentences name. Fetched beside them: joined, it would be sorted together with all lines."""
        return self.prefetch_related("video", "lesson", "course", "quiz")

    def answered(self, status: str) -> Self:
        """Those that want an answer and have it, or wait for it."""
        return self.filter(requires_response=True, response_status=status)

    def _between(self, mentor: Any, first: date, last: date) -> Self:
        """A mentor's lines of these local days. Days are the row's own; the moments around them are what an index of
        moments needs to find them."""
        lines = self.of_mentor(mentor).filter(activity_date__gte=first, activity_date__lte=last)
        return lines.filter(occurred_at__gte=_moment(first, -FIRST_ZONE), occurred_at__lt=_moment(last, _END))


_END = timedelta(days=1) + LAST_ZONE


def _moment(day: date, shift: timedelta) -> datetime:
    """Midnight (UTC) of a day, moved; at the two ends of time, as far as it goes."""
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    try:
        return midnight + shift
    except OverflowError:
        return midnight if shift < timedelta(0) else datetime.max.replace(tzinfo=UTC)
