"""Pledges in SQL: signed by guests, one for each item, and by units on a staff phone or the organiser's page.

Text, signer, time and the fact are stored in one transaction. A guest's name stays in `guests`: erasing the guest takes
it from here too. Never deletes a signature: it is withdrawn by its signer or voided by the host with a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contest import audit, names, units
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import act_facts, acts, festivals
from contest.festival.act_settings import PledgeSettings, required
from contest.festival.acts import ActState
from contest.festival.model import Guest, LiveEvent, LiveEventKind, LiveEventState
from contest.festival.tables import acts as acts_table
from contest.festival.tables import guests, live_events, pledges
from contest.statistics import ledger
from contest.statistics.facts import Channel, Fact, FactKind
from scoring.folding import nfc

MAX_UNIT, MAX_PERSON, MAX_REASON = 160, 120, 400
WITHDRAWN = "withdrawn by the signer"
MINOR = "u16"
"""Names of children are not shown in a hall."""


@dataclass(frozen=True, slots=True)
class Pledge:
    """A signature. `name` is the guest's and may be shown only when `shown_name` says so."""

    id: int
    live_event_id: int
    signer: str
    guest_id: int | None
    unit_name: str | None
    unit_code: str | None
    representative: str | None
    office: str | None
    text: str
    agreed: bool
    hidden: bool
    state: str
    signed_by: str
    signed_at: int
    ended_at: int | None
    reason: str | None
    name: str | None
    commune: str | None
    name_hidden: bool
    age_band: str | None

    @property
    def shown_name(self) -> str | None:
        """What the hall may read; None: somebody who is not named."""
        if self.hidden:
            return None
        if self.signer == "unit":
            return self.unit_name
        named = self.name is not None and self.agreed and not self.name_hidden and self.age_band != MINOR
        return self.name if named and self.name and not names.is_offensive(self.name) else None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many signed."""

    people: int
    units: int


_G = ("name", "commune", "name_hidden", "age_band")
_OWN = tuple(pledges.c[name] for name in Pledge.__dataclass_fields__ if name not in _G)
_QUERY = select(*_OWN, *(guests.c[name] for name in _G)).outerjoin(guests, guests.c.id == pledges.c.guest_id)


def _record(row: Any) -> Pledge:
    values = {name: getattr(row, name) for name in Pledge.__dataclass_fields__}
    return Pledge(**values | {"name_hidden": bool(row.name_hidden)})


async def sign(
    writer: Writer,
    festival_id: int,
    live_event_id: int,
    guest: Guest,
    *,
    text: int,
    agreed: bool,
    send_id: str,
    now_ms: int,
) -> Pledge:
    """A guest signs text number `text` (from 0); who has signed gets the signature there is.

    Raises Invalid("pledge_text" | "act_not_ready"), Conflict("act_not_open"), NotFound.
    """
    item, settings = await _signing(writer, festival_id, live_event_id, text, now_ms)
    made = await _insert(
        writer,
        live_event_id=item.id,
        festival_id=festival_id,
        send_id=send_id,
        signer="person",
        guest_id=guest.id,
        text=settings.texts[text],
        agreed=agreed,
        signed_by=f"guest:{guest.id}",
        signed_at=now_ms,
    )
    c = pledges.c
    if made is None:
        # Sent twice, or signed on another phone of theirs.
        sent = (c.live_event_id == item.id) & (c.guest_id == guest.id)
        found = await writer.execute(
            _QUERY.where(sent, (c.send_id == send_id) | (c.state == "signed")).order_by((c.state == "signed").desc())
        )
        row = found.first()
        if row is None:
            raise Conflict("pledge_again")
        return _record(row)
    fact = act_facts.of_guest(FactKind.PLEDGE, str(made), guest, item, now_ms)
    await ledger.record(writer, [fact], now_ms=now_ms)
    return await load(Reader(writer), item.id, made)


async def sign_unit(
    writer: Writer,
    festival_id: int,
    live_event_id: int,
    *,
    unit_name: str,
    representative: str,
    office: str,
    unit_code: str | None,
    text: int,
    send_id: str,
    actor: str,
    now_ms: int,
) -> Pledge:
    """A unit signs, by its representative. Sent twice it is there once. Raises Invalid("pledge_unit" |
    "unit_unknown") and as `sign`."""
    unit_name, representative, office = nfc(unit_name), nfc(representative), nfc(office)
    if not 1 <= len(unit_name) <= MAX_UNIT or not 1 <= len(representative) <= MAX_PERSON or len(office) > MAX_PERSON:
        raise Invalid("pledge_unit")
    if unit_code and unit_code not in units.by_code(units.shipped()):
        raise Invalid("unit_unknown")
    item, settings = await _signing(writer, festival_id, live_event_id, text, now_ms)
    made = await _insert(
        writer,
        live_event_id=item.id,
        festival_id=festival_id,
        send_id=send_id,
        signer="unit",
        unit_name=unit_name,
        unit_code=unit_code or None,
        representative=representative,
        office=office or None,
        text=settings.texts[text],
        agreed=True,
        signed_by=actor,
        signed_at=now_ms,
    )
    if made is None:
        c = pledges.c
        row = (await writer.execute(_QUERY.where(c.live_event_id == item.id, c.send_id == send_id))).one()
        return _record(row)
    fact = Fact(
        FactKind.PLEDGE,
        str(made),
        now_ms,
        commune=unit_code or None,
        sub_group="unit",
        channel=Channel.STAFF,
        recorded_by=actor,
        festival_id=festival_id,
        live_event_id=item.id,
    )
    await ledger.record(writer, [fact], now_ms=now_ms)
    await audit.record(writer, actor=actor, action="pledge.unit", subject=f"pledge:{made}", now_ms=now_ms)
    return await load(Reader(writer), item.id, made)


async def _signing(
    writer: Writer, festival_id: int, live_event_id: int, text: int, now_ms: int
) -> tuple[LiveEvent, PledgeSettings]:
    reader = Reader(writer)
    item = await acts.item_of(reader, festival_id, live_event_id, LiveEventKind.PLEDGE)
    settings = required(item, PledgeSettings)
    if not 0 <= text < len(settings.texts):
        raise Invalid("pledge_text")
    await acts.check_running(reader, item)
    act = await acts.held(writer, item, now_ms, share=True)
    if act.state is not ActState.OPEN:
        raise Conflict("act_not_open")
    return item, settings


async def _insert(writer: Writer, **values: Any) -> int | None:
    dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(pledges).values(**values).on_conflict_do_nothing().returning(pledges.c.id)
    made = (await writer.execute(statement)).scalar_one_or_none()
    return None if made is None else int(made)


async def withdraw(
    writer: Writer,
    festival_id: int,
    live_event_id: int,
    *,
    guest_id: int | None,
    pledge_id: int,
    actor: str,
    now_ms: int,
) -> Pledge:
    """The signer takes it back before the item is done; `guest_id` None: a unit, on the phone where it signed.

    Raises NotFound("pledge_unknown"), Conflict("act_item_done").
    """
    item = await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.PLEDGE)
    pledge = await load(Reader(writer), item.id, pledge_id)
    own = pledge.guest_id == guest_id if guest_id is not None else pledge.signed_by == actor
    if not own:
        raise NotFound("pledge_unknown")
    if item.state is LiveEventState.DONE:
        raise Conflict("act_item_done")
    return await _end(writer, item, pledge, "withdrawn", WITHDRAWN, actor, now_ms)


async def void(
    writer: Writer, festival_id: int, live_event_id: int, pledge_id: int, *, reason: str, actor: str, now_ms: int
) -> Pledge:
    """The host takes a signature out of the count. Raises Invalid("void_reason"), NotFound("pledge_unknown")."""
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise Invalid("void_reason", limit=MAX_REASON)
    item = await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.PLEDGE)
    pledge = await load(Reader(writer), item.id, pledge_id)
    made = await _end(writer, item, pledge, "void", reason.strip(), actor, now_ms)
    subject = f"pledge:{pledge_id}"
    await audit.record(writer, actor=actor, action="pledge.void", subject=subject, now_ms=now_ms)
    return made


async def _end(
    writer: Writer, item: LiveEvent, pledge: Pledge, state: str, reason: str, actor: str, now_ms: int
) -> Pledge:
    c = pledges.c
    ended = await writer.execute(
        update(pledges)
        .where(c.id == pledge.id, c.state == "signed")
        .values(state=state, ended_by=actor, ended_at=now_ms, reason=reason)
    )
    if ended.rowcount:
        source = str(pledge.id)
        await ledger.void(writer, FactKind.PLEDGE, source, reason=reason, actor=actor, now_ms=now_ms)
        await festivals.touch(writer, item.festival_id, now_ms)
    return await load(Reader(writer), item.id, pledge.id)


async def hide(
    writer: Writer, festival_id: int, live_event_id: int, pledge_id: int, hidden: bool, *, actor: str, now_ms: int
) -> None:
    """Takes a name off the stage, or puts it back; the signature counts all the same."""
    item = await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.PLEDGE)
    await load(Reader(writer), item.id, pledge_id)
    await writer.execute(update(pledges).where(pledges.c.id == pledge_id).values(hidden=hidden))
    await festivals.touch(writer, festival_id, now_ms)
    action = "pledge.hide" if hidden else "pledge.show"
    await audit.record(writer, actor=actor, action=action, subject=f"pledge:{pledge_id}", now_ms=now_ms)


async def load(reader: Reader, live_event_id: int, pledge_id: int) -> Pledge:
    """One signature, or NotFound("pledge_unknown")."""
    c = pledges.c
    row = (await reader.execute(_QUERY.where(c.live_event_id == live_event_id, c.id == pledge_id))).one_or_none()
    if row is None:
        raise NotFound("pledge_unknown")
    return _record(row)


async def listing(
    reader: Reader, live_event_id: int, *, signer: str = "", ended: bool = False, limit: int | None = None
) -> list[Pledge]:
    """Units first, then the newest first; `ended`: withdrawn and voided ones too."""
    c = pledges.c
    query = _QUERY.where(c.live_event_id == live_event_id).order_by(c.signer.desc(), c.signed_at.desc(), c.id.desc())
    if signer:
        query = query.where(c.signer == signer)
    if not ended:
        query = query.where(c.state == "signed")
    return [_record(row) for row in await reader.execute(query if limit is None else query.limit(limit))]


async def counted(reader: Reader, live_event_ids: Sequence[int]) -> dict[int, Counted]:
    """How many signatures stand, by item."""
    c = pledges.c
    numbers = [int(one) for one in live_event_ids]
    query = (
        select(c.live_event_id, c.signer, func.count().label("many"))
        .where(c.live_event_id.in_(numbers), c.state == "signed")
        .group_by(c.live_event_id, c.signer)
    )
    found = {(row.live_event_id, row.signer): row.many for row in await reader.execute(query)}
    return {one: Counted(found.get((one, "person"), 0), found.get((one, "unit"), 0)) for one in numbers}


async def any_open(reader: Reader, festival_id: int) -> bool:
    """Whether a pledge of the festival can be signed now."""
    a, e = acts_table.c, live_events.c
    query = (
        select(a.live_event_id)
        .join(live_events, e.id == a.live_event_id)
        .where(
            a.festival_id == festival_id, a.state == ActState.OPEN, e.kind == LiveEventKind.PLEDGE,
            e.state != LiveEventState.DONE,
        )
        .limit(1)
    )  # fmt: skip
    return await reader.scalar(query) is not None


async def of_guest(reader: Reader, festival_id: int, guest_id: int) -> list[Pledge]:
    """A guest's standing signatures at this festival."""
    c = pledges.c
    query = _QUERY.join(live_events, live_events.c.id == c.live_event_id).where(
        c.guest_id == guest_id, c.state == "signed", live_events.c.festival_id == festival_id
    )
    return [_record(row) for row in await reader.execute(query)]
