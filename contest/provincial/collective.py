"""Which units win: the collective ranking by one of three formulas, and its prizes; RULES.md §7.

Pure, and never looks at a person but through the frozen entries and attempts.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from contest.provincial.frozen import Award, Frozen, UnitRow
from contest.provincial.rules import Collective, Formula
from contest.provincial.windows import COLLECTIVE
from scoring.ranking import Step, by_list, deal, ranked


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is counted of one unit; `best` is the highest score of each completed entry."""

    code: str
    best: Mapping[int, int]
    by_round: Mapping[str, set[int]]
    prize_points: int

    @property
    def completed(self) -> int:
        return len(self.best)


def reckon_units(frozen: Frozen, awards: Sequence[Award]) -> tuple[tuple[UnitRow, ...], tuple[Award, ...]]:
    """The units' ranking and prizes; both empty when the rules have none. `awards` are the individual prizes."""
    rule = frozen.rules.collective
    if rule is None:
        return (), ()
    found = [_row(frozen, rule, unit) for unit in _units(frozen, rule, awards) if unit.code not in frozen.struck]
    steps: list[Step[UnitRow]] = [lambda row: -row.value, lambda row: -(row.mean or 0)]
    for decision in frozen.decisions:
        if (decision.ranking, decision.audience) == (COLLECTIVE, ""):
            steps.append(_decided(decision.order))
    places = ranked((row for row in found if row is not None), steps, lambda row: row.unit)
    rows = tuple(UnitRow(rank, row.unit, row.value, row.mean, row.completed, row.denominator) for rank, row in places)
    return rows, tuple(_awards(rule, rows))


def rounded(value: Fraction) -> Decimal:
    """Two decimals, half up."""
    hundredths = (value * 200 + 1) // 2
    return Decimal(hundredths).scaleb(-2)


def _decided(order: Sequence[str]) -> Step[UnitRow]:
    place = by_list(order)
    return lambda row: place(row.unit)


def _units(frozen: Frozen, rule: Collective, awards: Sequence[Award]) -> list[_Unit]:
    unit_of = {entry.id: entry.commune if rule.by == "commune" else entry.unit for entry in frozen.entries}
    best: defaultdict[str, dict[int, int]] = defaultdict(dict)
    by_round: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for attempt in frozen.attempts:
        code = unit_of[attempt.entry]
        if code:
            best[code][attempt.entry] = max(attempt.score, best[code].get(attempt.entry, attempt.score))
            by_round[code][attempt.round].add(attempt.entry)
    worth = {prize.key: points for prize, points in zip(frozen.rules.prizes, rule.prize_points, strict=False)}
    points: defaultdict[str, int] = defaultdict(int)
    for award in awards:
        if award.holder is not None:
            points[unit_of[int(award.holder)]] += worth.get(award.prize, 0)
    return [_Unit(code, best[code], by_round[code], points[code]) for code in best]


def _row(frozen: Frozen, rule: Collective, unit: _Unit) -> UnitRow | None:
    """The unit's line, its rank still open; None when it is not considered."""
    denominator = frozen.denominators.get(unit.code) or None
    if rule.formula is Formula.PARTICIPANTS:
        return UnitRow(0, unit.code, Decimal(unit.completed), None, unit.completed, denominator)
    if denominator is None:
        return None
    if rule.formula is Formula.COMPLETION_RATE:
        rate = Fraction(100 * unit.completed, denominator)
        mean = rounded(Fraction(sum(unit.best.values()), unit.completed))
        value, bonus = min(rate, Fraction(100)), 0
    else:
        keys = [one.key for one in frozen.rules.rounds]
        shares = [min(Fraction(100 * len(unit.by_round.get(key, ())), denominator), Fraction(100)) for key in keys]
        rate = value = sum(shares, Fraction(0)) / len(keys)
        mean, bonus = None, unit.prize_points
    if rate < Fraction(rule.min_rate):
        return None
    return UnitRow(0, unit.code, rounded(value) + bonus, mean, unit.completed, denominator)


def _awards(rule: Collective, rows: Sequence[UnitRow]) -> list[Award]:
    holders: set[str] = set()
    pending: set[str] = set()
    found: list[Award] = []
    for number, level in enumerate(rule.levels):
        groups = ([row.unit for row in group] for _, group in groupby(rows, key=lambda row: row.rank))
        for seat in deal(groups, level.count, passed_over=holders.__contains__, pending=pending.__contains__):
            if seat.holder is not None:
                holders.add(seat.holder)
            pending.update(seat.tied)
            found.append(Award(COLLECTIVE, "", str(number), seat.place, seat.holder, seat.tied))
    return found
