"""What becomes of a duel when the host sends a finalist out or changes what they are called.

Runs in the transaction that changes the seat. Never changes a seat itself (`contest.seats`).
"""

from dataclasses import replace

from contest import closing, rounds
from contest.database import Reader, Writer
from contest.errors import Conflict
from contest.games import duel
from contest.ids import Seat
from contest.rounds import RoundRecord


async def changed(writer: Writer, record: RoundRecord, seat: Seat, *, kicked: bool, now_ms: int) -> bool:
    """Whether everybody must be shown the round anew, which then has a new version.

    Without a finalist all questions are counted again: another may have been the fastest. `record` is as it was before
    the seat was changed, and still held.
    """
    state = record.state
    if seat not in state.finalists:
        return False
    left = tuple(one for one in state.finalists if one != seat) if kicked else state.finalists
    version = state.version + 1
    recount = kicked and closing.judged_count(record) > 0
    scored = version if recount else state.scored_version
    after = replace(record, state=replace(state, finalists=left, version=version, scored_version=scored))
    if recount:
        in_play = await closing.recount(writer, after)
        after = replace(after, state=await duel.settled(Reader(writer), after, in_play, now_ms))
    if not await rounds.save_state(writer, record, after.state, now_ms):
        raise Conflict("stale")
    return True
