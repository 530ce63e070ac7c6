"""Everything there is about a person, for them alone.

Never tells what belongs to others: right answers, ranks, who complained about them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from contest.database import Reader
from contest.ids import ParticipantId
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import attempts, complaints, consents, contests, data_requests, entries, participants


async def export(reader: Reader, box: FieldBox, participant_id: ParticipantId) -> dict[str, Any]:
    """Everything there is about a person, in the clear, with keys a person can read. For them alone."""
    row = (await reader.execute(select(participants).where(participants.c.id == participant_id))).mappings().one()
    opened = {
        name.removesuffix("_enc"): box.open_or_none(row[name])
        for name in ("phone_enc", "id_enc", "email_enc", "address_enc", "guardian_phone_enc")
    }
    plain = (
        "full_name", "birth_date", "sex", "commune", "target_group", "sub_group", "lang", "guardian_name",
        "guardian_confirmed_at", "phone_confirmed_at", "created_at", "updated_at", "withdrawn_at",
    )  # fmt: skip
    mine = entries.c.participant_id == participant_id
    return {
        "person": {**{name: row[name] for name in plain}, **opened},
        "entries": await _rows(
            reader,
            [contests.c.slug, contests.c.title, entries.c.public_id, entries.c.state, entries.c.commune,
             entries.c.target_group, entries.c.unit_code, entries.c.unit_other, entries.c.age_band, entries.c.channel,
             entries.c.created_at, entries.c.void_at, entries.c.void_reason],
            entries.join(contests, contests.c.id == entries.c.contest_id), mine, entries.c.id,
        ),
        "consents": await _rows(
            reader,
            [consents.c.purpose, consents.c.granted, consents.c.by_guardian, consents.c.text, consents.c.channel,
             consents.c.at],
            consents, consents.c.participant_id == participant_id, consents.c.id,
        ),
        "attempts": await _rows(
            reader,
            [contests.c.slug, attempts.c.public_id, attempts.c.ordinal, attempts.c.round_key, attempts.c.state,
             attempts.c.started_at, attempts.c.submitted_at, attempts.c.duration_ms, attempts.c.prediction,
             attempts.c.answered, attempts.c.void_at, attempts.c.void_reason],
            attempts.join(entries, entries.c.id == attempts.c.entry_id).join(
                contests, contests.c.id == attempts.c.contest_id
            ),
            mine, attempts.c.id,
        ),
        "complaints": await _rows(
            reader,
            [complaints.c.public_id, complaints.c.text, complaints.c.evidence, complaints.c.state,
             complaints.c.decision, complaints.c.effect, complaints.c.received_at, complaints.c.decided_at],
            complaints.join(entries, entries.c.id == complaints.c.entry_id), mine, complaints.c.id,
        ),
        "requests": await _rows(
            reader,
            [data_requests.c.id, data_requests.c.kind, data_requests.c.state, data_requests.c.detail,
             data_requests.c.opened_at, data_requests.c.due_at, data_requests.c.done_at],
            data_requests, data_requests.c.participant_id == participant_id, data_requests.c.id,
        ),
    }  # fmt: skip


async def _rows(
    reader: Reader, columns: Sequence[Any], source: Any, condition: ColumnElement[bool], order: Any
) -> list[dict[str, Any]]:
    rows = await reader.execute(select(*columns).select_from(source).where(condition).order_by(order))
    return [{str(name): value for name, value in row.items()} for row in rows.mappings()]
