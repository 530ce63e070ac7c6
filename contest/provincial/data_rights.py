"""What people may ask about their own data: to correct it, withdraw consent, have it deleted (Law 91/2025/QH15).

Deleting leaves the numbers: attempts, ranks and totals stay under a pseudonym nobody can follow back. Never decides how
long data stays unasked: `contest.provincial.retention` does. Seeing it is `contest.provincial.data_export`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from contest import audit
from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import ContestId, ParticipantId
from contest.provincial import data_map
from contest.provincial.data_map import Rule
from contest.provincial.people_rows import person_key, phone_hash
from contest.provincial.result_states import ResultState
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import (
    attempts,
    complaints,
    consents,
    contest_awards,
    contest_results,
    data_requests,
    entrant_sessions,
    entries,
    participants,
    phone_codes,
)
from scoring.folding import fold, nfc

_DAY_MS = 24 * 3600 * 1000
DUE_DAYS = {"correct": 10, "withdraw": 15, "delete": 20}
"""Days until it must be done; it is answered (acknowledged) at once by the page itself."""
MAX_DETAIL = 2_000
OPTIONAL = ("publish_name", "photo", "contact")


@dataclass(frozen=True, slots=True)
class DataRequest:
    """One request; `state` is open, done or refused, `person` the public id of whose it is."""

    id: int
    person: str
    kind: str
    state: str
    detail: str
    opened_at: int
    due_at: int
    done_at: int | None


async def set_consent(
    writer: Writer,
    participant_id: ParticipantId,
    contest_id: ContestId,
    purpose: str,
    *,
    granted: bool,
    text: str,
    now_ms: int,
) -> None:
    """Notes what the person says now to an optional purpose. Raises Invalid("consent_unknown"), and for a child's yes
    Invalid("consent_by_guardian"): taking back needs nobody else, giving does."""
    if purpose not in OPTIONAL:
        raise Invalid("consent_unknown")
    minor = await writer.scalar(
        select(entries.c.minor).where(entries.c.contest_id == contest_id, entries.c.participant_id == participant_id)
    )
    if minor is None:
        raise NotFound("not_entered")
    if minor and granted:
        raise Invalid("consent_by_guardian")
    await writer.execute(
        insert(consents).values(
            participant_id=participant_id, contest_id=contest_id, purpose=purpose, granted=granted, text=text,
            channel="web", at=now_ms,
        )
    )  # fmt: skip


async def ask(writer: Writer, participant_id: ParticipantId, kind: str, detail: str, *, now_ms: int) -> DataRequest:
    """Takes a request down; an open one of the same kind is it already. Raises Invalid("request_kind")."""
    if kind not in DUE_DAYS:
        raise Invalid("request_kind")
    waiting = [
        one for one in await requests_of(Reader(writer), participant_id) if (one.kind, one.state) == (kind, "open")
    ]
    if waiting and kind != "correct":
        return waiting[0]
    made = (
        await writer.execute(
            insert(data_requests)
            .values(
                participant_id=participant_id, kind=kind, detail=nfc(detail)[:MAX_DETAIL], opened_at=now_ms,
                due_at=now_ms + DUE_DAYS[kind] * _DAY_MS,
            )
            .returning(data_requests.c.id)
        )
    ).scalar_one()  # fmt: skip
    if kind == "withdraw":
        await withdraw(writer, participant_id, now_ms=now_ms)
    return (await _requests(Reader(writer), data_requests.c.id == made))[0]


async def requests_of(reader: Reader, participant_id: ParticipantId) -> list[DataRequest]:
    """A person's requests, the newest first."""
    return await _requests(reader, data_requests.c.participant_id == participant_id)


async def queue(reader: Reader, *, waiting: bool = True, limit: int = 200) -> list[DataRequest]:
    """Requests for the organisers, the most urgent first; without `waiting` those that are settled."""
    state = data_requests.c.state == "open" if waiting else data_requests.c.state != "open"
    found = await _requests(reader, state, limit)
    return sorted(found, key=lambda one: one.due_at if waiting else -(one.done_at or 0))


async def settle(writer: Writer, request_id: int, *, done: bool, actor: str, now_ms: int) -> None:
    """Marks a request done or refused; one to delete is done by `erase`, and nothing else counts as that.

    Raises Conflict("request_settled" | "request_not_erased").
    """
    there = await writer.scalar(
        select(data_requests.c.id).where(
            data_requests.c.id == request_id,
            data_requests.c.kind == "delete",
            exists().where(participants.c.id == data_requests.c.participant_id, participants.c.erased_at.is_(None)),
        )
    )
    if done and there is not None:
        raise Conflict("request_not_erased")
    changed = await writer.execute(
        update(data_requests)
        .where(data_requests.c.id == request_id, data_requests.c.state == "open")
        .values(state="done" if done else "refused", done_at=now_ms, done_by=actor)
    )
    if changed.rowcount != 1:
        raise Conflict("request_settled")
    await audit.record(
        writer, actor=actor, action="data_request.done" if done else "data_request.refused",
        subject=f"request:{request_id}", now_ms=now_ms,
    )  # fmt: skip


async def withdraw(writer: Writer, participant_id: ParticipantId, *, now_ms: int) -> None:
    """Consent to everything is taken back: from now on the person takes no part and wins nothing; attempts stay."""
    await writer.execute(update(participants).where(participants.c.id == participant_id).values(withdrawn_at=now_ms))
    last = await writer.execute(
        select(consents.c.contest_id, consents.c.purpose).where(consents.c.participant_id == participant_id).distinct()
    )
    rows = [
        {"participant_id": participant_id, "contest_id": row.contest_id, "purpose": row.purpose, "granted": False,
         "text": "", "channel": "withdrawal", "at": now_ms}
        for row in last
    ]  # fmt: skip
    if rows:
        await writer.execute(insert(consents), rows)


