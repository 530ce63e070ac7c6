"""The launch in SQL: delegates and their links, arming, and the one moment it fires.

A launch fires once: a compare-and-set on its row, with the facts in the same transaction. Never knows who is pressing
(`realtime.festival.holds`) nor when to fire (`contest.festival.launching`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import act_facts, acts, festivals
from contest.festival.act_settings import MOST_DELEGATES
from contest.festival.acts import Act, ActState
from contest.festival.model import Guest, LiveEvent, LiveEventKind, PhoneRole
from contest.festival.tables import acts as acts_table
from contest.festival.tables import launch_delegates, launch_holders, staff_phones
from contest.statistics import ledger
from contest.statistics.facts import Channel, Fact, FactKind
from contest.tickets import digest, new_secret
from scoring.folding import nfc

MAX_NAME, MAX_PLACE = 80, 120
BUTTON = "button"
"""Who fired a launch that its delegates fired."""
IDLE, CALLED, EXCUSED = "idle", "called", "excused"


@dataclass(frozen=True, slots=True)
class Delegate:
    """One of those who press the button. `part`: idle, called (the launch waits for them) or excused."""

    id: int
    live_event_id: int
    number: int
    name: str
    place: str
    staff_phone_id: int | None
    part: str


_COLUMNS = tuple(launch_delegates.c[name] for name in Delegate.__dataclass_fields__)


async def delegates(reader: Reader, live_event_id: int) -> list[Delegate]:
    """In the order in which they stand."""
    c = launch_delegates.c
    query = select(*_COLUMNS).where(c.live_event_id == live_event_id).order_by(c.number)
    return [Delegate(*row) for row in await reader.execute(query)]


async def set_delegates(
    writer: Writer,
    festival_id: int,
    live_event_id: int,
    given: Sequence[tuple[str, str]],
    *,
    actor: str,
    now_ms: int,
) -> list[Delegate]:
    """Names and places in order; a place in the row keeps its link. Raises Invalid("delegates"), Conflict."""
    item = await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.LAUNCH)
    rows = [(nfc(name), nfc(place)) for name, place in given if name.strip()]
    if len(rows) > MOST_DELEGATES or any(len(name) > MAX_NAME or len(place) > MAX_PLACE for name, place in rows):
        raise Invalid("delegates", limit=MOST_DELEGATES)
    act = await acts.held(writer, item, now_ms)
    if act.state in (ActState.ARMED, ActState.FIRED):
        raise Conflict("launch_fired" if act.state is ActState.FIRED else "launch_armed")
    before = {one.number: one for one in await delegates(Reader(writer), item.id)}
    c = launch_delegates.c
    for number, (name, place) in enumerate(rows, 1):
        if number in before:
            changed = update(launch_delegates).where(c.id == before[number].id).values(name=name, place=place)
            await writer.execute(changed)
        else:
            made = insert(launch_delegates).values(live_event_id=item.id, number=number, name=name, place=place)
            await writer.execute(made)
    gone = [one for number, one in before.items() if number > len(rows)]
    for one in gone:
        await _revoke(writer, one, now_ms)
    await writer.execute(delete(launch_delegates).where(c.id.in_([one.id for one in gone])))
    await festivals.touch(writer, festival_id, now_ms)
    await _noted(writer, item, "launch.delegates", actor, now_ms, many=len(rows))
    return await delegates(Reader(writer), item.id)


async def pair(
    writer: Writer, festival_id: int, live_event_id: int, delegate_id: int, *, actor: str, now_ms: int
) -> str:
    """A new link's token for a delegate; the one before opens nothing any more. Raises NotFound("delegate_unknown")."""
    item = await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.LAUNCH)
    found = [one for one in await delegates(Reader(writer), item.id) if one.id == delegate_id]
    if not found:
        raise NotFound("delegate_unknown")
    await _revoke(writer, found[0], now_ms)
    token = new_secret()
    made = (
        insert(staff_phones)
        .values(
            festival_id=festival_id,
            label=found[0].name,
            role=str(PhoneRole.DELEGATE),
            live_event_id=item.id,
            token_hash=digest(token),
            created_by=actor,
            created_at=now_ms,
        )
        .returning(staff_phones.c.id)
    )
    phone = (await writer.execute(made)).scalar_one()
    c = launch_delegates.c
    await writer.execute(update(launch_delegates).where(c.id == delegate_id).values(staff_phone_id=phone))
    await _noted(writer, item, "launch.pair", actor, now_ms, delegate=delegate_id)
    return token


async def _revoke(writer: Writer, delegate: Delegate, now_ms: int) -> None:
    c = staff_phones.c
    old = update(staff_phones).where(c.id == delegate.staff_phone_id, c.revoked_at.is_(None))
    await writer.execute(old.values(revoked_at=now_ms))


async def by_token(reader: Reader, token: str) -> Delegate | None:
    """Whose button a link is."""
    c = staff_phones.c
    query = (
        select(*_COLUMNS)
        .join(staff_phones, c.id == launch_delegates.c.staff_phone_id)
        .where(c.token_hash == digest(token), c.revoked_at.is_(None), c.role == PhoneRole.DELEGATE)
    )
    row = (await reader.execute(query)).one_or_none()
    return None if row is None else Delegate(*row)


