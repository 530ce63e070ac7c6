"""Guests in SQL: a card, and as much about its holder as they said.

Personal data of guests stands in `guests` and nowhere else. Never checks anybody in.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contest.database import Reader, Writer
from contest.errors import NotFound
from contest.festival.cards import new_card
from contest.festival.model import Guest, GuestLevel, PhoneRole, StaffPhone
from contest.festival.tables import festival_guests, guest_sessions, guests, staff_phones
from contest.ids import FestivalId
from contest.statistics.facts import person_of_guest
from contest.tickets import digest

_FIELDS = tuple(Guest.__dataclass_fields__)
_COLUMNS = tuple(guests.c[name] for name in _FIELDS)


def guest_record(row: Any) -> Guest:
    """A row with (at least) the columns of `Guest` as a value."""
    values = {name: getattr(row, name) for name in _FIELDS}
    return Guest(**values | {"level": GuestLevel(row.level)})


async def make(
    writer: Writer,
    *,
    festival_id: int | None,
    now_ms: int,
    name: str | None = None,
    commune: str | None = None,
    village_id: int | None = None,
    target_group: str | None = None,
    age_band: str | None = None,
    level: GuestLevel = GuestLevel.NICKNAME,
    staff: bool = False,
    lang: str = "vi",
    created_by: str = "self",
    consent: str | None = None,
) -> Guest:
    """A new guest with a card of their own. `name` as `contest.names.clean` gives it; what may be said is the
    caller's to check. Each call makes another guest."""
    row = (
        await writer.execute(
            insert(guests)
            .values(
                card=new_card(),
                festival_id=festival_id,
                name=name,
                commune=commune,
                village_id=village_id,
                target_group=target_group,
                age_band=age_band,
                level=str(level),
                staff=staff,
                lang=lang,
                created_by=created_by,
                consent=consent,
                consented_at=None if consent is None else now_ms,
                created_at=now_ms,
                updated_at=now_ms,
            )
            .returning(*_COLUMNS)
        )
    ).one()
    guest = guest_record(row)
    await writer.execute(update(guests).where(guests.c.id == guest.id).values(person=person_of_guest(guest.id)))
    if festival_id is not None and level is not GuestLevel.BLANK:
        await come(writer, festival_id, guest.id, now_ms)
    return guest


async def come(writer: Writer, festival_id: int, guest_id: int, now_ms: int) -> None:
    """Notes that the guest has come to a festival, by its page or its staff; harmless to repeat."""
    row = {"festival_id": festival_id, "guest_id": guest_id, "came_at": now_ms}
    added = postgresql_insert if writer.dialect.name == "postgresql" else sqlite_insert
    await writer.execute(added(festival_guests).values(row).on_conflict_do_nothing())


async def has_come(reader: Reader, festival_id: int, guest_id: int) -> bool:
    """Whether the guest has come to this festival before."""
    c = festival_guests.c
    query = select(c.guest_id).where(c.festival_id == festival_id, c.guest_id == guest_id)
    return await reader.scalar(query) is not None


async def seen(reader: Reader, festival_id: int) -> int:
    """How many guests have come to a festival."""
    query = select(func.count()).select_from(festival_guests).where(festival_guests.c.festival_id == festival_id)
    return int(await reader.scalar(query) or 0)


async def load(reader: Reader, guest_id: int) -> Guest:
    """The guest, or NotFound("guest_unknown")."""
    row = (await reader.execute(select(*_COLUMNS).where(guests.c.id == guest_id))).one_or_none()
    if row is None:
        raise NotFound("guest_unknown")
    return guest_record(row)


async def by_cards(reader: Reader, cards: Sequence[str]) -> dict[str, Guest]:
    """The guests of many cards (as `cards.parse_card` gives them) in one query, by the card that was asked for.

    A card that was replaced, or taken up by somebody who has another, leads to that guest, whose own `card` differs.
    """
    if not cards:
        return {}
    held = guests.alias("held")
    query = (
        select(held.c.card.label("asked"), *_COLUMNS)
        .select_from(held.join(guests, guests.c.id == func.coalesce(held.c.same_as, held.c.id)))
        .where(held.c.card.in_(bindparam("cards", expanding=True)), guests.c.erased_at.is_(None))
    )
    return {row.asked: guest_record(row) for row in await reader.execute(query, {"cards": list(cards)})}


async def by_session(reader: Reader, secret: str, now_ms: int) -> Guest | None:
    """Whose session the secret is, while it lasts."""
    c = guest_sessions.c
    query = (
        select(*_COLUMNS)
        .join(guest_sessions, c.guest_id == guests.c.id)
        .where(c.token_hash == digest(secret), c.expires_at > now_ms, guests.c.erased_at.is_(None))
    )
    row = (await reader.execute(query)).one_or_none()
    return None if row is None else guest_record(row)


async def phone_by_token(reader: Reader, token: str) -> StaffPhone | None:
    """The staff phone of a token, None when unknown or revoked."""
    c = staff_phones.c
    row = (
        await reader.execute(
            select(c.id, c.festival_id, c.label, c.role, c.live_event_id, c.revoked_at).where(
                c.token_hash == digest(token), c.revoked_at.is_(None)
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return StaffPhone(
        row.id, FestivalId(row.festival_id), row.label, PhoneRole(row.role), row.live_event_id, row.revoked_at
    )
