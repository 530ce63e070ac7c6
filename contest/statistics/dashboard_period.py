"""The stretch of time that somebody looks at: everything, a campaign, a week, a day.

Each is one kind of cell, so every number of a dashboard is read and none is added up. Never asks a clock or SQL.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol

from contest.errors import Invalid
from contest.statistics import cells
from contest.statistics.movement_checks import FIRST_DAY, LAST_DAY

_WEEK = re.compile(r"^(\d{4})-W(\d{2})$")
_MOST_DAYS = 45
"""Longer than this, a trend has weeks instead of days."""
WEEKS = 13


class PeriodKind(StrEnum):
    ALL = "all"
    CAMPAIGN = "campaign"
    WEEK = "week"
    DAY = "day"


class Campaign(Protocol):
    """A stretch of days with a name, both ends included: `contest.statistics.campaigns.Campaign`."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def first_day(self) -> str: ...
    @property
    def last_day(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Period:
    """`cell` names it among the rollups, `query` in addresses. Days are local, both included; None: without end."""

    kind: PeriodKind
    cell: str
    query: str
    first_day: str | None = None
    last_day: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a trend: a day, or a week that begins on `first_day`."""

    cell: str
    first_day: str
    weekly: bool


EVER = Period(PeriodKind.ALL, cells.ALL_TIME, "all")


def of_day(day: str) -> Period:
    """One local day."""
    return Period(PeriodKind.DAY, cells.day(day), day, day, day)


def of_week(day: str) -> Period:
    """The ISO week in which the day lies."""
    first = monday(day)
    cell = cells.week(day)
    last = (date.fromisoformat(first) + timedelta(days=6)).isoformat()
    return Period(PeriodKind.WEEK, cell, cell.removeprefix("w:"), first, last)


def of_campaign(campaign: Campaign) -> Period:
    """The days of a campaign."""
    return Period(
        PeriodKind.CAMPAIGN,
        cells.campaign(campaign.id),
        f"campaign:{campaign.id}",
        campaign.first_day,
        campaign.last_day,
        campaign.name,
    )


def running(campaigns: Iterable[Campaign], today: str) -> Campaign | None:
    """The campaign whose days these are; between campaigns the one that ended last, before all of them none."""
    begun = [one for one in campaigns if one.first_day <= today]
    return max(begun, key=lambda one: (one.last_day >= today, one.first_day, one.id), default=None)


def parse(text: str, today: str, campaigns: Sequence[Campaign]) -> Period:
    """The period of an address: "" or "all", "campaign" (the one that runs) or "campaign:3", "week" or "2026-W39",
    "day", "yesterday" or "2026-09-20". Raises Invalid("period_unknown")."""
    if text in ("", "all"):
        return EVER
    if text == "day":
        return of_day(today)
    if text == "yesterday":
        return of_day(day_before(today))
    if text == "week":
        return of_week(today)
    if text.startswith("campaign"):
        number = text.removeprefix("campaign").removeprefix(":")
        wanted = {str(one.id): one for one in campaigns}.get(number) if number else running(campaigns, today)
        if wanted is not None:
            return of_campaign(wanted)
        raise Invalid("period_unknown")
    try:
        if week := _WEEK.match(text):
            return of_week(_known(date.fromisocalendar(int(week[1]), int(week[2]), 1)))
        if len(text) == 10:
            return of_day(_known(date.fromisoformat(text)))
    except ValueError:
        pass
    raise Invalid("period_unknown")


def _known(day: date) -> str:
    """Around the ends of the calendar there is no week before or after to draw."""
    if not FIRST_DAY <= (text := day.isoformat()) <= LAST_DAY:
        raise ValueError(text)
    return text


def steps(period: Period, today: str) -> list[Step]:
    """What the trend of a period is drawn of: its days, weeks when there are many; nothing after today.

    All time is the latest thirteen weeks; a day is looked at with the thirteen days before it.
    """
    if period.kind is PeriodKind.DAY and period.last_day is not None:
        last = period.last_day
        first = (date.fromisoformat(last) - timedelta(days=13)).isoformat()
    elif period.first_day is None or period.last_day is None:
        last = today
        first = (date.fromisoformat(monday(today)) - timedelta(weeks=WEEKS - 1)).isoformat()
    else:
        first, last = period.first_day, min(period.last_day, max(today, period.first_day))
    days = [one.isoformat() for one in _days(first, last)]
    if len(days) <= _MOST_DAYS:
        return [Step(cells.day(day), day, weekly=False) for day in days]
    mondays = dict.fromkeys(monday(day) for day in days)
    return [Step(cells.week(day), day, weekly=True) for day in mondays]


def last_weeks(today: str, count: int) -> list[str]:
    """The cells of the last weeks, this one last."""
    first = date.fromisoformat(monday(today))
    return [cells.week((first - timedelta(weeks=back)).isoformat()) for back in reversed(range(count))]


def monday(day: str) -> str:
    """The Monday of the day's week."""
    found = date.fromisoformat(day)
    return (found - timedelta(days=found.isoweekday() - 1)).isoformat()


def day_before(day: str) -> str:
    """The day before."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def names(period: Period) -> dict[str, Any]:
    """The period for programs."""
    return {
        "kind": period.kind.value,
        "key": period.query,
        "first_day": period.first_day,
        "last_day": period.last_day,
        "name": period.name,
    }


def _days(first: str, last: str) -> Iterable[date]:
    start = date.fromisoformat(first)
    count = (date.fromisoformat(last) - start).days + 1
    return (start + timedelta(days=number) for number in range(max(0, count)))
