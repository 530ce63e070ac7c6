"""Two reckonings of the winners, written apart from one text, agree to the byte."""

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from contest.provincial import prizes
from contest.provincial.frozen import Attempt, Decision, Entry, Frozen, Outcome, digest, lines
from contest.provincial.recount import recount
from contest.provincial.rules import ContestRules, Criterion, TargetGroup

T0 = 1_793_466_000_000
"""Sunday, 2026-11-01, 00:00 in Viet Nam: the first round begins a day before a new ISO week does."""
HOUR, DAY = 3_600_000, 86_400_000
CONTESTS = 1_000


def some_rules(rng: random.Random) -> ContestRules:
    """Any settings the rules allow, small enough that everything happens often."""
    predicted = rng.random() < 0.75
    audiences = rng.choice(([], [("a", ["citizen", "official"])], [("b", ["pupil_student"]), ("a", ["citizen"])]))
    overall = rng.choice(("none", "best", "sum"))
    chain = rng.sample(list(Criterion), rng.randint(1, 5))
    if rng.random() < 0.6:
        chain = [Criterion.SCORE, *(step for step in chain if step is not Criterion.SCORE)]
    if not predicted:
        chain = [step for step in chain if not step.value.startswith("prediction")] or [Criterion.SCORE]
    opens = T0 + rng.choice((0, -1, 7 * HOUR, 22 * HOUR))
    rounds = []
    for number in range(rng.randint(1, 4)):
        closes = opens + rng.choice((HOUR, DAY, DAY - 1, 7 * DAY, 8 * DAY + 1))
        rounds.append({"key": f"r{number}", "name": f"Đợt {number}", "opens_at": opens, "closes_at": closes})
        opens = closes + rng.choice((0, 0, HOUR, 9 * DAY))
    prizes_ = [
        {
            "key": f"p{number}",
            "name": f"Giải {number}",
            "count": rng.randint(1, 4),
            "scope": "overall" if overall != "none" and rng.random() < 0.4 else "window",
            "audience": rng.choice([None, *(key for key, _ in audiences)]),
            "min_score": rng.choice((0, 0, 2)),
        }
        for number in range(rng.randint(0, 4))
    ]
    collective = {
        "formula": rng.choice(("completion_rate", "points", "participants")),
        "by": rng.choice(("commune", "unit")),
        "levels": [{"name": f"Hạng {number}", "count": rng.randint(1, 2)} for number in range(rng.randint(1, 3))],
        "min_rate": rng.choice(("0", "33.33", "50", "100")),
        "prize_points": rng.choice(([10, 8, 6, 4], [5], [])),
    }
    return ContestRules.model_validate(
        {
            "title": "Thử",
            "rounds": rounds,
            "prediction": {
                "kind": rng.choice(("participants", "attempts", "all_correct_people", "all_correct_percent")),
                "scope": rng.choice(("round", "window", "contest")),
            }
            if predicted
            else None,
            "ranking": {
                "window": rng.choice(("round", "week", "contest")),
                "keep": rng.choice(("best", "first", "last")),
                "chain": chain,
                "overall": overall,
                "complete_only": rng.random() < 0.3,
            },
            "audiences": [{"key": key, "name": key, "groups": groups} for key, groups in audiences],
            "prizes": prizes_,
            "one_prize": rng.random() < 0.5,
            "collective": collective if rng.random() < 0.7 else None,
        }
    )


def some_contest(seed: int) -> Frozen:
    """A contest in which few values are shared by many, so that ties are common."""
    rng = random.Random(seed)
    rules = some_rules(rng)
    units, groups = ["", "u1", "u2", "u3", "u4"], ["", *(group.value for group in TargetGroup)]
    entries = [
        Entry(
            id=number,
            group=rng.choice(groups[:3]) if rng.random() < 0.8 else rng.choice(groups),
            commune=rng.choice(units),
            unit=rng.choice(units),
            excluded="staff" if rng.random() < 0.1 else "",
        )
        for number in rng.sample(range(1, 120), rng.choice((0, 3, 8, 12, 20, 20)))
    ]
    of, spread = rng.choice((2, 4)), rng.choice((1, 2, 1000))
    attempts = [
        some_attempt(rng, rules, rng.choice(entries).id, of, spread)
        for _ in range(rng.randint(0, 3 * len(entries)) if entries else 0)
    ]
    frozen = Frozen(
        rules=rules,
        rules_version=rng.randint(1, 3),
        entries=tuple(entries),
        attempts=tuple(attempts),
        denominators={unit: rng.choice((0, 1, 2, 3, 7)) for unit in ["u1", "u2", "u3", "u9"] if rng.random() < 0.9},
        struck=frozenset(unit for unit in units[1:] if rng.random() < 0.1),
    )
    return replace(frozen, decisions=some_decisions(rng, recount(frozen)))


