"""How far an indicator is: its rate, its goal in people, and where it should be today.

"Where it should be" is a straight line from nothing on the morning of the first day to the goal on the evening of the
deadline: simple, and the same for everybody. Never asks a clock or SQL.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from contest.statistics.target_model import FULL_RATE, PERCENT

BAND = Fraction(5, 100)
"""Within this part of the goal around the line an indicator is on track."""


class Status(StrEnum):
    """How an indicator stands today."""

    REACHED = "reached"
    AHEAD = "ahead"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    LATE = "late"
    """The deadline is over and the goal is not reached."""
    NO_DATA = "no_data"
    """Nobody has reported a figure."""
    NO_DENOMINATOR = "no_denominator"
    """A rate is asked for, and nobody has said of how many."""
    NO_TARGET = "no_target"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a target asks for; `value` in hundredths of a percent when `is_rate`. Days are local, both included."""

    is_rate: bool
    value: int
    start_day: str
    deadline_day: str


@dataclass(frozen=True, slots=True)
class Progress:
    """One indicator in one place on one day. Rates are percent; what is not known is None, never 0.

    `implied`: the count was reckoned from a reported rate. `of_goal` is percent of the goal. `expected` is where the
    straight line is today, in the indicator's unit, and `expected_rate` the same as a rate.
    """

    status: Status
    count: int | None = None
    rate: float | None = None
    implied: bool = False
    goal: int | None = None
    goal_rate: float | None = None
    of_goal: float | None = None
    expected: int | None = None
    expected_rate: float | None = None
    days_left: int | None = None
    needed_per_day: float | None = None


def progress(
    goal: Goal | None, *, count: int | None, denominator: int | None, today: str, reported_bp: int | None = None
) -> Progress:
    """Where an indicator stands. `count` None: nobody has said; `reported_bp`: a rate that came without its count,
    or with one that has no denominator. A denominator of 0 is none."""
    size = denominator or None
    reported = None if reported_bp is None else Fraction(reported_bp, FULL_RATE)
    if count is None and reported is not None and size is not None:
        known = _Known(_rounded(reported * size), reported, size, implied=True)
    elif count is not None and size is not None:
        known = _Known(count, Fraction(count, size), size)
    else:
        known = _Known(count, reported, size)
    if goal is None:
        return known.told(Status.NO_TARGET if known.any else Status.NO_DATA)
    return _held_against(goal, known, today)


@dataclass(frozen=True, slots=True)
class _Known:
    count: int | None
    share: Fraction | None
    size: int | None
    implied: bool = False

    @property
    def any(self) -> bool:
        return self.count is not None or self.share is not None

    def told(self, status: Status) -> Progress:
        return Progress(status, self.count, _percent(self.share), self.implied)


def _held_against(goal: Goal, known: _Known, today: str) -> Progress:
    people, share = _goal(goal, known.size)
    line, days_left = _line(goal.start_day, goal.deadline_day, today)
    reached: Fraction | None = None
    """Part of the goal that is done."""
    if people is not None and known.count is not None and not known.implied:
        reached = Fraction(known.count, people) if people else Fraction(1)
    elif share is not None and known.share is not None:
        reached = known.share / share if share else Fraction(1)
    elif people is not None and known.count is not None:
        reached = Fraction(known.count, people) if people else Fraction(1)
    if not known.any:
        status = Status.NO_DATA
    elif reached is None:
        status = Status.NO_DENOMINATOR
    else:
        status = _status(reached, line, days_left)
    needed = None
    if people is not None and known.count is not None and days_left >= 0:
        needed = float(Fraction(max(0, people - known.count), max(1, days_left)))
    return Progress(
        status=status,
        count=known.count,
        rate=_percent(known.share),
        implied=known.implied,
        goal=people,
        goal_rate=_percent(share),
        of_goal=_percent(reached),
        expected=None if people is None else _rounded(people * line),
        expected_rate=None if share is None else _percent(share * line),
        days_left=max(0, days_left),
        needed_per_day=needed,
    )


def _goal(goal: Goal, size: int | None) -> tuple[int | None, Fraction | None]:
    """The goal in people and as a share, as far as they are known."""
    if not goal.is_rate:
        return goal.value, None if size is None else Fraction(goal.value, size)
    share = Fraction(goal.value, FULL_RATE)
    # 40 % of 11 people are reached by 5 of them, not by 4.
    return None if size is None else -(-goal.value * size // FULL_RATE), share


@lru_cache(maxsize=1024)
def _line(start_day: str, deadline_day: str, today: str) -> tuple[Fraction, int]:
    """The part of the time that has passed by this evening, and the days left after today (below 0: over)."""
    first, last, now = (date.fromisoformat(day).toordinal() for day in (start_day, deadline_day, today))
    total = max(1, last - first + 1)
    return Fraction(min(max(now - first + 1, 0), total), total), last - now


def _status(reached: Fraction, line: Fraction, days_left: int) -> Status:
    if reached >= 1:
        return Status.REACHED
    if days_left < 0:
        return Status.LATE
    if reached >= line + BAND:
        return Status.AHEAD
    return Status.ON_TRACK if reached >= line - BAND else Status.BEHIND


def _rounded(value: Fraction) -> int:
    """Halves go up, as people round."""
    return int(value + Fraction(1, 2))


def _percent(share: Fraction | None) -> float | None:
    return None if share is None else float(share * PERCENT)
