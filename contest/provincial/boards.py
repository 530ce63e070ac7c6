"""Which provisional boards an entry stands on, and with what: score and time only.

Pure. Never the final order: that is `scoring.ranking` over everything SQL knows. RULES.md §1, §2, §4 say which attempt
counts; what decides beyond score and time (predictions, the chain) is left to the final ranking.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contest.provincial.rules import ContestRound, ContestRules
from contest.provincial.windows import OVERALL, Window, settled_at, window_of


@dataclass(frozen=True, slots=True)
class Taken:
    """An accepted attempt as boards see it."""

    id: str
    round: str
    started_at: int
    submitted_at: int
    duration_ms: int
    score: int
    of: int
    answered: int
    predicted: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Whose boards an entry stands on."""

    commune: str | None
    group: str | None


def board_name(window: str, kind: str = "all", code: str = "") -> str:
    """The name of a board: kind is all, commune, group or audience."""
    return window if kind == "all" else f"{window}:{kind}:{code}"


def names(rules: ContestRules, window: str, place: Place) -> Iterator[str]:
    """The boards of one window on which such an entry stands; none when it is in no audience of a contest with some."""
    audience = rules.audience_of(place.group)
    if rules.audiences and not audience:
        return
    yield board_name(window)
    if audience:
        yield board_name(window, "audience", audience)
    if place.commune:
        yield board_name(window, "commune", place.commune)
    if place.group:
        yield board_name(window, "group", place.group)


def standing(rules: ContestRules, attempts: Iterable[Taken]) -> dict[str, tuple[int, int]]:
    """Per window (and "overall") the score and time an entry is placed with; empty without a rankable attempt."""
    by_window: dict[str, list[Taken]] = {}
    for attempt in attempts:
        if _rankable(rules, attempt):
            by_window.setdefault(window_of(rules, attempt.round, attempt.started_at), []).append(attempt)
    kept = {window: _kept(rules, those) for window, those in by_window.items()}
    placed = {window: (attempt.score, attempt.duration_ms) for window, attempt in kept.items()}
    if not kept:
        return placed
    if rules.ranking.overall == "best":
        best = _kept(rules, [attempt for those in by_window.values() for attempt in those])
        placed[OVERALL] = (best.score, best.duration_ms)
    elif rules.ranking.overall == "sum":
        placed[OVERALL] = (sum(one.score for one in kept.values()), sum(one.duration_ms for one in kept.values()))
    return placed


def _rankable(rules: ContestRules, attempt: Taken) -> bool:
    if not rules.ranking.complete_only:
        return True
    return attempt.answered >= attempt.of and (attempt.predicted or rules.prediction is None)


def _kept(rules: ContestRules, attempts: Sequence[Taken]) -> Taken:
    match rules.ranking.keep:
        case "best":
            return min(attempts, key=lambda one: (-one.score, one.duration_ms, one.submitted_at, one.id))
        case "first":
            return min(attempts, key=lambda one: (one.started_at, one.id))
        case "last":
            return max(attempts, key=lambda one: (one.started_at, one.id))


def frozen_since(rules: ContestRules, now_ms: int) -> int | None:
    """Since when the boards stand still (`freeze_minutes`): until no paper of the round can come. None: they move."""
    for one in rules.rounds:
        since = one.closes_at - rules.ranking.freeze_minutes * 60_000
        if rules.ranking.freeze_minutes and since <= now_ms < _settled(rules, one):
            return since
    return None


def _settled(rules: ContestRules, one: ContestRound) -> int:
    return settled_at(rules, Window(one.key, one.name, one.opens_at, one.closes_at))
