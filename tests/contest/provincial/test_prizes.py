"""Who wins: known cases worked out by hand from RULES.md, and properties that hold for every crowd."""

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from contest.provincial.frozen import Attempt, Award, Decision, Entry, Frozen, Outcome, digest
from contest.provincial.prizes import explain, reckon
from contest.provincial.rules import ContestRules, Criterion, PredictionKind
from tests.contest.provincial.crowds import MONDAY, crowd, rules

HOUR = 3_600_000
SEEDS = range(25)


def attempt(entry: int, score: int, duration_ms: int = 60_000, **changes: object) -> Attempt:
    started = MONDAY + entry * HOUR // 100
    made = Attempt(
        id=f"id-{entry:03d}",
        entry=entry,
        round="dot-1",
        started_at=started,
        submitted_at=started + duration_ms,
        duration_ms=duration_ms,
        score=score,
        correct=score,
        of=10,
        answered=10,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def frozen(wanted: ContestRules, *attempts: Attempt, **changes: object) -> Frozen:
    people = sorted({one.entry for one in attempts})
    made = Frozen(wanted, 1, tuple(Entry(number, commune="24133") for number in people), attempts)
    return replace(made, **changes)  # type: ignore[arg-type]


def order(outcome: Outcome, key: str = "dot-1", audience: str = "") -> list[tuple[int, int]]:
    [table] = [one for one in outcome.rankings if (one.key, one.audience) == (key, audience)]
    return [(row.rank, row.entry) for row in table.rows]


def short(awards: tuple[Award, ...]) -> list[tuple[str, int, str | None]]:
    return [(award.prize, award.place, award.holder) for award in awards]


def random_rules(seed: int) -> ContestRules:
    rng = random.Random(f"rules {seed}")
    overall = rng.choice(("none", "best", "sum"))
    audiences = rng.choice(
        ([], [{"key": "a", "name": "A", "groups": ["citizen"]}, {"key": "b", "name": "B", "groups": ["official"]}])
    )
    scopes = ["window"] if overall == "none" else ["window", "overall"]
    return rules(
        ranking={
            "window": rng.choice(("round", "week", "contest")),
            "keep": rng.choice(("best", "first", "last")),
            "chain": [step.value for step in rng.sample(list(Criterion), rng.randrange(1, 5))],
            "overall": overall,
            "complete_only": rng.random() < 0.3,
        },
        prediction={"kind": rng.choice(list(PredictionKind)), "scope": rng.choice(("round", "window", "contest"))},
        audiences=audiences,
        prizes=[
            {"key": f"p{n}", "name": "Giải", "count": rng.randrange(1, 4), "scope": rng.choice(scopes)}
            for n in range(3)
        ],
        one_prize=rng.random() < 0.7,
        collective={"formula": "points", "levels": [{"name": "Nhất", "count": 1}, {"name": "Nhì", "count": 2}]},
    )


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_the_chain_decides_step_by_step_and_says_which_step() -> None:
    wanted = rules(ranking={"chain": ["score", "duration", "prediction", "submitted"]})
    case = frozen(
        wanted,
        attempt(1, 9, 50_000),
        attempt(2, 10, 70_000, prediction=Decimal(9)),
        attempt(3, 10, 70_000, prediction=Decimal(4)),
        attempt(4, 10, 70_000),
        attempt(5, 10, 60_000),
    )
    outcome = reckon(case)
    assert outcome.truths == {"contest": 5}
    assert order(outcome) == [(1, 5), (2, 3), (3, 2), (4, 4), (5, 1)]
    why = explain(case, outcome, "dot-1", "", 2, 3)
    assert (why.above, why.below, why.step, why.number) == (3, 2, "prediction", 3)
    assert (why.value_above, why.value_below, why.before) == (1, 4, ("score", "duration"))
    why = explain(case, outcome, "dot-1", "", 4, 3)
    assert (why.above, why.step, why.value_above, why.value_below) == (3, "prediction", 1, None)
    with pytest.raises(KeyError):
        explain(case, outcome, "dot-1", "", 4, 77)


def test_a_tie_stays_until_it_is_decided_and_holds_up_the_prize() -> None:
    wanted = rules(ranking={"chain": ["score"]})
    case = frozen(wanted, attempt(1, 10), attempt(2, 10), attempt(3, 9), attempt(4, 8))
    tied = reckon(case)
    assert order(tied) == [(1, 1), (1, 2), (3, 3), (4, 4)]
    assert explain(case, tied, "dot-1", "", 1, 2).step is None
    assert short(tied.awards) == [("nhat", 1, None), ("nhi", 1, None), ("nhi", 2, None)]
    assert tied.awards[0].tied == ("1", "2")
    assert tied.undecided
    decided = replace(case, decisions=(Decision("dot-1", "", ("2", "1")),))
    outcome = reckon(decided)
    assert short(outcome.awards) == [("nhat", 1, "2"), ("nhi", 1, "1"), ("nhi", 2, "3")]
    why = explain(decided, outcome, "dot-1", "", 1, 2)
    assert (why.step, why.number, why.value_above, why.value_below) == ("decision", 2, 1, 2)


def test_a_tie_that_fits_into_the_seats_needs_no_decision() -> None:
    wanted = rules(ranking={"chain": ["score"]}, prizes=[{"key": "kk", "name": "KK", "count": 3}])
    outcome = reckon(frozen(wanted, attempt(1, 10), attempt(2, 9), attempt(3, 9)))
    assert short(outcome.awards) == [("kk", 1, "1"), ("kk", 2, "2"), ("kk", 3, "3")]


def test_the_higher_prize_is_kept_and_the_next_person_moves_up() -> None:
    later = attempt(1, 10, id="z", round="dot-2", started_at=MONDAY + 80 * HOUR, submitted_at=MONDAY + 81 * HOUR)
    second = attempt(2, 9, id="y", round="dot-2", started_at=MONDAY + 80 * HOUR, submitted_at=MONDAY + 81 * HOUR)
    case = frozen(
        rules(prizes=[{"key": "nhat", "name": "Nhất", "count": 1}]), attempt(1, 10), attempt(2, 9), later, second
    )
    assert [(one.ranking, one.holder) for one in reckon(case).awards] == [("dot-1", "1"), ("dot-2", "2")]
    free = replace(case, rules=case.rules.model_copy(update={"one_prize": False}))
    assert [(one.ranking, one.holder) for one in reckon(free).awards] == [("dot-1", "1"), ("dot-2", "1")]


def test_those_who_may_not_win_count_for_the_truth_and_stand_in_no_ranking() -> None:
    case = frozen(rules(), attempt(1, 10), attempt(2, 9))
    people = (Entry(1, excluded="committee"), Entry(2))
    outcome = reckon(replace(case, entries=people))
    assert outcome.truths["contest"] == 2
    assert order(outcome) == [(1, 2)]


@pytest.mark.parametrize(
    ("kind", "truth"),
    [
        (PredictionKind.PARTICIPANTS, Fraction(3)),
        (PredictionKind.ATTEMPTS, Fraction(4)),
        (PredictionKind.ALL_CORRECT_PEOPLE, Fraction(2)),
        (PredictionKind.ALL_CORRECT_PERCENT, Fraction(200, 3)),
    ],
)
def test_the_truth_of_each_kind_of_prediction(kind: PredictionKind, truth: Fraction) -> None:
    papers = (attempt(1, 10), attempt(1, 10, id="again"), attempt(2, 10), attempt(3, 9))
    assert reckon(frozen(rules(prediction={"kind": kind}), *papers)).truths == {"contest": truth}


@pytest.mark.parametrize(("keep", "counted"), [("best", "b"), ("first", "a"), ("last", "c")])
def test_which_attempt_counts(keep: str, counted: str) -> None:
    papers = [
        attempt(1, score, id=name, started_at=MONDAY + hour * HOUR, submitted_at=MONDAY + hour * HOUR + 60_000)
        for name, score, hour in (("a", 8, 1), ("b", 10, 2), ("c", 9, 3))
    ]
    [table] = [one for one in reckon(frozen(rules(ranking={"keep": keep}), *papers)).rankings if one.rows]
    assert table.rows[0].attempts == (counted,)
    assert (table.rows[0].full_marks, table.rows[0].best_two) == (1, 19)


def test_units_by_completion_rate_round_before_they_compare() -> None:
    levels = [{"name": "Nhất", "count": 1}, {"name": "Nhì", "count": 1}]
    wanted = rules(collective={"formula": "completion_rate", "by": "unit", "levels": levels, "min_rate": "70"})
    people = tuple(Entry(n, unit="A" if n <= 7 else "B" if n <= 15 else "C") for n in range(1, 18))
    papers = tuple(attempt(n, 10 if n <= 7 else 9) for n in range(1, 18))
    case = frozen(wanted, *papers, entries=people, denominators={"A": 10, "B": 11, "C": 3, "D": 0, "E": 5})
    outcome = reckon(case)
    assert [(row.unit, row.rank, row.value, row.mean) for row in outcome.collective] == [
        ("B", 1, Decimal("72.73"), Decimal("9.00")),
        ("A", 2, Decimal("70.00"), Decimal("10.00")),
    ]
    assert short(outcome.collective_awards) == [("0", 1, "B"), ("1", 1, "A")]
    assert [row.unit for row in reckon(replace(case, struck=frozenset({"B"}))).collective] == ["A"]


# --- properties ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_what_is_given_makes_no_difference(seed: int) -> None:
    case = crowd(random_rules(seed), people=25, attempts=70, seed=seed)
    rng = random.Random(seed)
    shuffled = replace(
        case,
        entries=tuple(rng.sample(case.entries, len(case.entries))),
        attempts=tuple(rng.sample(case.attempts, len(case.attempts))),
    )
    assert digest(reckon(case)) == digest(reckon(shuffled))


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_wins_twice_nor_more_than_there_are_seats(seed: int) -> None:
    case = crowd(random_rules(seed), people=25, attempts=70, seed=seed)
    outcome = reckon(case)
    excluded = {str(entry.id) for entry in case.entries if entry.excluded}
    holders = Counter(
        (award.holder if case.rules.one_prize else (award.ranking, award.audience, award.holder))
        for award in outcome.awards
        if award.holder is not None
    )
    assert all(count == 1 for count in holders.values())
    assert not excluded & {award.holder for award in outcome.awards}
    seats = {prize.key: prize.count for prize in case.rules.prizes}
    given = Counter((award.ranking, award.audience, award.prize) for award in outcome.awards)
    assert all(count <= seats[prize] for (_, _, prize), count in given.items())


@pytest.mark.parametrize("seed", SEEDS)
def test_every_neighbour_is_explained_by_the_step_that_tells_them_apart(seed: int) -> None:
    case = crowd(random_rules(seed), people=25, attempts=70, seed=seed)
    outcome = reckon(case)
    for table in outcome.rankings:
        for place, (above, below) in enumerate(zip(table.rows, table.rows[1:], strict=False), start=1):
            why = explain(case, outcome, table.key, table.audience, below.entry, above.entry)
            assert (why.step is None) == (above.rank == below.rank)
            assert below.rank in (above.rank, place + 1)
            if why.step is not None:
                assert (why.above, why.below) == (above.entry, below.entry)
                assert why.value_above != why.value_below


@pytest.mark.parametrize("seed", SEEDS)
def test_a_void_never_costs_others_a_rank_where_predictions_do_not_count(seed: int) -> None:
    wanted = rules(ranking={"chain": ["score", "duration"], "window": "week", "overall": "best"})
    case = crowd(wanted, people=20, attempts=60, seed=seed)
    gone = random.Random(seed).choice(case.entries).id
    after = reckon(
        replace(
            case,
            entries=tuple(entry for entry in case.entries if entry.id != gone),
            attempts=tuple(one for one in case.attempts if one.entry != gone),
        )
    )
    for old, new in zip(reckon(case).rankings, after.rankings, strict=True):
        before = {row.entry: row.rank for row in old.rows}
        assert {row.entry for row in new.rows} == before.keys() - {gone}
        assert all(row.rank <= before[row.entry] for row in new.rows)
