"""The whole way of the numbers, walked again: sources = ledger = stream = cells, to the unit.

A second, plain reckoning: it shares the names of cells with the first one and nothing else. Never changes anything.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text

from contest.database import Database, Reader
from contest.skills import Skill
from contest.statistics import cells
from contest.statistics.facts import FactKind
from contest.statistics.recount import PAGE, ledger_size, owed, people_pages

SHOWN = 50
_LIVING = (
    "f.kind NOT IN ('void', 'same_person') "
    "AND NOT EXISTS (SELECT 1 FROM participation_facts v {join}WHERE v.voids = f.id)"
)
_STREAMED = _LIVING.format(join="JOIN fact_stream t ON t.fact_id = v.id ")
_JOINED = "FROM participation_facts f JOIN counted_people c ON c.person = f.person WHERE f.kind = 'same_person'"
_NAMES = (
    "f.day, f.commune, f.village_id, f.festival_id, f.team_id, f.kind, f.target_group, f.age_band, f.skills, f.passed"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree. `where` is sources, stream or cells."""

    where: str
    what: str
    expected: str
    found: str


@dataclass(slots=True)
class Verdict:
    """What was compared, and the first differences of all there are."""

    owed: int = 0
    living: int = 0
    streamed: int = 0
    held: int = 0
    waiting: int = 0
    """Facts that nobody has counted yet."""
    cells: int = 0
    wrong: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.wrong == 0

    def differs(self, where: str, what: str, expected: object, found: object) -> None:
        """Notes a difference."""
        self.wrong += 1
        if len(self.differences) < SHOWN:
            self.differences.append(Difference(where, what, str(expected), str(found)))


async def verify(db: Database) -> Verdict:
    """Compares everything, in one snapshot."""
    verdict = Verdict()
    async with db.read() as reader:
        await _sources(reader, verdict)
        await _stream(reader, verdict)
        await _cells(reader, verdict)
    return verdict


async def _sources(reader: Reader, verdict: Verdict) -> None:
    """Every thing has its one fact that stands, and every fact that stands has its thing."""
    left = await owed(reader)
    verdict.owed = len(left)
    seen: set[tuple[str, str]] = set()
    query = text(
        "SELECT f.kind, f.source, f.headcount, f.day, f.person FROM participation_facts f "
        f"WHERE f.id > :after AND f.id <= :until AND {_LIVING.format(join='')}"
    )
    for first in range(0, await ledger_size(reader), PAGE):
        for kind, source, headcount, day, person in await reader.execute(
            query, {"after": first, "until": first + PAGE}
        ):
            verdict.living += 1
            key = (kind, source.partition("#")[0])
            what = f"{key[0]} {key[1]}"
            thing = left.pop(key, None)
            if thing is None:
                verdict.differs(
                    "sources", what, "once" if key in seen else "nothing", "twice" if key in seen else "a fact"
                )
            elif (thing.headcount, thing.day or day) != (headcount, day):
                verdict.differs("sources", what, (thing.headcount, thing.day), (headcount, day))
            elif thing.person is not None and thing.person != person:
                verdict.differs("sources", what, f"person {thing.person}", f"person {person}")
            seen.add(key)
    for kind, source in left:
        verdict.differs("sources", f"{kind} {source}", "a fact", "nothing")


async def _stream(reader: Reader, verdict: Verdict) -> None:
    """Without gaps; voids after what they take back; nothing both held and out; nothing lost between."""
    row = (await reader.execute(text("SELECT count(*), coalesce(max(seq), 0) FROM fact_stream"))).one()
    verdict.streamed = row[0]
    if row[0] != row[1]:
        verdict.differs("stream", "numbers", row[0], row[1])
    verdict.held = await reader.scalar(text("SELECT count(*) FROM facts_held")) or 0
    checks = {
        "held and out": "SELECT count(*) FROM facts_held h JOIN fact_stream s ON s.fact_id = h.fact_id",
        "void before its fact": "SELECT count(*) FROM participation_facts v JOIN fact_stream s ON s.fact_id = v.id "
        "LEFT JOIN fact_stream o ON o.fact_id = v.voids WHERE v.voids IS NOT NULL AND (o.seq IS NULL OR o.seq > s.seq)",
    }
    for what, query in checks.items():
        if found := await reader.scalar(text(query)):
            verdict.differs("stream", what, 0, found)
    lost = text(
        "SELECT count(*) FROM fact_stream s LEFT JOIN participation_facts f ON f.id = s.fact_id "
        "WHERE s.seq > :after AND s.seq <= :until AND f.id IS NULL"
    )
    for first in range(0, row[1], PAGE):
        if found := await reader.scalar(lost, {"after": first, "until": first + PAGE}):
            verdict.differs("stream", "not in the ledger", 0, found)
    ledger = await reader.scalar(text("SELECT count(*) FROM participation_facts")) or 0
    joined = await reader.scalar(text(f"SELECT count(*) {_JOINED}")) or 0
    verdict.waiting = ledger - verdict.streamed - verdict.held - joined


