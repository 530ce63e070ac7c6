"""The second reckoning of the winners, written from RULES.md alone; winners go out only when it agrees with the first.

Never imports anything of `contest.provincial.prizes`, `windows` or `scoring.ranking`, and is never made to agree with
them: where the two differ, RULES.md decides, and when it cannot, it is RULES.md that is wrong.

It goes its own way on purpose: windows are found day by day, and an order is made by splitting one group of everybody
again and again, step by step, so that what cannot be split is what is tied.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from contest.provincial.frozen import Attempt, Award, Frozen, Outcome, RankingTable, Row, UnitRow
from contest.provincial.recount_order import Hands, awards_of, deal, decided, split
from contest.provincial.recount_units import recount_units
from contest.provincial.rules import ContestRules, Criterion, PredictionKind, WindowKind

_VIET_NAM = timedelta(hours=7)
_OVERALL, _CONTEST = "overall", "contest"


def recount(frozen: Frozen) -> Outcome:
    """The whole outcome. The order of entries and attempts in `frozen` does not matter; 150,000 take some seconds."""
    case = _Case(frozen)
    truths = _truths(case)
    rankings = _rankings(case, truths)
    awards = _individual(frozen.rules, rankings)
    units: tuple[UnitRow, ...] = ()
    unit_awards: tuple[Award, ...] = ()
    if frozen.rules.collective is not None:
        units, unit_awards = recount_units(frozen, frozen.rules.collective, awards)
    return Outcome(frozen.rules_version, truths, rankings, awards, units, unit_awards)


class _Case:
    """The frozen facts laid out: who has which attempts, and to which window and scope each belongs."""

    def __init__(self, frozen: Frozen) -> None:
        self.frozen = frozen
        self.rules = frozen.rules
        self.entries = {entry.id: entry for entry in frozen.entries}
        self.attempts = [attempt for attempt in frozen.attempts if attempt.entry in self.entries]
        self.weeks = _weeks_of_rounds(self.rules)

    @property
    def windows(self) -> list[str]:
        return self.keys(self.rules.ranking.window)

    def keys(self, kind: str) -> list[str]:
        """Every key of a kind of window, in order of time (§2.1)."""
        if kind == WindowKind.ROUND:
            return [one.key for one in self.rules.rounds]
        return self.weeks if kind == WindowKind.WEEK else [_CONTEST]

    def key_of(self, attempt: Attempt, kind: str) -> str:
        """The one an attempt belongs to (§1.3, §2.3)."""
        if kind == WindowKind.ROUND:
            return attempt.round
        return _week(attempt.started_at) if kind == WindowKind.WEEK else _CONTEST

    def scope_kind(self) -> str:
        prediction = self.rules.prediction
        if prediction is None or prediction.scope == "contest":
            return WindowKind.CONTEST
        return WindowKind.ROUND if prediction.scope == "round" else self.rules.ranking.window

    def rankable(self, attempt: Attempt) -> bool:
        if not self.rules.ranking.complete_only:
            return True
        foretold = self.rules.prediction is None or attempt.prediction is not None
        return attempt.answered >= attempt.of and foretold


def _local(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms) + _VIET_NAM


def _week(ms: int) -> str:
    year, week, _ = _local(ms).isocalendar()
    return f"{year}-W{week:02d}"


def _weeks_of_rounds(rules: ContestRules) -> list[str]:
    """The weeks with an open moment. A round's last moment is the millisecond before it closes."""
    found: dict[str, None] = {}
    for one in rules.rounds:
        moment = one.opens_at
        while moment < one.closes_at:
            found.setdefault(_week(moment))
            moment += 24 * 3600 * 1000
        found.setdefault(_week(one.closes_at - 1))
    return list(found)


def _truths(case: _Case) -> dict[str, Fraction]:
    prediction = case.rules.prediction
    if prediction is None:
        return {}
    kind = case.scope_kind()
    taken: dict[str, list[Attempt]] = {key: [] for key in case.keys(kind)}
    for attempt in case.attempts:
        taken.setdefault(case.key_of(attempt, kind), []).append(attempt)
    return {key: _truth(prediction.kind, attempts) for key, attempts in taken.items()}


def _truth(kind: PredictionKind, attempts: Sequence[Attempt]) -> Fraction:
    people = {attempt.entry for attempt in attempts}
    perfect = {attempt.entry for attempt in attempts if attempt.correct == attempt.of}
    match kind:
        case PredictionKind.PARTICIPANTS:
            return Fraction(len(people))
        case PredictionKind.ATTEMPTS:
            return Fraction(len(attempts))
        case PredictionKind.ALL_CORRECT_PEOPLE:
            return Fraction(len(perfect))
        case PredictionKind.ALL_CORRECT_PERCENT:
            return Fraction(100 * len(perfect), len(people)) if people else Fraction(0)


@dataclass(slots=True)
class _Own:
    """The rankable attempts of one entry, by window."""

    by_window: dict[str, list[Attempt]] = field(default_factory=lambda: defaultdict(list))


def _chosen(attempts: Iterable[Attempt], keep: str) -> Attempt:
    if keep == "first":
        return min(attempts, key=lambda one: (one.started_at, one.id))
    if keep == "last":
        return max(attempts, key=lambda one: (one.started_at, one.id))
    return min(attempts, key=lambda one: (-one.score, one.duration_ms, one.submitted_at, one.id))


