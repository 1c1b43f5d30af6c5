"""The verbs of training: everything that mentors do there, and what staff answer, is one of these."""

from training.services.courses import complete_lesson, enroll
from training.services.days import (
    delete_daily_note,
    delete_proof,
    edit_daily_note,
    submit_proof,
    write_daily_note,
    write_goal_message,
)
from training.services.files import remove_lost_files
from training.services.goals import (
    abandon_goal,
    add_milestone,
    complete_goal,
    delete_milestone,
    edit_goal,
    edit_milestone,
    reach_milestone,
    reopen_goal,
    set_goal,
    switch_goal,
    unreach_milestone,
)
from training.services.quizzes import submit_quiz
from training.services.reflections import (
    delete_reflection,
    edit_reflection,
    reply_to_reflection,
    set_requires_response,
    write_reflection,
)
from training.services.watching import record_watching

__all__ = [
    "abandon_goal",
    "add_milestone",
    "complete_goal",
    "complete_lesson",
    "delete_daily_note",
    "delete_milestone",
    "delete_proof",
    "delete_reflection",
    "edit_daily_note",
    "edit_goal",
    "edit_milestone",
    "edit_reflection",
    "enroll",
    "reach_milestone",
    "record_watching",
    "remove_lost_files",
    "reopen_goal",
    "reply_to_reflection",
    "set_goal",
    "set_requires_response",
    "submit_proof",
    "submit_quiz",
    "switch_goal",
    "unreach_milestone",
    "write_daily_note",
    "write_goal_message",
    "write_reflection",
]
