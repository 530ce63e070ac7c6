"""A guest's phone number, confirmed by a code sent to it; and two cards that turn out to be one person's.

One person counts once: when a guest is known as somebody already, an alias says so in the same transaction, and every
count follows it. Never merges people silently: whose number it is too, is asked first.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid
from contest.festival import guests
from contest.festival.identity import PHONE, note_consent
from contest.festival.model import Guest, GuestLevel
from contest.festival.tables import festival_guests, guest_sessions, person_aliases
from contest.festival.tables import guests as table
from contest.provincial import phone_codes
from contest.provincial.people import phone_hash
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import participants
from contest.statistics import ledger
from contest.statistics.facts import person_of_guest, person_of_participant
from scoring.folding import fold

MergeHook = Callable[[Writer, Guest, Guest, int], Awaitable[None]]
"""(writer, the guest who goes, the one who stays, now_ms), in the same transaction."""
ON_MERGE: list[MergeHook] = []
"""Parts with rows by guest append a function that makes them the staying guest's; called when it is imported."""
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
    """`gone` is `stays`: phones, festivals and facts become one person's, and the card of `gone` leads to `stays`.

    What `stays` has not said is taken from `gone`. Merging what is merged already changes nothing.
    """
    if gone.id == stays.id:
        return stays
    for hook in ON_MERGE:
        await hook(writer, gone, stays, now_ms)
    participant_id = stays.participant_id or gone.participant_id
    values = {
        name: getattr(stays, name) if getattr(stays, name) is not None else getattr(gone, name)
        for name in ("commune", "village_id", "target_group", "age_band", "name")
    }
    if stays.commune is not None:
        values["village_id"] = stays.village_id
    values |= {
        "participant_id": participant_id,
        "person": person_of_guest(stays.id, participant_id),
        "level": max(gone.level, stays.level, key=_RANK.index),
        "updated_at": now_ms,
    }
    await writer.execute(update(table).where(table.c.id == stays.id).values(values))
    await alias(writer, person_of_guest(stays.id), person_of_guest(stays.id, participant_id), now_ms=now_ms)
    await alias(writer, gone.person, person_of_guest(stays.id, participant_id), now_ms=now_ms)
    await alias(writer, person_of_guest(gone.id), person_of_guest(stays.id, participant_id), now_ms=now_ms)
    been = await writer.execute(
        delete(festival_guests)
        .where(festival_guests.c.guest_id == gone.id)
        .returning(festival_guests.c.festival_id, festival_guests.c.came_at)
    )
    for row in been.all():
        await guests.come(writer, row.festival_id, stays.id, row.came_at)
    await writer.execute(update(guest_sessions).where(guest_sessions.c.guest_id == gone.id).values(guest_id=stays.id))
    await writer.execute(update(table).where(table.c.same_as == gone.id).values(same_as=stays.id))
    await writer.execute(
        update(table)
        .where(table.c.id == gone.id)
        .values(
            same_as=stays.id, level=GuestLevel.BLANK, name=None, commune=None, village_id=None, target_group=None,
            age_band=None, phone_enc=None, phone_hash=None, participant_id=None, updated_at=now_ms,
        )
    )  # fmt: skip
    return await guests.load(Reader(writer), stays.id)
