"""Whatever is done to the ledger, in whatever pieces it is counted: the cells are those of a plain recount."""

import random
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from contest.statistics import counting
from contest.statistics.tables import facts_held, participation_facts
from tests.contest.statistics.world import HOUR, MEASURES, SPANS, T0, World, a_fact

STEPS = ("record", "record", "record", "void", "join", "later", "count", "count", "step", "step", "define")


@pytest.mark.parametrize("seed", range(4))
async def test_counts_are_those_of_a_plain_recount(world: World, seed: int) -> None:
    dice = random.Random(seed)
    number = 0
    for _ in range(60):
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
        told = select(func.count()).where(participation_facts.c.same_as.is_(None))
        assert len(stream) == await reader.scalar(told)
        assert await reader.scalar(select(func.count()).select_from(facts_held)) == 0
    assert stream == list(range(1, len(stream) + 1))
