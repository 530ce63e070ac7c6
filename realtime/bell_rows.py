"""The floor of the golden bell as phones, stage and host are shown it.

Never says who is out (`scoring.golden_bell`); it asks SQL only for two counts, and for who was let back in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contest.closing import Judged
from contest.database import Database
from contest.games import golden_bell
from contest.games.golden_bell import Floor
from contest.model import Mode
from contest.phases import Phase
from contest.round_state import BellPlan, rescue_refusal, rescues_used
from contest.rounds import RoundRecord
from contest.seats import SeatRecord
from scoring.golden_bell import is_decided, winners

NAMED = 60
"""So many seats can be told apart by name on a projector."""
TOLD = 50
RINGING = 12


async def look(
    db: Database, record: RoundRecord, in_play: Sequence[SeatRecord], answered: Mapping[int, Judged], last: int
) -> Floor | None:
    """The floor after question `last`; None in other modes.

    `in_play` may be empty while a question is open: then only the counts are known. `answered` is what was judged of
    question `last`.
    """
    if record.settings.mode is not Mode.GOLDEN_BELL:
        return None
    async with db.read() as reader:
        if not in_play:
            left, out = await golden_bell.standing(reader, record.id)
            return Floor(left, out, (), frozenset(), None, 0)
        verdicts = {seat: one.verdict for seat, one in answered.items()}
        back = await golden_bell.came_back(reader, record, last, verdicts)
    return golden_bell.floor(in_play, last, back)


def player_view(record: RoundRecord, floor: Floor | None) -> dict[str, Any] | None:
    """What every phone may know: counts, and what kind of question this is."""
    if floor is None:
        return None
    state = record.state
    return {
        "left": floor.left,
        "out": floor.out,
        "went": len(floor.went),
        "back": len(floor.back),
        "rescue": state.question in state.rescue_questions,
        "rescue_next": state.rescue_next,
        "fun": record.settings.fun,
        "decided": is_decided(floor.left, floor.out) and not state.rescue_next,
        "last": floor.last,
        "winners": floor.winners,
    }


def stage_view(record: RoundRecord, floor: Floor | None, people: Mapping[int, SeatRecord]) -> dict[str, Any]:
    """The floor seat by seat; names where there is room for them. Nothing before the first reveal."""
    if floor is None or not people:
        return {"floor": None, "floor_people": [], "ringers": []}
    signs = bytearray(b"." * max(record.seat_count, *people))
    for number, seat in people.items():
        signs[number - 1] = ord("i" if seat.out_at is None else "o")
    for number in floor.back:
        if signs[number - 1] == ord("i"):
            signs[number - 1] = ord("r")
    for number in floor.went:
        signs[number - 1] = ord("x")
    ended = record.state.phase in (Phase.PODIUM, Phase.FINISHED)
    named = list(people.values()) if len(people) <= NAMED else [s for s in people.values() if s.out_at is None]
    if not named and floor.last is not None:
        named = [seat for seat in people.values() if seat.out_at == floor.last]
    return {
        "floor": signs.decode("ascii"),
        "floor_people": [_person(seat) for seat in named] if len(named) <= NAMED else [],
        "ringers": _ringers(people) if ended else [],
    }


def _ringers(people: Mapping[int, SeatRecord]) -> list[dict[str, Any]]:
    return [_person(people[number]) for number in winners(seat.total for seat in people.values())[:RINGING]]


def host_view(record: RoundRecord, floor: Floor | None, people: Mapping[int, SeatRecord]) -> dict[str, Any]:
    """Who went out, and what the host may do about it."""
    bell: BellPlan | None = record.plan.bell
    if floor is None or bell is None:
        return {"went": [], "rescues": None}
    return {
        "went": [_person(people[number]) for number in floor.went[:TOLD]],
        "rescues": {
            "used": rescues_used(record.state),
            "allowed": bell.rescues_allowed,
            "since": bell.rescue_from,
            "refusal": rescue_refusal(record.plan, record.state, floor.out),
        },
    }


def _person(seat: SeatRecord) -> dict[str, Any]:
    return {"seat": seat.seat, "name": seat.shown_name, "unit": seat.unit}
