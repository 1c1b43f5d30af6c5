"""What must always be true of the timeline and the answer desk, and what must be done by when."""

from operations.duties import invariant
from timeline import desk_duties  # noqa: F401 (importing it declares them)
from timeline.capture.checking import drifted_sql, miscounted_sql

invariant(
    "timeline_is_derived",
    "The lines of every row of training are there and say what the row says; those of rows that are gone are redacted."
    " Looked at are what came or changed in three days, and each night another part of the rest.",
    drifted_sql(),
)

invariant(
    "timeline_is_complete",
    "The timeline shows as many lines of every source as its rows make.",
    miscounted_sql(),
)
