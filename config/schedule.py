"""Beat's schedule: what is asked, and how often. One line per periodic task; this is the only place for it.

Plain intervals only: a task asks "what is due?" and the rows answer. Local hours are decided by our rules, because the
scheduler's own hours go wrong when the clock changes. The rows that beat reads are made from this file after every
migration and when beat starts; staff may pause an entry there, and it stays paused.
"""

from typing import Any

#: Name -> (task, every so many seconds).
SCHEDULE: dict[str, tuple[str, int]] = {
    "dispatch_notifications": ("notifications.tasks.dispatch_notifications", 60),
    "evaluate_follow_ups": ("mentoring.tasks.evaluate_follow_ups", 60),
    "process_due_reminders": ("certifications.tasks.process_due_reminders", 60),
    "sweep_expiries": ("certifications.tasks.sweep_expiries", 60),
    # Asks for what has been final for a year, which is nothing most of the time.
    "archive_reminders": ("certifications.tasks.archive_reminders", 3600),
    # Decides itself whether the night of an organisation has been evaluated.
    "evaluate_badges": ("achievements.tasks.evaluate_badges", 3600),
    "generate_summaries": ("achievements.tasks.generate_summaries", 60),
    # Asks for the year that has ended; decides itself when it has.
    "turn_year": ("achievements.tasks.turn_year", 3600),
    # Decides itself whether the working morning of an organisation has come.
    "tell_late_answers": ("timeline.tasks.tell_late_answers", 60),
    # Nothing is lost most of the time.
    "remove_lost_files": ("training.tasks.remove_lost_files", 3600),
    "end_leaves": ("accounts.tasks.end_leaves", 300),
    "run_jobs": ("operations.tasks.run_jobs", 30),
    # Decides itself whether tonight's check has been done.
    "check_invariants": ("operations.tasks.check_invariants", 3600),
}


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The schedule in Celery's shape. A call that no worker took before the next one is dropped: one is enough."""
    return {
        name: {"task": task, "schedule": float(seconds), "options": {"expire_seconds": max(seconds, 60)}}
        for name, (task, seconds) in SCHEDULE.items()
    }
