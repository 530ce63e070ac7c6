"""Where every indicator stands: targets, denominators, what the ledger counted and what others reported, joined.

Measured and reported numbers are never added up. Never counts: the rollups did.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contest.statistics.progress import Progress
from contest.statistics.target_model import Denominator, Indicator, Target

if TYPE_CHECKING:
    from contest.statistics.rollups import Counts


@dataclass(frozen=True, slots=True)
class Reported:
    """The newest reported state of an external indicator in a place.

    `communes` is None for the place's own figure; else the province has none of its own and the count is the sum of so
    many communes' figures, the oldest of which is of `day`.
    """

    count: int | None
    rate_bp: int | None
    day: str
    source: str
    officer: str
    communes: int | None = None


@dataclass(frozen=True, slots=True)
class IndicatorStanding:
    """One indicator in one place on one day. `place` as `contest.statistics.cells` names it: "p" or "c:24133".

    A measured indicator has `counts` and no `reported`; an external one the reverse, or neither while nobody reported.
    `target` is the one that applies: the most specific, its next deadline. Heads counted without names are within
    the count of people (`counts.anonymous` says how many) and may be the same people twice.
    """

    indicator: Indicator
    place: str
    progress: Progress
    target: Target | None = None
    denominator: Denominator | None = None
    counts: "Counts | None" = None
    reported: Reported | None = None
