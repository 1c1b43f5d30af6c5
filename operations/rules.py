"""When the nightly check is due: plain values in and out."""

from datetime import date, datetime, timedelta

#: The local hour from which tonight's check may run: after the day's last work, before the morning's reminders.
NIGHT_HOUR = 3


def is_check_due(local: datetime, last_on: date | None) -> bool:
    """Whether the check is due at the local moment `local`; `last_on` is the local date of the last one.

    Tonight's runs once, from NIGHT_HOUR on, however late the hour at which somebody asks. A check from before
    yesterday's night is caught up at any hour.
    """
    if last_on is None:
        return True
    today = local.date()
    return last_on < today - timedelta(days=1) or (last_on < today and local.hour >= NIGHT_HOUR)
