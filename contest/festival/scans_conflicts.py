"""What staff phones sent that an organiser should look at: listed, never hidden, and settled one by one or by phone.

Never changes what a phone was told.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import checkin_cards, guests, scans_standing
from contest.festival.cards import parse_card
from contest.festival.model import Guest, GuestLevel
from contest.festival.scans_model import UNCOUNTED, Action, ConflictKind, Resolution
from contest.festival.scans_standing import GUEST, HEADS, NOT
from contest.festival.tables import guests as guest_table
from contest.festival.tables import live_events, scans, staff_phones

MAX_REASON = 400
LISTED = 200
CHOICES: dict[ConflictKind, tuple[Resolution, ...]] = {
    ConflictKind.UNKNOWN_CARD: (Resolution.ASSIGNED, Resolution.HEADCOUNT, Resolution.DISMISSED),
    ConflictKind.BLANK_CARD: (Resolution.ASSIGNED, Resolution.HEADCOUNT, Resolution.DISMISSED),
    ConflictKind.REVOKED: (Resolution.KEPT, Resolution.HEADCOUNT, Resolution.DISMISSED),
    ConflictKind.WRONG_POST: (Resolution.DISMISSED,),
    ConflictKind.CLAIMED_TWICE: (Resolution.KEPT,),
    ConflictKind.CLOCK: (Resolution.KEPT, Resolution.DISMISSED),
    ConflictKind.TWO_GATES: (Resolution.KEPT, Resolution.DISMISSED),
}
"""What may be done about each kind, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list, with names for people. `guest_name` is personal data: it is shown, never logged."""

    row: Any
    phone_label: str
    post_title: str | None
    guest_name: str | None

    @property
    def kind(self) -> ConflictKind:
        return ConflictKind(self.row.conflict)

    @property
    def choices(self) -> tuple[Resolution, ...]:
        """What may be done about it."""
        if self.row.action in (Action.CLAIM, Action.CHECK):
            return (Resolution.DISMISSED,) if self.kind in UNCOUNTED else (Resolution.KEPT,)
        return CHOICES[self.kind]


async def listing(
    reader: Reader, festival_id: int, *, settled: bool = False, kind: ConflictKind | None = None
) -> list[Listed]:
    """Open conflicts, the oldest first, or settled ones, the latest first; at most LISTED."""
    c = scans.c
    query = (
        select(scans, staff_phones.c.label, live_events.c.title, guest_table.c.name)
        .select_from(
            scans.join(staff_phones, staff_phones.c.id == c.phone_id)
            .outerjoin(live_events, live_events.c.id == c.live_event_id)
            .outerjoin(guest_table, guest_table.c.id == c.guest_id)
        )
        .where(c.festival_id == festival_id, c.conflict.is_not(None))
        .limit(LISTED)
    )
    if kind is not None:
        query = query.where(c.conflict == kind)
    if settled:
        query = query.where(c.resolved_at.is_not(None)).order_by(c.resolved_at.desc(), c.id.desc())
    else:
        query = query.where(c.resolved_at.is_(None)).order_by(c.id)
    return [Listed(row, row.label, row.title, row.name) for row in await reader.execute(query)]


async def counts(reader: Reader, festival_id: int) -> dict[ConflictKind, int]:
    """How many conflicts of each kind are open."""
    c = scans.c
    query = (
        select(c.conflict, func.count())
        .where(c.festival_id == festival_id, c.conflict.is_not(None), c.resolved_at.is_(None))
        .group_by(c.conflict)
    )
    return {ConflictKind(kind): int(count) for kind, count in await reader.execute(query)}


async def resolve(
    writer: Writer,
    festival_id: int,
    scan_id: int,
    how: Resolution,
    *,
    card: str = "",
    reason: str = "",
    actor: str,
    now_ms: int,
) -> Any:
    """Settles one conflict; returns its row.

    Raises NotFound("conflict_unknown"), Conflict("conflict_settled" | "conflict_choice" | "card_blank") and
    Invalid("card_wrong" | "card_unknown" | "dismiss_reason").
    """
    reason = reason.strip()
    guest = await _guest_of(writer, card) if how is Resolution.ASSIGNED else None
    row = await _locked(writer, festival_id, scan_id, guest)
    if how not in Listed(row, "", None, None).choices:
        raise Conflict("conflict_choice")
    if how is Resolution.DISMISSED and not 1 <= len(reason) <= MAX_REASON:
        raise Invalid("dismiss_reason", limit=MAX_REASON)
    counts, guest_id = row.counts, row.guest_id
    if how is Resolution.DISMISSED:
        await scans_standing.drop(writer, row, reason=reason, actor=actor, now_ms=now_ms)
        counts = NOT
    elif how is Resolution.HEADCOUNT or (how is Resolution.KEPT and row.action == Action.COUNT and counts == NOT):
        counts = HEADS
    elif how is Resolution.KEPT and counts == NOT and row.action == Action.SCAN:
        guest = await _guest_of(writer, row.card)
        await checkin_cards.lock(writer, [guest.id])
        counts, guest_id = GUEST, guest.id
    elif guest is not None:
        counts, guest_id = GUEST, guest.id
    changed = await scans_standing.change(
        writer, scan_id, counts=counts, guest_id=guest_id, reason=reason[:MAX_REASON],
        resolved_how=how, resolved_by=actor, resolved_at=now_ms,
    )  # fmt: skip
    if counts == HEADS and row.counts != HEADS:
        await scans_standing.count_heads(writer, changed, actor=actor, now_ms=now_ms)
    elif guest is not None:
        await scans_standing.support(writer, changed, guest, actor=actor, now_ms=now_ms)
        await guests.come(writer, festival_id, guest.id, changed.occurred_at)
    return changed


async def resolve_all(
    writer: Writer,
    festival_id: int,
    phone_id: int,
    kind: ConflictKind,
    how: Resolution,
    *,
    reason: str = "",
    actor: str,
    now_ms: int,
) -> tuple[int, int]:
    """Settles all of a kind that one phone sent: how many were settled, and how many have to be looked at singly.

    Raises Conflict("conflict_choice") for what cannot be said of many at once.
    """
    if how is Resolution.ASSIGNED or how not in CHOICES[kind]:
        raise Conflict("conflict_choice")
    c = scans.c
    query = select(c.id).where(
        c.festival_id == festival_id, c.phone_id == phone_id, c.conflict == kind, c.resolved_at.is_(None)
    )
    done = left = 0
    for scan_id in (await writer.execute(query.order_by(c.id))).scalars().all():
        try:
            await resolve(writer, festival_id, scan_id, how, reason=reason, actor=actor, now_ms=now_ms)
            done += 1
        except (Conflict, NotFound) as refusal:
            if refusal.code not in ("conflict_choice", "card_blank", "card_unknown"):
                raise
            left += 1
        except Invalid as refusal:
            if refusal.code == "dismiss_reason":
                raise
            left += 1
    return done, left


async def strike(writer: Writer, festival_id: int, scan_id: int, *, reason: str, actor: str, now_ms: int) -> Any:
    """Takes any scan or headcount back.

    Raises NotFound("scan_unknown"), Conflict("scan_undone"), Invalid("dismiss_reason").
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise Invalid("dismiss_reason", limit=MAX_REASON)
    query = select(scans).where(scans.c.id == scan_id, scans.c.festival_id == festival_id)
    row = (await writer.execute(query)).one_or_none()
    if row is None:
        raise NotFound("scan_unknown")
    await checkin_cards.lock(writer, [row.guest_id] if row.guest_id else [])
    row = (await writer.execute(query.with_for_update())).one()
    if row.undone_at is not None or row.counts == NOT:
        raise Conflict("scan_undone")
    await scans_standing.drop(writer, row, reason=reason, actor=actor, now_ms=now_ms)
    return await scans_standing.change(writer, scan_id, undone_at=now_ms, reason=reason)


async def _guest_of(writer: Writer, card: str | None) -> Guest:
    code = parse_card(card or "")
    if code is None:
        raise Invalid("card_wrong")
    guest = (await guests.by_cards(Reader(writer), [code])).get(code)
    if guest is None:
        raise Invalid("card_unknown")
    if guest.level is GuestLevel.BLANK:
        raise Conflict("card_blank")
    return guest


async def _locked(writer: Writer, festival_id: int, scan_id: int, guest: Guest | None) -> Any:
    query = select(scans).where(
        scans.c.id == scan_id, scans.c.festival_id == festival_id, scans.c.conflict.is_not(None)
    )
    row = (await writer.execute(query)).one_or_none()
    if row is None:
        raise NotFound("conflict_unknown")
    await checkin_cards.lock(writer, [one for one in (row.guest_id, guest and guest.id) if one])
    # Again, now that nobody else can settle it.
    row = (await writer.execute(query.with_for_update())).one()
    if row.resolved_at is not None:
        raise Conflict("conflict_settled")
    return row
