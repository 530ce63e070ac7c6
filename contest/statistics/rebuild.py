"""Counting everything anew into another generation of the cells, while the present one is read and kept current.

Happens when what is counted has changed (an indicator, a campaign), and when an operator asks for it. Person by person:
whoever is in the new generation already is kept current there as well, the others are not yet. Never touches facts.
"""

from dataclasses import replace
from functools import lru_cache

import structlog
from sqlalchemy import text

from contest.clock import Clock
from contest.database import Database, Reader
from contest.statistics import campaigns, indicators
from contest.statistics import counting_rows as rows
from contest.statistics import counting_state as states
from contest.statistics.contributions import Definition, Reckoner, Tally, definition_of
from contest.statistics.counting_state import State

START = -1
"""Before every person."""
END = 2**62
"""After every person."""
_CLEANED = 20_000
_PAUSE_MS = 300_000
_BULK_FACTS = 100_000
_BULK_CELLS = 1_000_000
"""Cells kept in memory before they are written."""

_log = structlog.get_logger(__name__)


async def wanted_definition(reader: Reader) -> Definition:
    """What is to be counted now."""
    return Definition(await indicators.measures(reader), tuple(one.span for one in await campaigns.listing(reader)))


@lru_cache(maxsize=4)
def reckoner(definition: str) -> Reckoner:
    """The reckoner of a definition's text."""
    return Reckoner(definition_of(definition))


async def tend(db: Database, state: State, wanted: Definition, now_ms: int, *, facts: int) -> bool:
    """One step towards the wanted definition, of about so many facts; False when there is nothing to do."""
    if state.next_definition is None and state.definition == wanted.text():
        return await _clean(db, state)
    if state.next_definition != wanted.text():
        await start(db, state, wanted, now_ms)
        return True
    await build(db, now_ms, facts=facts)
    return True


async def start(db: Database, state: State, wanted: Definition, now_ms: int, *, paused_until: int = 0) -> bool:
    """Begins a generation, in place of one that is being built; False when somebody else was quicker."""
    fresh = replace(
        state,
        next_generation=(state.next_generation or state.generation) + 1,
        next_definition=wanted.text(),
        next_person=START,
        next_seq=0,
        next_until=state.seq,
        paused_until=paused_until,
    )
    moved = await states.move(db, state, fresh, [], now_ms)
    if moved:
        _log.info("counting anew", generation=fresh.next_generation)
    return moved


async def build(db: Database, now_ms: int, *, facts: int, cells: int = 0, paused_until: int = 0) -> bool:
    """One more piece of the next generation, of about so many facts; more until there are `cells` to write.

    False when somebody else was quicker or nothing is being built.
    """
    async with db.read() as reader:
        state = await states.load(reader)
        if state is None or state.next_generation is None or state.next_definition is None:
            return False
        tally = Tally(reckoner(state.next_definition))
        done = replace(state, paused_until=paused_until)
        while True:
            done = await _piece(reader, done, tally, facts)
            if len(tally) >= cells or _whole(done):
                break
    writes = [states.count_write(tally, state.next_generation)]
    if _whole(done):
        done = replace(
            done,
            generation=state.next_generation,
            definition=state.next_definition,
            next_generation=None,
            next_definition=None,
            paused_until=0,
        )
    moved = await states.move(db, state, done, writes, now_ms)
    if moved and done.next_generation is None:
        _log.info("counted anew", generation=done.generation)
    return moved


async def _piece(reader: Reader, state: State, tally: Tally, facts: int) -> State:
    if state.next_seq < state.next_until:
        until = min(state.next_seq + facts, state.next_until)
        for row in await rows.counted_heads(reader, state.next_seq, until):
            tally.add(row)
        return replace(state, next_seq=until)
    last = await rows.person_after(reader, state.next_person, facts)
    until = END if last is None else last
    for its in (await rows.counted_range(reader, state.next_person, until)).values():
        for row in its:
            tally.add(row)
        tally.add_person(its)
    return replace(state, next_person=until)


def _whole(state: State) -> bool:
    return state.next_seq == state.next_until and state.next_person == END


async def _clean(db: Database, state: State) -> bool:
    """Removes some cells of generations that nobody reads; False when there are none."""
    given = {"kept": state.generation, "at_once": _CLEANED}
    async with db.read() as reader:
        query = "SELECT EXISTS (SELECT 1 FROM rollups WHERE generation < :kept) OR EXISTS "
        query += "(SELECT 1 FROM rollups WHERE generation > :kept)"
        if not await reader.scalar(text(query), given):
            return False
    async with db.write() as writer:
        current = "SELECT generation FROM rollup_state WHERE next_generation IS NULL"
        await writer.execute(
            text(
                "DELETE FROM rollups WHERE (generation, period, place, facet) IN (SELECT generation, period, place, "
                f"facet FROM rollups WHERE generation <> :kept AND :kept = ({current}) LIMIT :at_once)"
            ),
            given,
        )
    return True


async def rebuild(db: Database, clock: Clock) -> int:
    """Counts everything anew from the ledger, in large pieces; counting waits meanwhile, reading does not.

    The number of the new generation. Killed, it leaves the present generation as it was.
    """
    while True:
        async with db.read() as reader:
            state = await states.load(reader)
            wanted = await wanted_definition(reader)
        now_ms = clock.wall_ms()
        if state is None:
            await states.begin(db, wanted.text(), now_ms)
        elif await start(db, state, wanted, now_ms, paused_until=now_ms + _PAUSE_MS):
            break
    try:
        state = await _build_all(db, clock)
    finally:
        # Interrupted, nobody has to wait for the end of the pause.
        await states.resume(db)
    while await _clean(db, state):
        pass
    return state.generation


async def _build_all(db: Database, clock: Clock) -> State:
    cells = _BULK_CELLS
    while True:
        now_ms = clock.wall_ms()
        if not await build(db, now_ms, facts=_BULK_FACTS, cells=cells, paused_until=now_ms + _PAUSE_MS):
            # So slow that the pause was over before the end: then in smaller pieces.
            cells //= 2
        async with db.read() as reader:
            state = await states.load(reader)
        assert state is not None
        if state.next_generation is None:
            return state
