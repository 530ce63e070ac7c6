"""The states of a lucky draw and what may be done in each; its prizes and the order they are drawn in.

Pure: no clock, no SQL. "Draw again" is not among the acts: who does not come forward is replaced by the next of the
same sequence, and nothing leads back from a winner shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from contest.errors import Conflict, Invalid


class DrawState(StrEnum):
    DRAFT = "draft"
    FROZEN = "frozen"
    """The pool is fixed and its hash public."""
    ANNOUNCED = "announced"
    """The source of the digits is named, and the digits do not exist yet."""
    DRAWN = "drawn"
    """The digits are in: every winner follows from them, shown or not."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """Given up in public before anybody could know a digit."""


class Act(StrEnum):
    EDIT = "edit"
    FREEZE = "freeze"
    ANNOUNCE = "announce"
    TYPE = "type"
    """Digits by the first of two people, group by group."""
    DIGITS = "digits"
    """The same digits by the second: the draw is drawn."""
    CORRECT = "correct"
    """Takes wrong digits back, while nobody has been shown."""
    SHOW = "show"
    """Shows the next winners of the sequence."""
    SETTLE = "settle"
    """A shown winner is present or absent."""
    CLAIM = "claim"
    CLOSE = "close"
    WITHDRAW = "withdraw"


ALLOWED: Mapping[Act, frozenset[DrawState]] = {
    Act.EDIT: frozenset({DrawState.DRAFT}),
    Act.FREEZE: frozenset({DrawState.DRAFT}),
    Act.ANNOUNCE: frozenset({DrawState.FROZEN}),
    Act.TYPE: frozenset({DrawState.ANNOUNCED}),
    Act.DIGITS: frozenset({DrawState.ANNOUNCED}),
    Act.CORRECT: frozenset({DrawState.DRAWN}),
    Act.SHOW: frozenset({DrawState.DRAWN}),
    Act.SETTLE: frozenset({DrawState.DRAWN}),
    Act.CLAIM: frozenset({DrawState.DRAWN, DrawState.CLOSED}),
    Act.CLOSE: frozenset({DrawState.DRAWN}),
    Act.WITHDRAW: frozenset({DrawState.FROZEN, DrawState.ANNOUNCED}),
}
PUBLIC = frozenset(DrawState) - {DrawState.DRAFT}


def check(state: DrawState, act: Act) -> None:
    """Raises Conflict("draw_state") unless `act` may be done in `state`."""
    if state not in ALLOWED[act]:
        raise Conflict("draw_state", state=str(state), act=str(act))


class WinnerState(StrEnum):
    CALLED = "called"
    PRESENT = "present"
    ABSENT = "absent"


REASONS = ("no_show", "declined", "not_entitled")
"""Why somebody drawn does not get the prize; said openly."""
MAX_PRIZES, MAX_PLACES, MAX_VALUE = 30, 1000, 10_000_000_000


@dataclass(frozen=True, slots=True)
class Prize:
    """`count` places of one prize. `together`: all its places are shown at once."""

    name: str
    count: int
    value_vnd: int = 0
    sponsor: str = ""
    note: str = ""
    together: bool = False


def prizes_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Prize, ...]:
    """Prizes as they are stored: in the order in which they are drawn."""
    return tuple(Prize(**one) for one in stored)


def prizes_stored(prizes: Sequence[Prize]) -> list[dict[str, Any]]:
    """The reverse of `prizes_of`."""
    return [asdict(one) for one in prizes]


def check_prizes(prizes: Sequence[Prize]) -> None:
    """Raises Invalid("draw_prizes_none" | "draw_prizes_many" | "draw_prize")."""
    if not prizes:
        raise Invalid("draw_prizes_none")
    if len(prizes) > MAX_PRIZES or sum(one.count for one in prizes) > MAX_PLACES:
        raise Invalid("draw_prizes_many", prizes=MAX_PRIZES, places=MAX_PLACES)
    for one in prizes:
        texts_fit = 0 < len(one.name) <= 120 and len(one.sponsor) <= 120 and len(one.note) <= 200
        if not texts_fit or one.count < 1 or not 0 <= one.value_vnd <= MAX_VALUE:
            raise Invalid("draw_prize", name=one.name[:60])


def places(prizes: Sequence[Prize]) -> int:
    """How many win."""
    return sum(one.count for one in prizes)


@dataclass(frozen=True, slots=True)
class Shown:
    """One drawn ticket, by its place in the sequence."""

    position: int
    prize: int
    state: WinnerState


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next. show: `count` more tickets of `prize` from `position` on; settle: somebody called has not been
    settled; over: no prize is left, or (`exhausted`) nobody is."""

    kind: Literal["show", "settle", "over"]
    prize: int = 0
    count: int = 0
    position: int = 0
    exhausted: bool = False


def next_step(prizes: Sequence[Prize], shown: Sequence[Shown], pool: int) -> Step:
    """The one thing that may come next; the same facts always give the same step."""
    waiting = next((one for one in shown if one.state is WinnerState.CALLED), None)
    if waiting is not None:
        return Step("settle", waiting.prize, position=waiting.position)
    for number, prize in enumerate(prizes):
        open_places = prize.count - sum(
            1 for one in shown if one.prize == number and one.state is not WinnerState.ABSENT
        )
        if open_places > 0:
            left = pool - len(shown)
            if left <= 0:
                return Step("over", number, exhausted=True)
            return Step("show", number, min(left, open_places if prize.together else 1), len(shown))
    return Step("over")
