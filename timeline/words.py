"""What each line says: one sentence for each of the 17 kinds, and where in a video it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from timeline.enums import ActivityType as Type
from timeline.models import TimelineEntry


def sentence_of(line: TimelineEntry) -> str:
    """The line as a sentence without its subject, for it stands below the learner's name or on their own page."""
    return _SENTENCES[Type(line.activity_type)](line)


def clock(seconds: int) -> str:
    """A place in a video as players show it: 5:20, 1:05:20."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _place(line: TimelineEntry) -> str:
    """Where a thought was: at a second of a video, on a video, on a lesson, or nowhere."""
    if line.video and line.video_timestamp_seconds is not None:
        at = clock(line.video_timestamp_seconds)
        return _("at %(time)s in “%(video)s”") % {"time": at, "video": _title(line.video)}
    if line.video:
        return _("on “%(video)s”") % {"video": _title(line.video)}
    if line.lesson:
        return _("on the lesson “%(lesson)s”") % {"lesson": _title(line.lesson)}
    return ""


def _with_place(what: str, line: TimelineEntry) -> str:
    return f"{what} {_place(line)}".rstrip()


def _right(line: TimelineEntry) -> dict[str, Any]:
    """A quiz by its name, and how much of it was right."""
    score, questions = int(line.metadata.get("score", 0)), int(line.metadata.get("max_score", 0))
    percent = score * 100 // questions if questions else 0
    return {"quiz": _title(line.quiz), "score": score, "questions": questions, "percent": percent}


def _title(row: Any) -> str:
    return row.title if row else "–"


def _progress(line: TimelineEntry) -> str:
    facts = {"percent": line.metadata.get("percent", line.detail), "video": _title(line.video)}
    return _("Watched %(percent)s %% of “%(video)s”") % facts


def _completion(line: TimelineEntry) -> str:
    return _("Watched “%(video)s” to the end") % {"video": _title(line.video)}


def _attempt(line: TimelineEntry) -> str:
    return _("Answered the quiz “%(quiz)s”: %(score)s of %(questions)s right (%(percent)s %%)") % _right(line)


def _quiz_passed(line: TimelineEntry) -> str:
    return _("Passed the quiz “%(quiz)s” with %(percent)s %% right") % _right(line)


def _checkpoint(line: TimelineEntry) -> str:
    facts = {
        "checkpoint": line.content,
        "time": clock(line.video_timestamp_seconds or 0),
        "video": _title(line.video),
    }
    return _("Came to “%(checkpoint)s” at %(time)s in “%(video)s”") % facts


_SENTENCES: dict[Type, Callable[[TimelineEntry], str]] = {
    Type.VIDEO_PROGRESS: _progress,
    Type.VIDEO_COMPLETION: _completion,
    Type.TEXT_REFLECTION: lambda line: _with_place(_("Wrote a reflection"), line),
    Type.VOICE_REFLECTION: lambda line: _with_place(_("Recorded a reflection"), line),
    Type.SCREENSHOT_REFLECTION: lambda line: _with_place(_("Shared a picture with a reflection"), line),
    Type.LOOM_REFLECTION: lambda line: _with_place(_("Filmed a reflection"), line),
    Type.QUIZ_ATTEMPT: _attempt,
    Type.QUIZ_COMPLETION: _quiz_passed,
    Type.COURSE_ENROLLMENT: lambda line: _("Began the course “%(course)s”") % {"course": _title(line.course)},
    Type.COURSE_COMPLETION: lambda line: _("Completed the course “%(course)s”") % {"course": _title(line.course)},
    Type.LESSON_COMPLETION: lambda line: _("Completed the lesson “%(lesson)s”") % {"lesson": _title(line.lesson)},
    Type.CHECKPOINT_REACHED: _checkpoint,
    Type.DAILY_NOTE: lambda line: _("Wrote about the day"),
    Type.SUCCESS_PROOF: lambda line: _("Showed that it worked"),
    Type.GOAL_MILESTONE: lambda line: _("Reached the milestone “%(title)s”") % {"title": line.content},
    Type.GOAL_COMPLETION: lambda line: _("Reached the goal “%(title)s”") % {"title": line.content},
    Type.INSTRUCTOR_MESSAGE: lambda line: _("Got a message about the goal"),
}

#: Kinds whose text is a person's own words, and not a name that the sentence has said.
WITH_OWN_WORDS = frozenset(
    {
        Type.TEXT_REFLECTION,
        Type.VOICE_REFLECTION,
        Type.SCREENSHOT_REFLECTION,
        Type.LOOM_REFLECTION,
        Type.DAILY_NOTE,
        Type.SUCCESS_PROOF,
        Type.INSTRUCTOR_MESSAGE,
    }
)