async def correct(
    db: Database,
    box: FieldBox,
    participant_id: ParticipantId,
    *,
    full_name: str,
    birth_date: str | None,
    phone: str | None,
    actor: str,
    now_ms: int,
) -> None:
    """Puts right who somebody is; values are checked ones (`entry_form`); without a phone it stays.

    Entries keep what held on the day of entry. Raises Conflict("phone_used_up") when that makes them somebody who is
    here already.
    """
    values = {
        "full_name": full_name,
        "name_fold": fold(full_name)[:160],
        "birth_date": birth_date,
        "person_key": person_key(box, full_name, birth_date),
        "updated_at": now_ms,
    }
    if phone is not None:
        values |= {"phone_enc": box.seal(phone), "phone_hash": phone_hash(box, phone), "phone_confirmed_at": None}
    try:
        async with db.write() as writer:
            await writer.execute(update(participants).where(participants.c.id == participant_id).values(values))
            await _audit(writer, participant_id, "participant.correct", actor, now_ms)
    except IntegrityError:
        raise Conflict("phone_used_up") from None


async def erase(db: Database, participant_id: ParticipantId, *, actor: str, now_ms: int) -> None:
    """Removes the person and leaves the numbers. A repeat changes nothing.

    Raises Conflict("erase_has_prize") while a prize, published or handed over and not revoked, has to be accounted for.
    """
    async with db.write() as writer:
        if await _has_prize(writer, participant_id):
            raise Conflict("erase_has_prize")
        await erase_rows(writer, [participant_id], now_ms=now_ms)
        await writer.execute(
            update(data_requests)
            .where(data_requests.c.participant_id == participant_id, data_requests.c.state == "open")
            .values(state="done", done_at=now_ms, done_by=actor)
        )
        await writer.execute(
            update(data_requests).where(data_requests.c.participant_id == participant_id).values(detail="")
        )
        await _audit(writer, participant_id, "participant.erase", actor, now_ms)


async def erase_rows(writer: Writer, ids: Sequence[ParticipantId], *, now_ms: int) -> None:
    """`erase` for many, without asking. Every column the data map puts under the rule `person` becomes empty.

    The keyed hashes of their entries stay until the contest is over, so that nobody enters twice by being erased.
    """
    of_person = entries.c.participant_id.in_(ids)
    hashes = select(participants.c.phone_hash).where(participants.c.id.in_(ids), participants.c.phone_hash.is_not(None))
    await writer.execute(delete(phone_codes).where(phone_codes.c.phone_hash.in_(hashes)))
    await writer.execute(delete(entrant_sessions).where(entrant_sessions.c.participant_id.in_(ids)))
    mine = select(entries.c.id).where(of_person)
    await writer.execute(
        update(attempts).where(attempts.c.entry_id.in_(mine)).values(device_hash=None, address_hash=None)
    )
    # An open complaint is still needed by those who decide it; retention takes it after that.
    await writer.execute(
        update(complaints)
        .where(complaints.c.entry_id.in_(mine), complaints.c.state != "open")
        .values(text="", evidence={}, decision="", effect="")
    )
    await writer.execute(update(entries).where(of_person).values(emptied("entries")))
    await writer.execute(
        update(participants)
        .where(participants.c.id.in_(ids), participants.c.erased_at.is_(None))
        .values(emptied("participants") | {"erased_at": now_ms, "updated_at": now_ms})
    )


def emptied(table: str) -> dict[str, Any]:
    """What the columns under the rule `person` hold when the person is gone."""
    needed: Mapping[str, Any] = {"full_name": "", "name_fold": "", "fields": {}}
    return {name: needed.get(name) for name in data_map.under(Rule.PERSON)[table]}


async def _has_prize(writer: Writer, participant_id: ParticipantId) -> bool:
    held = select(contest_awards.c.id).where(
        contest_awards.c.revoked_at.is_(None),
        exists().where(entries.c.id == contest_awards.c.entry_id, entries.c.participant_id == participant_id),
    )
    if (await writer.execute(held.limit(1))).first() is not None:
        return True
    # Prizes are handed over once a result is final; people read it from its publication on.
    public = select(entries.c.id, contest_results.c.document).where(
        entries.c.participant_id == participant_id,
        contest_results.c.contest_id == entries.c.contest_id,
        contest_results.c.state == ResultState.PUBLISHED.value,
        contest_results.c.document.is_not(None),
    )
    rows = await writer.execute(public)
    return any(str(row.id) in {seat["holder"] for seat in row.document["awards"]} for row in rows)


async def _audit(writer: Writer, participant_id: ParticipantId, action: str, actor: str, now_ms: int) -> None:
    person = await writer.scalar(select(participants.c.public_id).where(participants.c.id == participant_id))
    await audit.record(writer, actor=actor, action=action, subject=f"participant:{person}", now_ms=now_ms)


async def _requests(reader: Reader, condition: ColumnElement[bool], limit: int = 100) -> list[DataRequest]:
    c = data_requests.c
    rows = await reader.execute(
        select(c.id, participants.c.public_id, c.kind, c.state, c.detail, c.opened_at, c.due_at, c.done_at)
        .join(participants, participants.c.id == c.participant_id)
        .where(condition)
        .order_by(c.id.desc())
        .limit(limit)
    )
    return [DataRequest(*row) for row in rows]
