"""One batch of a staff phone being merged: what each entry comes to, in the order of the batch.

Guests are locked in the order of their ids, so that two phones never wait for each other. `contest.festival.scans`
opens the desk and tells the phone.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from contest.database import Reader, Writer
from contest.festival import checkin_cards, festivals, guests, identity, scans_standing
from contest.festival.model import Festival, Guest, GuestLevel, LiveEvent, StaffPhone
from contest.festival.scans_model import (
    TWO_GATES_MS,
    Action,
    ConflictKind,
    Entry,
    Placed,
    Resolution,
    Result,
    kind_of,
    placed,
    posts_of,
    undo_in_time,
)
from contest.festival.scans_standing import GUEST, HEADS, NOT
from contest.festival.tables import scans
from contest.provincial.local_time import day_bounds
from contest.statistics.facts import FactKind, skills_text

UNDO_REASON = "phone"
"""The reason of what a phone takes back itself."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The phone that sends, when it was paired, and server time minus its own."""

    phone: StaffPhone
    paired_at: int
    offset_ms: int


async def rows_of(reader: Reader, phone_id: int, nonces: Sequence[str]) -> dict[str, Any]:
    """What is known of these nonces of a phone."""
    query = select(scans).where(scans.c.phone_id == phone_id, scans.c.nonce.in_(nonces))
    return {row.nonce: row for row in await reader.execute(query)}


async def _held(writer: Writer, cards: Sequence[str], others: set[int]) -> dict[str, Guest]:
    """The guests of these cards; nobody else changes them, nor `others`, until the end of the transaction."""
    found = await guests.by_cards(Reader(writer), cards)
    wanted = {guest.id for guest in found.values()} | others
    while True:
        step = await writer.begin_nested()
        await checkin_cards.lock(writer, wanted)
        # Read again: a card may have got its holder while we waited, or lead to another guest now.
        found = await guests.by_cards(Reader(writer), cards)
        held = {guest.id for guest in found.values()}
        if held <= wanted:
            await step.commit()
            return found
        # Locks are taken in the order of ids only: let go and take all of them.
        await step.rollback()
        wanted |= held


