"""Several people at the same moment: nobody waits for ever, and nothing counts twice."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from contest.database import Database
from contest.errors import Refused
from contest.festival import acts, identity_phone, organising, pledges, polls, programme
from contest.festival.model import FestivalState, LiveEventKind, LiveEventState
from contest.festival.polls import Vote
from contest.festival.programme import ItemDraft
from contest.statistics import counting
from contest.statistics.facts import FactKind
from contest.statistics.verify import verify
from tests.contest.festival.acts_support import PLEDGE, POLL, make_item
from tests.contest.festival.gate_support import HOUR, MORNING, Grounds, grounds
from tests.contest.festival.test_merging import scan

NOW = MORNING + HOUR


async def both(*tries: Coroutine[Any, Any, Any]) -> None:
    """All at once; a refusal is an answer, anything else is a fault."""
    for found in await asyncio.gather(*tries, return_exceptions=True):
        if isinstance(found, BaseException) and not isinstance(found, Refused):
            raise found


async def test_cards_joined_while_they_are_used(db: Database) -> None:
    place = await grounds(db)
    poll = await make_item(db, place.festival.id, LiveEventKind.POLL, POLL, MORNING)
    pledge = await make_item(db, place.festival.id, LiveEventKind.PLEDGE, PLEDGE, MORNING)
    async with db.write() as writer:
        for item in (poll, pledge):
            await acts.open_act(writer, place.festival.id, item.id, actor="account:1", now_ms=MORNING)
    gates = [await place.phone(post=post) for post in ("north", "south")]
    for turn in range(3):
        old, new = await place.guest("Lan"), await place.guest("Lan")

        async def joined(gone: Any = new, stays: Any = old) -> None:
            async with db.write() as writer:
                await identity_phone.merge(writer, gone, stays, now_ms=NOW)

        async def signed(guest: Any, turn: int = turn) -> None:
            async with db.write() as writer:
                await pledges.sign(
                    writer, place.festival.id, pledge.id, guest, text=0, agreed=True,
                    send_id=f"pledge-{turn}-{guest.id}", now_ms=NOW,
                )  # fmt: skip

        for guest in (old, new):
            await polls.vote(db, [Vote(place.festival.id, poll.id, guest, f"vote-{guest.id:04}", ("a",))], NOW)
            await signed(guest)
        await both(
            place.send(gates[0], scan(10 * turn, new, place.posts["north"])),
            joined(),
            place.send(gates[1], scan(10 * turn + 1, new, place.posts["south"])),
            joined(old, new),
            place.send(gates[0], scan(10 * turn + 2, old, place.posts["north"])),
        )
        await both(joined(), place.send(gates[1], scan(10 * turn + 3, new, place.posts["south"])))
    standing = await place.standing()
    for kind in (FactKind.CHECKIN, FactKind.POLL, FactKind.PLEDGE):
        assert sum(1 for one, _ in standing if one is kind) == 3, kind
    await counting.run(db, NOW)
    assert (await verify(db)).differences == []


async def test_a_programme_that_several_lead(db: Database) -> None:
    place = await grounds(db)
    await both(*(worked(place, turn) for turn in range(4)))


async def worked(place: Grounds, turn: int) -> None:
    """Edits, moves, states, the festival's own state: in whatever order."""
    common: dict[str, Any] = {"actor": "account:1", "now_ms": NOW + turn}
    items = sorted(place.posts.values())
    draft = ItemDraft(kind=LiveEventKind.GATE, title="Cổng", starts_at=MORNING)
    for number in items if turn % 2 else reversed(items):
        for step in range(4):
            try:
                async with place.db.write() as writer:
                    if step == 0:
                        await programme.edit(writer, number, draft, **common)
                    elif step == 1:
                        await programme.shift(writer, number, 5, **common)
                    elif step == 2:
                        state = LiveEventState.LIVE if turn % 2 else LiveEventState.DONE
                        await programme.set_state(writer, number, state, **common)
                    else:
                        state_of = FestivalState.OVER if turn % 3 else FestivalState.OPEN
                        await organising.set_state(writer, place.festival.id, state_of, **common)
            except Refused:
                continue
