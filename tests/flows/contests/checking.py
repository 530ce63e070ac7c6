"""What must hold in the end, worked out again here by the plainest means: from rows of SQL, with lists and `sorted`.

Shares no code with either reckoning; the second one is asked besides.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from contest.database import Reader
from contest.provincial.frozen import digest
from contest.provincial.reckoning import part_of, reckoned
from contest.provincial.recount import recount
from contest.provincial.rules import ContestRules, Criterion, PredictionKind
from contest.provincial.tables import attempts, contest_awards, contest_denominators, contest_results, entries
from tests.flows.contests.deciding import Decided
from tests.flows.contests.entering import Entrant, Part
from tests.flows.contests.platform import Platform
from tests.flows.contests.rule_sets import VIET_NAM, RuleSet

Prize = tuple[str, str, str, int, str]
"""Result, audience, prize, place, holder (an entry's number or a unit's code)."""


@dataclass
class Books:
    """The rows that count, as they lie in SQL."""

    rules: ContestRules
    attempts: list[Any]
    entries: dict[int, Any]
    denominators: dict[str, int]
    excluded: set[int]
    decided: Decided


async def read(
    platform: Platform, contest_id: int, rules: ContestRules, crowd: list[Entrant], decided: Decided
) -> Books:
    """Nothing void is in it. Whoever is on the organiser's list is known from the list, not from the platform."""
    a, e = attempts.c, entries.c
    counted = select(attempts).join(entries, e.id == a.entry_id)
    async with platform.db.read() as reader:
        rows = await reader.execute(
            counted.where(a.contest_id == contest_id, a.state == "submitted", a.void_at.is_(None), e.void_at.is_(None))
        )
        people = await reader.execute(select(entries).where(e.contest_id == contest_id))
        sizes = await reader.execute(
            select(contest_denominators.c.code, contest_denominators.c.value).where(
                contest_denominators.c.contest_id == contest_id
            )
        )
        return Books(
            rules,
            list(rows.all()),
            {row.id: row for row in people.all()},
            {code: value for code, value in sizes.all()},
            {one.entry for one in crowd if one.part is Part.EXCLUDED},
            decided,
        )


def window_of(rules: ContestRules, attempt: Any) -> str:
    """By the calendar, not by the platform."""
    if rules.ranking.window == "week":
        year, week, _ = datetime.fromtimestamp(attempt.started_at / 1000, VIET_NAM).isocalendar()
        return f"{year}-W{week:02d}"
    return attempt.round_key if rules.ranking.window == "round" else "contest"


def truth(books: Books, scope: str | None) -> int:
    """Of the round, or of the whole contest."""
    rows = [one for one in books.attempts if scope is None or one.round_key == scope]
    assert books.rules.prediction is not None
    if books.rules.prediction.kind is PredictionKind.ATTEMPTS:
        return len(rows)
    return len({one.entry_id for one in rows})


def expected_prizes(books: Books, rule_set: RuleSet) -> list[Prize]:
    """Everybody's best paper of each window, sorted by the chain; then prize by prize, window by window, downwards."""
    rules = books.rules
    audiences = {group: one.key for one in rules.audiences for group in one.groups}
    names = [one.key for one in rules.audiences] or [""]
    orders: dict[tuple[str, str], list[tuple[Any, Any]]] = {}
    for window in rule_set.windows:
        best = _best(books, window)
        for audience in names:
            mine = [
                row
                for row in best.values()
                if row.entry_id not in books.excluded
                and audiences.get(books.entries[row.entry_id].target_group, "") == audience
            ]
            key = _order(books, window, audience)
            orders[window, audience] = sorted(((key(row), row) for row in mine), key=lambda pair: pair[0])
    prizes: list[Prize] = []
    winners: set[int] = set()
    for prize in rules.prizes:
        for (window, audience), rows in orders.items():
            place = 0
            for _, row in rows:
                if place < prize.count and row.entry_id not in winners and row.score >= prize.min_score:
                    place += 1
                    winners.add(row.entry_id)
                    prizes.append((window, audience, prize.key, place, str(row.entry_id)))
    return prizes


def _best(books: Books, window: str) -> dict[int, Any]:
    best: dict[int, Any] = {}
    for row in books.attempts:
        if window_of(books.rules, row) != window:
            continue
        if books.rules.ranking.complete_only and (row.answered < row.of or row.prediction is None):
            continue
        other = best.get(row.entry_id)
        rank = (-row.score, row.duration_ms, row.submitted_at, row.public_id)
        if other is None or rank < (-other.score, other.duration_ms, other.submitted_at, other.public_id):
            best[row.entry_id] = row
    return best


