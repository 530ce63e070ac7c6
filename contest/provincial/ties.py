"""True ties: found in the reckoning, settled by the committee's recorded decision or by a public draw, never otherwise.

A draw takes two steps: its pool is announced and fixed, then digits that nobody could know are put in. Both steps are
lines that stay. Never names people: an order is entry numbers or unit codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import insert, select

from contest.audit import record
from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial import draw, log
from contest.provincial.corrections import Change, Effect, carry_out
from contest.provincial.freezing import SETTLED
from contest.provincial.frozen import Decision, Frozen, Outcome
from contest.provincial.reckoning import reckoned
from contest.provincial.results import check_ready
from contest.provincial.tables import tie_decisions
from contest.provincial.voiding import note_digest
from contest.provincial.windows import COLLECTIVE
from contest.tickets import new_public_id

MAX_REASON, MAX_SIGNER = 1000, 160
POOL = "pool"


@dataclass(frozen=True, slots=True)
class Tie:
    """Entries (numbers as text) or units that nothing tells apart. `prize` is what hangs on it, None for a tie
    without a prize at stake; `seats` how many of its places are undecided between them."""

    ranking: str
    audience: str
    tied: tuple[str, ...]
    prize: str
    seats: int


@dataclass(frozen=True, slots=True)
class TieLine:
    """One recorded line: a decision, a draw or a draw's announced pool."""

    id: int
    ranking: str
    audience: str
    order: tuple[str, ...]
    kind: str
    reason: str
    signer: str
    evidence: dict[str, Any]
    decided_by: str
    decided_at: int


def open_ties(outcome: Outcome, key: str) -> list[Tie]:
    """The ties that stand in the way of prizes of one result, in the order of the prizes."""
    found: dict[tuple[str, str, tuple[str, ...]], Tie] = {}
    for award in (*outcome.awards, *outcome.collective_awards):
        if award.ranking == key and award.holder is None:
            known = found.get((award.audience, award.prize, award.tied))
            made = known or Tie(key, award.audience, award.tied, award.prize, 0)
            found[award.audience, award.prize, award.tied] = replace(made, seats=made.seats + 1)
    return list(found.values())


async def recorded(reader: Reader, contest_id: int, ranking: str | None = None) -> list[TieLine]:
    """Every line, in the order they were recorded."""
    wanted = select(tie_decisions).where(tie_decisions.c.contest_id == contest_id).order_by(tie_decisions.c.id)
    if ranking is not None:
        wanted = wanted.where(tie_decisions.c.ranking == ranking)
    return [
        TieLine(
            row.id,
            row.ranking,
            row.audience,
            tuple(map(str, row.order)),
            row.kind,
            row.reason,
            row.signer,
            dict(row.evidence),
            row.decided_by,
            row.decided_at,
        )
        for row in await reader.execute(wanted)
    ]


def pending_pools(lines: Sequence[TieLine]) -> list[TieLine]:
    """Announced pools that have not been drawn from yet."""
    drawn = {line.evidence.get("pool_line") for line in lines if line.kind == "draw"}
    return [line for line in lines if line.kind == POOL and line.id not in drawn]


async def decide(
    db: Database,
    contest_id: int,
    tie: tuple[str, str],
    order: Sequence[str],
    *,
    reason: str,
    signer: str,
    actor: str,
    now_ms: int,
) -> Effect:
    """Records the committee's order of a tied group; `tie` is (ranking, audience), the better first in `order`.

    Raises Invalid: "tie_reason_missing", "tie_signer_missing", "tie_order" unless `order` names exactly the members of
    a tie; Conflict("result_is_final"), Conflict("changed_meanwhile").
    """
    reason, signer = _told(reason, signer)
    await _check_group(db, contest_id, tie, order, now_ms)
    return await _record(
        db, contest_id, tie, order, "committee", reason=reason, signer=signer, evidence={}, actor=actor, now_ms=now_ms
    )


async def announce_pool(
    db: Database,
    contest_id: int,
    tie: tuple[str, str],
    members: Sequence[str],
    *,
    source: str,
    signer: str,
    actor: str,
    now_ms: int,
) -> TieLine:
    """Fixes who is drawn between and from what public randomness (`source`), before anybody can know it.

    Raises Invalid("tie_reason_missing" | "tie_signer_missing" | "tie_order"), Conflict("draw_announced").
    """
    source, signer = _told(source, signer)
    await _check_group(db, contest_id, tie, members, now_ms)
    pool = draw.pool_lines(members)
    async with db.write() as writer:
        for line in pending_pools(await recorded(Reader(writer), contest_id, tie[0])):
            if line.audience == tie[1]:
                raise Conflict("draw_announced")
        evidence = {"pool": list(pool), "pool_hash": draw.pool_hash(pool), "draw_id": new_public_id(), "source": source}
        made = await _insert(writer, contest_id, tie, (), POOL, source, signer, evidence, actor, now_ms)
        await _note(
            writer,
            contest_id,
            "tie.pool",
            tie,
            actor,
            now_ms,
            pool_hash=evidence["pool_hash"],
            draw_id=evidence["draw_id"],
            line=made,
        )
        return next(line for line in await recorded(Reader(writer), contest_id) if line.id == made)


