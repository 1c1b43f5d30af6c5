"""The rules of badges: a closed, versioned set of criteria, and the reader that checks them.

Pure: JSON and numbers in, answers out. `achievements.qualifying` asks the same of thousands of mentors in SQL.
"""

from achievements.criteria.classes import (
    LIFETIME,
    YEAR,
    AllOf,
    AnyOf,
    Criterion,
    Figure,
    Leaf,
    Progress,
    Span,
    Streak,
    Threshold,
    TierReached,
    TrainingCompletion,
    Values,
)
from achievements.criteria.reading import VERSION, Problem, Unreadable, problems, read

__all__ = [
    "LIFETIME",
    "VERSION",
    "YEAR",
    "AllOf",
    "AnyOf",
    "Criterion",
    "Figure",
    "Leaf",
    "Problem",
    "Progress",
    "Span",
    "Streak",
    "Threshold",
    "TierReached",
    "TrainingCompletion",
    "Unreadable",
    "Values",
    "problems",
    "read",
]