def _order(books: Books, window: str, audience: str) -> Callable[[Any], tuple[Any, ...]]:
    rules = books.rules
    assert rules.prediction is not None
    by_round = rules.prediction.scope == "round"
    truths = {one.key: truth(books, one.key if by_round else None) for one in rules.rounds}
    scores: defaultdict[int, list[Any]] = defaultdict(list)
    for row in books.attempts:
        if window_of(rules, row) == window:
            scores[row.entry_id].append(row)
    decisions = [order for key, group, order in books.decided.orders if (key, group) == (window, audience)]

    def key(row: Any) -> tuple[Any, ...]:
        gap = None if row.prediction is None else abs(Decimal(row.prediction) - truths[row.round_key])
        mine = scores[row.entry_id]
        steps: dict[Criterion, Any] = {
            Criterion.SCORE: -row.score,
            Criterion.DURATION: row.duration_ms,
            Criterion.PREDICTION: (gap is None, gap or 0),
            Criterion.PREDICTION_EXACT: gap != 0,
            Criterion.ALL_CORRECT: row.correct != row.of,
            Criterion.SUBMITTED: row.submitted_at,
            Criterion.STARTED: row.started_at,
            Criterion.FULL_MARKS: -sum(one.correct == one.of for one in mine),
            Criterion.BEST_TWO: -sum(sorted((one.score for one in mine), reverse=True)[:2]),
        }
        who = str(row.entry_id)
        settled = [order.index(who) if who in order else len(order) for order in decisions]
        return (*(steps[step] for step in rules.ranking.chain), *settled, row.entry_id)

    return key


def expected_units(books: Books, prizes: list[Prize]) -> list[Prize]:
    """The collective prizes by the three formulas."""
    collective = books.rules.collective
    if collective is None:
        return []
    place = {
        row: (books.entries[row].commune if collective.by == "commune" else books.entries[row].unit_code)
        for row in books.entries
    }
    per_unit: defaultdict[str, defaultdict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in books.attempts:
        if place[row.entry_id]:
            per_unit[place[row.entry_id]][row.entry_id].append(row)
    points = {prize.key: n for n, prize in enumerate(books.rules.prizes)}
    standings = []
    for unit, people in per_unit.items():
        size = books.denominators.get(unit, 0)
        if collective.formula == "participants":
            value: tuple[Any, ...] = (-len(people),)
        elif not size:
            continue
        elif collective.formula == "completion_rate":
            rate = min(Fraction(100), Fraction(100 * len(people), size))
            if rate < Fraction(collective.min_rate):
                continue
            scores = [max(one.score for one in rows) for rows in people.values()]
            value = (-_two(rate), -_two(Fraction(sum(scores), len(scores))))
        else:
            rates = [
                min(
                    Fraction(100),
                    Fraction(
                        100 * sum(any(one.round_key == each.key for one in rows) for rows in people.values()), size
                    ),
                )
                for each in books.rules.rounds
            ]
            own = [points[prize] for _, _, prize, _, holder in prizes if place[int(holder)] == unit]
            added = sum(collective.prize_points[n] for n in own if n < len(collective.prize_points))
            value = (-(_two(sum(rates, Fraction(0)) / len(rates)) + added),)
        orders = [order for key, _, order in books.decided.orders if key == "collective"]
        settled = [order.index(unit) if unit in order else len(order) for order in orders]
        standings.append(((*value, *settled, unit), unit))
    ranked = [unit for _, unit in sorted(standings)]
    seats = [(str(n), seat) for n, level in enumerate(collective.levels) for seat in range(1, level.count + 1)]
    return [("collective", "", level, seat, unit) for (level, seat), unit in zip(seats, ranked, strict=False)]


def _two(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


async def stored_prizes(platform: Platform, contest_id: int) -> list[Prize]:
    """The prizes as they were handed over."""
    c = contest_awards.c
    async with platform.db.read() as reader:
        rows = (await reader.execute(select(contest_awards).where(c.contest_id == contest_id).order_by(c.id))).all()
    assert all(row.state == "awarded" for row in rows)
    return [(row.result_key, row.audience, row.prize, row.place, row.unit_code or str(row.entry_id)) for row in rows]


async def recounted_prizes(platform: Platform, contest_id: int, keys: Iterable[str]) -> list[Prize]:
    """What the second, independent reckoning gives now; its digests must be those that were published."""
    now = await reckoned(platform.db, contest_id, fresh=True)
    outcome = recount(now.frozen)
    async with platform.db.read() as reader:
        stored = await _digests(reader, contest_id)
    assert stored == {key: digest(part_of(outcome, now.frozen.rules, key)) for key in keys}
    assert digest(outcome) == digest(now.outcome)
    return [
        (one.ranking, one.audience, one.prize, one.place, str(one.holder))
        for one in (*outcome.awards, *outcome.collective_awards)
    ]


async def _digests(reader: Reader, contest_id: int) -> dict[str, str]:
    c = contest_results.c
    rows = await reader.execute(select(c.key, c.digest, c.recount_digest, c.state).where(c.contest_id == contest_id))
    found = rows.all()
    assert all(row.digest == row.recount_digest and row.state == "awarded" for row in found)
    return {row.key: row.digest for row in found}