async def draw_order(
    db: Database, contest_id: int, pool_line: int, digits: str, *, reason: str, signer: str, actor: str, now_ms: int
) -> Effect:
    """Draws from an announced pool with the digits as they were published; the order drawn is the decision.

    There is no second draw from a pool. Raises NotFound("pool_unknown"), Invalid("draw_digits"), and as `decide`.
    """
    async with db.read() as reader:
        lines = await recorded(reader, contest_id)
    line = next((one for one in pending_pools(lines) if one.id == pool_line), None)
    if line is None:
        raise NotFound("pool_unknown")
    clean = draw.clean_digits(digits)
    tie = (line.ranking, line.audience)
    pool = tuple(line.evidence["pool"])
    await _check_group(db, contest_id, tie, pool, now_ms)
    order = draw.draw_all(pool, draw_id=line.evidence["draw_id"], digits=clean)
    reason, signer = _told(reason or line.reason, signer or line.signer)
    evidence = {
        **line.evidence,
        "pool_line": line.id,
        "digits": clean,
        "announced_at": line.decided_at,
    }
    return await _record(
        db, contest_id, tie, order, "draw", reason=reason, signer=signer, evidence=evidence, actor=actor, now_ms=now_ms
    )


def _with(tie: tuple[str, str], order: Sequence[str]) -> Change:
    def change(frozen: Frozen) -> Frozen:
        return replace(frozen, decisions=(*frozen.decisions, Decision(*tie, tuple(order))))

    return change


async def _check_group(db: Database, contest_id: int, tie: tuple[str, str], order: Sequence[str], now_ms: int) -> None:
    async with db.read() as reader:
        await check_ready(reader, contest_id, tie[0], now_ms)
    now = await reckoned(db, contest_id)
    ranking, audience = tie
    groups: list[set[str]] = [
        set(one.tied) for one in open_ties(now.part(ranking), ranking) if one.audience == audience
    ]
    ranks: dict[int, set[str]] = {}
    if ranking == COLLECTIVE:
        for unit in now.outcome.collective:
            ranks.setdefault(unit.rank, set()).add(unit.unit)
    for table in now.outcome.rankings:
        if (table.key, table.audience) == tie:
            for row in table.rows:
                ranks.setdefault(row.rank, set()).add(str(row.entry))
    groups += [group for group in ranks.values() if len(group) > 1]
    if len(set(order)) != len(order) or set(order) not in groups:
        raise Invalid("tie_order")


async def _record(
    db: Database,
    contest_id: int,
    tie: tuple[str, str],
    order: Sequence[str],
    kind: Literal["committee", "draw"],
    *,
    reason: str,
    signer: str,
    evidence: dict[str, Any],
    actor: str,
    now_ms: int,
) -> Effect:
    assert kind in SETTLED

    async def write(writer: Writer) -> None:
        if kind == "draw" and evidence["pool_line"] not in [
            one.id for one in pending_pools(await recorded(Reader(writer), contest_id))
        ]:
            raise NotFound("pool_unknown")
        made = await _insert(writer, contest_id, tie, order, kind, reason, signer, evidence, actor, now_ms)
        facts = {name: evidence[name] for name in ("pool_hash", "digits", "draw_id") if name in evidence}
        await _note(
            writer,
            contest_id,
            f"tie.{kind}",
            tie,
            actor,
            now_ms,
            order=list(order),
            line=made,
            reason_sha256=note_digest(reason),
            **facts,
        )

    return await carry_out(db, contest_id, _with(tie, order), write, cause=f"tie_{kind}", actor=actor, now_ms=now_ms)


async def _insert(
    writer: Writer,
    contest_id: int,
    tie: tuple[str, str],
    order: Sequence[str],
    kind: str,
    reason: str,
    signer: str,
    evidence: dict[str, Any],
    actor: str,
    now_ms: int,
) -> int:
    made = await writer.execute(
        insert(tie_decisions)
        .values(
            contest_id=contest_id,
            ranking=tie[0],
            audience=tie[1],
            order=list(order),
            kind=kind,
            reason=reason,
            signer=signer,
            evidence=evidence,
            decided_by=actor,
            decided_at=now_ms,
        )
        .returning(tie_decisions.c.id)
    )
    return int(made.scalar_one())


async def _note(
    writer: Writer, contest_id: int, act: str, tie: tuple[str, str], actor: str, now_ms: int, **facts: Any
) -> None:
    body = {"key": tie[0], "audience": tie[1], **facts}
    await record(
        writer, actor=actor, action=f"contest.{act}", subject=f"contest:{contest_id}", now_ms=now_ms, detail=body
    )
    await log.append(writer, contest_id, act, {"by": actor, **body}, now_ms)


def _told(reason: str, signer: str) -> tuple[str, str]:
    reason, signer = reason.strip(), signer.strip()
    if not reason or len(reason) > MAX_REASON:
        raise Invalid("tie_reason_missing", limit=MAX_REASON)
    if not signer or len(signer) > MAX_SIGNER:
        raise Invalid("tie_signer_missing", limit=MAX_SIGNER)
    return reason, signer
