"""Who may see how exact a number, and when: the one place that decides it.

While a prediction is open an exact count is worth a prize, so nobody sees one, staff included: numbers are rounded down
and as old as the last daily snapshot, short lists are cut where their length would count people, and a rank outside
the list shown is told as "within the first so many". Never counts anything itself.
"""

from dataclasses import dataclass

from contest.audit import record
from contest.database import Writer
from contest.errors import Forbidden
from contest.provincial import windows
from contest.provincial.rules import ContestRules, PredictionKind

LISTED = 100
"""Rows of a public list of people."""
_OF_FULL_MARKS = frozenset({PredictionKind.ALL_CORRECT_PEOPLE, PredictionKind.ALL_CORRECT_PERCENT})


def hidden(rules: ContestRules, now_ms: int) -> bool:
    """Whether exact counts are nobody's to see now; True as long as they would help a prediction."""
    return windows.counts_hidden(rules, now_ms)


def public_count(exact: int) -> int:
    """The number that may be shown while counts are hidden, said as "at least": two digits count, rounded down.

    Below 100 only the tens count, so that many small units do not add up to an exact total; 0 means "fewer than 10".
    """
    step = _step(exact)
    return exact // step * step


def _step(number: int) -> int:
    digits = len(str(number))
    return int(10 ** max(1, digits - 2))


def of_full_marks(rules: ContestRules) -> bool:
    """Whether the prediction asks how many have full marks."""
    return rules.prediction is not None and rules.prediction.kind in _OF_FULL_MARKS


@dataclass(frozen=True, slots=True)
class PublicRank:
    """A rank as it may be told: exactly, or as "within the first `value`"."""

    value: int
    exact: bool


def public_rank(rank: int, rows: int, *, hidden: bool) -> PublicRank:
    """The rank as its owner is told it: exact within the `rows` listed, else rounded up while counts are hidden."""
    if not hidden or rank <= rows:
        return PublicRank(rank, exact=True)
    step = _step(rank)
    return PublicRank(-(-rank // step) * step, exact=False)


def listed_rows(rules: ContestRules, total: int, full_marks: int, *, hidden: bool) -> int:
    """How many rows of a board may be listed: LISTED, and fewer where the list's length would tell a hidden count.

    `total` is how many stand on the board, `full_marks` how many of them with full marks. Where the prediction is about
    full marks, the list ends among them.
    """
    if not hidden:
        return LISTED
    asked = full_marks if of_full_marks(rules) else total
    return LISTED if min(asked, total) > LISTED else public_count(min(asked, total))


async def allow_exact(
    writer: Writer, contest_id: int, rules: ContestRules, *, actor: str, what: str, now_ms: int
) -> None:
    """Call before showing an exact count to staff: raises Forbidden("counts_hidden") while nobody may see one, and
    notes who looked at `what` otherwise."""
    if hidden(rules, now_ms):
        raise Forbidden("counts_hidden")
    await record(
        writer,
        actor=actor,
        action="contest.counts_read",
        subject=f"contest:{contest_id}",
        now_ms=now_ms,
        detail={"what": what},
    )
