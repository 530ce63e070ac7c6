"""What a commune should do next, by rule: what is missing first, then what is late, then whom nobody has met yet.

Never asks a clock or SQL, and holds no words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from contest.statistics.progress import Status
from contest.statistics.standing import IndicatorStanding
from contest.statistics.target_model import Indicator

STALE_DAYS: Final = 30
"""A reported figure older than this is to be asked for again."""
NAMED: Final = 6
"""Villages named in one sentence."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do; `code` says which. `more`: how many names were left out."""

    code: str
    indicators: tuple[Indicator, ...] = ()
    populations: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    more: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict)


def due(
    standings: Sequence[IndicatorStanding], *, villages: Sequence[tuple[str, int]], teams: int, today: str
) -> list[Action]:
    """The things to do, the most useful first. `villages`: each with its visits so far."""
    aimed = [one for one in standings if one.target is not None]
    found = [] if aimed else [Action("no_target")]
    missing = dict.fromkeys(
        str(one.indicator.population) for one in aimed if one.progress.status is Status.NO_DENOMINATOR
    )
    if missing:
        found.append(Action("no_denominator", populations=tuple(missing)))
    for one in aimed:
        progress = one.progress
        if progress.status is Status.LATE:
            found.append(Action("late", (one.indicator,)))
        elif progress.status is Status.BEHIND and progress.needed_per_day is not None:
            numbers = {"pace": max(1, round(progress.needed_per_day)), "days": progress.days_left or 0}
            found.append(Action("behind", (one.indicator,), numbers=numbers))
    asked = [one for one in aimed if not one.indicator.measured]
    silent = tuple(one.indicator for one in asked if one.reported is None)
    stale = tuple(one.indicator for one in asked if one.reported is not None and old(one.reported.day, today))
    found += [Action("no_figure", silent)] if silent else []
    found += [Action("old_figure", stale)] if stale else []
    untouched = [name for name, visits in villages if not visits]
    if not villages:
        found.append(Action("no_villages"))
    elif untouched:
        named, more = tuple(untouched[:NAMED]), max(0, len(untouched) - NAMED)
        found.append(Action("villages", names=named, more=more, numbers={"count": len(untouched)}))
    if not teams:
        found.append(Action("no_teams"))
    return found


def old(day: str, today: str) -> bool:
    """Whether a figure of that day is to be asked for again."""
    return (date.fromisoformat(today) - date.fromisoformat(day)).days > STALE_DAYS
