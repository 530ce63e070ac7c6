"""A guest's phone number, confirmed by a code sent to it; and two cards that turn out to be one person's.

One person counts once: when a guest is known as somebody already, an alias says so in the same transaction, and every
count follows it. Never merges people silently: whose number it is too, is asked first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid
from contest.festival import checkin_cards, guests, identity, merging
from contest.festival.identity import PHONE, STATISTICS, note_consent
from contest.festival.model import Guest, GuestLevel
from contest.festival.tables import festival_guests, guest_consents, guest_sessions, person_aliases
from contest.festival.tables import guests as table
from contest.provincial import phone_codes
from contest.provincial.people import phone_hash
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import participants
from contest.statistics import ledger
from contest.statistics.facts import person_of_guest, person_of_participant
from scoring.folding import fold

_RANK = (GuestLevel.BLANK, GuestLevel.NICKNAME, GuestLevel.PHONE, GuestLevel.CHECKED)
_MOST = 5
"""Guests of one number that are offered to choose from."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Somebody who has confirmed the same number before."""

    card: str
    name: str


class PhoneShared(Conflict):
    """Others have confirmed this number: is the caller one of them? `params["people"]` lists them."""

    def __init__(self, people: Sequence[Sharing]) -> None:
        super().__init__("phone_shared", people=[{"card": one.card, "name": one.name} for one in people])


async def confirm(
    db: Database,
    box: FieldBox,
    guest: Guest,
    phone: str,
    code: str,
    *,
    words: str,
    by_guardian: bool,
    am: str | None,
    now_ms: int,
) -> Guest:
    """The guest, known by the number (E.164) from now on; another than `guest` when they are somebody known already.

    `am`: None when not asked yet, "" for "none of these", else the card of the one they are. Raises what
    `phone_codes.check` does, Invalid("guardian_needed") for a child, PhoneShared while `am` is None and must be known.
    """
    if guest.age_band == "u16" and not by_guardian:
        raise Invalid("guardian_needed")
    subject = phone_hash(box, phone)
    async with db.read() as reader:
        others = await _sharing(reader, subject, guest)
    if others and am is None:
        await phone_codes.check(db, box, phone, code, now_ms=now_ms, use=False)
        raise PhoneShared([Sharing(one.card, one.name or "") for one in others])
    await phone_codes.check(db, box, phone, code, now_ms=now_ms)
    async with db.write() as writer:
        known = next((one for one in others if am and one.card == am), None)
        if known is not None:
            return await merge(writer, guest, known, now_ms=now_ms)
        level = max(guest.level, GuestLevel.PHONE, key=_RANK.index)
        await writer.execute(
            update(table)
            .where(table.c.id == guest.id)
            .values(phone_enc=box.seal(phone), phone_hash=subject, level=level, updated_at=now_ms)
        )
        await note_consent(writer, guest.id, PHONE, granted=True, words=words, now_ms=now_ms, by_guardian=by_guardian)
        await _link_participant(writer, guest, subject, alone=not others, now_ms=now_ms)
        return await guests.load(Reader(writer), guest.id)


async def _sharing(reader: Reader, subject: str, guest: Guest) -> list[Guest]:
    c = table.c
    query = (
        select(c.id)
        .where(c.phone_hash == subject, c.id != guest.id, c.same_as.is_(None), c.erased_at.is_(None))
        .order_by(c.id)
        .limit(_MOST)
    )
    return [await guests.load(reader, number) for number in (await reader.execute(query)).scalars()]


async def _link_participant(writer: Writer, guest: Guest, subject: str, *, alone: bool, now_ms: int) -> None:
    """The guest is the participant of that number: the only one there is, or the one of their name."""
    c = participants.c
    rows = (await writer.execute(select(c.id, c.name_fold).where(c.phone_hash == subject, c.erased_at.is_(None)))).all()
    same_name = [row for row in rows if row.name_fold == fold(guest.name or "")]
    found = rows[0] if len(rows) == 1 and alone else same_name[0] if len(same_name) == 1 else None
    if found is None or guest.participant_id is not None:
        return
    person = person_of_participant(found.id)
    await writer.execute(update(table).where(table.c.id == guest.id).values(participant_id=found.id, person=person))
    await alias(writer, person_of_guest(guest.id), person, now_ms=now_ms)


async def alias(writer: Writer, person: int, is_person: int, *, now_ms: int) -> None:
    """From now on, and for what has been: one person, for the counts too. Aliases stay one step long; a repeat is
    harmless."""
    if person == is_person:
        return
    await ledger.same_person(writer, person, is_person, now_ms=now_ms)
    c = person_aliases.c
    onward = await writer.scalar(select(c.is_person).where(c.person == is_person))
    is_person = onward if onward is not None else is_person
    if person == is_person:
        return
    await writer.execute(update(person_aliases).where(c.is_person == person).values(is_person=is_person, at=now_ms))
    upsert = postgresql_insert if writer.dialect.name == "postgresql" else sqlite_insert
    row = {"person": person, "is_person": is_person, "at": now_ms}
    await writer.execute(
        upsert(person_aliases)
        .values(row)
        .on_conflict_do_update(index_elements=["person"], set_={"is_person": is_person, "at": now_ms})
    )


