"""Taking an attempt or a whole entry out of the reckoning, or back into it, for a stated ground.

Never deletes anything and never acts by itself: a signal is looked at by people, and one of them voids. The note may
name people, so it stays with the row; logs get the ground and the note's SHA-256.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, select, update

from contest.audit import record
from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial import log
from contest.provincial.corrections import Change, Effect, carry_out, preview, without_attempt, without_entry
from contest.provincial.freezing import freeze
from contest.provincial.tables import attempts, entries
from contest.statistics import contest_facts

MAX_NOTE = 1000


class Ground(StrEnum):
    """Why something does not count; the grounds that rule texts name."""

    SOMEBODY_ELSE = "somebody_else"
    """Another person's information or account."""
    PROXY = "proxy"
    """Taken for somebody else, or by several people together."""
    SEVERAL_ENTRIES = "several_entries"
    WRONG_DATA = "wrong_data"
    INTERFERENCE = "interference"
    NOT_ENTITLED = "not_entitled"
    TECHNICAL = "technical"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be voided or restored. `number` is the row, `public_id` what pages and addresses name it by."""

    kind: str
    number: int
    public_id: str
    entry: int
    void_at: int | None
    ground: str = ""
    note: str = ""

    @property
    def change(self) -> Change:
        return without_attempt(self.public_id) if self.kind == "attempt" else without_entry(self.number)


async def subject_of(reader: Reader, contest_id: int, kind: str, public_id: str) -> Subject:
    """The attempt or entry of that public id. Raises NotFound("attempt_unknown" | "entry_unknown")."""
    table, owner = _table(kind)
    c = table.c
    row = (
        await reader.execute(
            select(c.id, c.public_id, owner, c.void_at, c.void_reason).where(
                c.contest_id == contest_id, c.public_id == public_id
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFound(f"{kind}_unknown")
    ground, _, note = (row[4] or "").partition("\n")
    return Subject(kind, row[0], row[1], row[2], row[3], ground, note)


async def void_preview(db: Database, contest_id: int, subject: Subject, *, now_ms: int) -> Effect:
    """What voiding it would change. What is already void changes nothing."""
    return await preview(db, contest_id, subject.change, now_ms=now_ms)


async def void(
    db: Database, contest_id: int, kind: str, public_id: str, *, ground: str, note: str, actor: str, now_ms: int
) -> Effect:
    """Takes it out of the reckoning; results that come out otherwise are sent back.

    Raises NotFound, Invalid: "void_ground", "void_note_missing" or "void_note_too_long"; Conflict: "void_already",
    "attempt_still_open", "result_is_final", "changed_meanwhile".
    """
    ground, note = _checked(ground, note)
    async with db.read() as reader:
        subject = await subject_of(reader, contest_id, kind, public_id)
        if subject.void_at is not None:
            raise Conflict("void_already")
        await _check_submitted(reader, subject)
    values = {"void_at": now_ms, "void_reason": f"{ground}\n{note}", "voided_by": actor}
    told = log.ATTEMPT_VOID if kind == "attempt" else log.ENTRY_VOID
    write = _writing(contest_id, subject, values, told, ground=ground, note=note, actor=actor, now_ms=now_ms)
    return await carry_out(db, contest_id, subject.change, write, cause=f"{kind}_void", actor=actor, now_ms=now_ms)


async def restore(
    db: Database, contest_id: int, kind: str, public_id: str, *, note: str, actor: str, now_ms: int
) -> Effect:
    """Puts it back, as a complaint upheld may demand.

    Raises NotFound, Invalid("void_note_missing" | "void_note_too_long"), Conflict: "not_void", "result_is_final",
    "changed_meanwhile".
    """
    _, note = _checked(Ground.OTHER, note)
    async with db.read() as reader:
        subject = await subject_of(reader, contest_id, kind, public_id)
        if subject.void_at is None:
            raise Conflict("not_void")
    change = await _with(db, contest_id, subject)
    values = {"void_at": None, "void_reason": None, "voided_by": None}
    told = log.ATTEMPT_RESTORE if kind == "attempt" else log.ENTRY_RESTORE
    write = _writing(contest_id, subject, values, told, ground="restored", note=note, actor=actor, now_ms=now_ms)
    return await carry_out(db, contest_id, change, write, cause=f"{kind}_restore", actor=actor, now_ms=now_ms)


def note_digest(note: str) -> str:
    """What logs hold of a note that may name people."""
    return hashlib.sha256(note.encode()).hexdigest()


def _checked(ground: str, note: str) -> tuple[str, str]:
    if ground not in set(Ground):
        raise Invalid("void_ground")
    note = note.strip()
    if not note:
        raise Invalid("void_note_missing")
    if len(note) > MAX_NOTE:
        raise Invalid("void_note_too_long", limit=MAX_NOTE)
    return str(ground), note


def _table(kind: str) -> tuple[Table, Any]:
    if kind == "attempt":
        return attempts, attempts.c.entry_id
    if kind == "entry":
        return entries, entries.c.id
    raise NotFound("not_found")


async def _check_submitted(reader: Reader, subject: Subject) -> None:
    if subject.kind == "attempt":
        state = await reader.scalar(select(attempts.c.state).where(attempts.c.id == subject.number))
        if state != "submitted":
            raise Conflict("attempt_still_open")


def _writing(
    contest_id: int,
    subject: Subject,
    values: dict[str, Any],
    told: str,
    *,
    ground: str,
    note: str,
    actor: str,
    now_ms: int,
) -> Callable[[Writer], Awaitable[None]]:
    table, _ = _table(subject.kind)

    async def write(writer: Writer) -> None:
        was = table.c.void_at.is_(None) if subject.void_at is None else table.c.void_at == subject.void_at
        done = await writer.execute(update(table).where(table.c.id == subject.number, was).values(**values))
        if done.rowcount != 1:
            raise Conflict("changed_meanwhile")
        named: dict[str, Any] = (
            {"attempt": subject.public_id} if subject.kind == "attempt" else {"entry": subject.number}
        )
        body = {**named, "reason": ground, "note_sha256": note_digest(note), "by": actor}
        await record(
            writer,
            actor=actor,
            action=f"contest.{told}",
            subject=f"contest:{contest_id}",
            now_ms=now_ms,
            # While counts are secret a running number would tell one; the public id tells nothing.
            detail={"subject": subject.public_id, "reason": ground},
        )
        await contest_facts.settle(writer, subject.entry, reason=ground, actor=actor, now_ms=now_ms)
        await log.append(writer, contest_id, told, body, now_ms)

    return write


async def _with(db: Database, contest_id: int, subject: Subject) -> Change:
    """The contest as it will be when the subject counts again."""
    async with db.read() as reader:
        after = await freeze(reader, contest_id, restored=(subject.kind, subject.number))
    return lambda frozen: replace(frozen, entries=after.entries, attempts=after.attempts)
