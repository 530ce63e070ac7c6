"""People and their entries in SQL: registering once and being found again.

One person is one entry however often, however spelled and however simultaneously they come: unique constraints on keyed
hashes decide, not a look beforehand. Never checks what was typed and never sends anything.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from sqlalchemy import Table, and_, delete, exists, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Forbidden
from contest.ids import ContestId, ParticipantId
from contest.provincial import sessions
from contest.provincial.people_batch import register_many
from contest.provincial.people_model import ConsentGiven, Entry, EntryData, Guardian, Registered
from contest.provincial.people_rows import (
    ACTIVE,
    INVITED,
    UNCONFIRMED,
    changing_columns,
    code_hash,
    entry_from,
    entry_row,
    id_hash,
    new_personal_code,
    participant_row,
    person_key,
    phone_hash,
)
from contest.provincial.rules import EntryForm
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import complaints, consents, data_requests, entries, participants
from scoring.folding import fold

__all__ = [
    "ACTIVE",
    "INVITED",
    "UNCONFIRMED",
    "Registered",
    "code_hash",
    "confirm_phone",
    "entry_from",
    "entry_of",
    "id_hash",
    "name_of",
    "person_key",
    "phone_hash",
    "register",
    "register_many",
    "reissue_code",
]


async def register(
    db: Database,
    box: FieldBox,
    contest_id: ContestId,
    form: EntryForm,
    data: EntryData,
    *,
    now_ms: int,
    given: Sequence[ConsentGiven] = (),
    guardian: Guardian | None = None,
    channel: str = "web",
    known: ParticipantId | None = None,
) -> Registered:
    """Enters a person and signs them in. `known` is who is signed in already; they keep their personal code.

    Raises Conflict("phone_used_up") when the phone has no entry left or this very person has entered with it: which of
    the two is not told. Conflict("already_entered") for a second entry of `known`, Conflict("id_taken") for an identity
    number that has entered.
    """
    code = None if known is not None else new_personal_code()
    try:
        async with db.write() as writer:
            if known is None:
                if form.confirm_phone and data.phone is not None:
                    await _make_room(writer, box, contest_id, data)
                participant = await _insert_participant(writer, box, data, guardian, code, now_ms)
                confirmed = False
            else:
                participant, confirmed = known, await _complete(writer, box, known, data, guardian, now_ms)
            waits = form.confirm_phone and data.phone is not None and not confirmed
            entry = await _enter(
                writer, box, contest_id, participant, form, data, UNCONFIRMED if waits else ACTIVE, channel, now_ms
            )
            await _note_consents(writer, participant, contest_id, given, guardian is not None, channel, now_ms)
            session = await sessions.start(writer, participant, now_ms)
    except IntegrityError:
        raise Conflict("phone_used_up") from None
    return Registered(participant, entry, code, session)


async def entry_of(reader: Reader, contest_id: ContestId, participant_id: ParticipantId) -> Entry | None:
    """The person's entry in the contest."""
    row = (
        await reader.execute(
            select(entries).where(entries.c.contest_id == contest_id, entries.c.participant_id == participant_id)
        )
    ).one_or_none()
    return None if row is None else entry_from(row)


async def name_of(reader: Reader, participant_id: ParticipantId) -> str:
    """The person's name as it is printed; empty once erased."""
    name = await reader.scalar(select(participants.c.full_name).where(participants.c.id == participant_id))
    return str(name or "")


async def confirm_phone(writer: Writer, participant_id: ParticipantId, now_ms: int) -> int:
    """The person has shown that the phone is theirs: their waiting entries count from now; how many did."""
    await writer.execute(
        update(participants).where(participants.c.id == participant_id).values(phone_confirmed_at=now_ms)
    )
    waiting = entries.c.participant_id == participant_id, entries.c.state == UNCONFIRMED
    return (await writer.execute(update(entries).where(*waiting).values(state=ACTIVE))).rowcount


async def reissue_code(writer: Writer, box: FieldBox, participant_id: ParticipantId) -> str:
    """A new personal code instead of the old one; every device is signed out. The caller notes who did it."""
    code = new_personal_code()
    await writer.execute(
        update(participants).where(participants.c.id == participant_id).values(code_hash=code_hash(box, code))
    )
    await sessions.end_all(writer, participant_id)
    return code


def ignoring(writer: Writer, table: Table) -> Any:
    """An insert that does nothing where a constraint says that the row is there."""
    dialect = postgresql if writer.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


async def _insert_participant(
    writer: Writer, box: FieldBox, data: EntryData, guardian: Guardian | None, code: str | None, now_ms: int
) -> ParticipantId:
    statement = ignoring(writer, participants).values(participant_row(box, data, guardian, code, now_ms))
    made = (await writer.execute(statement.returning(participants.c.id))).scalar_one_or_none()
    if made is None:
        raise Conflict("phone_used_up")
    return ParticipantId(made)


