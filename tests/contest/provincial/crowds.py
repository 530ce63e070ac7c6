"""Crowds of people who never were: frozen contests made from a seed, small enough to tie and large enough to matter."""

import random
from decimal import Decimal

from contest.provincial.frozen import Attempt, Entry, Frozen
from contest.provincial.local_time import DAY_MS, day_bounds
from contest.provincial.rules import ContestRules

MONDAY, _ = day_bounds("2026-11-23")
GROUPS = ("pupil_student", "citizen", "official", "enterprise_worker", "")


def rules(**changes: object) -> ContestRules:
    """Four rounds of two days over two weeks, ten questions, one prize level of three unless told otherwise."""
    days = (0, 3, 7, 10)
    base: dict[str, object] = {
        "title": "Cuộc thi",
        "rounds": [
            {
                "key": f"dot-{number}",
                "name": f"Đợt {number}",
                "opens_at": MONDAY + day * DAY_MS,
                "closes_at": MONDAY + (day + 2) * DAY_MS,
            }
            for number, day in enumerate(days, start=1)
        ],
        "prizes": [{"key": "nhat", "name": "Giải Nhất", "count": 1}, {"key": "nhi", "name": "Giải Nhì", "count": 2}],
    }
    return ContestRules.model_validate({**base, **changes})


def crowd(wanted: ContestRules, *, people: int, attempts: int, seed: int, coarse: bool = True) -> Frozen:
    """`coarse` values repeat often, so that ties reach the last steps of the chain."""
    rng = random.Random(seed)
    entries = tuple(
        Entry(
            id=number,
            group=rng.choice(GROUPS),
            commune=rng.choice(("24133", "24154", "24160", "")),
            unit=rng.choice(("A1", "A2", "")),
            excluded="committee" if rng.random() < 0.05 else "",
        )
        for number in range(1, people + 1)
    )
    made = []
    for number in range(attempts):
        one = rng.choice(wanted.rounds)
        started = rng.randrange(one.opens_at, one.closes_at)
        duration = rng.randrange(1, 4) * 60_000 if coarse else rng.randrange(20_000, 600_000)
        if coarse:
            started -= (started - one.opens_at) % (DAY_MS // 2)
        correct = rng.randrange(7, 11)
        made.append(
            Attempt(
                id=f"{rng.getrandbits(64):016x}{number:06d}",
                entry=rng.randrange(1, people + 1),
                round=one.key,
                started_at=started,
                submitted_at=started + duration,
                duration_ms=duration,
                score=correct,
                correct=correct,
                of=10,
                answered=10 if rng.random() < 0.9 else 9,
                prediction=None if rng.random() < 0.1 else Decimal(rng.randrange(0, people * 2)),
            )
        )
    return Frozen(
        rules=wanted,
        rules_version=1,
        entries=entries,
        attempts=tuple(made),
        denominators={"24133": people // 2 + 1, "24154": people, "24160": 3},
    )
