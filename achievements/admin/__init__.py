"""The desk of achievements: mentors' figures, badges, tiers and annual summaries."""

from achievements.admin import badges, earned, stats, summaries, tiers

__all__ = ["badges", "earned", "stats", "summaries", "tiers"]
