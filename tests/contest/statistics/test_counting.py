"""Whatever is done to the ledger, in whatever pieces it is counted: the cells are those of a plain recount."""

import random
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from contest.database import Database
from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics import counting, counting_state, ledger, rebuild
from contest.statistics.contributions import Definition, Measure, Span
from contest.statistics.facts import Fact, FactKind
from contest.statistics.tables import fact_stream, facts_held, participation_facts
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


@pytest.fixture
def world(db: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(db)

    async def wanted(reader: object) -> Definition:
        return Definition(made.measures, made.spans)

    monkeypatch.setattr(rebuild, "wanted_definition", wanted)
    return made


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


STEPS = ("record", "record", "record", "void", "join", "later", "count", "count", "step", "step", "define")


@pytest.mark.parametrize("seed", range(6))
async def test_counts_are_those_of_a_plain_recount(world: World, seed: int) -> None:
    dice = random.Random(seed)
    number = 0
    for _ in range(40):
        match dice.choice(STEPS):
            case "record":
                made = [a_fact(dice, number + at) for at in range(dice.randint(1, 12))]
                number += len(made)
                again = [replace(world.facts[one], occurred_at=T0, headcount=1) for one in list(world.facts)[-1:]]
                await world.record(*made, *again)
            case "void" if world.facts:
                await world.take_back(dice.choice(list(world.facts)))
            case "join":
                await world.join(dice.randrange(2, 14), dice.randrange(2, 14))
            case "later":
                world.now += HOUR // 2
            case "define":
                world.measures = tuple(dice.sample(MEASURES, dice.randint(0, 3)))
                world.spans = tuple(dice.sample(SPANS, dice.randint(0, 2)))
            case "step":
                # Pieces of any size, also while another generation is being built.
                await counting.turn(world.db, world.now, limit=dice.randint(1, 9))
            case "count":
                await counting.run(world.db, world.now, limit=dice.choice([3, 1000]))
                assert await world.cells() == world.expected()
    world.now += 2 * HOUR
    await counting.run(world.db, world.now)
    assert await world.cells() == world.expected()
    assert await counting.run(world.db, world.now) == 0
    stream = await world.stream()
    async with world.db.read() as reader:
        assert len(stream) == await reader.scalar(select(func.count()).select_from(participation_facts))
        assert await reader.scalar(select(func.count()).select_from(facts_held)) == 0
    assert stream == list(range(1, len(stream) + 1))
