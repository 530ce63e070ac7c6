"""Who a guest is: a nickname and a card, and whatever more they chose to say; sessions of their phone.

Never takes anything beyond the nickname without a consent for it, and never shows a person to somebody else. A phone
number is confirmed in `identity_phone`; correcting and deleting is `guest_rights`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, select, update

from contest import units
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import guests
from contest.festival.cards import new_card
from contest.festival.model import Guest, GuestLevel
from contest.festival.tables import guest_consents, guest_sessions
from contest.festival.tables import guests as table
from contest.ids import GuestId, UnitCode
from contest.names import clean, is_offensive
from contest.provincial.rules import TargetGroup
from contest.statistics.facts import AGE_BANDS
from contest.statistics.tables import villages
from contest.tickets import digest, new_secret

SESSION_MS = 400 * 24 * 3600 * 1000
"""A card is kept from one festival to the next year's; browsers keep no cookie longer."""
STATISTICS, PHONE = "statistics", "phone"
"""What a guest may agree to besides the nickname: being counted by place, group and age; being known by a number."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of themselves. `consents`: purpose → the words they ticked, nothing ticked beforehand."""

    name: str
    commune: str | None = None
    village_id: int | None = None
    target_group: str | None = None
    age_band: str | None = None
    lang: str = "vi"
    consents: Mapping[str, str] | None = None

    @property
    def beyond_name(self) -> bool:
        """Whether anything but the nickname is said."""
        return any((self.commune, self.village_id, self.target_group, self.age_band))

    def columns(self) -> dict[str, object]:
        """As stored. Raises Invalid: what `names.clean` finds, unit_unknown, group_unknown, age_unknown,
        consent_needed."""
        found = clean(self.name)
        if found.name is None:
            raise Invalid(found.code or "name_empty")
        if self.commune is not None and UnitCode(self.commune) not in units.by_code(units.shipped()):
            raise Invalid("unit_unknown")
        if self.target_group is not None and self.target_group not in set(TargetGroup):
            raise Invalid("group_unknown")
        if self.age_band is not None and self.age_band not in AGE_BANDS:
            raise Invalid("age_unknown")
        if self.beyond_name and STATISTICS not in (self.consents or {}):
            raise Invalid("consent_needed")
        return {
            "name": found.name,
            "name_hidden": is_offensive(found.name),
            "commune": self.commune,
            "village_id": self.village_id,
            "target_group": self.target_group,
            "age_band": self.age_band,
            "lang": "en" if self.lang == "en" else "vi",
        }


async def register(writer: Writer, festival_id: int, said: Said, *, card: str | None, now_ms: int) -> Guest:
    """A new guest; with `card` (as `cards.parse_card` gives it) the holder of that printed one.

    Raises what `Said.columns` does, Invalid("village_unknown"), NotFound("guest_unknown"), Conflict("card_taken").
    """
    values = said.columns() | {"updated_at": now_ms}
    await check_village(writer, said.village_id, said.commune)
    guest_id = (
        (await guests.make(writer, festival_id=festival_id, now_ms=now_ms)).id
        if card is None
        else await _take(writer, card)
    )
    values["level"] = GuestLevel.NICKNAME
    await writer.execute(update(table).where(table.c.id == guest_id).values(values))
    await guests.come(writer, festival_id, guest_id, now_ms)
    for purpose, words in (said.consents or {}).items():
        if purpose == STATISTICS:
            await note_consent(writer, guest_id, purpose, granted=True, words=words, now_ms=now_ms)
    return await guests.load(Reader(writer), guest_id)


async def check_village(writer: Writer, village_id: int | None, commune: str | None) -> None:
    """Raises Invalid("village_unknown") for one that is none of this commune's."""
    if village_id is None:
        return
    c = villages.c
    there = await writer.scalar(select(c.id).where(c.id == village_id, c.commune == commune, c.archived_at.is_(None)))
    if there is None:
        raise Invalid("village_unknown")


