"""The demo's answer desk: its people have been told this morning what waits too long."""

from __future__ import annotations

from mentoring.demo import Demo, chapter
from timeline.services import tell_organization
from training.demo import everything_arrived


@chapter
def tell_of_what_waits(demo: Demo) -> None:
    """As the clock would have done it; at night, or on a Sunday, it is the next working morning that tells."""
    with everything_arrived(demo):
        tell_organization(organization=demo.organization, at=demo.at)
