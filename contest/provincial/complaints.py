"""Complaints: received, weighed with their evidence, decided with what follows from it.

Never changes a result: what a complaint upheld demands is done as a void, a decision or a corrected key, and named
here. The texts may name people, so they stay in this table; logs get numbers and states only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select, update

from contest.audit import record
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial import log
from contest.provincial.tables import complaints, contest_results
from contest.provincial.voiding import note_digest
from contest.tickets import new_public_id

MAX_TEXT = 4000
ENTRANT = "entrant"


class ComplaintState(StrEnum):
    """How a complaint stands."""

    OPEN = "open"
    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint. `result_key` is "" when it is about the contest as a whole; `late`: after the window."""

    public_id: str
    contest_id: int
    entry_id: int | None
    about_entry_id: int | None
    result_key: str
    text: str
    evidence: Mapping[str, Any]
    state: ComplaintState
    decision: str
    effect: str
    late: bool
    received_at: int
    received_by: str
    decided_at: int | None
    decided_by: str | None


async def receive(
    writer: Writer,
    contest_id: int,
    *,
    text: str,
    actor: str,
    now_ms: int,
    entry_id: int | None = None,
    about_entry_id: int | None = None,
    result_key: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Complaint:
    """Takes a complaint down. `actor` is "entrant", or who of the staff wrote it down for somebody.

    A late one is taken too, and marked: what becomes of it is the committee's. Raises Invalid("complaint_text").
    """
    text = text.strip()
    if not text or len(text) > MAX_TEXT:
        raise Invalid("complaint_text", limit=MAX_TEXT)
    public_id = new_public_id()
    late = await _late(Reader(writer), contest_id, result_key, now_ms)
    await writer.execute(
        insert(complaints).values(
            public_id=public_id,
            contest_id=contest_id,
            entry_id=entry_id,
            about_entry_id=about_entry_id,
            result_key=result_key,
            text=text,
            evidence=dict(evidence or {}),
            late=late,
            received_at=now_ms,
            received_by=actor,
        )
    )
    await _note(writer, contest_id, "complaint.received", public_id, actor, now_ms, key=result_key, late=late)
    return await get(Reader(writer), contest_id, public_id)


async def decide(
    writer: Writer,
    contest_id: int,
    public_id: str,
    *,
    state: str,
    decision: str,
    effect: str,
    actor: str,
    now_ms: int,
) -> Complaint:
    """Ends a complaint with the decision as it is told, and what followed from it.

    Raises NotFound("complaint_unknown"), Invalid("complaint_state" | "complaint_decision"),
    Conflict("complaint_decided").
    """
    if state not in set(ComplaintState) - {ComplaintState.OPEN}:
        raise Invalid("complaint_state")
    decision, effect = decision.strip(), effect.strip()
    if not decision or max(len(decision), len(effect)) > MAX_TEXT:
        raise Invalid("complaint_decision", limit=MAX_TEXT)
    await get(Reader(writer), contest_id, public_id)
    done = await writer.execute(
        update(complaints)
        .where(
            complaints.c.contest_id == contest_id,
            complaints.c.public_id == public_id,
            complaints.c.state == ComplaintState.OPEN.value,
        )
        .values(state=state, decision=decision, effect=effect, decided_at=now_ms, decided_by=actor)
    )
    if done.rowcount != 1:
        raise Conflict("complaint_decided")
    facts = {"state": state, "decision_sha256": note_digest(decision), "effect_sha256": note_digest(effect)}
    await _note(writer, contest_id, "complaint.decided", public_id, actor, now_ms, **facts)
    return await get(Reader(writer), contest_id, public_id)


async def get(reader: Reader, contest_id: int, public_id: str) -> Complaint:
    """Raises NotFound("complaint_unknown")."""
    c = complaints.c
    row = (
        await reader.execute(select(complaints).where(c.contest_id == contest_id, c.public_id == public_id))
    ).one_or_none()
    if row is None:
        raise NotFound("complaint_unknown")
    return _complaint(row._mapping)


async def listing(
    reader: Reader, contest_id: int, *, state: str | None = None, entry_id: int | None = None
) -> list[Complaint]:
    """Complaints, open ones first, then the newest; `entry_id` gives one person's own."""
    c = complaints.c
    wanted = select(complaints).where(c.contest_id == contest_id)
    if state:
        wanted = wanted.where(c.state == state)
    if entry_id is not None:
        wanted = wanted.where(c.entry_id == entry_id)
    rows = await reader.execute(wanted.order_by(c.state != "open", c.received_at.desc(), c.id.desc()))
    return [_complaint(row._mapping) for row in rows]


async def open_count(reader: Reader, contest_id: int) -> int:
    """How many wait for a decision."""
    c = complaints.c
    found = await reader.scalar(select(func.count()).where(c.contest_id == contest_id, c.state == "open"))
    return int(found or 0)


async def _late(reader: Reader, contest_id: int, result_key: str, now_ms: int) -> bool:
    """About one result: its window is over. About the whole: every published window is."""
    c = contest_results.c
    wanted = select(func.max(c.complaints_until)).where(c.contest_id == contest_id)
    if result_key:
        wanted = wanted.where(c.key == result_key)
    until = await reader.scalar(wanted)
    return until is not None and now_ms >= int(until)


async def _note(
    writer: Writer, contest_id: int, act: str, public_id: str, actor: str, now_ms: int, **facts: Any
) -> None:
    body = {"complaint": public_id, **facts}
    await record(
        writer, actor=actor, action=f"contest.{act}", subject=f"contest:{contest_id}", now_ms=now_ms, detail=body
    )
    await log.append(writer, contest_id, act, {"by": actor, **body}, now_ms)


def _complaint(row: Mapping[Any, Any]) -> Complaint:
    return Complaint(**{name: row[name] for name in Complaint.__slots__} | {"state": ComplaintState(row["state"])})