def _standing(
    case: _Case, truths: Mapping[str, Fraction], entry: int, counted: Sequence[Attempt], all_there: Sequence[Attempt]
) -> Row:
    """The values of one entry in one ranking, its rank still open (0)."""
    gaps = [_gap(case, truths, attempt) for attempt in counted]
    return Row(
        rank=0,
        entry=entry,
        attempts=tuple(sorted(attempt.id for attempt in counted)),
        score=sum(attempt.score for attempt in counted),
        correct=sum(attempt.correct for attempt in counted),
        of=sum(attempt.of for attempt in counted),
        duration_ms=sum(attempt.duration_ms for attempt in counted),
        gap=None if None in gaps else sum((gap for gap in gaps if gap is not None), Fraction(0)),
        submitted_at=max(attempt.submitted_at for attempt in counted),
        started_at=max(attempt.started_at for attempt in counted),
        full_marks=sum(1 for attempt in all_there if attempt.correct == attempt.of),
        best_two=sum(sorted((attempt.score for attempt in all_there), reverse=True)[:2]),
    )


def _gap(case: _Case, truths: Mapping[str, Fraction], attempt: Attempt) -> Fraction | None:
    if case.rules.prediction is None or attempt.prediction is None:
        return None
    return abs(Fraction(attempt.prediction) - truths[case.key_of(attempt, case.scope_kind())])


def _rankings(case: _Case, truths: Mapping[str, Fraction]) -> tuple[RankingTable, ...]:
    rules, keep = case.rules, case.rules.ranking.keep
    people: dict[int, _Own] = defaultdict(_Own)
    for attempt in case.attempts:
        if case.rankable(attempt) and not case.entries[attempt.entry].excluded:
            people[attempt.entry].by_window[case.key_of(attempt, rules.ranking.window)].append(attempt)
    tables = []
    for window in case.windows:
        standings = [
            _standing(case, truths, entry, [_chosen(own.by_window[window], keep)], own.by_window[window])
            for entry, own in people.items()
            if window in own.by_window
        ]
        tables += _by_audience(case, window, standings)
    if rules.ranking.overall != "none":
        standings = []
        for entry, own in people.items():
            everything = [attempt for attempts in own.by_window.values() for attempt in attempts]
            if rules.ranking.overall == "sum":
                counted = [_chosen(attempts, keep) for attempts in own.by_window.values()]
            else:
                counted = [_chosen(everything, keep)]
            standings.append(_standing(case, truths, entry, counted, everything))
        tables += _by_audience(case, _OVERALL, standings)
    return tuple(tables)


def _by_audience(case: _Case, key: str, standings: Sequence[Row]) -> list[RankingTable]:
    rules = case.rules
    if not rules.audiences:
        return [RankingTable(key, "", _ordered(case, key, "", standings))]
    made = []
    for audience in rules.audiences:
        groups = {group.value for group in audience.groups}
        among = [row for row in standings if case.entries[row.entry].group in groups]
        made.append(RankingTable(key, audience.key, _ordered(case, key, audience.key, among)))
    return made


def _ordered(case: _Case, key: str, audience: str, standings: Sequence[Row]) -> tuple[Row, ...]:
    groups = [list(standings)] if standings else []
    for criterion in case.rules.ranking.chain:
        groups = split(groups, _STEPS[criterion])
    groups = decided(groups, case.frozen.decisions, key, audience, lambda row: str(row.entry))
    rows: list[Row] = []
    for group in groups:
        rank = len(rows) + 1
        rows += [_ranked(row, rank) for row in sorted(group, key=lambda row: row.entry)]
    return tuple(rows)


_STEPS: dict[Criterion, Callable[[Row], Any]] = {
    Criterion.SCORE: lambda row: -row.score,
    Criterion.DURATION: lambda row: row.duration_ms,
    Criterion.PREDICTION: lambda row: (1, Fraction(0)) if row.gap is None else (0, row.gap),
    Criterion.PREDICTION_EXACT: lambda row: 0 if row.gap == 0 else 1,
    Criterion.ALL_CORRECT: lambda row: 0 if row.correct == row.of else 1,
    Criterion.SUBMITTED: lambda row: row.submitted_at,
    Criterion.STARTED: lambda row: row.started_at,
    Criterion.FULL_MARKS: lambda row: -row.full_marks,
    Criterion.BEST_TWO: lambda row: -row.best_two,
}


def _ranked(row: Row, rank: int) -> Row:
    # Not dataclasses.replace: a hundred thousand rows.
    return Row(
        rank,
        row.entry,
        row.attempts,
        row.score,
        row.correct,
        row.of,
        row.duration_ms,
        row.gap,
        row.submitted_at,
        row.started_at,
        row.full_marks,
        row.best_two,
    )


def _individual(rules: ContestRules, rankings: Sequence[RankingTable]) -> tuple[Award, ...]:
    hands: dict[tuple[str, str] | None, Hands[int]] = defaultdict(Hands)
    awards: list[Award] = []
    for prize in rules.prizes:
        for table in rankings:
            if (table.key == _OVERALL) != (prize.scope == "overall") or prize.audience not in (None, table.audience):
                continue
            mine = hands[None if rules.one_prize else (table.key, table.audience)]
            groups: dict[int, list[int]] = defaultdict(list)
            for row in table.rows:
                if row.score >= prize.min_score:
                    groups[row.rank].append(row.entry)
            seats = deal(list(groups.values()), prize.count, mine)
            awards += awards_of(table.key, table.audience, prize.key, seats)
    return tuple(awards)
