"""Counting what is new in the ledger: each step takes facts into the stream and into all their cells, exactly once.

Theory. A step reads one snapshot, reckons in memory, and writes everything in one transaction that goes through only
when `rollup_state` is still what the step read (`counting_state.move`); so any number of workers may count, and one
that dies has done nothing. What a person adds to a cell is not stored anywhere: all their counted facts are read again,
and the cells before and after are compared. On PostgreSQL rows are read in the order (xid, id) up to the oldest
transaction still running, so none is skipped that commits late. Never writes facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import text

from contest.database import Database, Reader
from contest.statistics import contest_facts, rebuild
from contest.statistics import counting_rows as rows
from contest.statistics import counting_state as states
from contest.statistics.contributions import FactRow, Reckoner, Tally
from contest.statistics.counting_rows import Horizon, LedgerRow, Target
from contest.statistics.counting_state import State, Write

LIMIT_SQLITE = 2_000
"""Facts in one step; on SQLite everybody else waits for its writing, about 0.2 s at this size."""
LIMIT_POSTGRESQL = 5_000
ADOPTED = 100_000

_log = structlog.get_logger(__name__)


async def run(db: Database, now_ms: int, *, limit: int | None = None) -> int:
    """Counts everything there is to count now, and by a new definition if there is one; how many facts were new."""
    counted = 0
    while True:
        done = await turn(db, now_ms, limit=limit)
        counted += done.streamed
        if not done.more:
            return counted


@dataclass(frozen=True, slots=True)
class Turn:
    """What one step did, and whether there is more to do at once."""

    streamed: int = 0
    more: bool = False


async def turn(db: Database, now_ms: int, *, limit: int | None = None) -> Turn:
    """One step of counting, or of building a generation when nothing is new."""
    at_most = limit or (LIMIT_SQLITE if db.is_sqlite else LIMIT_POSTGRESQL)
    async with db.read() as reader:
        state = await states.load(reader)
        wanted = await rebuild.wanted_definition(reader)
        work = None if state is None or now_ms < state.paused_until else await _read(reader, state, now_ms, at_most)
    if state is None:
        await states.begin(db, wanted.text(), now_ms)
        return Turn(more=True)
    if work is None:
        return Turn()
    if work.horizon is not None and work.horizon.foreign:
        await _adopt(db, work.horizon)
        return Turn(more=True)
    if work.nothing:
        return Turn(more=await rebuild.tend(db, state, wanted, now_ms, facts=at_most if db.is_sqlite else 5 * at_most))
    plan = reckon(work)
    if not await states.move(db, state, plan.state, writes_of(plan, now_ms), now_ms):
        return Turn(more=True)
    return Turn(len(plan.streamed), more=True)


@dataclass(frozen=True, slots=True)
class Work:
    """What a step has before it: rows in the order in which they go, and all that is counted of whom they touch."""

    state: State
    horizon: Horizon | None
    due: Sequence[LedgerRow]
    new: Sequence[LedgerRow]
    now_ms: int
    secret: Mapping[int, int] = field(default_factory=dict)
    """Contests whose counts may not come out yet, with when they may."""
    targets: Mapping[int, Target] = field(default_factory=dict)
    roots: Mapping[int, int] = field(default_factory=dict)
    facts: Sequence[FactRow] = ()

    @property
    def nothing(self) -> bool:
        return not self.due and not self.new


async def _read(reader: Reader, state: State, now_ms: int, limit: int) -> Work:
    end = await rows.horizon(reader, state)
    due = await rows.due_rows(reader, now_ms, limit)
    new = await rows.new_rows(reader, state, end, limit)
    work = Work(state, end, due, new, now_ms)
    if work.nothing or (end is not None and end.foreign):
        return work
    batch = [*due, *new]
    targets = await rows.targets(reader, {row.voids for row in batch if row.voids is not None})
    touched = {row.fact.person for row in batch} | {one.fact.person for one in targets.values()}
    people = {one for one in touched | {row.same_as for row in batch} if one is not None}
    roots = await rows.roots(reader, people)
    everybody = people | roots.keys() | set(roots.values())
    contests = {row.contest_id for row in batch if row.contest_id is not None}
    secret = await contest_facts.still_secret(reader, contests, now_ms)
    return replace(work, secret=secret, targets=targets, roots=roots, facts=await rows.counted_facts(reader, everybody))


@dataclass(slots=True)
class Plan:
    """What a step writes."""

    state: State
    streamed: list[int] = field(default_factory=list)
    held: list[tuple[int, int]] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    aliases: dict[int, int] = field(default_factory=dict)
    tallies: dict[int, Tally] = field(default_factory=dict)


def reckon(work: Work) -> Plan:
    """What comes of the work. Pure."""
    state = work.state
    last = work.new[-1] if work.new else None
    plan = Plan(state if last is None else replace(state, xid=last.xid, fact_id=last.id))
    going: list[LedgerRow] = []
    gone: set[int] = set()
    for row in (*work.due, *(row for row in work.new if not row.known)):
        release_at = max(row.release_at, work.secret.get(row.contest_id or 0, 0))
        if release_at > work.now_ms or not _target_gone(row, work.targets, gone):
            plan.held.append((row.id, release_at))
            continue
        going.append(row)
        gone.add(row.id)
    # That two numbers are one person is nothing that happened: it counts, and nobody is told of it.
    plan.streamed = [row.id for row in going if row.same_as is None]
    plan.released = [row.id for row in work.due]
    plan.state = replace(plan.state, seq=state.seq + len(plan.streamed))
    crowd = _Crowd(work)
    for row in going:
        crowd.take(row)
    plan.aliases = crowd.aliases
    plan.tallies[state.generation] = crowd.tally(rebuild.reckoner(state.definition), None)
    if state.next_generation is not None and state.next_definition is not None:
        plan.tallies[state.next_generation] = crowd.tally(rebuild.reckoner(state.next_definition), state)
    return plan


def _target_gone(row: LedgerRow, targets: Mapping[int, Target], gone: set[int]) -> bool:
    """Whether the fact that the row takes back, if it does, is in the stream before it."""
    return row.voids is None or row.voids in gone or targets[row.voids].seq is not None


class _Crowd:
    """The people a step touches, with their facts before and after."""

    def __init__(self, work: Work) -> None:
        self._targets = {number: (one.fact, one.seq) for number, one in work.targets.items()}
        self._root = dict(work.roots)
        self._before: dict[int, dict[int, FactRow]] = {}
        for row in work.facts:
            assert row.person is not None
            self._before.setdefault(self.root(row.person), {})[row.id] = row
        self._after: dict[int, dict[int, FactRow]] = {}
        self._merged: dict[int, list[int]] = {}
        self._heads: list[tuple[FactRow, bool, int | None]] = []
        self.aliases: dict[int, int] = {}

    def root(self, person: int) -> int:
        return self._root.get(person, person)

    def _of(self, person: int) -> dict[int, FactRow]:
        """The facts of the person's root, to be changed."""
        root = self.root(person)
        if root not in self._after:
            self._after[root] = dict(self._before.get(root, {}))
            self._merged[root] = [root]
        return self._after[root]

    def take(self, row: LedgerRow) -> None:
        """One more row of the stream."""
        fact = row.fact
        if row.voids is not None:
            target, seq = self._targets[row.voids]
            self._take_back(target, seq)
        elif row.same_as is not None and fact.person is not None:
            self._join(fact.person, row.same_as)
        elif fact.person is None:
            self._heads.append((fact, True, None))
        else:
            self._of(fact.person)[fact.id] = fact

    def _take_back(self, target: FactRow, seq: int | None) -> None:
        if target.person is None:
            self._heads.append((target, False, seq))
        else:
            self._of(target.person).pop(target.id, None)

    def _join(self, person: int, is_person: int) -> None:
        child, root = self.root(person), self.root(is_person)
        if child == root:
            return
        facts = self._of(child)
        self._of(root).update(facts)
        del self._after[child]
        self._merged[root] += self._merged.pop(child)
        for one in [child, *(one for one, its in self._root.items() if its == child)]:
            self._root[one] = self.aliases[one] = root

    def tally(self, reckoner: Reckoner, building: State | None) -> Tally:
        """What changes in the cells; in a generation that is being built only what it has in it already."""
        tally = Tally(reckoner)
        for root, facts in self._after.items():
            was = [self._before.get(one, {}) for one in self._merged[root] if _within(one, building)]
            tally.change(was, facts if _within(root, building) else {})
        for fact, comes, seq in self._heads:
            if comes:
                tally.add(fact)
            elif building is None or seq is None or not building.next_seq < seq <= building.next_until:
                tally.take(fact)
        return tally