class Desk:
    """One batch being merged. Guests it touches are locked in the order of their ids."""

    def __init__(self, writer: Writer, sender: Sender, festival: Festival, entries: Sequence[Entry], now_ms: int):
        self.writer, self.sender, self.festival, self.entries, self.now_ms = writer, sender, festival, entries, now_ms
        self.cards: dict[str, Guest] = {}
        self.undos: defaultdict[str, list[int]] = defaultdict(list)
        """When those undos were pressed that came before what they undo, by its nonce."""
        self.posts: dict[int, LiveEvent] = {}
        self.days = (day_bounds(festival.first_day)[0], day_bounds(festival.last_day)[1])

    @classmethod
    async def opened(
        cls, writer: Writer, sender: Sender, festival: Festival, entries: Sequence[Entry], now_ms: int
    ) -> "Desk":
        desk = cls(writer, sender, festival, entries, now_ms)
        kinds = posts_of(sender.phone.role)
        desk.posts = {post.id: post for post in await festivals.programme(Reader(writer), festival.id, kinds=kinds)}
        waiting = select(scans).where(
            scans.c.phone_id == sender.phone.id,
            scans.c.action == Action.UNDO,
            scans.c.of_nonce.in_([entry.nonce for entry in entries]),
        )
        for row in await writer.execute(waiting):
            desk.undos[row.of_nonce].append(row.device_at)
        targets = await rows_of(
            Reader(writer), sender.phone.id, [entry.of_nonce for entry in entries if entry.of_nonce]
        )
        cards = sorted({entry.card for entry in entries if entry.card})
        desk.cards = await _held(writer, cards, {row.guest_id for row in targets.values() if row.guest_id is not None})
        return desk

    async def take(self, entry: Entry) -> None:
        when = self._placed(entry)
        if entry.action is Action.UNDO:
            await self._undo(entry, when)
        elif self.sender.phone.revoked_at is not None:
            await self._store(entry, when, Result.REVOKED, ConflictKind.REVOKED)
        elif entry.action is Action.COUNT:
            await self._count(entry, when)
        elif entry.action is Action.CLAIM:
            await self._claim(entry, when)
        elif entry.action is Action.CHECK:
            await self._check(entry, when)
        else:
            await self._scan(entry, when)

    def _placed(self, entry: Entry) -> Placed:
        return placed(
            entry.at,
            offset_ms=self.sender.offset_ms,
            offline=entry.offline,
            paired_at=self.sender.paired_at,
            received_at=self.now_ms,
            days=self.days,
        )

    def _kind(self, entry: Entry) -> FactKind:
        return kind_of(self.sender.phone.role, self.posts.get(entry.post or 0))

    async def _scan(self, entry: Entry, when: Placed) -> None:
        guest = self.cards.get(entry.card or "")
        if not when.in_days:
            await self._store(entry, when, Result.WRONG_DAY)
        elif self._kind(entry) is FactKind.SKILL and not entry.skills:
            await self._store(entry, when, Result.WRONG_POST, ConflictKind.WRONG_POST)
        elif guest is None:
            await self._store(entry, when, Result.UNKNOWN_CARD, ConflictKind.UNKNOWN_CARD)
        elif guest.level is GuestLevel.BLANK:
            await self._store(entry, when, Result.BLANK_CARD, ConflictKind.BLANK_CARD, guest_id=guest.id)
        else:
            row = await self._store(entry, when, Result.ADMITTED, guest_id=guest.id, counts=GUEST)
            if row.undone_at is None:
                await self._admit(row, guest, when)

    async def _admit(self, row: Any, guest: Guest, when: Placed) -> None:
        actor = self.sender.phone.actor
        standing = await scans_standing.support(self.writer, row, guest, actor=actor, now_ms=self.now_ms)
        await guests.come(self.writer, self.festival.id, guest.id, row.occurred_at)
        conflict = ConflictKind.CLOCK if when.doubtful else None
        if conflict is None and not standing.fresh and await self._at_two_gates(row):
            conflict = ConflictKind.TWO_GATES
        result = Result.ADMITTED if standing.fresh else Result.REPEAT
        if conflict is not None or result is Result.REPEAT:
            await scans_standing.change(self.writer, row.id, result=result, conflict=conflict)

    async def _at_two_gates(self, row: Any) -> bool:
        c = scans.c
        if row.kind != FactKind.CHECKIN:
            return False
        near = select(c.id).where(
            c.guest_id == row.guest_id,
            c.action == Action.SCAN,
            c.kind == FactKind.CHECKIN,
            c.counts == GUEST,
            c.undone_at.is_(None),
            c.phone_id != row.phone_id,
            c.occurred_at.between(row.occurred_at - TWO_GATES_MS, row.occurred_at + TWO_GATES_MS),
            func.coalesce(c.live_event_id, 0) != (row.live_event_id or 0),
        )
        return (await self.writer.execute(near.limit(1))).first() is not None

    async def _count(self, entry: Entry, when: Placed) -> None:
        if not when.in_days:
            await self._store(entry, when, Result.WRONG_DAY)
        elif self._kind(entry) is FactKind.SKILL:
            await self._store(entry, when, Result.WRONG_POST, ConflictKind.WRONG_POST)
        else:
            conflict = ConflictKind.CLOCK if when.doubtful else None
            row = await self._store(entry, when, Result.COUNTED, conflict, counts=HEADS)
            if row.undone_at is None:
                await scans_standing.count_heads(self.writer, row, actor=self.sender.phone.actor, now_ms=self.now_ms)

    async def _claim(self, entry: Entry, when: Placed) -> None:
        guest = self.cards.get(entry.card or "")
        if guest is None:
            await self._store(entry, when, Result.UNKNOWN_CARD)
            return
        holder = await checkin_cards.claim(
            self.writer,
            guest,
            festival_id=self.festival.id,
            name=entry.name,
            commune=entry.commune,
            target_group=entry.target_group,
            agreed=entry.agreed,
            now_ms=self.now_ms,
        )
        if holder is None:
            conflict = None if await self._claimed_here(guest.id) else ConflictKind.CLAIMED_TWICE
            await self._store(entry, when, Result.CLAIM_TAKEN, conflict, guest_id=guest.id)
            return
        self.cards |= {card: holder for card, one in self.cards.items() if one.id == holder.id}
        await self._store(entry, when, Result.CLAIMED, guest_id=holder.id)
        await checkin_cards.settle(self.writer, holder, actor=self.sender.phone.actor, now_ms=self.now_ms)

    async def _claimed_here(self, guest_id: int) -> bool:
        c = scans.c
        query = select(c.id).where(
            c.guest_id == guest_id, c.phone_id == self.sender.phone.id, c.result == Result.CLAIMED
        )
        return (await self.writer.execute(query.limit(1))).first() is not None

    async def _check(self, entry: Entry, when: Placed) -> None:
        guest = self.cards.get(entry.card or "")
        if guest is None:
            await self._store(entry, when, Result.UNKNOWN_CARD)
        elif guest.level is GuestLevel.BLANK:
            await self._store(entry, when, Result.BLANK_CARD, guest_id=guest.id)
        else:
            await identity.mark_checked(self.writer, guest.id, by=self.sender.phone.actor, now_ms=self.now_ms)
            self.cards[entry.card or ""] = replace(guest, level=GuestLevel.CHECKED)
            await self._store(entry, when, Result.CHECKED, guest_id=guest.id)

    async def _undo(self, entry: Entry, when: Placed) -> None:
        found = (await rows_of(Reader(self.writer), self.sender.phone.id, [entry.of_nonce or ""])).get(
            entry.of_nonce or ""
        )
        if found is None:
            # What it undoes is still under way.
            await self._store(entry, when, Result.UNDONE)
            self.undos[entry.of_nonce or ""].append(entry.at)
            return
        if not undo_in_time(entry.at, found.device_at) or found.action not in (Action.SCAN, Action.COUNT):
            await self._store(entry, when, Result.UNDO_LATE)
            return
        if self.sender.phone.revoked_at is not None and found.counts != NOT:
            # Whoever holds a lost phone may not take back what its helper did.
            await self._store(entry, when, Result.REVOKED)
            return
        await self._store(entry, when, Result.UNDONE)
        if found.undone_at is None:
            await undo(self.writer, found, reason=UNDO_REASON, actor=self.sender.phone.actor, now_ms=self.now_ms)

    async def _store(
        self,
        entry: Entry,
        when: Placed,
        result: Result,
        conflict: ConflictKind | None = None,
        *,
        guest_id: int | None = None,
        counts: str = NOT,
    ) -> Any:
        undone = entry.action in (Action.SCAN, Action.COUNT) and any(
            undo_in_time(at, entry.at) for at in self.undos.get(entry.nonce, ())
        )
        post = self.posts.get(entry.post or 0)
        return await scans_standing.store(
            self.writer,
            {
                "festival_id": self.festival.id,
                "phone_id": self.sender.phone.id,
                "nonce": entry.nonce,
                "action": str(entry.action),
                "kind": str(self._kind(entry)),
                "card": entry.card,
                "guest_id": guest_id,
                "live_event_id": None if post is None else post.id,
                "skills": skills_text(entry.skills),
                "target_group": entry.target_group,
                "heads": entry.heads,
                "of_nonce": entry.of_nonce,
                "typed": entry.typed,
                "offline": entry.offline,
                "device_at": entry.at,
                "offset_ms": self.sender.offset_ms,
                "occurred_at": when.at,
                "received_at": self.now_ms,
                "result": str(result),
                "counts": counts,
                "undone_at": self.now_ms if undone else None,
                "conflict": None if undone else conflict,
            },
        )


async def undo(writer: Writer, row: Any, *, reason: str, actor: str, now_ms: int) -> None:
    """Takes a scan or a headcount back. Call once, with its row as it is; its guest must be locked."""
    await scans_standing.drop(writer, row, reason=reason, actor=actor, now_ms=now_ms)
    closing: dict[str, Any] = {}
    if row.conflict is not None and row.resolved_at is None:
        closing = {"resolved_how": Resolution.UNDONE, "resolved_by": actor, "resolved_at": now_ms}
    await scans_standing.change(writer, row.id, undone_at=now_ms, reason=reason, **closing)
