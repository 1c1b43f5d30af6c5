"""Pages of the timeline through the API's own views, in process; beside the statements of the brief by hand.

What is measured is the view, from a request to the bytes of its answer. Left out, because it is the same for every
address, is who asks: the log-in (three statements) and the rate limit (one word with Redis).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from rest_framework.test import APIRequestFactory, force_authenticate

from accounts.access import Access
from accounts.models import MentorProfile, User
from benchmarks import data
from benchmarks.harness import Path, raw
from timeline.api.shapes import COLUMNS
from timeline.api.views import GoalsView, TimelineView, WeekView

TYPICAL, HEAVIEST = 10, 2
PAGE = 50

_LINES = f"SELECT {', '.join(f'line.{name}' for name in COLUMNS)} FROM timeline_timelineentry line"  # noqa: S608
_SHOWN = "line.source_deleted_at IS NULL"
_NEWEST = f"{_LINES} WHERE line.mentor_id = %s AND {_SHOWN} ORDER BY line.occurred_at DESC, line.id DESC LIMIT 51"
_ON_VIDEO = f"""
SELECT named.*, person.first_name, person.last_name FROM (
    {_LINES} WHERE line.video_id = %s AND {_SHOWN} ORDER BY line.video_order, line.id LIMIT 51
) named JOIN accounts_mentorprofile mentor ON mentor.id = named.mentor_id
JOIN accounts_user person ON person.id = mentor.user_id ORDER BY named.video_order, named.id
"""  # noqa: S608
# b2's own statements, with their columns.
_WEEK = """
SELECT activity_date, count(*) AS activity_count, json_agg(json_build_object('type', activity_type, 'content', content,
    'timestamp', occurred_at) ORDER BY occurred_at)::text AS activities
FROM timeline_timelineentry
WHERE mentor_id = %s AND activity_date BETWEEN %s::date - 6 AND %s::date AND source_deleted_at IS NULL
  AND occurred_at >= %s::date - 7 AND occurred_at < %s::date + 2
GROUP BY activity_date ORDER BY activity_date DESC
"""
_GOALS = """
SELECT goal_id, min(occurred_at) AS goal_start, max(occurred_at) AS goal_end, count(*) AS total_activities,
       json_agg(json_build_object('type', activity_type, 'content', content, 'timestamp', occurred_at,
           'video_id', video_id, 'course_id', course_id) ORDER BY occurred_at)::text AS timeline