async def arm(
    writer: Writer,
    festival_id: int,
    live_event_id: int,
    present: Collection[int],
    *,
    needed: int | None,
    actor: str,
    now_ms: int,
) -> Act:
    """From now on the buttons count. The launch waits for the delegates who are there now (`present`), and for whoever
    of them comes later, until the host excuses them; with `needed`, for that many of them.

    Raises Conflict("launch_nobody" | "launch_fired" | "launch_armed"), Invalid("launch_needed"), as `open_act`.
    """
    item = await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.LAUNCH)
    await acts.check_running(Reader(writer), item)
    act = await acts.held(writer, item, now_ms)
    if act.state in (ActState.ARMED, ActState.FIRED):
        raise Conflict("launch_fired" if act.state is ActState.FIRED else "launch_armed")
    there = [one for one in await delegates(Reader(writer), item.id) if one.id in present]
    if not there:
        raise Conflict("launch_nobody")
    if needed is not None and not 1 <= needed <= len(there):
        raise Invalid("launch_needed", most=len(there))
    c = launch_delegates.c
    await writer.execute(update(launch_delegates).where(c.live_event_id == item.id).values(part=IDLE))
    called = update(launch_delegates).where(c.id.in_([one.id for one in there])).values(part=CALLED)
    await writer.execute(called)
    await acts.begin(writer, item, now_ms)
    values = {"state": ActState.ARMED, "run": act.run + 1, "needed": needed, "opened_at": now_ms}
    await acts.change(writer, item, now_ms, **values)
    await _noted(writer, item, "launch.arm", actor, now_ms, called=len(there), needed=needed)
    return await acts.load(Reader(writer), item.id)


async def disarm(writer: Writer, festival_id: int, live_event_id: int, *, actor: str, now_ms: int) -> Act:
    """The buttons count no more; whatever was held is forgotten. Raises Conflict("launch_fired")."""
    item = await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.LAUNCH)
    act = await acts.held(writer, item, now_ms)
    if act.state is ActState.FIRED:
        raise Conflict("launch_fired")
    if act.state is ActState.ARMED:
        c = launch_delegates.c
        await writer.execute(update(launch_delegates).where(c.live_event_id == item.id).values(part=IDLE))
        await acts.change(writer, item, now_ms, state=ActState.READY, closed_at=now_ms)
        await _noted(writer, item, "launch.disarm", actor, now_ms)
    return await acts.load(Reader(writer), item.id)


async def call(writer: Writer, delegate_id: int) -> bool:
    """A delegate who came after arming is waited for too: that can only delay a launch."""
    c = launch_delegates.c
    late = update(launch_delegates).where(c.id == delegate_id, c.part == IDLE).values(part=CALLED)
    return (await writer.execute(late)).rowcount == 1


async def excuse(
    writer: Writer, festival_id: int, live_event_id: int, delegate_id: int, *, excused: bool, actor: str, now_ms: int
) -> None:
    """The host waits for a delegate no more, or again. Raises NotFound("delegate_unknown"), Conflict("launch_last")
    when nobody would be left."""
    item = await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.LAUNCH)
    await acts.held(writer, item, now_ms)
    everybody = await delegates(Reader(writer), item.id)
    if delegate_id not in {one.id for one in everybody}:
        raise NotFound("delegate_unknown")
    if excused and not [one for one in everybody if one.part == CALLED and one.id != delegate_id]:
        raise Conflict("launch_last")
    c = launch_delegates.c
    part = EXCUSED if excused else CALLED
    await writer.execute(update(launch_delegates).where(c.id == delegate_id).values(part=part))
    await festivals.touch(writer, festival_id, now_ms)
    await _noted(writer, item, "launch.excuse" if excused else "launch.wait", actor, now_ms, delegate=delegate_id)


async def fire(
    writer: Writer,
    item: LiveEvent,
    *,
    run: int | None,
    holders: Sequence[Delegate],
    crowd: Sequence[Guest] = (),
    by: str = BUTTON,
    now_ms: int,
) -> bool:
    """Fires, unless it has been fired or, with `run`, is not armed in that run; False: nothing has happened here.

    Facts and holders are stored with it, once, whoever else tries at the same moment. `run` None: the host, by hand.
    """
    c = acts_table.c
    await acts.held(writer, item, now_ms)
    fired = update(acts_table).where(c.live_event_id == item.id, c.launched_at.is_(None))
    if run is not None:
        fired = fired.where(c.state == ActState.ARMED, c.run == run)
    values = {"state": ActState.FIRED, "launched_at": now_ms, "launched_by": by, "updated_at": now_ms}
    if (await writer.execute(fired.values(**values))).rowcount != 1:
        return False
    festival = await festivals.load(Reader(writer), item.festival_id)
    facts = [_fact(item, one, festival.commune, now_ms) for one in holders if one.staff_phone_id is not None]
    facts += [act_facts.of_guest(FactKind.LAUNCH, f"{item.id}:guest:{one.id}", one, item, now_ms) for one in crowd]
    await ledger.record(writer, facts, now_ms=now_ms)
    rows = [{"live_event_id": item.id, "holder": fact.source.partition(":")[2], "held_at": now_ms} for fact in facts]
    if rows:
        await writer.execute(insert(launch_holders), rows)
    await acts.begin(writer, item, now_ms)
    await festivals.touch(writer, item.festival_id, now_ms)
    await _noted(writer, item, "launch.fire", "system" if by == BUTTON else by, now_ms, holders=len(holders))
    return True


def _fact(item: LiveEvent, delegate: Delegate, commune: str | None, now_ms: int) -> Fact:
    phone = f"phone:{delegate.staff_phone_id}"
    return Fact(
        FactKind.LAUNCH,
        f"{item.id}:{phone}",
        now_ms,
        commune=commune,
        channel=Channel.STAFF,
        recorded_by=phone,
        festival_id=item.festival_id,
        live_event_id=item.id,
    )


async def _noted(writer: Writer, item: LiveEvent, action: str, actor: str, now_ms: int, **detail: object) -> None:
    subject = f"live_event:{item.id}"
    await audit.record(writer, actor=actor, action=action, subject=subject, now_ms=now_ms, detail=detail)
