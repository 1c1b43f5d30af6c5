"""The roster: an organisation's mentors, contacts and history, from the files that its member system exports.

`reading` makes rows of bytes, `values` tells what cells mean, `kinds` recognises files, and one module for each kind
(`places`, `mentors`, `contacts`, `activities`) turns rows into calls of verbs. `run.run_import` does it all.
"""

from mentoring.roster import activities, contacts, mentors, places  # noqa: F401 they register their kinds
from mentoring.roster.kinds import Column, Kind, Row, Table, read_table, register
from mentoring.roster.permission import ImportNotAllowed, require_may_import
from mentoring.roster.reading import UnreadableFile
from mentoring.roster.report import Outcome, RefusedRow, Report, Tally, refused_as_csv
from mentoring.roster.run import BadRow, Run, run_import

__all__ = [
    "BadRow",
    "Column",
    "ImportNotAllowed",
    "Kind",
    "Outcome",
    "RefusedRow",
    "Report",
    "Row",
    "Run",
    "Table",
    "Tally",
    "UnreadableFile",
    "read_table",
    "refused_as_csv",
    "register",
    "require_may_import",
    "run_import",
]
