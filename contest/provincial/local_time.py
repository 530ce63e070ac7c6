"""Days, weeks and working days as they are in Viet Nam: UTC+7 all year.

Never reads a clock and never stores anything: every time is a parameter, in UTC milliseconds.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

TIMEZONE = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""No summer time since 1975, so no zone table is needed and none can disagree."""

DAY_MS = 86_400_000
_OFFSET_MS = 7 * 3_600_000
_EPOCH = date(1970, 1, 1).toordinal()


def local_date(ms: int) -> date:
    """The calendar day on which `ms` falls."""
    return date.fromordinal(_EPOCH + (ms + _OFFSET_MS) // DAY_MS)


def local_day(ms: int) -> str:
    """The calendar day as "2026-11-22"."""
    return _day_text((ms + _OFFSET_MS) // DAY_MS)


def local_datetime(ms: int) -> datetime:
    """The aware local time, to the millisecond."""
    return datetime(1970, 1, 1, tzinfo=UTC).astimezone(TIMEZONE) + timedelta(milliseconds=ms)


def iso_week(ms: int) -> str:
    """The ISO week, which starts on Monday, as "2026-W47"."""
    return _week_text((ms + _OFFSET_MS) // DAY_MS)


def day_start(day: date) -> int:
    """Local midnight at which the day begins."""
    return (day.toordinal() - _EPOCH) * DAY_MS - _OFFSET_MS


def day_bounds(day: str) -> tuple[int, int]:
    """First moment of "2026-11-22" and first moment after it. Raises ValueError for what is no day."""
    start = day_start(date.fromisoformat(day))
    return start, start + DAY_MS


def week_bounds(week: str) -> tuple[int, int]:
    """First moment of "2026-W47" and first moment after it. Raises ValueError for what is no week."""
    year, number = week.split("-W")
    start = day_start(date.fromisocalendar(int(year), int(number), 1))
    return start, start + 7 * DAY_MS


def at_local(day: date, hour: int = 0, minute: int = 0) -> int:
    """That time of that day; hour 24 is the midnight that ends it."""
    return day_start(day) + (hour * 60 + minute) * 60_000


def working_days_after(ms: int, days: int) -> int:
    """The end of the last of `days` working days that follow the day of `ms`; `ms` itself when `days` is 0.

    Working days are Monday to Friday. Public holidays are decided anew each year and are not known here: an organiser
    counts them in by setting more days.
    """
    day = local_date(ms)
    if days <= 0:
        return ms
    left = days
    while left:
        day += timedelta(days=1)
        if day.isoweekday() <= 5:
            left -= 1
    return day_start(day) + DAY_MS


@lru_cache(maxsize=4096)
def _day_text(number: int) -> str:
    return date.fromordinal(_EPOCH + number).isoformat()


@lru_cache(maxsize=4096)
def _week_text(number: int) -> str:
    year, week, _ = date.fromordinal(_EPOCH + number).isocalendar()
    return f"{year:04d}-W{week:02d}"