async def _take(writer: Writer, card: str) -> GuestId:
    row = (
        await writer.execute(select(table.c.id, table.c.level, table.c.same_as).where(table.c.card == card))
    ).one_or_none()
    if row is None:
        raise NotFound("guest_unknown")
    done = await writer.execute(
        update(table)
        .where(
            table.c.id == row.id,
            table.c.level == GuestLevel.BLANK,
            table.c.same_as.is_(None),
            table.c.erased_at.is_(None),
        )
        .values(level=GuestLevel.NICKNAME)
    )
    if not done.rowcount:
        raise Conflict("card_taken")
    return GuestId(row.id)


async def add_card(writer: Writer, guest: Guest, card: str, *, now_ms: int) -> None:
    """A printed card nobody holds becomes another card of this guest; a repeat is harmless.

    Raises NotFound("guest_unknown"), Conflict("card_taken").
    """
    held = (await guests.by_cards(Reader(writer), [card])).get(card)
    if held is not None and held.id == guest.id:
        return
    taken = await _take(writer, card)
    await writer.execute(
        update(table).where(table.c.id == taken).values(level=GuestLevel.BLANK, same_as=guest.id, updated_at=now_ms)
    )


async def replace_card(writer: Writer, guest: Guest, *, now_ms: int) -> Guest:
    """A fresh code for a guest who lost their card. The old one keeps leading to them: what was collected with it is
    theirs, and a finder gains nothing by it but to collect for them. Pressed twice, it happens once."""
    replaced = await writer.execute(
        update(table)
        .where(table.c.id == guest.id, table.c.card == guest.card)
        .values(card=new_card(), updated_at=now_ms)
    )
    if not replaced.rowcount:
        return await guests.load(Reader(writer), guest.id)
    await writer.execute(
        insert(table).values(
            card=guest.card,
            level=GuestLevel.BLANK,
            same_as=guest.id,
            festival_id=guest.festival_id,
            created_by="replaced",
            created_at=now_ms,
            updated_at=now_ms,
        )
    )
    return await guests.load(Reader(writer), guest.id)


async def mark_checked(writer: Writer, guest_id: GuestId, *, by: str, now_ms: int) -> None:
    """Staff saw the person and a paper of theirs; harmless to repeat. `by`: a staff phone or an account."""
    await writer.execute(
        update(table)
        .where(table.c.id == guest_id, table.c.level != GuestLevel.BLANK, table.c.erased_at.is_(None))
        .values(level=GuestLevel.CHECKED, checked_by=by, checked_at=now_ms, updated_at=now_ms)
    )


# Consents.


async def note_consent(
    writer: Writer,
    guest_id: int,
    purpose: str,
    *,
    granted: bool,
    words: str,
    now_ms: int,
    by_guardian: bool = False,
) -> None:
    """Keeps what was said to a purpose in the very words that were read."""
    await writer.execute(
        insert(guest_consents).values(
            guest_id=guest_id, purpose=purpose, granted=granted, text=words[:2000], by_guardian=by_guardian, at=now_ms
        )
    )
    now = sorted(await granted_to(Reader(writer), guest_id))
    await writer.execute(
        update(table)
        .where(table.c.id == guest_id)
        .values(consent=",".join(name[:5] for name in now) or None, consented_at=now_ms if now else None)
    )


async def granted_to(reader: Reader, guest_id: int) -> set[str]:
    """The purposes whose latest word is yes."""
    later = guest_consents.alias("later")
    c = guest_consents.c
    query = select(c.purpose).where(
        c.guest_id == guest_id,
        c.granted,
        ~exists().where(later.c.guest_id == c.guest_id, later.c.purpose == c.purpose, later.c.id > c.id),
    )
    return set((await reader.execute(query)).scalars())


# Sessions.


async def open_session(writer: Writer, guest_id: GuestId, now_ms: int, *, secret: str | None = None) -> str:
    """A fresh session of this guest; returns its secret, which only the cookie holds. `secret`: instead of a new one,
    so that a phone that did not hear the answer asks again and finds the same session."""
    secret = secret or new_secret()
    await writer.execute(
        insert(guest_sessions).values(
            token_hash=digest(secret),
            guest_id=guest_id,
            created_at=now_ms,
            seen_at=now_ms,
            expires_at=now_ms + SESSION_MS,
        )
    )
    return secret


async def end_session(writer: Writer, secret: str) -> None:
    """The phone forgets its guest; harmless to repeat."""
    await writer.execute(delete(guest_sessions).where(guest_sessions.c.token_hash == digest(secret)))
