"""The demo: a living association of two years, relative to today, made through the same verbs as everything else."""

from mentoring.demo.build import Demo, build_demo
from mentoring.demo.cast import ADMIN, HEAD, LOCAL, MENTORS, NAME, PASSWORD, PLATFORM, SLUG, LogIn
from mentoring.demo.chapters import chapter
from mentoring.demo.history import before

#: Whom to sign in as, in the order in which a newcomer would want to.
LOG_INS = [
    HEAD,
    LOCAL,
    ADMIN,
    LogIn(MENTORS[0].email, MENTORS[0].first_name, MENTORS[0].last_name, "mentor, for the app"),
    PLATFORM,
]

__all__ = ["LOG_INS", "NAME", "PASSWORD", "SLUG", "Demo", "before", "build_demo", "chapter"]
