"""The collective prizes of the second reckoning, from RULES.md §7 alone; see `contest.provincial.recount`.

Never imports anything of the first reckoning.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from contest.provincial.frozen import Award, Entry, Frozen, UnitRow
from contest.provincial.recount_order import Hands, awards_of, deal, decided, split
from contest.provincial.rules import Collective, Formula

_COLLECTIVE = "collective"


def recount_units(
    frozen: Frozen, collective: Collective, awards: Iterable[Award]
) -> tuple[tuple[UnitRow, ...], tuple[Award, ...]]:
    """The ranking of the units and their prizes; `awards` are the individual ones."""
    groups = _units(frozen, collective, awards)
    return _unit_rows(groups), _prizes(collective, [[row.unit for row in group] for group in groups])


@dataclass(slots=True)
class _Unit:
    """What is known of a unit before any formula."""

    entries: set[int] = field(default_factory=set)
    in_round: Counter[str] = field(default_factory=Counter)
    highest: dict[int, int] = field(default_factory=dict)


def _units(frozen: Frozen, collective: Collective, awards: Iterable[Award]) -> list[list[UnitRow]]:
    """The units in order, tied ones together, their ranks still open (0)."""

    def unit_of(entry: Entry) -> str:
        return entry.commune if collective.by == "commune" else entry.unit

    entries = {entry.id: entry for entry in frozen.entries}
    attempts = [attempt for attempt in frozen.attempts if attempt.entry in entries]
    known: dict[str, _Unit] = defaultdict(_Unit)
    for entry, round_key in {(attempt.entry, attempt.round) for attempt in attempts}:
        known[unit_of(entries[entry])].in_round[round_key] += 1
    for attempt in attempts:
        unit = known[unit_of(entries[attempt.entry])]
        unit.entries.add(attempt.entry)
        unit.highest[attempt.entry] = max(unit.highest.get(attempt.entry, attempt.score), attempt.score)
    denominators = {code: value for code, value in frozen.denominators.items() if value > 0}
    rows = []
    if collective.formula is Formula.PARTICIPANTS:
        for code, unit in known.items():
            rows.append(UnitRow(0, code, Decimal(len(unit.entries)), None, len(unit.entries), denominators.get(code)))
    else:
        gained = _prize_points(frozen, collective, awards, unit_of)
        for code, denominator in denominators.items():
            unit = known.get(code, _Unit())
            if collective.formula is Formula.COMPLETION_RATE:
                rate = Fraction(100 * len(unit.entries), denominator)
                value, mean = _round(min(rate, Fraction(100))), _round(_mean(unit.highest.values()))
            else:
                rate = _mean(
                    min(Fraction(100 * unit.in_round[one.key], denominator), Fraction(100))
                    for one in frozen.rules.rounds
                )
                value, mean = _round(rate) + gained[code], None
            if rate >= Fraction(collective.min_rate):
                rows.append(UnitRow(0, code, value, mean, len(unit.entries), denominator))
    considered = [row for row in rows if row.completed and row.unit and row.unit not in frozen.struck]
    groups = [considered] if considered else []
    groups = split(groups, lambda row: -row.value)
    groups = split(groups, lambda row: -(row.mean or 0))
    return decided(groups, frozen.decisions, _COLLECTIVE, "", lambda row: row.unit)


def _prize_points(
    frozen: Frozen, collective: Collective, awards: Iterable[Award], unit_of: Callable[[Entry], str]
) -> Counter[str]:
    worth = dict(zip((prize.key for prize in frozen.rules.prizes), collective.prize_points, strict=False))
    entries = {entry.id: entry for entry in frozen.entries}
    gained: Counter[str] = Counter()
    for award in awards:
        if award.holder is not None:
            gained[unit_of(entries[int(award.holder)])] += worth.get(award.prize, 0)
    return gained


def _unit_rows(groups: Iterable[list[UnitRow]]) -> tuple[UnitRow, ...]:
    rows: list[UnitRow] = []
    for group in groups:
        rank = len(rows) + 1
        rows += [
            UnitRow(rank, row.unit, row.value, row.mean, row.completed, row.denominator)
            for row in sorted(group, key=lambda row: row.unit)
        ]
    return tuple(rows)


def _prizes(collective: Collective, groups: Sequence[list[str]]) -> tuple[Award, ...]:
    hands: Hands[str] = Hands()
    awards: list[Award] = []
    for number, level in enumerate(collective.levels):
        awards += awards_of(_COLLECTIVE, "", str(number), deal(groups, level.count, hands))
    return tuple(awards)


def _mean(values: Iterable[int | Fraction]) -> Fraction:
    listed = list(values)
    return Fraction(sum(listed), len(listed)) if listed else Fraction(0)


def _round(value: Fraction) -> Decimal:
    """Half up to two decimals, from the exact value."""
    hundredths = (200 * value.numerator + value.denominator) // (2 * value.denominator)
    return Decimal(hundredths).scaleb(-2)
