"""Counting everything anew into another generation of the cells, while the present one is read and kept current.

Happens when what is counted has changed (an indicator, a campaign), and when an operator asks for it. Person by person:
whoever is in the new generation already is kept current there as well, the others are not yet. Never touches facts.
"""

import os
from collections.abc import Awaitable, Callable
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
_PAUSE_MS = 60_000
_BULK_FACTS = 50_000
_CELL_BYTES = 400
_FEWEST_CELLS, _MOST_CELLS = 500_000, 20_000_000

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


async def start(db: Database, state: State, wanted: Definition, now_ms: int) -> bool:
    """Begins a generation, in place of one that is being built; False when somebody else was quicker."""
    fresh = replace(
        state,
        next_generation=(state.next_generation or state.generation) + 1,
        next_definition=wanted.text(),
        next_person=START,
        next_seq=0,
        next_until=state.seq,
    )
    moved = await states.move(db, state, fresh, [], now_ms)
    if moved:
        _log.info("counting anew", generation=fresh.next_generation)
    return moved


async def build(
    db: Database, now_ms: int, *, facts: int, cells: int = 0, between: Callable[[], Awaitable[None]] | None = None
) -> bool:
    """One more piece of the next generation, of about so many facts; more until there are `cells` to write.

    `between` is called after each. False when somebody else was quicker or nothing is being built.
    """
    async with db.read() as reader:
        state = await states.load(reader)
    if state is None or state.next_generation is None or state.next_definition is None:
        return False
    tally = Tally(reckoner(state.next_definition))
    done = state
    while True:
        # Each piece may be read at another moment: the writing fails if anything was counted meanwhile.
        done = await _piece(db, done, tally, facts)
        if between is not None:
            await between()
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
        )
    moved = await states.move(db, state, done, writes, now_ms)
    if moved and done.next_generation is None:
        _log.info("counted anew", generation=done.generation)
    return moved


async def _piece(db: Database, state: State, tally: Tally, facts: int) -> State:
    if state.next_seq < state.next_until:
        until = min(state.next_seq + facts, state.next_until)
        async with db.read() as reader:
            heads = await rows.counted_heads(reader, state.next_seq, until)
        for row in heads:
            tally.add(row)
        return replace(state, next_seq=until)
    async with db.read() as reader:
        last = await rows.person_after(reader, state.next_person, facts)
        until = END if last is None else last
        people = await rows.counted_range(reader, state.next_person, until)
    # No transaction waits for this, which takes long.
    for its in people.values():
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
    """Counts everything anew from the ledger, in pieces as large as memory allows; counting waits, reading does not.

    The number of the new generation. Killed, it leaves the present generation as it was, and counting goes on within a
    minute.
    """
    while True:
        async with db.read() as reader:
            state = await states.load(reader)
            wanted = await wanted_definition(reader)
        now_ms = clock.wall_ms()
        if state is None:
            await states.begin(db, wanted.text(), now_ms)
            continue
        await states.pause(db, now_ms + _PAUSE_MS)
        # A step that was under way when the pause began may come between; after it none does.
        if await start(db, state, wanted, now_ms):
            break
    try:
        state = await _build_all(db, clock)
    finally:
        await states.pause(db, 0)
    while await _clean(db, state):
        pass
    return state.generation


async def _build_all(db: Database, clock: Clock) -> State:
    async def between() -> None:
        await states.pause(db, clock.wall_ms() + _PAUSE_MS)

    cells = _cells_in_memory()
    while True:
        if not await build(db, clock.wall_ms(), facts=_BULK_FACTS, cells=cells, between=between):
            # Somebody whose clock is far off counted all the same: then in pieces that are done before they do.
            cells //= 4
        async with db.read() as reader:
            state = await states.load(reader)
        assert state is not None
        if state.next_generation is None:
            return state


def _cells_in_memory() -> int:
    """As many as a quarter of the free memory holds: each cell should be written once, not once for each piece."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return _FEWEST_CELLS
    return max(_FEWEST_CELLS, min(_MOST_CELLS, free // 4 // _CELL_BYTES))
