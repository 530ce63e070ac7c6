"""Publishing the right answers of a round, once nobody can use them any more.

Never shows a question: who reads `published` decides what to show.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import exists, insert, select

from contest.audit import record
from contest.database import Reader, Writer
from contest.errors import Conflict, NotFound
from contest.provincial import contests, log
from contest.provincial.pools import pool_banks, pool_of
from contest.provincial.rules import ContestRules
from contest.provincial.tables import attempts, contest_rounds
from contest.provincial.windows import GRACE_MS


@dataclass(frozen=True, slots=True)
class KeyState:
    """A round's key. `code` says why it may not be published yet, "" when it may; `other` the round in the way."""

    round: str
    name: str
    published_at: int | None
    published_by: str | None
    code: str = ""
    other: str = ""


async def published(reader: Reader, contest_id: int) -> Mapping[str, tuple[int, str]]:
    """When and by whom the keys were published, by round."""
    c = contest_rounds.c
    rows = await reader.execute(
        select(c.key, c.key_published_at, c.key_published_by).where(
            c.contest_id == contest_id, c.key_published_at.is_not(None)
        )
    )
    return {key: (at, by) for key, at, by in rows.all()}


async def states(reader: Reader, contest_id: int, rules: ContestRules, now_ms: int) -> list[KeyState]:
    """Every round's key, and what stands in its way."""
    known = await published(reader, contest_id)
    found = []
    for one in rules.rounds:
        at, by = known.get(one.key, (None, None))
        code, other = ("", "") if at is not None else await _in_the_way(reader, contest_id, rules, one.key, now_ms)
        found.append(KeyState(one.key, one.name, at, by, code, other))
    return found


async def publish_key(writer: Writer, contest_id: int, round_key: str, *, actor: str, now_ms: int) -> None:
    """From now on entrants may see the right answers of the round. A repeat changes nothing; there is no way back.

    Raises NotFound("round_unknown"), Conflict: "key_too_early" while somebody may still be answering, "key_shared"
    while another round that draws from the same questions, of this contest or another one, has not ended.
    """
    held = await contests.lock(writer, contest_id)
    if held.rules is None or round_key not in {one.key for one in held.rules.rounds}:
        raise NotFound("contest_round_unknown")
    if round_key in await published(Reader(writer), contest_id):
        return
    code, other = await _in_the_way(Reader(writer), contest_id, held.rules, round_key, now_ms)
    if code:
        raise Conflict(code, round=other)
    c = contest_rounds.c
    if await writer.scalar(select(exists().where(c.contest_id == contest_id, c.key == round_key))):
        await writer.execute(
            contest_rounds.update()
            .where(c.contest_id == contest_id, c.key == round_key)
            .values(key_published_at=now_ms, key_published_by=actor)
        )
    else:
        await writer.execute(
            insert(contest_rounds).values(
                contest_id=contest_id, key=round_key, key_published_at=now_ms, key_published_by=actor
            )
        )
    detail = {"round": round_key}
    await record(
        writer,
        actor=actor,
        action="contest.key.published",
        subject=f"contest:{contest_id}",
        now_ms=now_ms,
        detail=detail,
    )
    await log.append(writer, contest_id, "key.published", {"by": actor, **detail}, now_ms)


async def _in_the_way(
    reader: Reader, contest_id: int, rules: ContestRules, round_key: str, now_ms: int
) -> tuple[str, str]:
    banks = pool_banks(rules)
    own = rules.round(round_key)
    # Pools are copies: two rounds may name the same bank, each with a pool of its own.
    bank = banks[pool_of(rules, round_key)]
    sharing = [one for one in rules.rounds if banks[pool_of(rules, one.key)] == bank]
    for one in (own, *sharing):
        if now_ms < one.closes_at + rules.time_limit_s * 1000 + GRACE_MS:
            return ("key_too_early" if one is own else "key_shared"), one.name
    c = attempts.c
    running = exists().where(
        c.contest_id == contest_id, c.state == "open", c.round_key.in_([one.key for one in sharing])
    )
    if await reader.scalar(select(running)):
        return "key_too_early", own.name
    return await _elsewhere(reader, contest_id, bank, now_ms)


async def _elsewhere(reader: Reader, contest_id: int, bank: int | None, now_ms: int) -> tuple[str, str]:
    """Another contest on this installation whose people would read here what they are asked there."""
    for other in await contests.listing(reader, drafts=False):
        if bank is None or other.id == contest_id or other.rules is None:
            continue
        banks = pool_banks(other.rules)
        for one in other.rules.rounds:
            last = one.closes_at + other.rules.time_limit_s * 1000 + GRACE_MS
            if banks[pool_of(other.rules, one.key)] == bank and now_ms < last:
                return "key_shared", f"{other.title}: {one.name}"
    return "", ""
