"""From accepted attempts to the lines of the rankings: truths, windows, and which attempt of a person counts.

RULES.md §1–§4. Orders nobody and gives no prizes: that is `contest.provincial.prizes`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from contest.provincial.frozen import Attempt, Frozen, Row
from contest.provincial.rules import ContestRules, PredictionKind
from contest.provincial.windows import prediction_scopes, scope_of, window_of

_UNRANKED = 0


def truths_of(frozen: Frozen) -> dict[str, Fraction]:
    """The truth of each scope of the prediction, also of scopes in which nobody took part; none without one."""
    rules = frozen.rules
    if rules.prediction is None:
        return {}
    scopes: dict[str, list[Attempt]] = {scope.key: [] for scope in prediction_scopes(rules)}
    for attempt in frozen.attempts:
        scopes[scope_of(rules, attempt.round, attempt.started_at)].append(attempt)
    return {key: _truth(rules.prediction.kind, attempts) for key, attempts in scopes.items()}


def _truth(kind: PredictionKind, attempts: Sequence[Attempt]) -> Fraction:
    if kind is PredictionKind.ATTEMPTS:
        return Fraction(len(attempts))
    people = {attempt.entry for attempt in attempts}
    if kind is PredictionKind.PARTICIPANTS:
        return Fraction(len(people))
    full = {attempt.entry for attempt in attempts if attempt.correct == attempt.of}
    if kind is PredictionKind.ALL_CORRECT_PEOPLE:
        return Fraction(len(full))
    return Fraction(100 * len(full), len(people)) if people else Fraction(0)


def rankable(rules: ContestRules, attempt: Attempt) -> bool:
    """Whether an accepted attempt may be ranked at all."""
    if not rules.ranking.complete_only:
        return True
    predicted = rules.prediction is None or attempt.prediction is not None
    return predicted and attempt.answered == attempt.of


class Rows:
    """The lines of every ranking, not yet ordered: `windows` by window key and entry, `overall` by entry."""

    def __init__(self, frozen: Frozen, truths: Mapping[str, Fraction]) -> None:
        self._rules = frozen.rules
        self._truths = truths
        self._choose = _CHOICES[frozen.rules.ranking.keep]
        self._gaps: dict[tuple[str, Decimal], Fraction] = {}
        by_window: defaultdict[str, defaultdict[int, list[Attempt]]] = defaultdict(lambda: defaultdict(list))
        by_entry: defaultdict[int, list[Attempt]] = defaultdict(list)
        for attempt in frozen.attempts:
            if rankable(self._rules, attempt):
                by_window[window_of(self._rules, attempt.round, attempt.started_at)][attempt.entry].append(attempt)
                by_entry[attempt.entry].append(attempt)
        self.windows = {
            key: {entry: self._row([self._counts(mine)], mine) for entry, mine in people.items()}
            for key, people in by_window.items()
        }
        self.overall = self._overall(by_window, by_entry)

    def _overall(
        self, by_window: Mapping[str, Mapping[int, list[Attempt]]], by_entry: Mapping[int, list[Attempt]]
    ) -> dict[int, Row]:
        if self._rules.ranking.overall == "none":
            return {}
        if self._rules.ranking.overall == "best":
            return {entry: self._row([self._counts(mine)], mine) for entry, mine in by_entry.items()}
        counted: defaultdict[int, list[Attempt]] = defaultdict(list)
        for people in by_window.values():
            for entry, mine in people.items():
                counted[entry].append(self._counts(mine))
        return {entry: self._row(counted[entry], mine) for entry, mine in by_entry.items()}

    def _counts(self, mine: Sequence[Attempt]) -> Attempt:
        return mine[0] if len(mine) == 1 else self._choose(mine)

    def _row(self, counted: Sequence[Attempt], mine: Sequence[Attempt]) -> Row:
        if len(mine) == 1:
            [one] = mine
            full_marks, best_two = int(one.correct == one.of), one.score
        else:
            full_marks = sum(one.correct == one.of for one in mine)
            best_two = sum(sorted((one.score for one in mine), reverse=True)[:2])
        if len(counted) == 1:
            [one] = counted
            return Row(
                rank=_UNRANKED,
                entry=one.entry,
                attempts=(one.id,),
                score=one.score,
                correct=one.correct,
                of=one.of,
                duration_ms=one.duration_ms,
                gap=self._gap(one),
                submitted_at=one.submitted_at,
                started_at=one.started_at,
                full_marks=full_marks,
                best_two=best_two,
            )
        return Row(
            rank=_UNRANKED,
            entry=counted[0].entry,
            attempts=tuple(sorted(one.id for one in counted)),
            score=sum(one.score for one in counted),
            correct=sum(one.correct for one in counted),
            of=sum(one.of for one in counted),
            duration_ms=sum(one.duration_ms for one in counted),
            gap=_sum(self._gap(one) for one in counted),
            submitted_at=max(one.submitted_at for one in counted),
            started_at=max(one.started_at for one in counted),
            full_marks=full_marks,
            best_two=best_two,
        )

    def _gap(self, attempt: Attempt) -> Fraction | None:
        if attempt.prediction is None or not self._truths:
            return None
        scope = scope_of(self._rules, attempt.round, attempt.started_at)
        gap = self._gaps.get((scope, attempt.prediction))
        if gap is None:
            # Many people guess the same number, and exact fractions are slow to make.
            gap = abs(Fraction(attempt.prediction) - self._truths[scope])
            self._gaps[scope, attempt.prediction] = gap
        return gap


def _sum(gaps: Iterable[Fraction | None]) -> Fraction | None:
    total: Fraction | None = None
    for gap in gaps:
        if gap is None:
            return None
        total = gap if total is None else total + gap
    return total


def _best(mine: Sequence[Attempt]) -> Attempt:
    return min(mine, key=lambda one: (-one.score, one.duration_ms, one.submitted_at, one.id))


def _first(mine: Sequence[Attempt]) -> Attempt:
    return min(mine, key=lambda one: (one.started_at, one.id))


def _last(mine: Sequence[Attempt]) -> Attempt:
    return max(mine, key=lambda one: (one.started_at, one.id))


_CHOICES: dict[str, Callable[[Sequence[Attempt]], Attempt]] = {"best": _best, "first": _first, "last": _last}
