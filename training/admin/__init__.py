"""The desk of training: staff write what is taught, and see what mentors have done of it."""

from training.admin import content, learners, quizzes, videos

__all__ = ["content", "learners", "quizzes", "videos"]
