"""Blank printed cards that get their holder at a gate, and the scans that waited for it.

Personal data goes into `guests` only. Never reads what a phone sent.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select, update

from contest.catalogue import text
from contest.database import Reader, Writer
from contest.festival import guests, identity, scans_standing
from contest.festival.model import Guest, GuestLevel
from contest.festival.scans_model import ConflictKind, Resolution
from contest.festival.scans_standing import GUEST
from contest.festival.tables import guests as guest_table
from contest.festival.tables import scans
from contest.names import clean, is_offensive
from contest.units import shipped


async def lock(writer: Writer, guest_ids: Iterable[int]) -> None:
    """Nobody else changes what these guests did until the end of the transaction."""
    query = select(guest_table.c.id).where(guest_table.c.id.in_(sorted(set(guest_ids)))).order_by(guest_table.c.id)
    await writer.execute(query.with_for_update(key_share=True))


async def claim(
    writer: Writer,
    guest: Guest,
    *,
    festival_id: int,
    name: str | None,
    commune: str | None,
    target_group: str | None,
    agreed: bool,
    now_ms: int,
) -> Guest | None:
    """The guest, who holds the card from now on; None when somebody held it already.

    What cannot be taken as it was said (an odd name, a commune nobody knows) is left out: the person is gone, and there
    is nobody left to ask. Unless they `agreed`, nothing but the name is kept.
    """
    shown = clean(name or "").name
    known = agreed and commune in {unit.code for unit in shipped()}
    c = guest_table.c
    taken = await writer.execute(
        update(guest_table)
        .where(c.id == guest.id, c.level == GuestLevel.BLANK, c.erased_at.is_(None))
        .values(
            name=shown,
            name_hidden=shown is not None and is_offensive(shown),
            commune=commune if known else None,
            target_group=target_group if agreed else None,
            level=str(GuestLevel.NICKNAME),
            updated_at=now_ms,
        )
    )
    if taken.rowcount != 1:
        return None
    await guests.come(writer, festival_id, guest.id, now_ms)
    if agreed:
        words = text("vi", "gate.consent")
        await identity.note_consent(writer, guest.id, identity.STATISTICS, granted=True, words=words, now_ms=now_ms)
    return await guests.load(Reader(writer), guest.id)


async def settle(writer: Writer, guest: Guest, *, actor: str, now_ms: int) -> int:
    """Counts the scans of a card that was blank when it was scanned; how many there were. The guest must be locked."""
    c = scans.c
    waiting = select(scans).where(
        c.guest_id == guest.id, c.conflict == ConflictKind.BLANK_CARD, c.resolved_at.is_(None)
    )
    rows = (await writer.execute(waiting.order_by(c.id))).all()
    for row in rows:
        await _count(writer, row, guest, actor, now_ms)
    return len(rows)


async def settle_claimed(writer: Writer, festival_id: int, *, actor: str, now_ms: int) -> int:
    """The same for all cards of a festival that got their holder in another way, on the holder's own phone for one."""
    c = scans.c
    held = guest_table.alias("held")
    holder = guest_table.alias("holder")
    waiting = (
        select(scans, holder.c.id.label("holder_id"))
        .select_from(
            scans.join(held, held.c.id == c.guest_id).join(
                holder, holder.c.id == func.coalesce(held.c.same_as, held.c.id)
            )
        )
        .where(
            c.festival_id == festival_id,
            c.conflict == ConflictKind.BLANK_CARD,
            c.resolved_at.is_(None),
            holder.c.level != GuestLevel.BLANK,
        )
        .order_by(holder.c.id, c.id)
        # Whoever holds the row is about to do the same.
        .with_for_update(of=holder, key_share=True, skip_locked=True)
    )
    rows = (await writer.execute(waiting)).all()
    for row in rows:
        await _count(writer, row, await guests.load(Reader(writer), row.holder_id), actor, now_ms)
    return len(rows)


async def _count(writer: Writer, row: Any, guest: Guest, actor: str, now_ms: int) -> None:
    changed = await scans_standing.change(
        writer,
        row.id,
        guest_id=guest.id,
        counts=GUEST,
        resolved_how=Resolution.CLAIMED,
        resolved_by=actor,
        resolved_at=now_ms,
    )
    await scans_standing.support(writer, changed, guest, actor=f"phone:{row.phone_id}", now_ms=now_ms)