async def merge(writer: Writer, gone: Guest, stays: Guest, *, now_ms: int) -> Guest:
    """`gone` is `stays`: phones, festivals and all that was done become one person's, and the card of `gone` leads to
    `stays`. What both did counts once.

    What `stays` has not said is taken from `gone`. Merging what is merged already changes nothing.
    """
    await checkin_cards.lock(writer, [gone.id, stays.id])
    if gone.id == stays.id or not await _apart(writer, gone.id, stays.id):
        return await guests.load(Reader(writer), stays.id)
    # Read again: something may have been said while we waited.
    gone, stays = await guests.load(Reader(writer), gone.id), await guests.load(Reader(writer), stays.id)
    participant_id = stays.participant_id or gone.participant_id
    person = person_of_guest(stays.id, participant_id)
    values = await _taken_over(writer, gone, stays, now_ms)
    values |= {
        "participant_id": participant_id,
        "person": person,
        "level": max(gone.level, stays.level, key=_RANK.index),
        "staff": gone.staff or stays.staff,
        "updated_at": now_ms,
    }
    await writer.execute(
        update(table)
        .where(table.c.id == gone.id)
        .values(
            same_as=stays.id, level=GuestLevel.BLANK, name=None, name_hidden=False, commune=None, village_id=None,
            target_group=None, age_band=None, phone_enc=None, phone_hash=None, participant_id=None, updated_at=now_ms,
        )
    )  # fmt: skip
    await writer.execute(update(table).where(table.c.id == stays.id).values(values))
    await writer.execute(update(table).where(table.c.same_as == gone.id).values(same_as=stays.id))
    await merging.deeds(writer, gone.id, stays.id, person=person, now_ms=now_ms)
    for number in (person_of_guest(stays.id), gone.person, person_of_guest(gone.id)):
        await alias(writer, number, person, now_ms=now_ms)
    been = await writer.execute(
        delete(festival_guests)
        .where(festival_guests.c.guest_id == gone.id)
        .returning(festival_guests.c.festival_id, festival_guests.c.came_at)
    )
    for row in been.all():
        await guests.come(writer, row.festival_id, stays.id, row.came_at)
    await writer.execute(update(guest_sessions).where(guest_sessions.c.guest_id == gone.id).values(guest_id=stays.id))
    return await guests.load(Reader(writer), stays.id)


async def _apart(writer: Writer, *guest_ids: int) -> bool:
    """Whether these are people of their own, still here."""
    c = table.c
    rows = await writer.execute(select(c.same_as, c.erased_at).where(c.id.in_(guest_ids)))
    return all(row.same_as is None and row.erased_at is None for row in rows)


async def _taken_over(writer: Writer, gone: Guest, stays: Guest, now_ms: int) -> dict[str, Any]:
    """What `stays` has not said and `gone` has, with the consent it was said under."""
    values: dict[str, Any] = {}
    if stays.name is None:
        values |= {"name": gone.name, "name_hidden": gone.name_hidden}
    said = {name: getattr(gone, name) for name in ("target_group", "age_band") if getattr(stays, name) is None}
    if stays.commune is None:
        said |= {"commune": gone.commune, "village_id": gone.village_id}
    if any(value is not None for value in said.values()) and await _agreed_with(
        writer, gone, stays, STATISTICS, now_ms
    ):
        values |= said
    query = select(table.c.id, table.c.phone_enc, table.c.phone_hash).where(table.c.id.in_([gone.id, stays.id]))
    numbers = {row.id: row for row in await writer.execute(query)}
    has_number = numbers[gone.id].phone_hash is not None and numbers[stays.id].phone_hash is None
    if has_number and await _agreed_with(writer, gone, stays, PHONE, now_ms):
        values |= {"phone_enc": numbers[gone.id].phone_enc, "phone_hash": numbers[gone.id].phone_hash}
    return values


async def _agreed_with(writer: Writer, gone: Guest, stays: Guest, purpose: str, now_ms: int) -> bool:
    """Whether `stays` agreed, or `gone` did for them: then the words `gone` read stand under `stays` from now on. Who
    has taken the consent back as `stays` is not asked again."""
    if purpose in await identity.granted_to(Reader(writer), stays.id):
        return True
    c = guest_consents.c
    if await writer.scalar(select(c.id).where(c.guest_id == stays.id, c.purpose == purpose).limit(1)) is not None:
        return False
    query = select(c.granted, c.text, c.by_guardian).where(c.guest_id == gone.id, c.purpose == purpose)
    row = (await writer.execute(query.order_by(c.id.desc()).limit(1))).one_or_none()
    if row is None or not row.granted:
        return False
    await note_consent(
        writer, stays.id, purpose, granted=True, words=row.text, now_ms=now_ms, by_guardian=row.by_guardian
    )
    return True
