"""Merging what staff phones send: one transaction per batch, told after its commit.

A nonce that was merged before is told what it was told then. Which facts come of it depends neither on the order in
which phones are heard nor on how often they send. Never trusts a phone's clock, and never loses an entry: what cannot
count is kept as a conflict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from contest.database import Reader, Writer
from contest.errors import Conflict
from contest.festival import checkin_cards, guests, scans_standing
from contest.festival.model import Festival, GuestLevel
from contest.festival.scans_desk import Desk, Sender, rows_of
from contest.festival.scans_model import Entry, Result
from contest.festival.tables import presences, scans

MAX_AFTER_REVOCATION = 5_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a phone is told of one entry. `since_at`: when the same was confirmed first."""

    nonce: str
    result: Result
    undone: bool = False
    name: str | None = None
    level: GuestLevel | None = None
    since_at: int | None = None


async def merge(
    writer: Writer, sender: Sender, festival: Festival, entries: Sequence[Entry], *, now_ms: int
) -> list[Answer]:
    """One answer for each entry, in order.

    Call `staff_phones.heard` first in the same transaction: its lock lets one batch of a phone in at a time.
    Raises Conflict("phone_revoked") when a revoked phone sends without end.
    """
    nonces = [entry.nonce for entry in entries]
    known = await rows_of(Reader(writer), sender.phone.id, nonces)
    fresh = {entry.nonce: entry for entry in reversed(entries) if entry.nonce not in known}
    if fresh:
        await _refuse_floods(writer, sender)
        desk = await Desk.opened(writer, sender, festival, list(reversed(fresh.values())), now_ms)
        for entry in desk.entries:
            await desk.take(entry)
        await checkin_cards.settle_claimed(writer, festival.id, actor=sender.phone.actor, now_ms=now_ms)
        known = await rows_of(Reader(writer), sender.phone.id, nonces)
    return await _answers(writer, [known[nonce] for nonce in nonces])


async def _refuse_floods(writer: Writer, sender: Sender) -> None:
    if sender.phone.revoked_at is None:
        return
    query = select(func.count()).where(scans.c.phone_id == sender.phone.id, scans.c.result == Result.REVOKED)
    if int(await writer.scalar(query) or 0) >= MAX_AFTER_REVOCATION:
        raise Conflict("phone_revoked")


async def _answers(writer: Writer, rows: Sequence[Any]) -> list[Answer]:
    cards = await guests.by_cards(Reader(writer), sorted({row.card for row in rows if row.card}))
    since = await _since(writer, rows)
    answers = []
    for row in rows:
        guest = cards.get(row.card) if row.card else None
        answers.append(
            Answer(
                row.nonce,
                Result(row.result),
                row.undone_at is not None,
                guest.name if guest else None,
                guest.level if guest else None,
                since.get(row.id),
            )
        )
    return answers


async def _since(writer: Writer, rows: Sequence[Any]) -> dict[int, int]:
    """When what a repeat confirms was confirmed first, by scan."""
    wanted = {
        row.id: [(str(one.kind), one.source) for one in scans_standing.assertions_of(row, row.guest_id)]
        for row in rows
        if row.result == Result.REPEAT and row.guest_id is not None
    }
    if not wanted:
        return {}
    sources = sorted({source for pairs in wanted.values() for _, source in pairs})
    c = presences.c
    found = {
        (row.kind, row.source): row.since_at
        for row in await writer.execute(select(c.kind, c.source, c.since_at).where(c.source.in_(sources)))
    }
    return {
        scan_id: min(found[pair] for pair in pairs if pair in found)
        for scan_id, pairs in wanted.items()
        if any(pair in found for pair in pairs)
    }
