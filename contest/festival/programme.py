"""The items of a programme: added, changed, moved in time, and led through planned → live → done.

The caller opens the transaction and has checked who may do this; every act notes itself in the audit log and makes the
festival's version grow. What a live item does belongs to the part behind its kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, insert, select, update

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import festivals, kinds
from contest.festival.model import Festival, FestivalState, LiveEvent, LiveEventKind, LiveEventState
from contest.festival.tables import live_events
from contest.provincial.local_time import DAY_MS, day_bounds
from contest.skills import Skill
from contest.statistics.tables import participation_facts
from contest.tables import metadata, rounds
from scoring.folding import nfc

MAX_ITEMS = 300
_LONGEST_SHIFT_MIN = 12 * 60


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """What an organiser says of an item. Times in UTC ms; `settings` as the kind's part wants them; None: unchanged."""

    kind: LiveEventKind
    title: str
    starts_at: int
    ends_at: int | None = None
    place: str = ""
    responsible: str = ""
    note: str = ""
    skill: Skill | None = None
    settings: Mapping[str, Any] | None = None

    def columns(self, festival: Festival) -> dict[str, Any]:
        """As stored. Raises Invalid("item_title" | "item_text" | "item_time" | "item_day" | "item_settings")."""
        title, note = nfc(self.title), "\n".join(map(nfc, self.note.splitlines())).strip()
        place, responsible = nfc(self.place), nfc(self.responsible)
        if not 1 <= len(title) <= 200:
            raise Invalid("item_title")
        if len(place) > 160 or len(responsible) > 160 or len(note) > 2000:
            raise Invalid("item_text")
        if self.ends_at is not None and not self.starts_at < self.ends_at <= self.starts_at + 60 * DAY_MS:
            raise Invalid("item_time")
        first, last = day_bounds(festival.first_day)[0], day_bounds(festival.last_day)[1]
        if not first <= self.starts_at < last:
            raise Invalid("item_day")
        return {
            "kind": self.kind,
            "title": title,
            "place": place,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "responsible": responsible,
            "note": note,
            "skill": self.skill if self.kind in kinds.WITH_SKILL else None,
        } | ({} if self.settings is None else {"settings": kinds.checked(self.kind, self.settings)})


async def add(writer: Writer, festival_id: int, draft: ItemDraft, *, actor: str, now_ms: int) -> LiveEvent:
    """A new item, planned. Raises what `ItemDraft.columns` does, Conflict("festival_archived" | "too_many_items")."""
    festival = await _changeable(writer, festival_id)
    if len(await festivals.programme(Reader(writer), festival_id)) >= MAX_ITEMS:
        raise Conflict("too_many_items", most=MAX_ITEMS)
    values = {"settings": {}} | draft.columns(festival)
    values |= {"festival_id": festival_id, "created_at": now_ms, "updated_at": now_ms}
    made = await writer.scalar(insert(live_events).values(values).returning(live_events.c.id))
    assert made is not None
    await _changed(writer, festival_id, made, "festival.item_add", actor, now_ms, kind=draft.kind.value)
    return await festivals.live_event(Reader(writer), made)


async def edit(writer: Writer, item_id: int, draft: ItemDraft, *, actor: str, now_ms: int) -> LiveEvent:
    """Changes an item. What it is may change only while nothing hangs on it: Conflict("item_kind_used")."""
    item = await festivals.live_event(Reader(writer), item_id, lock=True)
    festival = await _changeable(writer, item.festival_id)
    values = draft.columns(festival) | {"updated_at": now_ms}
    if (draft.kind, values["skill"]) != (item.kind, item.skill) and (
        item.state is not LiveEventState.PLANNED or await used_by(writer, item)
    ):
        raise Conflict("item_kind_used")
    await writer.execute(update(live_events).where(live_events.c.id == item_id).values(values))
    await _changed(writer, item.festival_id, item_id, "festival.item_edit", actor, now_ms)
    return await festivals.live_event(Reader(writer), item_id)


async def remove(writer: Writer, item_id: int, *, actor: str, now_ms: int) -> None:
    """Deletes an item that was only ever planned. Raises Conflict("item_used") when anything hangs on it."""
    # Locked so that nothing can begin to refer to it either.
    await writer.execute(select(live_events.c.id).where(live_events.c.id == item_id).with_for_update())
    item = await festivals.live_event(Reader(writer), item_id)
    if item.state is not LiveEventState.PLANNED or await used_by(writer, item):
        raise Conflict("item_used")
    await writer.execute(delete(live_events).where(live_events.c.id == item_id))
    await _changed(
        writer, item.festival_id, item_id, "festival.item_remove", actor, now_ms, kind=item.kind.value, title=item.title
    )