async def _complete(
    writer: Writer, box: FieldBox, known: ParticipantId, data: EntryData, guardian: Guardian | None, now_ms: int
) -> bool:
    """Brings a known person's record up to date; whether their phone is confirmed. Who they are stays as it was, but
    for what a roster left open."""
    row = (await writer.execute(select(participants).where(participants.c.id == known).with_for_update())).one()
    if row.erased_at is not None:
        raise Forbidden("not_signed_in")
    changes = changing_columns(box, data, guardian, now_ms) | {"updated_at": now_ms, "withdrawn_at": None}
    if row.birth_date is None and data.birth_date is not None:
        changes |= {"birth_date": data.birth_date, "person_key": person_key(box, row.full_name, data.birth_date)}
    if row.phone_hash is None and data.phone is not None:
        changes |= {"phone_enc": box.seal(data.phone), "phone_hash": phone_hash(box, data.phone)}
    if row.id_hash is None and data.id_number is not None:
        changes |= {"id_enc": box.seal(data.id_number), "id_hash": id_hash(box, data.id_number)}
    await writer.execute(update(participants).where(participants.c.id == known).values(changes))
    return row.phone_confirmed_at is not None


async def _enter(
    writer: Writer,
    box: FieldBox,
    contest_id: ContestId,
    participant_id: ParticipantId,
    form: EntryForm,
    data: EntryData,
    state: str,
    channel: str,
    now_ms: int,
) -> Entry:
    line = entry_row(box, contest_id, participant_id, data, state, channel, now_ms)
    invited = await entry_of(Reader(writer), contest_id, participant_id)
    if invited is not None and invited.state != INVITED:
        raise Conflict("already_entered")
    slots = form.entries_per_phone if data.phone is not None else 1
    if data.phone is None and data.id_number is None and form.admission == "open":
        # Nothing else tells two people apart: the same name, birth date and place are one person.
        parts = (fold(data.full_name), data.birth_date, data.commune, data.unit_code or fold(data.unit_other or ""))
        line["phone_hash"] = box.digest("nameless-phone", "|".join(str(part or "") for part in parts))
    if invited is not None:
        return await _claim(writer, invited, line, slots)
    for slot in range(slots):
        statement = ignoring(writer, entries).values(line | {"phone_slot": slot}).returning(entries)
        if (row := (await writer.execute(statement)).one_or_none()) is not None:
            return entry_from(row)
    raise Conflict(await _why_not(writer, contest_id, participant_id, line))


async def _claim(writer: Writer, invited: Entry, line: dict[str, Any], slots: int) -> Entry:
    """Turns an entry of the roster into one that takes part."""
    kept = ("public_id", "created_at", "contest_id", "participant_id")
    changes = {name: value for name, value in line.items() if name not in kept}
    # What the roster says of the unit is the organiser's word and stays.
    for name, value in (
        ("unit_code", invited.unit_code),
        ("commune", invited.commune),
        ("target_group", invited.group),
    ):
        changes[name] = value if value is not None else changes[name]
    for slot in range(slots):
        try:
            # With one slot a refusal ends the registration, and there is nothing to go back to.
            async with writer.begin_nested() if slots > 1 else nullcontext():
                row = await writer.execute(
                    update(entries)
                    .where(entries.c.id == invited.id, entries.c.state == INVITED)
                    .values(changes | {"phone_slot": slot})
                    .returning(entries)
                )
        except IntegrityError:
            if slots == 1:
                break
            continue
        if (claimed := row.one_or_none()) is None:
            raise Conflict("already_entered")
        return entry_from(claimed)
    raise Conflict("phone_used_up")


async def _why_not(writer: Writer, contest_id: ContestId, participant_id: ParticipantId, line: dict[str, Any]) -> str:
    mine = select(entries.c.id).where(entries.c.contest_id == contest_id, entries.c.participant_id == participant_id)
    if (await writer.execute(mine)).first() is not None:
        return "already_entered"
    if line["id_hash"] is not None:
        same = select(entries.c.id).where(entries.c.contest_id == contest_id, entries.c.id_hash == line["id_hash"])
        if (await writer.execute(same)).first() is not None:
            return "id_taken"
    return "phone_used_up"


async def _note_consents(
    writer: Writer,
    participant_id: ParticipantId,
    contest_id: ContestId,
    given: Sequence[ConsentGiven],
    by_guardian: bool,
    channel: str,
    now_ms: int,
) -> None:
    rows = [
        {
            "participant_id": participant_id,
            "contest_id": contest_id,
            "purpose": one.purpose,
            "granted": one.granted,
            "by_guardian": by_guardian,
            "text": one.text,
            "channel": channel,
            "at": now_ms,
        }
        for one in given
    ]
    if rows:
        await writer.execute(insert(consents), rows)


async def _make_room(writer: Writer, box: FieldBox, contest_id: ContestId, data: EntryData) -> None:
    """Removes entries of this phone in this contest that nobody ever confirmed: whoever typed somebody else's number
    must not keep its owner out, and whoever lost the page may begin again."""
    assert data.phone is not None
    held = (
        select(entries.c.id, entries.c.participant_id)
        .where(
            entries.c.contest_id == contest_id,
            entries.c.phone_hash == phone_hash(box, data.phone),
            entries.c.state == UNCONFIRMED,
            ~exists().where(or_(complaints.c.entry_id == entries.c.id, complaints.c.about_entry_id == entries.c.id)),
        )
        .with_for_update()
    )
    rows = (await writer.execute(held)).all()
    if not rows:
        return
    await writer.execute(delete(entries).where(entries.c.id.in_([row.id for row in rows])))
    await writer.execute(
        delete(participants).where(
            participants.c.id.in_([row.participant_id for row in rows]),
            and_(
                participants.c.phone_confirmed_at.is_(None),
                ~exists().where(entries.c.participant_id == participants.c.id),
                ~exists().where(data_requests.c.participant_id == participants.c.id),
            ),
        )
    )