async def _cells(reader: Reader, verdict: Verdict) -> None:
    state = (await reader.execute(text("SELECT generation, definition FROM rollup_state WHERE id = 1"))).one_or_none()
    if state is None:
        return
    plain = _Plain(json.loads(state.definition), await _roots(reader))
    query = text(
        f"SELECT f.person, f.headcount, {_NAMES} FROM participation_facts f JOIN fact_stream s ON s.fact_id = f.id "
        f"WHERE f.person > :after AND f.person <= :until AND {_STREAMED} ORDER BY f.person"
    )
    async for after, until in people_pages(reader):
        for row in await reader.execute(query, {"after": after, "until": until}):
            plain.of_person(row[0], tuple(row[2:]))
    plain.last()
    heads = text(
        f"SELECT f.headcount, {_NAMES} FROM participation_facts f JOIN fact_stream s ON s.fact_id = f.id "
        f"WHERE f.id > :after AND f.id <= :until AND f.person IS NULL AND {_STREAMED}"
    )
    for first in range(0, await ledger_size(reader), PAGE):
        for row in await reader.execute(heads, {"after": first, "until": first + PAGE}):
            plain.of_nobody(row[0], tuple(row[1:]))
    await _compare(reader, state.generation, plain.counts, verdict)


async def _roots(reader: Reader) -> dict[int, int]:
    """Person → who they are by the ledger's own word, for everybody who has another number."""
    parents = {row[0]: row[1] for row in await reader.execute(text(f"SELECT f.person, f.same_as {_JOINED}"))}
    found = {}
    for person in {*parents, *parents.values()}:
        root = person
        while root in parents:
            root = parents[root]
        found[person] = root
    return found


async def _compare(
    reader: Reader, generation: int, expected: dict[tuple[str, str, str], list[int]], verdict: Verdict
) -> None:
    verdict.cells = len(expected)
    query = (
        "SELECT period, place, facet, facts, visits, people, anonymous FROM rollups WHERE generation = :generation "
        "AND (facts <> 0 OR visits <> 0 OR people <> 0 OR anonymous <> 0)"
    )
    stored = await reader.stream(text(query), {"generation": generation}, execution_options={"yield_per": 5000})
    async for row in stored:
        cell, found = (row[0], row[1], row[2]), list(row[3:])
        should = expected.pop(cell, [0, 0, 0, 0])
        if should != found:
            verdict.differs("cells", " ".join(cell), should, found)
    for cell, should in expected.items():
        verdict.differs("cells", " ".join(cell), should, [0, 0, 0, 0])


class _Plain:
    """All cells, one fact after the other. Facts of a person must come together; those of several numbers wait."""

    def __init__(self, definition: Mapping[str, Any], roots: Mapping[int, int]) -> None:
        self.counts: dict[tuple[str, str, str], list[int]] = {}
        self._measures = definition["measures"]
        self._spans = definition["spans"]
        self._roots = roots
        self._waiting: dict[int, set[tuple[str, str, str]]] = {}
        self._person: int | None = None
        self._mine: set[tuple[str, str, str]] = set()

    def of_person(self, person: int, names: tuple[Any, ...]) -> None:
        if person != self._person:
            self._end_person()
            self._person = person
        its = self._cells(names)
        for cell in its:
            self._row(cell)[0] += 1
            self._row(cell)[1] += 1
        if person in self._roots:
            self._waiting.setdefault(self._roots[person], set()).update(its)
        else:
            self._mine.update(its)

    def of_nobody(self, heads: int, names: tuple[Any, ...]) -> None:
        for cell in self._cells(names):
            row = self._row(cell)
            row[0] += 1
            row[1] += heads
            row[3] += heads

    def last(self) -> None:
        """Everybody has been told of."""
        self._end_person()
        for its in self._waiting.values():
            for cell in its:
                self._row(cell)[2] += 1

    def _end_person(self) -> None:
        for cell in self._mine:
            self._row(cell)[2] += 1
        self._mine = set()

    def _row(self, cell: tuple[str, str, str]) -> list[int]:
        return self.counts.setdefault(cell, [0, 0, 0, 0])

    def _cells(self, names: tuple[Any, ...]) -> list[tuple[str, str, str]]:
        day, commune, village, festival, team, kind, group, age, skills, passed = names
        periods = ["all", cells.day(day), cells.week(day)]
        for span in self._spans:
            if date.fromisoformat(span["first_day"]) <= date.fromisoformat(day) <= date.fromisoformat(span["last_day"]):
                periods.append(cells.campaign(span["id"]))
        places = ["p", cells.commune(commune)]
        for number, name in ((village, cells.village), (festival, cells.festival), (team, cells.team)):
            if number is not None:
                places.append(name(number))
        shown = ["all", cells.kind(FactKind(kind)), cells.group(group), cells.age(age)]
        practised = skills.split(",") if skills else []
        shown += [cells.skill(Skill(one)) for one in practised]
        shown += [
            cells.indicator(one["key"]) for one in self._measures if _counts(one, kind, group, age, practised, passed)
        ]
        return [(period, place, facet) for period in periods for place in places for facet in shown]


def _counts(
    measure: Mapping[str, Any], kind: str, group: str | None, age: str | None, skills: Iterable[str], passed: Any
) -> bool:
    if measure["kinds"] and kind not in measure["kinds"]:
        return False
    if measure["groups"] and group not in measure["groups"]:
        return False
    if measure["ages"] and age not in measure["ages"]:
        return False
    if measure["skills"] and not any(one in measure["skills"] for one in skills):
        return False
    return measure["passed"] is None or (passed is not None and bool(passed) == measure["passed"])