async def shift(writer: Writer, item_id: int, minutes: int, *, actor: str, now_ms: int) -> int:
    """Moves a planned item and everything planned after it; how many. Raises Invalid("item_shift")."""
    if not minutes or abs(minutes) > _LONGEST_SHIFT_MIN:
        raise Invalid("item_shift")
    item = await festivals.live_event(Reader(writer), item_id)
    await festivals.lock_items(writer, item.festival_id)
    item = await festivals.live_event(Reader(writer), item_id)
    await _changeable(writer, item.festival_id)
    c = live_events.c
    moved = await writer.execute(
        update(live_events)
        .where(
            c.festival_id == item.festival_id,
            c.state == LiveEventState.PLANNED,
            c.starts_at >= item.starts_at,
            c.starts_at < item.starts_at + DAY_MS,
        )
        .values(starts_at=c.starts_at + minutes * 60_000, ends_at=c.ends_at + minutes * 60_000, updated_at=now_ms)
    )
    await _changed(
        writer, item.festival_id, item_id, "festival.item_shift", actor, now_ms, minutes=minutes, items=moved.rowcount
    )
    return moved.rowcount


async def set_state(writer: Writer, item_id: int, state: LiveEventState, *, actor: str, now_ms: int) -> LiveEvent:
    """Leads an item on, or back after a slip; the state it has already is no change.

    Raises NotFound and, to let an item of a closed festival go live, Conflict("festival_not_open").
    """
    item = await festivals.live_event(Reader(writer), item_id, lock=True)
    if item.state is state:
        return item
    festival = await festivals.load(Reader(writer), item.festival_id)
    if state is LiveEventState.LIVE and festival.state is not FestivalState.OPEN:
        raise Conflict("festival_not_open")
    await writer.execute(update(live_events).where(live_events.c.id == item_id).values(state=state, updated_at=now_ms))
    await _changed(
        writer, item.festival_id, item_id, f"festival.item_{state.value}", actor, now_ms, was=item.state.value
    )
    return await festivals.live_event(Reader(writer), item_id)


async def link_round(writer: Writer, item_id: int, round_id: int | None, *, actor: str, now_ms: int) -> None:
    """Makes a live round the content of an item. Raises Invalid("item_not_a_round"), NotFound("round_unknown")."""
    item = await festivals.live_event(Reader(writer), item_id, lock=True)
    if item.kind is not LiveEventKind.LIVE_ROUND:
        raise Invalid("item_not_a_round")
    if round_id is not None and await writer.scalar(select(rounds.c.id).where(rounds.c.id == round_id)) is None:
        raise NotFound("round_unknown")
    await writer.execute(
        update(live_events).where(live_events.c.id == item_id).values(round_id=round_id, updated_at=now_ms)
    )
    await _changed(writer, item.festival_id, item_id, "festival.item_round", actor, now_ms, round=round_id)


async def used_by(writer: Writer, item: LiveEvent) -> bool:
    """Whether anything hangs on the item: facts, staff phones, pledges, votes, whatever refers to it."""
    if item.round_id is not None:
        return True
    columns = [participation_facts.c.live_event_id, *_referring()]
    for column in columns:
        found = await writer.execute(select(column).where(column == item.id).limit(1))
        if found.first() is not None:
            return True
    return False


def _referring() -> list[Any]:
    tables: list[Table] = [table for table in metadata.tables.values() if table is not live_events]
    return [key.parent for table in tables for key in table.foreign_keys if key.references(live_events)]


async def _changeable(writer: Writer, festival_id: int) -> Festival:
    festival = await festivals.load(Reader(writer), festival_id, lock=True)
    if festival.state is FestivalState.ARCHIVED:
        raise Conflict("festival_archived")
    return festival


async def _changed(
    writer: Writer, festival_id: int, item_id: int, action: str, actor: str, now_ms: int, **detail: Any
) -> None:
    await festivals.touch(writer, festival_id, now_ms)
    await audit.record(
        writer, actor=actor, action=action, subject=f"live_event:{item_id}", now_ms=now_ms,
        detail={"festival": festival_id, **detail},
    )  # fmt: skip
