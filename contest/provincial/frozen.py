"""What the winners are reckoned from, and what comes out: plain values that the two reckonings share.

Holds no rule: RULES.md says what they mean. Nothing here knows SQL, and no personal data is in it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from contest.provincial.rules import ContestRules


@dataclass(frozen=True, slots=True)
class Attempt:
    """An accepted attempt (RULES.md §1). `id` is its public id; times in milliseconds UTC."""

    id: str
    entry: int
    round: str
    started_at: int
    submitted_at: int
    duration_ms: int
    score: int
    correct: int
    of: int
    answered: int
    prediction: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's entry. `commune` and `unit` are codes or ""; `excluded` says why they may not win, else ""."""

    id: int
    group: str = ""
    commune: str = ""
    unit: str = ""
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A tie settled by the committee or a public draw. `order` names entries (their numbers as text) or unit codes,
    the better first. `ranking` is a window key, "overall" or "collective"."""

    ranking: str
    audience: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frozen:
    """Everything the winners depend on. Void attempts and entries are not in it."""

    rules: ContestRules
    rules_version: int
    entries: tuple[Entry, ...]
    attempts: tuple[Attempt, ...]
    decisions: tuple[Decision, ...] = ()
    denominators: Mapping[str, int] = field(default_factory=dict)
    struck: frozenset[str] = frozenset()
    """Units shut out of the collective prizes for a serious violation."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a ranking: the rank and every value it was found by. `attempts` are the counted ones, sorted."""

    rank: int
    entry: int
    attempts: tuple[str, ...]
    score: int
    correct: int
    of: int
    duration_ms: int
    gap: Fraction | None
    submitted_at: int
    started_at: int
    full_marks: int
    best_two: int


@dataclass(frozen=True, slots=True)
class RankingTable:
    """One ranking, best first, tied rows by entry number."""

    key: str
    audience: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One line of the collective ranking. `value` is what the formula ranks by: the rounded rate, the total of points
    or the number of people; `mean` the rounded mean score (completion_rate only)."""

    rank: int
    unit: str
    value: Decimal
    mean: Decimal | None
    completed: int
    denominator: int | None


@dataclass(frozen=True, slots=True)
class Award:
    """One seat of a prize. `holder` is an entry number as text or a unit code; None while undecided between `tied`.

    `prize` is the prize's key, for collective prizes the level's number from 0 as text.
    """

    ranking: str
    audience: str
    prize: str
    place: int
    holder: str | None
    tied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole result. `truths` maps each scope of the prediction to its truth."""

    rules_version: int
    truths: Mapping[str, Fraction]
    rankings: tuple[RankingTable, ...]
    awards: tuple[Award, ...]
    collective: tuple[UnitRow, ...] = ()
    collective_awards: tuple[Award, ...] = ()

    @property
    def undecided(self) -> bool:
        """Whether a tie still stands in the way of a prize."""
        return any(award.holder is None for award in (*self.awards, *self.collective_awards))


def lines(outcome: Outcome) -> Iterator[str]:
    """The outcome as canonical text, one fact a line: equal outcomes give equal bytes on every machine."""
    yield f"rules {outcome.rules_version}"
    for scope in sorted(outcome.truths):
        yield f"truth {scope} {_exact(outcome.truths[scope])}"
    for table in outcome.rankings:
        for row in table.rows:
            yield (
                f"rank {table.key} {table.audience or '-'} {row.rank} {row.entry} {','.join(row.attempts)} {row.score} "
                f"{row.correct}/{row.of} {row.duration_ms} {'-' if row.gap is None else _exact(row.gap)} "
                f"{row.submitted_at} {row.started_at} {row.full_marks} {row.best_two}"
            )
    for award in outcome.awards:
        yield _award("prize", award)
    for unit in outcome.collective:
        mean = "-" if unit.mean is None else f"{unit.mean:.2f}"
        yield f"unit {unit.rank} {unit.unit} {unit.value:.2f} {mean} {unit.completed} {unit.denominator or '-'}"
    for award in outcome.collective_awards:
        yield _award("unit-prize", award)


def digest(outcome: Outcome) -> str:
    """SHA-256 over `lines`, each ended by a line feed; hex: what the minutes print and both reckonings agree on."""
    sha = hashlib.sha256()
    for line in lines(outcome):
        sha.update(line.encode() + b"\n")
    return sha.hexdigest()


def _award(word: str, award: Award) -> str:
    holder = award.holder if award.holder is not None else "?" + ",".join(award.tied)
    return f"{word} {award.ranking} {award.audience or '-'} {award.prize} {award.place} {holder}"


def _exact(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value.numerator)