FROM timeline_timelineentry WHERE mentor_id = %s AND goal_id IS NOT NULL AND source_deleted_at IS NULL
GROUP BY goal_id ORDER BY min(occurred_at)
"""


class Reading(Path):
    """One page through `view`, for `user`."""

    view: Any
    rounds = 101

    def set_up(self) -> None:
        self.open = self.view.as_view(throttle_classes=[])
        self.answer = b""

    def request(self, user: User, **query: Any) -> Any:
        request = APIRequestFactory().get("/api/v1/timeline", query)
        force_authenticate(request, user)
        return request

    def page_of(self, user: User, **query: Any) -> bytes:
        return self.page(self.request(user, **query))

    def page(self, request: Any) -> bytes:
        answer = self.open(request).render()
        assert answer.status_code == 200, answer.content
        body: bytes = answer.content
        return body

    def rows(self, statement: str, *values: Any) -> bytes:
        """Rows as they come, with the names of their columns."""
        with raw().cursor() as cursor:
            cursor.execute(statement, values)
            names = [each.name for each in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return orjson.dumps({"data": rows[:PAGE]})

    def count(self, body: bytes) -> int:
        found: dict[str, Any] = orjson.loads(body)
        return len(found["data"])


def mentor(number: int) -> User:
    """A mentor of the measured association, with the reach that a log-in gives them."""
    user: User = MentorProfile.objects.select_related("user").get(pk=data.mentor_id(number)).user
    assert user.access.mentors_as
    return user


def administrator() -> User:
    """Somebody who looks after the whole association."""
    nobody: frozenset[UUID] = frozenset()
    organization = frozenset({data.organization_id()})
    user = User(email="administrator@bench.invalid", is_active=True)
    user.__dict__["access"] = Access(user.pk, False, organization, nobody, nobody, nobody, organization)
    return user


class TimelinePage(Reading):
    name = "timeline_page"
    sentence = "the 50 newest lines of a learner"
    bound = 2.5
    view = TimelineView

    def set_up(self) -> None:
        super().set_up()
        self.user, self.mentor_id = mentor(TYPICAL), data.mentor_id(TYPICAL)
        assert self.count(self.page_of(self.user, limit=PAGE)) == self.count(self.rows(_NEWEST, self.mentor_id)) == PAGE

    def ours(self) -> None:
        self.page_of(self.user, limit=PAGE)

    def twin(self) -> None:
        self.rows(_NEWEST, self.mentor_id)


class TimelinePageHeaviest(TimelinePage):
    name = "timeline_page_heaviest"
    sentence = "the same for the heaviest learner; twin: the typical one, through the same view"
    bound = 1.3

    def set_up(self) -> None:
        super().set_up()
        self.heaviest = mentor(HEAVIEST)

    def ours(self) -> None:
        self.page_of(self.heaviest, limit=PAGE)

    def twin(self) -> None:
        self.page_of(self.user, limit=PAGE)


class TimelinePageLast(TimelinePage):
    name = "timeline_page_last"
    sentence = "the heaviest learner's last full page; twin: the first"
    bound = 1.3

    def set_up(self) -> None:
        super().set_up()
        self.heaviest, self.cursors = mentor(HEAVIEST), [""]
        while following := orjson.loads(self._page())["pagination"]["next"]:
            self.cursors.append(following)
        assert len(self.cursors) > 100
        self.cursors.pop()  # the last one may have fewer lines

    def _page(self) -> bytes:
        last = self.cursors[-1]
        return self.page_of(self.heaviest, limit=PAGE, **({"cursor": last} if last else {}))

    def ours(self) -> None:
        self._page()

    def twin(self) -> None:
        self.page_of(self.heaviest, limit=PAGE)


class TimelineVideo(Reading):
    name = "timeline_video"
    sentence = "50 lines of the hottest video, by position, all learners with their names"
    bound = 2.5
    view = TimelineView

    def set_up(self) -> None:
        super().set_up()
        self.user = self.who()
        with raw().cursor() as cursor:
            hottest = "SELECT video_id FROM timeline_timelineentry WHERE video_id IS NOT NULL AND organization_id = %s"
            cursor.execute(f"{hottest} GROUP BY 1 ORDER BY count(*) DESC LIMIT 1", [data.organization_id()])
            (self.video,) = cursor.fetchone() or (None,)
        ours, twin = self.page_of(self.user, video=self.video, limit=PAGE), self.rows(_ON_VIDEO, self.video)
        assert self.count(ours) == self.count(twin) == PAGE

    def who(self) -> User:
        return administrator()

    def before(self) -> None:
        self.asked = self.request(self.user, video=self.video, limit=PAGE)

    def ours(self) -> None:
        self.page(self.asked)

    def twin(self) -> None:
        self.rows(_ON_VIDEO, self.video)


class TimelineWeek(Reading):
    name = "timeline_week"
    sentence = "the past week of the heaviest learner, by day"
    bound = 3.0
    view = WeekView

    def set_up(self) -> None:
        super().set_up()
        self.user, self.mentor_id, day = mentor(HEAVIEST), data.mentor_id(HEAVIEST), data.TODAY.date()
        self.values = (self.mentor_id, day, day, day, day)
        days = {each["date"]: each["count"] for each in orjson.loads(self._week())["days"] if each["count"]}
        theirs = orjson.loads(self.rows(_WEEK, *self.values))["data"]
        assert days == {each["activity_date"]: each["activity_count"] for each in theirs}
        assert sum(days.values()) > 10

    def _week(self) -> bytes:
        return self.page_of(self.user, day=data.TODAY.date())

    def before(self) -> None:
        self.asked = self.request(self.user, day=data.TODAY.date())

    def ours(self) -> None:
        self.page(self.asked)

    def twin(self) -> None:
        self.rows(_WEEK, *self.values)


class TimelineGoals(Reading):
    name = "timeline_goals"
    sentence = "the goals of a learner with start, end, count and what was done"
    bound = 3.0
    view = GoalsView

    def set_up(self) -> None:
        super().set_up()
        self.user, self.mentor_id = mentor(TYPICAL), data.mentor_id(TYPICAL)
        told = orjson.loads(self.page_of(self.user))["goals"]
        theirs = orjson.loads(self.rows(_GOALS, self.mentor_id))["data"]
        assert [(each["goal_id"], each["total_activities"]) for each in told] == [
            (each["goal_id"], each["total_activities"]) for each in theirs
        ]

    def before(self) -> None:
        self.asked = self.request(self.user)

    def ours(self) -> None:
        self.page(self.asked)

    def twin(self) -> None:
        self.rows(_GOALS, self.mentor_id)


PATHS: list[Path] = [
    TimelinePage(),
    TimelinePageHeaviest(),
    TimelinePageLast(),
    TimelineVideo(),
    TimelineWeek(),
    TimelineGoals(),
]
