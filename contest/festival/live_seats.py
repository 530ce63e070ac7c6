"""Live rounds as items of a programme: their join codes, and which guest took which seat.

Never admits anybody to a round nor changes anything that counts in it: `seats.person` is for the ledger alone.
"""

from collections.abc import Iterable

from sqlalchemy import select, update

from contest.database import Reader, Writer
from contest.errors import NotFound
from contest.festival.core_tables import live_events
from contest.festival.model import LiveEvent, LiveEventState
from contest.phases import FINAL
from contest.tables import rounds, seats
from contest.tickets import digest


async def codes_of_rounds(reader: Reader, items: Iterable[LiveEvent]) -> dict[int, str]:
    """Item → the code of its round, for live items whose round people may still enter."""
    wanted = {item.round_id: item.id for item in items if item.round_id and item.state is LiveEventState.LIVE}
    if not wanted:
        return {}
    c = rounds.c
    query = select(c.id, c.code).where(
        c.id.in_(list(wanted)), c.code_active, c.locked.is_(False), c.phase.not_in([str(phase) for phase in FINAL])
    )
    return {wanted[row.id]: row.code for row in await reader.execute(query)}


async def follow(writer: Writer, round_id: int, next_round: int) -> None:
    """The hall of a round has gone on: the item of the programme, if one has it, shows the next round from now on."""
    await writer.execute(update(live_events).where(live_events.c.round_id == round_id).values(round_id=next_round))


async def tie(writer: Writer, ticket: str, person: int) -> bool:
    """Notes that this person took the seat of the ticket; False when that was known or cannot be said any more.

    One seat per person and round: another seat of theirs keeps the mark, and a seat that is another's stays so. Raises
    NotFound("ticket_unknown").
    """
    c = seats.c
    query = select(c.round_id, c.seat, c.person).where(c.ticket_hash == digest(ticket))
    row = (await writer.execute(query)).one_or_none()
    if row is None:
        raise NotFound("ticket_unknown")
    if row.person is not None:
        return False
    another = await writer.scalar(select(c.seat).where(c.round_id == row.round_id, c.person == person).limit(1))
    if another is not None:
        return False
    done = await writer.execute(
        update(seats).where(c.round_id == row.round_id, c.seat == row.seat, c.person.is_(None)).values(person=person)
    )
    return bool(done.rowcount)
