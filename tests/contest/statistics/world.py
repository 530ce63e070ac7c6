"""A ledger, and in plain Python what has to come of it."""

import random

from sqlalchemy import select

from contest.database import Database
from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics import counting_state, ledger
from contest.statistics.contributions import Measure, Span
from contest.statistics.facts import Fact, FactKind
from contest.statistics.tables import fact_stream
from contest.statistics.tables import rollups as rollups_table
from tests.contest.statistics.naive import Cell, Four, naive_cells, root_of

T0 = 1_790_000_000_000
HOUR = 3_600_000
NOW = T0 + 1000 * HOUR
KINDS = (FactKind.CHECKIN, FactKind.SKILL, FactKind.SKILL_QUIZ, FactKind.CONTEST_ATTEMPT)
SPANS = (Span(1, "2026-09-01", "2026-10-02"), Span(2, "2026-10-01", "2026-10-31"))
MEASURES = (
    Measure("quiz_passed", (FactKind.SKILL_QUIZ,), passed=True),
    Measure("old_payers", (FactKind.SKILL, FactKind.SKILL_QUIZ), ages=("60+",), skills=(Skill.PAYMENT,)),
    Measure("came", (FactKind.CHECKIN,), groups=("citizen",)),
)


class World:
    """A ledger and what there should be in it, in plain Python."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.now = NOW
        self.facts: dict[str, Fact] = {}
        self.void: set[str] = set()
        self.same: dict[int, int] = {}
        self.measures: tuple[Measure, ...] = ()
        self.spans: tuple[Span, ...] = ()

    async def record(self, *facts: Fact) -> None:
        async with self.db.write() as writer:
            await ledger.record(writer, facts, now_ms=self.now)
        for fact in facts:
            self.facts.setdefault(fact.source, fact)

    async def take_back(self, source: str) -> None:
        fact = self.facts[source]
        async with self.db.write() as writer:
            await ledger.void(writer, fact.kind, source, reason="nhầm", actor="system", now_ms=self.now)
        self.void.add(source)

    async def join(self, person: int, is_person: int) -> None:
        async with self.db.write() as writer:
            await ledger.same_person(writer, person, is_person, now_ms=self.now)
        child, root = root_of(person, self.same), root_of(is_person, self.same)
        if child != root:
            self.same[child] = root

    def expected(self) -> dict[Cell, Four]:
        there = [
            (local_day(fact.occurred_at), fact)
            for source, fact in self.facts.items()
            if source not in self.void and fact.release_at <= self.now
        ]
        return naive_cells(there, self.same, self.measures, self.spans)

    async def cells(self) -> dict[Cell, Four]:
        """What is in the table, but for zeros."""
        c = rollups_table.c
        async with self.db.read() as reader:
            state = await counting_state.load(reader)
            assert state is not None
            rows = await reader.execute(select(rollups_table).where(c.generation == state.generation))
            return {
                (row.period, row.place, row.facet): (row.facts, row.visits, row.people, row.anonymous)
                for row in rows
                if row.facts or row.visits or row.people or row.anonymous
            }

    async def stream(self) -> list[int]:
        async with self.db.read() as reader:
            return list((await reader.execute(select(fact_stream.c.seq).order_by(fact_stream.c.seq))).scalars())


def a_fact(dice: random.Random, number: int, *, people: int = 12) -> Fact:
    person = dice.choice([None, *range(2, 2 + people)])
    skills = tuple(dice.sample(list(Skill), dice.choice([0, 0, 1, 2])))
    return Fact(
        dice.choice(KINDS),
        str(number),
        T0 + dice.randrange(40 * 24) * HOUR // 2,
        person=person,
        headcount=dice.randint(1, 30) if person is None else 1,
        commune=dice.choice([None, "24175", "24180", "24181"]),
        village_id=dice.choice([None, None, 1, 2]),
        target_group=dice.choice([None, "citizen", "official"]),
        age_band=dice.choice([None, "60+", "18-59"]),
        skills=skills,
        passed=dice.choice([None, True, False]),
        festival_id=dice.choice([None, 7]),
        team_id=dice.choice([None, None, 3]),
        release_at=dice.choice([0, 0, 0, NOW + HOUR, NOW + 2 * HOUR]),
    )
