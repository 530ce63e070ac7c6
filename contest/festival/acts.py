"""How far an item of the hall's is: opened, closed, armed, fired. One row in `acts` for each.

Every change makes the festival's version grow in the same transaction. Never counts votes, signatures or holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import act_settings, festivals
from contest.festival.model import FestivalState, LiveEvent, LiveEventKind, LiveEventState
from contest.festival.tables import acts, cloud_entries, live_events, pledges, poll_votes

HALL = frozenset({LiveEventKind.POLL, LiveEventKind.PLEDGE, LiveEventKind.LAUNCH})
"""The kinds this part looks after."""


class ActState(StrEnum):
    READY = "ready"
    OPEN = "open"
    CLOSED = "closed"
    ARMED = "armed"
    """A launch whose buttons count."""
    FIRED = "fired"


@dataclass(frozen=True, slots=True)
class Act:
    """An item's row; an item that was never touched is ready. `run` grows each time a launch is armed."""

    live_event_id: int
    state: ActState = ActState.READY
    run: int = 0
    needed: int | None = None
    opened_at: int | None = None
    closed_at: int | None = None
    launched_at: int | None = None
    launched_by: str | None = None


_FIELDS = tuple(Act.__dataclass_fields__)
_COLUMNS = tuple(acts.c[name] for name in _FIELDS)


def act_record(row: Any) -> Act:
    """A row of `acts` as a value."""
    values = {name: getattr(row, name) for name in _FIELDS}
    return Act(**values | {"state": ActState(row.state)})


async def item_of(reader: Reader, festival_id: int, live_event_id: int, *kinds: LiveEventKind) -> LiveEvent:
    """The item of this festival, of one of these kinds (none: the hall's). Raises NotFound("live_event_unknown")."""
    item = await festivals.live_event(reader, live_event_id)
    if item.festival_id != festival_id or item.kind not in (kinds or HALL):
        raise NotFound("live_event_unknown")
    return item


async def load(reader: Reader, live_event_id: int) -> Act:
    """The item's row, or what it would be."""
    return (await load_many(reader, [live_event_id])).get(live_event_id, Act(live_event_id))


async def load_many(reader: Reader, live_event_ids: Sequence[int]) -> dict[int, Act]:
    """The rows there are, by item."""
    query = select(*_COLUMNS).where(acts.c.live_event_id.in_([int(one) for one in live_event_ids]))
    return {row.live_event_id: act_record(row) for row in await reader.execute(query)}


async def held(writer: Writer, item: LiveEvent, now_ms: int, *, share: bool = False) -> Act:
    """The row, made if it is missing, and nobody else changes it until the transaction ends. `share`: others may hold
    it in the same way, so that votes do not wait for one another but for whoever closes."""
    dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
    query = select(*_COLUMNS).where(acts.c.live_event_id == item.id)
    locked = query.with_for_update(read=share)
    row = (await writer.execute(locked)).one_or_none()
    if row is None:
        made = dialect.insert(acts).values(live_event_id=item.id, festival_id=item.festival_id, updated_at=now_ms)
        await writer.execute(made.on_conflict_do_nothing())
        row = (await writer.execute(locked)).one()
    return act_record(row)


async def change(writer: Writer, item: LiveEvent, now_ms: int, **values: Any) -> None:
    """Stores what changed and lets phones and stage know; the row must be `held`."""
    await writer.execute(update(acts).where(acts.c.live_event_id == item.id).values(updated_at=now_ms, **values))
    await festivals.touch(writer, item.festival_id, now_ms)


async def begin(writer: Writer, item: LiveEvent, now_ms: int) -> None:
    """What the hall does now is live in the programme too."""
    c = live_events.c
    started = update(live_events).where(c.id == item.id, c.state == LiveEventState.PLANNED)
    await writer.execute(started.values(state=LiveEventState.LIVE, updated_at=now_ms))


async def check_running(reader: Reader, item: LiveEvent) -> None:
    """Raises Conflict("act_festival_closed") or Conflict("act_item_done")."""
    festival = await festivals.load(reader, item.festival_id)
    if festival.state is not FestivalState.OPEN:
        raise Conflict("act_festival_closed")
    if item.state is LiveEventState.DONE:
        raise Conflict("act_item_done")


async def open_act(writer: Writer, festival_id: int, live_event_id: int, *, actor: str, now_ms: int) -> Act:
    """Lets people vote, send words or sign. Opening what is open changes nothing.

    Raises Invalid("act_not_ready"), Conflict("act_festival_closed" | "act_item_done") and what `item_of` raises.
    """
    item = await item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.POLL, LiveEventKind.PLEDGE)
    await check_running(Reader(writer), item)
    if act_settings.settings_of(item) is None:
        raise Invalid("act_not_ready", item=item.title)
    act = await held(writer, item, now_ms)
    if act.state is ActState.OPEN:
        return act
    await begin(writer, item, now_ms)
    await change(writer, item, now_ms, state=ActState.OPEN, opened_at=now_ms, closed_at=None)
    await _noted(writer, item, "act.open", actor, now_ms)
    return await load(Reader(writer), item.id)


async def close_act(writer: Writer, festival_id: int, live_event_id: int, *, actor: str, now_ms: int) -> Act:
    """No more votes, words or signatures; whatever was receipted before counts. Closing twice changes nothing."""
    item = await item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.POLL, LiveEventKind.PLEDGE)
    act = await held(writer, item, now_ms)
    if act.state is not ActState.OPEN:
        return act
    await change(writer, item, now_ms, state=ActState.CLOSED, closed_at=now_ms)
    await _noted(writer, item, "act.close", actor, now_ms)
    return await load(Reader(writer), item.id)


async def save_settings(
    writer: Writer, festival_id: int, live_event_id: int, given: dict[str, Any], *, actor: str, now_ms: int
) -> None:
    """The item's settings. Raises Conflict("act_has_answers") once people have voted, written or signed for other
    options or texts, Conflict("launch_fired"), and what `act_settings.parsed` raises."""
    item = await item_of(Reader(writer), festival_id, live_event_id)
    content = act_settings.parsed(item, given)
    act = await held(writer, item, now_ms)
    if act.state is ActState.FIRED:
        raise Conflict("launch_fired")
    if _meaning(dict(item.settings)) != _meaning(content) and await answered(Reader(writer), item.id):
        raise Conflict("act_has_answers")
    settings = {**item.settings, **content}
    c = live_events.c
    await writer.execute(update(live_events).where(c.id == item.id).values(settings=settings, updated_at=now_ms))
    await festivals.touch(writer, festival_id, now_ms)
    await _noted(writer, item, "act.settings", actor, now_ms)


def _meaning(settings: dict[str, Any]) -> tuple[Any, ...]:
    """What answers would mean something else without. Texts of pledges are copied into each, so they may change."""
    return settings.get("mode"), settings.get("options"), settings.get("several")


async def answered(reader: Reader, live_event_id: int) -> bool:
    """Whether anybody has voted, sent a word or signed."""
    for table in (poll_votes, cloud_entries, pledges):
        query = select(table.c.live_event_id).where(table.c.live_event_id == live_event_id).limit(1)
        if (await reader.execute(query)).first() is not None:
            return True
    return False


async def _noted(writer: Writer, item: LiveEvent, action: str, actor: str, now_ms: int) -> None:
    await audit.record(writer, actor=actor, action=action, subject=f"live_event:{item.id}", now_ms=now_ms)
