"""A duel as frames show it: the finalists' plates, and who was when in the question closed last.

Never decides anything (`contest.games.duel`). Small enough for every phone: eight plates at most.
"""

from typing import Any

from contest.database import Database, Reader
from contest.games import duel
from contest.rounds import RoundRecord


async def look(reader: Reader, record: RoundRecord) -> dict[str, Any] | None:
    """`state.duel`; None in the other modes."""
    if not duel.is_duel(record):
        return None
    seen, state, number = await duel.view(reader, record), record.state, record.state.question
    return {
        "way": record.settings.duel.value,
        "to": record.settings.duel_points,
        "now": duel.is_contested(record, number),
        "faces": [
            {"seat": face.seat, "name": face.name, "unit": face.unit, "points": face.points} for face in seen.faces
        ],
        "shots": [
            {"seat": shot.seat, "place": shot.place, "ms": shot.ms, "behind": shot.behind_ms, "right": shot.right}
            for shot in seen.shots
        ],
        "turn": list(seen.turn),
        "took": list(seen.took),
        "ruled": list(seen.ruled),
        "judging": state.judging,
        "won": state.won_by,
    }


async def look_anew(db: Database, record: RoundRecord) -> dict[str, Any] | None:
    """The same with a reader of its own."""
    if not duel.is_duel(record):
        return None
    async with db.read() as reader:
        return await look(reader, record)
