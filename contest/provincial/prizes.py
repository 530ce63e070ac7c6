"""Who wins: the rankings, the individual prizes, and for any two people why one stands above the other.

A pure function of frozen values, written from RULES.md §5–§6; the units' prizes are `contest.provincial.collective`.
Never reads SQL or a clock, and never breaks a tie by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from contest.provincial.collective import reckon_units
from contest.provincial.frozen import Award, Decision, Frozen, Outcome, RankingTable, Row
from contest.provincial.rows import Rows, truths_of
from contest.provincial.rules import Criterion
from contest.provincial.windows import OVERALL, windows_of
from scoring.ranking import Step, by_list, deal, deciding, ranked

Value = int | Fraction | bool | None


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A criterion as the value people are told and as the one that orders: the smaller the better."""

    value: Callable[[Row], Value]
    order: Callable[[Row], Any]


def _by_gap(row: Row) -> tuple[Any, ...]:
    # A float of a fraction is rounded but never out of order, and compares fast; equal floats leave it to the fraction.
    return (1,) if row.gap is None else (0, float(row.gap), row.gap)


_MEANINGS: dict[Criterion, _Meaning] = {
    Criterion.SCORE: _Meaning(lambda row: row.score, lambda row: -row.score),
    Criterion.DURATION: _Meaning(lambda row: row.duration_ms, lambda row: row.duration_ms),
    Criterion.PREDICTION: _Meaning(lambda row: row.gap, _by_gap),
    Criterion.PREDICTION_EXACT: _Meaning(lambda row: row.gap == 0, lambda row: row.gap != 0),
    Criterion.ALL_CORRECT: _Meaning(lambda row: row.correct == row.of, lambda row: row.correct != row.of),
    Criterion.SUBMITTED: _Meaning(lambda row: row.submitted_at, lambda row: row.submitted_at),
    Criterion.STARTED: _Meaning(lambda row: row.started_at, lambda row: row.started_at),
    Criterion.FULL_MARKS: _Meaning(lambda row: row.full_marks, lambda row: -row.full_marks),
    Criterion.BEST_TWO: _Meaning(lambda row: row.best_two, lambda row: -row.best_two),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why `above` stands before `below` in one ranking.

    `step` is the criterion that decided, or "decision" for a recorded one, `number` its place among all steps from 1;
    None when the two are tied. `before` lists the steps before it, in which both are equal. The values are those of
    the row (a duration in milliseconds, a gap, …); for a decision the place in its list from 1, None for unlisted.
    """

    above: int
    below: int
    rank_above: int
    rank_below: int
    step: str | None
    number: int | None
    value_above: Value
    value_below: Value
    before: tuple[str, ...]


def reckon(frozen: Frozen) -> Outcome:
    """The whole result; RULES.md. The order in which entries and attempts are given makes no difference."""
    truths = truths_of(frozen)
    tables = tuple(_tables(frozen, Rows(frozen, truths)))
    awards = tuple(_Dealing(frozen, tables).awards())
    units, unit_awards = reckon_units(frozen, awards)
    return Outcome(
        rules_version=frozen.rules_version,
        truths=truths,
        rankings=tables,
        awards=awards,
        collective=units,
        collective_awards=unit_awards,
    )


def explain(frozen: Frozen, outcome: Outcome, ranking: str, audience: str, entry_a: int, entry_b: int) -> Explanation:
    """Which step decided between two entries of a ranking. Raises KeyError when one of them is not in it."""
    tables = {(table.key, table.audience): table for table in outcome.rankings}
    rows = {row.entry: row for row in tables[ranking, audience].rows if row.entry in (entry_a, entry_b)}
    one, other = rows[entry_a], rows[entry_b]
    above, below = (one, other) if one.rank <= other.rank else (other, one)
    chain = frozen.rules.ranking.chain
    decisions = _decisions(frozen, ranking, audience)
    place = deciding(above, below, _steps(chain, decisions))
    names: list[str] = [*(step.value for step in chain), *("decision" for _ in decisions)]
    value: Callable[[Row], Value] = lambda row: None  # noqa: E731
    if place is not None and place < len(chain):
        value = _MEANINGS[chain[place]].value
    elif place is not None:
        order = decisions[place - len(chain)].order
        value = lambda row: order.index(str(row.entry)) + 1 if str(row.entry) in order else None  # noqa: E731
    return Explanation(
        above=above.entry,
        below=below.entry,
        rank_above=above.rank,
        rank_below=below.rank,
        step=None if place is None else names[place],
        number=None if place is None else place + 1,
        value_above=value(above),
        value_below=value(below),
        before=tuple(names[:place]),
    )


# --- rankings --------------------------------------------------------------------------------------------------------


def _tables(frozen: Frozen, rows: Rows) -> Iterator[RankingTable]:
    rules = frozen.rules
    audience = {entry.id: rules.audience_of(entry.group) for entry in frozen.entries if not entry.excluded}
    keys = [one.key for one in rules.audiences] or [""]
    rankings: list[tuple[str, Mapping[int, Row]]] = [
        (window.key, rows.windows.get(window.key, {})) for window in windows_of(rules)
    ]
    if rules.ranking.overall != "none":
        rankings.append((OVERALL, rows.overall))
    for ranking, people in rankings:
        for key in keys:
            mine = [row for entry, row in people.items() if audience.get(entry) == key]
            yield _table(frozen, ranking, key, mine)


def _table(frozen: Frozen, ranking: str, audience: str, rows: Sequence[Row]) -> RankingTable:
    steps = _steps(frozen.rules.ranking.chain, _decisions(frozen, ranking, audience))
    places = ranked(rows, steps, lambda row: row.entry)
    return RankingTable(ranking, audience, tuple(replace(row, rank=rank) for rank, row in places))


def _decisions(frozen: Frozen, ranking: str, audience: str) -> list[Decision]:
    return [one for one in frozen.decisions if (one.ranking, one.audience) == (ranking, audience)]


def _steps(chain: Sequence[Criterion], decisions: Sequence[Decision]) -> list[Step[Row]]:
    return [*(_MEANINGS[step].order for step in chain), *(_decided(one) for one in decisions)]


def _decided(decision: Decision) -> Step[Row]:
    place = by_list(decision.order)
    return lambda row: place(str(row.entry))


# --- prizes ----------------------------------------------------------------------------------------------------------


class _Dealing:
    """Deals the individual prizes, remembering who holds one and who waits for a decision."""

    def __init__(self, frozen: Frozen, tables: Sequence[RankingTable]) -> None:
        self._rules = frozen.rules
        self._tables = tables
        self._holders: set[tuple[str, str, str]] = set()
        self._pending: set[tuple[str, str, str]] = set()

    def awards(self) -> Iterator[Award]:
        for prize in self._rules.prizes:
            for table in self._tables:
                overall = table.key == OVERALL
                if overall == (prize.scope == "overall") and prize.audience in (None, table.audience):
                    yield from self._level(prize.key, prize.count, prize.min_score, table)

    def _level(self, prize: str, count: int, min_score: int, table: RankingTable) -> Iterator[Award]:
        where = ("", "") if self._rules.one_prize else (table.key, table.audience)
        groups = (
            [str(row.entry) for row in group if row.score >= min_score]
            for _, group in groupby(table.rows, key=lambda row: row.rank)
        )
        seats = deal(
            groups,
            count,
            passed_over=lambda name: (*where, name) in self._holders,
            pending=lambda name: (*where, name) in self._pending,
        )
        for seat in seats:
            if seat.holder is not None:
                self._holders.add((*where, seat.holder))
            self._pending.update((*where, name) for name in seat.tied)
            yield Award(table.key, table.audience, prize, seat.place, seat.holder, seat.tied)