def some_attempt(rng: random.Random, rules: ContestRules, entry: int, of: int, spread: int) -> Attempt:
    one = rng.choice(rules.rounds)
    started = rng.choice((one.opens_at, one.opens_at, one.closes_at - 1, rng.randrange(one.opens_at, one.closes_at)))
    duration = 1000 * rng.randint(1, spread)
    correct = rng.choice((of, of, rng.randint(0, of)))
    return Attempt(
        id=f"{rng.getrandbits(40):010x}",
        entry=entry,
        round=one.key,
        started_at=started,
        submitted_at=started + rng.choice((duration, 5000)),
        duration_ms=duration,
        score=correct * rules.blueprint.points_each,
        correct=correct,
        of=of,
        answered=rng.choice((of, of, of - 1)),
        prediction=rng.choice((None, Decimal(5), Decimal(rng.randint(0, 20)), Decimal(rng.randint(0, 999)) / 7)),
    )


def some_decisions(rng: random.Random, outcome: Outcome) -> tuple[Decision, ...]:
    """Decisions about ties that are really there, and some about nothing, wrongly listed or made twice."""
    made = []
    for award in (*outcome.awards, *outcome.collective_awards):
        if award.tied and rng.random() < 0.4:
            order = rng.sample(award.tied, rng.randint(1, len(award.tied)))
            made.append(Decision(award.ranking, award.audience, (*order, *rng.choice(((), ("999",), order[::-1])))))
            if rng.random() < 0.2:
                made.append(Decision(award.ranking, "elsewhere" if award.audience else "a", award.tied[::-1]))
    for table in outcome.rankings:
        if table.rows and rng.random() < 0.2:
            made.append(Decision(table.key, table.audience, (str(rng.choice(table.rows).entry),)))
    if rng.random() < 0.1:
        made.append(Decision("nothing", "", ("1",)))
    rng.shuffle(made)
    return tuple(made)


def test_both_reckonings_agree_on_a_thousand_contests() -> None:
    seen: dict[str, int] = {}
    for seed in range(CONTESTS):
        frozen = some_contest(seed)
        first, second = prizes.reckon(frozen), recount(frozen)
        if digest(first) != digest(second) or first != second:
            pytest.fail(difference(seed, first, second))
        for name, there in what_happened(frozen, second).items():
            seen[name] = seen.get(name, 0) + there
    assert min(seen.values()) >= 20, seen


def what_happened(frozen: Frozen, outcome: Outcome) -> dict[str, bool]:
    """What a generator must reach for the agreement to mean something."""
    rows = [row for table in outcome.rankings for row in table.rows]
    return {
        "nobody": not frozen.attempts,
        "ties": any(len({row.rank for row in table.rows}) < len(table.rows) for table in outcome.rankings),
        "audiences": any(table.audience and table.rows for table in outcome.rankings),
        "a gap": any(row.gap for row in rows),
        "an exact fraction": any(truth.denominator > 1 for truth in outcome.truths.values()),
        "a sum of several": any(len(row.attempts) > 1 for row in rows),
        "undecided": any(award.holder is None for award in outcome.awards),
        "given": any(award.holder is not None for award in outcome.awards),
        "an undecided unit": any(award.holder is None for award in outcome.collective_awards),
        "a decision that mattered": bool(frozen.decisions)
        and digest(recount(replace(frozen, decisions=()))) != digest(outcome),
        "excluded": any(entry.excluded for entry in frozen.entries),
        "struck": bool(frozen.struck and outcome.collective),
        "several weeks": sum(table.key.startswith("20") for table in outcome.rankings) > 1,
    }


def difference(seed: int, first: Outcome, second: Outcome) -> str:
    mine, theirs = list(lines(second)), list(lines(first))
    only = [f"- {line}" for line in theirs if line not in mine] + [f"+ {line}" for line in mine if line not in theirs]
    return f"seed {seed}: prizes -, recount +\n" + "\n".join(only[:20])


RULES: dict[str, Any] = {
    "title": "Thử",
    "rounds": [{"key": "r0", "name": "Một", "opens_at": T0, "closes_at": T0 + DAY}],
    "prediction": {"kind": "participants"},
    "ranking": {"chain": ["score", "prediction"]},
}


def attempt(entry: int, score: int, *, prediction: int | None = None, **more: Any) -> Attempt:
    return Attempt(
        id=more.pop("id", f"{entry:03}"), entry=entry, round="r0", started_at=T0, submitted_at=T0 + 1000,
        duration_ms=1000, score=score, correct=score, of=4, answered=4,
        prediction=None if prediction is None else Decimal(prediction), **more,
    )  # fmt: skip


def case(attempts: list[Attempt], **settings: Any) -> Frozen:
    numbers = sorted({one.entry for one in attempts})
    rules = ContestRules.model_validate(RULES | settings)
    return Frozen(rules, 1, tuple(Entry(number) for number in numbers), tuple(attempts))


BOTH = pytest.mark.parametrize("reckon", [recount, prizes.reckon], ids=["recount", "prizes"])
Reckon = Callable[[Frozen], Outcome]