def _within(root: int, building: State | None) -> bool:
    return building is None or root <= building.next_person


def writes_of(plan: Plan, now_ms: int) -> list[Write]:
    """The plan as statements."""
    first = plan.state.seq - len(plan.streamed) + 1
    writes = [
        Write(states.RELEASE, [(one,) for one in plan.released]),
        Write(states.HOLD, plan.held),
        Write(states.STREAM, [(first + at, one, now_ms) for at, one in enumerate(plan.streamed)]),
        Write(states.ALIAS, sorted(plan.aliases.items())),
    ]
    return writes + [states.count_write(tally, generation) for generation, tally in sorted(plan.tallies.items())]


async def _adopt(db: Database, horizon: Horizon) -> None:
    """Makes a database that was copied from another cluster readable: its transaction numbers mean nothing here."""
    _log.info("the ledger comes from another cluster")
    some = "SELECT id FROM participation_facts WHERE xid >= :first LIMIT :at_once"
    statement = text(f"UPDATE participation_facts SET xid = 0 WHERE id IN ({some})")
    given = {"first": horizon.first_unknown, "at_once": ADOPTED}
    while True:
        async with db.write() as writer:
            if (await writer.execute(statement, given)).rowcount == 0:
                await writer.execute(
                    text("UPDATE rollup_state SET version = version + 1, xid = -1, fact_id = 0 WHERE id = 1")
                )
                return
