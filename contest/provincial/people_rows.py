"""People and entries as rows: what is sealed, what is hashed, and how an entry is read back.

Never talks to SQL.
"""

import secrets
from typing import Any

from sqlalchemy import Row

from contest.ids import ContestId, EntryId, ParticipantId
from contest.provincial.local_time import local_date
from contest.provincial.people_model import CHILD_BELOW, Entry, EntryData, Guardian, age_band, age_on
from contest.provincial.secrets_box import FieldBox
from contest.tickets import new_public_id
from scoring.folding import fold, nfc

INVITED, UNCONFIRMED, ACTIVE = "invited", "unconfirmed", "active"
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 O 1 I L: people copy the code from paper."""
CODE_LENGTH = 10


def new_personal_code() -> str:
    """A fresh personal code: 10 letters and digits, 49 bits; with the phone and limits nobody guesses it."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(CODE_LENGTH))


def code_hash(box: FieldBox, typed: str) -> str:
    """What a personal code is looked up by: case, spaces and dashes make no difference."""
    return box.digest("personal-code", "".join(char for char in typed.upper() if char.isalnum()))


def phone_hash(box: FieldBox, phone: str) -> str:
    """What a phone number (E.164) is looked up by."""
    return box.digest("phone", phone)


def id_hash(box: FieldBox, number: str) -> str:
    """What an identity number is looked up by."""
    return box.digest("id", number)


def entry_from(row: Row[Any]) -> Entry:
    """A row of `entries` as a value."""
    return Entry(
        EntryId(row.id),
        ContestId(row.contest_id),
        ParticipantId(row.participant_id),
        row.public_id,
        row.state,
        row.commune,
        row.target_group,
        row.unit_code,
        row.unit_other,
        row.age_band,
        bool(row.minor),
        row.created_at,
        row.void_at,
    )


def person_key(box: FieldBox, full_name: str, birth_date: str | None) -> str:
    """What tells people apart who share a phone: the name however written, and the birth date."""
    return box.digest("person", f"{fold(full_name) or nfc(full_name).casefold()}|{birth_date or ''}")


def participant_row(
    box: FieldBox, data: EntryData, guardian: Guardian | None, code: str | None, now_ms: int
) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "full_name": data.full_name,
        "name_fold": fold(data.full_name)[:160],
        "birth_date": data.birth_date,
        "phone_enc": box.seal_or_none(data.phone),
        "phone_hash": phone_hash(box, data.phone) if data.phone else None,
        "person_key": person_key(box, data.full_name, data.birth_date),
        "id_enc": box.seal_or_none(data.id_number),
        "id_hash": id_hash(box, data.id_number) if data.id_number else None,
        "code_hash": code_hash(box, code) if code else None,
        "created_at": now_ms,
        "updated_at": now_ms,
        **changing_columns(box, data, guardian, now_ms),
    }


def changing_columns(box: FieldBox, data: EntryData, guardian: Guardian | None, now_ms: int) -> dict[str, Any]:
    """What may be other at the next contest."""
    return {
        "sex": data.sex,
        "email_enc": box.seal_or_none(data.email),
        "address_enc": box.seal_or_none(data.address),
        "commune": data.commune,
        "target_group": data.group,
        "sub_group": data.sub_group,
        "lang": data.lang,
        "guardian_name": guardian.name if guardian else None,
        "guardian_phone_enc": box.seal(guardian.phone) if guardian else None,
        "guardian_confirmed_at": now_ms if guardian else None,
    }


def entry_row(
    box: FieldBox,
    contest_id: ContestId,
    participant_id: ParticipantId,
    data: EntryData,
    state: str,
    channel: str,
    now_ms: int,
) -> dict[str, Any]:
    age = age_on(data.birth_date, local_date(now_ms)) if data.birth_date else None
    return {
        "contest_id": contest_id,
        "participant_id": participant_id,
        "public_id": new_public_id(),
        "state": state,
        "phone_hash": phone_hash(box, data.phone) if data.phone else None,
        "phone_slot": 0,
        "id_hash": id_hash(box, data.id_number) if data.id_number else None,
        "commune": data.commune,
        "target_group": data.group,
        "unit_code": data.unit_code,
        "unit_other": data.unit_other,
        "age_band": age_band(age),
        "minor": age is not None and age < CHILD_BELOW,
        "fields": {},
        "channel": channel,
        "created_at": now_ms,
    }