@BOTH
def test_a_case_worked_out_by_hand(reckon: Reckon) -> None:
    """Four people; the truth is 4. Two tie on score and gap, and the second prize hangs on them."""
    frozen = case(
        [
            attempt(1, 3, prediction=4),
            attempt(2, 4, prediction=6),
            attempt(3, 3, prediction=5),
            attempt(4, 3, prediction=3),
            attempt(1, 2, prediction=4, id="again"),
        ],
        prizes=[
            {"key": "first", "name": "Nhất", "count": 2},
            {"key": "second", "name": "Nhì", "count": 1},
            {"key": "third", "name": "Ba", "count": 1},
        ],
    )
    outcome = reckon(frozen)
    assert outcome.truths == {"contest": Fraction(4)}
    (table,) = outcome.rankings
    assert [(row.rank, row.entry, row.gap) for row in table.rows] == [(1, 2, 2), (2, 1, 0), (3, 3, 1), (3, 4, 1)]
    assert [(award.prize, award.place, award.holder, award.tied) for award in outcome.awards] == [
        ("first", 1, "2", ()),
        ("first", 2, "1", ()),
        ("second", 1, None, ("3", "4")),
        ("third", 1, None, ("3", "4")),
    ]
    decided = reckon(replace(frozen, decisions=(Decision("r0", "", ("4", "3")),)))
    assert [award.holder for award in decided.awards] == ["2", "1", "4", "3"]


@BOTH
def test_a_week_begins_on_monday_midnight_in_viet_nam(reckon: Reckon) -> None:
    """Sunday's last millisecond and Monday's first are two weeks; the year's first days may be the old year's week."""
    new_year = 1_798_736_400_000  # Friday, 2027-01-01, 00:00 in Viet Nam
    frozen = case(
        [
            replace(attempt(1, 3, id="sunday"), started_at=T0 + DAY - 1),
            replace(attempt(1, 2, id="monday"), started_at=T0 + DAY),
            replace(attempt(1, 1, id="new year"), started_at=new_year, round="r1"),
        ],
        rounds=[
            {"key": "r0", "name": "Một", "opens_at": T0, "closes_at": T0 + 2 * DAY},
            {"key": "r1", "name": "Hai", "opens_at": new_year, "closes_at": new_year + HOUR},
        ],
        ranking={"window": "week", "overall": "sum", "chain": ["score"]},
    )
    assert {table.key: [row.attempts for row in table.rows] for table in reckon(frozen).rankings} == {
        "2026-W44": [("sunday",)],
        "2026-W45": [("monday",)],
        "2026-W53": [("new year",)],
        "overall": [("monday", "new year", "sunday")],
    }


@BOTH
@pytest.mark.parametrize(("one_prize", "second_round"), [(True, "2"), (False, "1")])
def test_who_holds_a_prize_is_passed_over(reckon: Reckon, one_prize: bool, second_round: str) -> None:
    rounds = [
        {"key": key, "name": key, "opens_at": T0 + day * DAY, "closes_at": T0 + (day + 1) * DAY}
        for day, key in enumerate(("r0", "r1"))
    ]
    later = [
        replace(attempt(entry, score, id=f"later {entry}"), round="r1", started_at=T0 + DAY)
        for entry, score in ((1, 4), (2, 3))
    ]
    frozen = case(
        [attempt(1, 4), *later],
        rounds=rounds,
        ranking={"chain": ["score"]},
        prizes=[{"key": "first", "name": "Nhất", "count": 1}],
        one_prize=one_prize,
    )
    assert [(award.ranking, award.holder) for award in reckon(frozen).awards] == [("r0", "1"), ("r1", second_round)]


@BOTH
def test_units_by_points_worked_out_by_hand(reckon: Reckon) -> None:
    """A: 2 of 3 took part = 66.666… → 66.67, and its winner brings 5. B: 7 of 7, more than there are. C: 1 of 3, below
    the threshold. D: nobody. E: struck out."""
    members = {"A": (1, 2), "B": tuple(range(3, 10)), "C": (10,), "E": (11, 12)}
    attempts = [attempt(entry, 4 if entry == 1 else 2) for entries in members.values() for entry in entries]
    frozen = replace(
        case(
            attempts,
            ranking={"chain": ["score"]},
            prizes=[{"key": "first", "name": "Nhất", "count": 1}],
            collective={
                "formula": "points", "by": "unit", "levels": [{"name": "Nhất", "count": 1}], "min_rate": "33.34",
                "prize_points": [5],
            },
        ),
        entries=tuple(Entry(entry, unit=unit) for unit, entries in members.items() for entry in entries),
        denominators={"A": 3, "B": 5, "C": 3, "D": 1, "E": 2},
        struck=frozenset({"E"}),
    )  # fmt: skip
    outcome = reckon(frozen)
    assert [(row.rank, row.unit, row.value) for row in outcome.collective] == [
        (1, "B", Decimal("100.00")),
        (2, "A", Decimal("71.67")),
    ]
    assert [award.holder for award in outcome.collective_awards] == ["B"]


def test_the_order_of_what_comes_in_changes_nothing() -> None:
    for seed in range(40):
        frozen = some_contest(seed)
        rng = random.Random(seed)
        shuffled = replace(
            frozen,
            entries=tuple(rng.sample(frozen.entries, len(frozen.entries))),
            attempts=tuple(rng.sample(frozen.attempts, len(frozen.attempts))),
        )
        assert recount(frozen) == recount(shuffled)
