"""The cells of facts, and what changes when a person's facts do, against a plain reckoning."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics.contributions import (
    Definition,
    FactRow,
    Measure,
    Reckoner,
    Span,
    Tally,
    Traits,
    counted,
    definition_of,
    matches,
)
from contest.statistics.facts import Fact, FactKind, skills_text
from tests.contest.statistics.naive import naive_cells
from tests.contest.statistics.world import MEASURES, SPANS, a_fact

DEFINITION = Definition(MEASURES, SPANS)


def row_of(number: int, fact: Fact) -> FactRow:
    traits = Traits(
        local_day(fact.occurred_at),
        fact.commune,
        fact.village_id,
        fact.festival_id,
        fact.team_id,
        str(fact.kind),
        fact.target_group,
        fact.age_band,
        skills_text(fact.skills),
        fact.passed,
    )
    return FactRow(number, fact.person, fact.headcount, traits)


def rows_of(seed: int, many: int) -> tuple[list[Fact], list[FactRow]]:
    dice = random.Random(seed)
    facts = [a_fact(dice, n, people=4) for n in range(many)]
    return facts, [row_of(n, fact) for n, fact in enumerate(facts)]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), many=st.integers(0, 25))
def test_all_cells_are_those_of_the_plain_reckoning(seed: int, many: int) -> None:
    facts, rows = rows_of(seed, many)
    plain = naive_cells([(local_day(one.occurred_at), one) for one in facts], {}, MEASURES, SPANS)
    assert counted(DEFINITION, rows) == plain


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), many=st.integers(1, 20), data=st.data())
def test_a_change_is_the_difference_of_before_and_after(seed: int, many: int, data: st.DataObject) -> None:
    """Any part of a person's facts comes, goes or moves: the changes lead from the one count to the other."""
    _, made = rows_of(seed, many)
    rows = [row._replace(person=7, headcount=1) for row in made]
    sides = [data.draw(st.sampled_from([0, 1, 2, 3])) for _ in rows]
    one = {row.id: row for row, side in zip(rows, sides, strict=True) if side == 0}
    two = {row.id: row for row, side in zip(rows, sides, strict=True) if side == 1}
    after = {row.id: row for row, side in zip(rows, sides, strict=True) if side in (0, 2)}
    tally = Tally(Reckoner(DEFINITION))
    tally.change([one, two], after)
    told = {row[:3]: row[3:] for row in tally.changes()}
    first = [row._replace(person=1) for row in one.values()] + [row._replace(person=2) for row in two.values()]
    before, now = counted(DEFINITION, first), counted(DEFINITION, after.values())
    expected = {}
    for cell in before.keys() | now.keys():
        was, becomes = before.get(cell, (0, 0, 0, 0)), now.get(cell, (0, 0, 0, 0))
        if was != becomes:
            expected[tuple(cell)] = tuple(b - a for a, b in zip(was, becomes, strict=True))
    assert told == expected


def test_a_definition_is_the_same_in_any_order_and_survives_its_text() -> None:
    mixed = Definition(tuple(reversed(MEASURES)), tuple(reversed(SPANS)))
    assert mixed.text() == DEFINITION.text()
    assert definition_of(DEFINITION.text()).text() == DEFINITION.text()
    assert Definition(MEASURES[:2], SPANS).text() != DEFINITION.text()
    assert Definition(MEASURES, (Span(1, "2026-09-01", "2026-10-03"), SPANS[1])).text() != DEFINITION.text()


def test_passed_may_come_as_a_number() -> None:
    """SQLite knows no truth values."""
    quiz = Traits("2026-10-01", None, None, None, None, "skill_quiz", None, None, str(Skill.PAYMENT), True)
    for measure, hits in (
        (Measure("a", (FactKind.SKILL_QUIZ,), passed=True), [True, True, False, False, False]),
        (Measure("b", (FactKind.SKILL_QUIZ,), passed=False), [False, False, True, True, False]),
        (Measure("c", ()), [True] * 5),
        (Measure("d", (), skills=(Skill.SHOPPING,)), [False] * 5),
    ):
        found = [matches(measure, quiz._replace(passed=value)) for value in (True, 1, False, 0, None)]  # type: ignore[arg-type]
        assert found == hits
