"""Keeps the provisional boards in Redis in step with SQL, on a beat of the worker.

The contest's log is the list of what changed: since the last beat's line, the entries named there are placed anew from
SQL, absolutely. Without a mark in Redis, under new rules or after too much at once all boards are written anew. Never
writes to SQL but the daily snapshot of participation, and never decides a final order.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from sqlalchemy import Select, func, or_, select

from contest.clock import Clock
from contest.database import Database, Reader
from contest.provincial import boards, log, turnout
from contest.provincial.boards import Place, Taken
from contest.provincial.rules import ContestRules
from contest.provincial.tables import (
    attempts,
    contest_exclusions,
    contest_log,
    contest_versions,
    contests,
    entries,
    participants,
)
from contest.provincial.windows import ranking_keys
from scoring import contest_board, keys
from scoring.contest_board import Placed

_log = structlog.get_logger(__name__)
BEAT_S = 5.0
ANEW_FROM = 20_000
"""So many lines of the log at once are cheaper written as whole boards."""
_CHUNK = 500
_ROWS = 500
_ARCHIVED_MS = 24 * 3_600_000
_EVER = 1 << 62
"""Not now: the worker's clock may be behind that of the process which accepted a paper."""
_OF_ATTEMPT = frozenset({log.ATTEMPT_VOID, log.ATTEMPT_RESTORE, log.ATTEMPT_REMARK})
_OF_ENTRY = frozenset({log.ENTRY_VOID, log.ENTRY_RESTORE})


@dataclass(frozen=True, slots=True)
class Kept:
    """A contest whose boards are kept. `excluded` are entries that may not win; `stamp` changes with them."""

    id: int
    rules: ContestRules
    stamp: str
    excluded: frozenset[int]


class BoardKeeper:
    """One worker's share. Any number may run: one at a time holds a contest's lease, and a repeat is harmless."""

    def __init__(self, db: Database, redis: Redis, clock: Clock) -> None:
        self._db = db
        self._redis = redis
        self._clock = clock
        self._name = secrets.token_hex(8)
        self._rules: dict[tuple[int, int], ContestRules] = {}

    async def beat(self) -> None:
        """One turn over every contest; one that fails does not keep the others waiting."""
        now_ms = self._clock.wall_ms()
        async with self._db.read() as reader:
            active = [await self._kept(reader, row) for row in await _active(reader)]
            archived = await _archived(reader, now_ms)
        for contest in active:
            try:
                await self._snapshot(contest, now_ms)
                await self._keep(contest, now_ms)
            except Exception:
                _log.exception("boards not kept", contest=contest.id)
        for contest_id in archived:
            if await contest_board.mark_of(self._redis, contest_id) is not None:
                await contest_board.drop(self._redis, contest_id)

    async def _kept(self, reader: Reader, row: Any) -> Kept:
        rules = self._rules.get((row.id, row.rules_version))
        if rules is None:
            rules = ContestRules.model_validate_json(row.rules)
            self._rules[row.id, row.rules_version] = rules
        excluded, count = await _excluded(reader, row.id)
        return Kept(row.id, rules, f"{row.rules_version}-{count}", excluded)

    async def _snapshot(self, contest: Kept, now_ms: int) -> None:
        due = turnout.due(contest.rules, now_ms)
        if due is None:
            return
        async with self._db.read() as reader:
            if await turnout.taken(reader, contest.id, due[0]):
                return
        async with self._db.write() as writer:
            if await turnout.take(writer, contest.id, *due):
                _log.info("participation counted", contest=contest.id, day=due[0])

    async def _keep(self, contest: Kept, now_ms: int) -> None:
        if not await self._leased(contest.id):
            return
        frozen = boards.frozen_since(contest.rules, now_ms)
        until = _EVER if frozen is None else frozen
        mark = await contest_board.mark_of(self._redis, contest.id)
        seq, _, stamp = (mark or "").partition(" ")
        if not seq.isdigit() or stamp != contest.stamp:
            await self.write_anew(contest, until)
            return
        async with self._db.read() as reader:
            found = await reader.execute(
                select(contest_log.c.seq, contest_log.c.at, contest_log.c.kind, contest_log.c.body)
                .where(contest_log.c.contest_id == contest.id, contest_log.c.seq > int(seq))
                .order_by(contest_log.c.seq)
                .limit(ANEW_FROM)
            )
            lines = found.all()
            if frozen is not None:
                lines = lines[: next((place for place, line in enumerate(lines) if line.at >= until), len(lines))]
            if not lines:
                return
            if len(lines) < ANEW_FROM:
                placed, gone = await _changes(reader, contest, lines, until)
        if len(lines) >= ANEW_FROM:
            await self.write_anew(contest, until)
            return
        if placed or gone:
            await contest_board.update(self._redis, contest.id, placed, gone)
        # Boards first: what is written twice is the same, what is marked and not written would be lost.
        await contest_board.advance(self._redis, contest.id, f"{lines[-1].seq} {contest.stamp}")

    async def write_anew(self, contest: Kept, until_ms: int) -> int:
        """All boards of a contest from SQL, with what was accepted before `until_ms`; how many places."""
        async with self._db.read() as reader:
            seq = await reader.scalar(
                select(func.max(contest_log.c.seq)).where(
                    contest_log.c.contest_id == contest.id, contest_log.c.at < until_ms
                )
            )
            mark = f"{seq or 0} {contest.stamp}"
            places = await contest_board.replace(self._redis, contest.id, _everybody(reader, contest, until_ms), mark)
        # Not how many: whoever reads logs may have a prediction open.
        _log.info("boards written anew", contest=contest.id)
        return places

    async def _leased(self, contest_id: int) -> bool:
        key = keys.contest_board_lease(contest_id)
        if await self._redis.set(key, self._name, nx=True, ex=keys.LEASE_TTL_S):
            return True
        if await self._redis.get(key) != self._name.encode():
            return False
        await self._redis.expire(key, keys.LEASE_TTL_S)
        return True


