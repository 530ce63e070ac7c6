"""Finding people for the organisers who help them, with no more shown than helping needs.

Never writes; who looked is noted by the caller.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select

from contest.database import Reader
from contest.errors import NotFound
from contest.ids import ParticipantId
from contest.provincial import phones
from contest.provincial.entry_form import Wrong, id_number_of
from contest.provincial.people_rows import id_hash, phone_hash
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import contests, entries, participants
from scoring.folding import fold

MOST = 50


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody as a list shows them; of the phone and the identity number only the ends."""

    id: ParticipantId
    public_id: str
    name: str
    birth_date: str | None
    phone_end: str
    id_end: str
    commune: str | None
    lang: str
    confirmed: bool
    guardian: str | None
    created_at: int
    withdrawn_at: int | None
    erased_at: int | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry of a person."""

    contest_id: int
    title: str
    public_id: str
    state: str
    channel: str
    created_at: int
    void_at: int | None


async def find(reader: Reader, box: FieldBox, query: str) -> list[PersonLine]:
    """People by phone, identity number, the public id of person or entry, or any part of the name."""
    text = query.strip()
    keys = [participants.c.public_id == text]
    keys.append(participants.c.id.in_(select(entries.c.participant_id).where(entries.c.public_id == text)))
    read = phones.read(text)
    if number := read.number or (read.suggestion and phones.read(read.suggestion).number):
        keys.append(participants.c.phone_hash == phone_hash(box, number))
    try:
        keys.append(participants.c.id_hash == id_hash(box, id_number_of(text)))
    except Wrong:
        pass
    name = fold(text)
    if len(name) >= 2 and not name.replace(" ", "").isdigit():
        keys.append(participants.c.name_fold.contains(name, autoescape=True))
    rows = await reader.execute(
        select(participants).where(or_(*keys)).order_by(participants.c.name_fold, participants.c.id).limit(MOST)
    )
    return [_line(row, box) for row in rows]


async def person(reader: Reader, box: FieldBox, public_id: str) -> tuple[PersonLine, list[EntryLine]]:
    """One person by their public id, and their entries. Raises NotFound("person_unknown")."""
    row = (await reader.execute(select(participants).where(participants.c.public_id == public_id))).one_or_none()
    if row is None:
        raise NotFound("person_unknown")
    found = await reader.execute(
        select(entries, contests.c.title)
        .join(contests, contests.c.id == entries.c.contest_id)
        .where(entries.c.participant_id == row.id)
        .order_by(entries.c.id)
    )
    return _line(row, box), [
        EntryLine(one.contest_id, one.title, one.public_id, one.state, one.channel, one.created_at, one.void_at)
        for one in found
    ]


def _line(row: Row[Any], box: FieldBox) -> PersonLine:
    phone, number = box.open_or_none(row.phone_enc), box.open_or_none(row.id_enc)
    return PersonLine(
        ParticipantId(row.id), row.public_id, row.full_name, row.birth_date,
        f"…{phones.tail(phone)}" if phone else "", f"…{number[-4:]}" if number else "",
        row.commune, row.lang, row.phone_confirmed_at is not None, row.guardian_name,
        row.created_at, row.withdrawn_at, row.erased_at,
    )  # fmt: skip
