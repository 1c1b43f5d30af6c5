"""The verbs of what is taught: staff write it, publish it, and take away what nobody has begun."""

from training.services.content.courses import (
    delete_course,
    delete_lesson,
    publish_course,
    save_course,
    save_lesson,
    unpublish_course,
)
from training.services.content.quizzes import MOST_OPTIONS, OptionDraft, QuestionDraft, delete_quiz, save_quiz
from training.services.content.videos import (
    CheckpointDraft,
    delete_checkpoint,
    delete_video,
    save_checkpoint,
    save_video,
)

__all__ = [
    "MOST_OPTIONS",
    "CheckpointDraft",
    "OptionDraft",
    "QuestionDraft",
    "delete_checkpoint",
    "delete_course",
    "delete_lesson",
    "delete_quiz",
    "delete_video",
    "publish_course",
    "save_checkpoint",
    "save_course",
    "save_lesson",
    "save_quiz",
    "save_video",
    "unpublish_course",
]
