"""The same page by django-activity-stream, which others use for this: its own tables, indexes and hydrated rows.

It is no dependency of ours. Where it is installed (`pip install django-activity-stream`) it is measured, elsewhere the
path is left out with a sentence.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import orjson
from django.apps import AppConfig, apps
from django.db import connection

from accounts.models import MentorProfile
from benchmarks import data
from benchmarks.harness import Path
from benchmarks.paths.timeline_reading import PAGE, TYPICAL, Reading, mentor
from timeline.api.views import TimelineView
from training.models import Lesson, Video

PEER = "actstream"
LEFT_OUT = {} if find_spec(PEER) else {"timeline_peer": "django-activity-stream is not installed."}

# The lines of 400 mentors, the measured one among them, as their `action.send` would have stored them.
_ACTIONS = """
INSERT INTO actstream_action (actor_content_type_id, actor_object_id, verb, description, target_content_type_id,
    target_object_id, action_object_content_type_id, action_object_object_id, timestamp, public)
SELECT %(mentors)s, line.mentor_id::text, line.activity_type, line.content,
       CASE WHEN line.video_id IS NOT NULL THEN %(videos)s END, line.video_id::text,
       CASE WHEN line.lesson_id IS NOT NULL THEN %(lessons)s END, line.lesson_id::text, line.occurred_at, true
FROM timeline_timelineentry line JOIN accounts_mentorprofile mentor ON mentor.id = line.mentor_id
WHERE mentor.organization_id = %(organization)s AND mentor.member_number::int BETWEEN 3 AND 402
  AND line.source_deleted_at IS NULL
ORDER BY line.occurred_at
"""


class TimelinePeer(Reading):
    name = "timeline_peer"
    sentence = "the 50 newest lines of a learner; twin: the same hydrated page of django-activity-stream"
    bound = round(1 / 3, 2)
    rounds = 31
    view = TimelineView

    def set_up(self) -> None:
        super().set_up()
        _install()
        from actstream import registry

        for model in (MentorProfile, Video, Lesson):
            registry.register(model)
        self.action = apps.get_model(PEER, "Action")
        self._drop()
        with connection.schema_editor() as editor:
            editor.create_model(self.action)
        self._fill()
        self.user, self.actor = mentor(TYPICAL), MentorProfile.objects.get(pk=data.mentor_id(TYPICAL))
        assert self.count(self.page_of(self.user, limit=PAGE)) == self.count(self._hydrated()) == PAGE

    def _fill(self) -> None:
        from django.contrib.contenttypes.models import ContentType

        kinds = {"mentors": MentorProfile, "videos": Video, "lessons": Lesson}
        values: dict[str, Any] = {name: ContentType.objects.get_for_model(each).pk for name, each in kinds.items()}
        with connection.cursor() as cursor:
            cursor.execute(_ACTIONS, values | {"organization": data.organization_id()})
            cursor.execute("VACUUM ANALYZE actstream_action")

    def _hydrated(self) -> bytes:
        rows = self.action.objects.actor(self.actor)[:PAGE]
        said = [
            {
                "id": row.pk,
                "student_id": row.actor.pk,
                "activity_type": row.verb,
                "content": row.description,
                "occurred_at": row.timestamp,
                "video": row.target and {"id": row.target.pk, "title": row.target.title},
                "lesson": row.action_object and {"id": row.action_object.pk, "title": row.action_object.title},
            }
            for row in rows
        ]
        return orjson.dumps({"data": said})

    def ours(self) -> None:
        self.page_of(self.user, limit=PAGE)

    def twin(self) -> None:
        self._hydrated()

    def tear_down(self) -> None:
        self._drop()

    def _drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS actstream_action")


def _install() -> None:
    """As if it stood in INSTALLED_APPS; our own apps are ready already and must not be told so twice."""
    if PEER not in apps.app_configs:
        config = AppConfig.create(PEER)
        config.apps = apps
        apps.app_configs[PEER] = config
        config.import_models()
        apps.clear_cache()
        config.ready()


PATHS: list[Path] = [] if LEFT_OUT else [TimelinePeer()]
