"""Choices of the timeline."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActivityType(TextChoices):
    """The 17 kinds of lines (b2): no more, no fewer."""

    VIDEO_PROGRESS = "video_progress", _("Video progress")
    VIDEO_COMPLETION = "video_completion", _("Video completed")
    TEXT_REFLECTION = "text_reflection", _("Written reflection")
    VOICE_REFLECTION = "voice_reflection", _("Spoken reflection")
    SCREENSHOT_REFLECTION = "screenshot_reflection", _("Reflection with a picture")
    LOOM_REFLECTION = "loom_reflection", _("Reflection on video")
    QUIZ_ATTEMPT = "quiz_attempt", _("Quiz attempt")
    QUIZ_COMPLETION = "quiz_completion", _("Quiz completed")
    COURSE_ENROLLMENT = "course_enrollment", _("Course begun")
    COURSE_COMPLETION = "course_completion", _("Course completed")
    LESSON_COMPLETION = "lesson_completion", _("Lesson completed")
    CHECKPOINT_REACHED = "checkpoint_reached", _("Checkpoint reached")
    DAILY_NOTE = "daily_note", _("Daily note")
    SUCCESS_PROOF = "success_proof", _("Success proof")
    GOAL_MILESTONE = "goal_milestone", _("Milestone reached")
    GOAL_COMPLETION = "goal_completion", _("Goal reached")
    INSTRUCTOR_MESSAGE = "instructor_message", _("Message from staff")


class ResponseStatus(TextChoices):
    PENDING = "pending", _("Waits for an answer")
    RESPONDED = "responded", _("Answered")