async def _active(reader: Reader) -> Sequence[Any]:
    found = await reader.execute(
        select(contests.c.id, contests.c.rules_version, contest_versions.c.rules)
        .join(
            contest_versions,
            (contest_versions.c.contest_id == contests.c.id) & (contest_versions.c.version == contests.c.rules_version),
        )
        .where(contests.c.state.in_(("open", "closed")))
        .order_by(contests.c.id)
    )
    return found.all()


async def _archived(reader: Reader, now_ms: int) -> Sequence[int]:
    found = await reader.execute(select(contests.c.id).where(contests.c.archived_at > now_ms - _ARCHIVED_MS))
    return found.scalars().all()


async def _excluded(reader: Reader, contest_id: int) -> tuple[frozenset[int], str]:
    """The entries that the exclusions meet, and a stamp of the list."""
    own = contest_exclusions.c.contest_id == contest_id
    row = (await reader.execute(select(func.count(), func.max(contest_exclusions.c.id)).where(own))).one()
    if not row[0]:
        return frozenset(), "0"
    met = or_(
        participants.c.phone_hash == contest_exclusions.c.phone_hash,
        participants.c.id_hash == contest_exclusions.c.id_hash,
    )
    found = await reader.execute(
        select(entries.c.id)
        .select_from(contest_exclusions)
        .join(participants, met)
        .join(entries, entries.c.participant_id == participants.c.id)
        .where(own, entries.c.contest_id == contest_id)
    )
    # The entry's own hashes outlive the person's.
    same = or_(
        entries.c.phone_hash == contest_exclusions.c.phone_hash, entries.c.id_hash == contest_exclusions.c.id_hash
    )
    more = await reader.execute(
        select(entries.c.id).join(contest_exclusions, same).where(own, entries.c.contest_id == contest_id)
    )
    met_entries = frozenset(found.scalars()) | frozenset(more.scalars())
    return met_entries, f"{row[0]}-{row[1]}-{len(met_entries)}"


