"""The one place that turns a moment into a local day, and a local wall clock into a moment."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_date(moment: datetime, zone: str) -> date:
    """The calendar date at `moment` (aware) in the IANA zone `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()


def moment_at(day: date, clock: time, zone: str) -> datetime:
    """The moment (UTC) at which the wall clock in `zone` shows `clock` on `day`.

    On the night the clock is put back the first of the two is meant; an hour that is skipped in spring is moved
    forward to the first moment that exists.
    """
    wall = datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
    return wall.astimezone(UTC)


def start_of_day(day: date, zone: str) -> datetime:
    """The first moment (UTC) of the local day `day`."""
    return moment_at(day, time.min, zone)


def quiet_until(moment: datetime, zone: str, quiet_from: time | None, quiet_to: time | None) -> datetime | None:
    """When the quiet hours that `moment` falls in are over (UTC), or None outside them.

    The hours may span midnight (21:00–08:00). Equal or missing ends mean that there are none.
    """
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return None
    local = moment.astimezone(ZoneInfo(zone))
    clock = local.time().replace(tzinfo=None)
    if quiet_from < quiet_to:
        inside, ends_on = quiet_from <= clock < quiet_to, local.date()
    else:
        inside = clock >= quiet_from or clock < quiet_to
        ends_on = local.date() + timedelta(days=1) if clock >= quiet_from else local.date()
    return moment_at(ends_on, quiet_to, zone) if inside else None
