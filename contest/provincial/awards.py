"""Prizes of final results: handed over, or revoked for a stated reason; and struck units.

Never deals a prize anew: a revoked one stays revoked, and what becomes of it is the committee's decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, insert, select, update

from contest.audit import record
from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial import contests, log
from contest.provincial.corrections import Effect, carry_out, preview
from contest.provincial.frozen import Frozen
from contest.provincial.result_states import Act, ResultState, after
from contest.provincial.results import load, note, store
from contest.provincial.tables import contest_awards, struck_units
from contest.provincial.voiding import note_digest

MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class Award:
    """One prize of a final result. state is final, awarded or revoked; `certificate` the verification code."""

    id: int
    result_key: str
    audience: str
    prize: str
    place: int
    entry_id: int | None
    unit_code: str | None
    value_vnd: int
    state: str
    certificate: str
    awarded_at: int | None
    awarded_by: str | None
    revoked_at: int | None
    revoked_by: str | None
    revoke_reason: str | None


async def listing(reader: Reader, contest_id: int, key: str | None = None, entry_id: int | None = None) -> list[Award]:
    """The awards, in the order they were dealt."""
    c = contest_awards.c
    wanted = select(*(c[name] for name in Award.__slots__)).where(c.contest_id == contest_id).order_by(c.id)
    if key is not None:
        wanted = wanted.where(c.result_key == key)
    if entry_id is not None:
        wanted = wanted.where(c.entry_id == entry_id)
    return [Award(*row) for row in await reader.execute(wanted)]


async def hand_over(
    db: Database, contest_id: int, key: str, *, actor: str, now_ms: int, ids: Sequence[int] | None = None
) -> int:
    """Notes prizes of a final result as handed over (all that are not yet, or those of `ids`); gives how many.

    A repeat changes nothing. Raises Conflict("result_state") before the result is final.
    """
    async with db.write() as writer:
        await contests.lock(writer, contest_id)
        held = await load(Reader(writer), contest_id, key)
        after(held.state, Act.HAND_OVER)
        c = contest_awards.c
        change = update(contest_awards).where(c.contest_id == contest_id, c.result_key == key, c.state == "final")
        if ids is not None:
            change = change.where(c.id.in_(ids))
        done = await writer.execute(change.values(state="awarded", awarded_at=now_ms, awarded_by=actor))
        if done.rowcount == 0:
            return 0
        left = await writer.scalar(
            select(func.count()).where(c.contest_id == contest_id, c.result_key == key, c.state == "final")
        )
        if not left:
            await store(writer, contest_id, key, {"state": ResultState.AWARDED.value})
        await note(writer, contest_id, "award.handed_over", key, actor, now_ms, count=done.rowcount, left=left)
        return int(done.rowcount)


async def revoke(db: Database, contest_id: int, award_id: int, *, reason: str, actor: str, now_ms: int) -> None:
    """Takes a prize back: its certificate no longer verifies. Raises NotFound("award_unknown"),
    Invalid("revoke_reason"), Conflict("award_revoked")."""
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        raise Invalid("revoke_reason", limit=MAX_REASON)
    async with db.write() as writer:
        await contests.lock(writer, contest_id)
        found = [one for one in await listing(Reader(writer), contest_id) if one.id == award_id]
        if not found:
            raise NotFound("award_unknown")
        (award,) = found
        if award.state == "revoked":
            raise Conflict("award_revoked")
        await writer.execute(
            update(contest_awards)
            .where(contest_awards.c.id == award_id)
            .values(state="revoked", revoked_at=now_ms, revoked_by=actor, revoke_reason=reason)
        )
        await note(
            writer,
            contest_id,
            "award.revoked",
            award.result_key,
            actor,
            now_ms,
            audience=award.audience,
            prize=award.prize,
            place=award.place,
            reason_sha256=note_digest(reason),
        )


async def strike_preview(db: Database, contest_id: int, code: str, *, now_ms: int) -> Effect:
    """What shutting a unit out of the collective prizes would change."""
    return await preview(db, contest_id, lambda frozen: _struck(frozen, code, True), now_ms=now_ms)


async def strike_unit(
    db: Database, contest_id: int, code: str, *, struck: bool, reason: str, actor: str, now_ms: int
) -> Effect:
    """Shuts a unit out of the collective prizes for a serious violation, or lets it in again.

    A repeat changes nothing. Raises Invalid("revoke_reason"), Conflict("result_is_final" | "changed_meanwhile").
    """
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or not code:
        raise Invalid("revoke_reason", limit=MAX_REASON)
    c = struck_units.c

    async def write(writer: Writer) -> None:
        await writer.execute(delete(struck_units).where(c.contest_id == contest_id, c.code == code))
        if struck:
            await writer.execute(
                insert(struck_units).values(
                    contest_id=contest_id, code=code, reason=reason, struck_by=actor, struck_at=now_ms
                )
            )
        act = "unit.struck" if struck else "unit.restored"
        body = {"unit": code, "reason_sha256": note_digest(reason)}
        await record(
            writer, actor=actor, action=f"contest.{act}", subject=f"contest:{contest_id}", now_ms=now_ms, detail=body
        )
        await log.append(writer, contest_id, act, {"by": actor, **body}, now_ms)

    cause = "unit_struck" if struck else "unit_restored"
    return await carry_out(
        db, contest_id, lambda frozen: _struck(frozen, code, struck), write, cause=cause, actor=actor, now_ms=now_ms
    )


async def struck(reader: Reader, contest_id: int) -> dict[str, str]:
    """The struck units and why."""
    c = struck_units.c
    rows = await reader.execute(select(c.code, c.reason).where(c.contest_id == contest_id).order_by(c.code))
    return {code: reason for code, reason in rows.all()}


def _struck(frozen: Frozen, code: str, on: bool) -> Frozen:
    return replace(frozen, struck=frozen.struck | {code} if on else frozen.struck - {code})