def _accepted(contest_id: int, until_ms: int) -> Select[Any]:
    return (
        select(
            entries.c.id,
            entries.c.public_id,
            entries.c.commune,
            entries.c.target_group,
            attempts.c.public_id,
            attempts.c.round_key,
            attempts.c.started_at,
            attempts.c.submitted_at,
            attempts.c.duration_ms,
            attempts.c.score,
            attempts.c.of,
            attempts.c.answered,
            attempts.c.prediction,
        )
        .select_from(attempts.join(entries, attempts.c.entry_id == entries.c.id))
        .where(
            attempts.c.contest_id == contest_id,
            attempts.c.state == "submitted",
            attempts.c.submitted_at < until_ms,
            attempts.c.void_at.is_(None),
            entries.c.void_at.is_(None),
        )
        .order_by(attempts.c.entry_id)
    )


def _taken(
    paper: str,
    round_key: str,
    started: int,
    submitted: int,
    ms: int,
    score: int,
    of: int,
    answered: int,
    guess: str | None,
) -> Taken:
    return Taken(paper, round_key, started, submitted, ms, score, of, answered, guess is not None)


def _places(contest: Kept, of_entry: Sequence[Sequence[Any]]) -> Iterator[tuple[str, Placed]]:
    """The boards and places of one entry from its rows."""
    number, public_id, commune, group = of_entry[0][:4]
    if number in contest.excluded:
        return
    taken = [_taken(*row[4:]) for row in of_entry]
    place = Place(commune, group)
    for window, (score, duration_ms) in boards.standing(contest.rules, taken).items():
        placed = Placed(public_id, score, duration_ms)
        for board in boards.names(contest.rules, window, place):
            yield board, placed


async def _everybody(reader: Reader, contest: Kept, until_ms: int) -> AsyncIterator[tuple[str, Placed]]:
    stream = await reader.stream(_accepted(contest.id, until_ms).execution_options(yield_per=_ROWS))
    own: list[Sequence[Any]] = []
    async for row in stream:
        if own and own[0][0] != row[0]:
            for item in _places(contest, own):
                yield item
            own = []
        own.append(row)
    for item in _places(contest, own) if own else ():
        yield item


async def _changes(
    reader: Reader, contest: Kept, lines: Iterable[Any], until_ms: int
) -> tuple[dict[str, list[Placed]], dict[str, list[str]]]:
    """Where the entries of these lines stand now, and where they may have stood and do not."""
    numbers: set[int] = set()
    lowered: set[int] = set()
    papers: set[str] = set()
    for line in lines:
        if line.kind == log.ATTEMPT:
            numbers.add(int(json.loads(line.body)["entry"]))
        elif line.kind in _OF_ENTRY:
            lowered.add(int(json.loads(line.body)["entry"]))
        elif line.kind in _OF_ATTEMPT:
            papers.add(str(json.loads(line.body)["attempt"]))
    for chunk in _chunks(sorted(papers)):
        found = await reader.execute(select(attempts.c.entry_id).where(attempts.c.public_id.in_(chunk)))
        lowered.update(found.scalars())
    placed: defaultdict[str, list[Placed]] = defaultdict(list)
    gone: defaultdict[str, list[str]] = defaultdict(list)
    for chunk in _chunks(sorted(numbers | lowered)):
        of_entries: defaultdict[int, list[Sequence[Any]]] = defaultdict(list)
        query = _accepted(contest.id, until_ms).where(attempts.c.entry_id.in_(chunk))
        for row in await reader.execute(query):
            of_entries[row[0]].append(row)
        stands: set[tuple[str, str]] = set()
        for own in of_entries.values():
            for board, placing in _places(contest, own):
                placed[board].append(placing)
                stands.add((board, placing.entry))
        # Only what was taken back can leave a board.
        who = await reader.execute(
            select(entries.c.public_id, entries.c.commune, entries.c.target_group).where(
                entries.c.id.in_(lowered.intersection(chunk))
            )
        )
        for public_id, commune, group in who:
            for window in ranking_keys(contest.rules):
                for board in boards.names(contest.rules, window, Place(commune, group)):
                    if (board, public_id) not in stands:
                        gone[board].append(public_id)
    return placed, gone


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
