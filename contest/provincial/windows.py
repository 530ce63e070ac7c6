"""When a contest is open, which window an attempt belongs to and when its numbers must stay secret; RULES.md §2, §3.1.

Never reads a clock: the time is a parameter, in UTC milliseconds.
"""

from dataclasses import dataclass
from typing import Literal

from contest.provincial.local_time import iso_week, week_bounds
from contest.provincial.rules import ContestRound, ContestRules, WindowKind

CONTEST, OVERALL, COLLECTIVE = "contest", "overall", "collective"
"""Keys of rankings that are no round's and no week's; no round may be called so."""

GRACE_MS = 5_000
"""How long after its limit a paper on its way is still taken."""

Phase = Literal["before", "open", "between", "over"]


@dataclass(frozen=True, slots=True)
class Window:
    """One ranking window or scope, from `opens_at` (inclusive) to `closes_at` (exclusive).

    `name` is the organiser's own name of a round; "" for weeks and the whole contest, which the catalogue names.
    """

    key: str
    name: str
    opens_at: int
    closes_at: int


def windows_of(rules: ContestRules) -> tuple[Window, ...]:
    """The ranking windows in order of time, without `overall`."""
    return _partition(rules, rules.ranking.window)


def ranking_keys(rules: ContestRules) -> tuple[str, ...]:
    """The keys of all rankings of people: the windows, then "overall" when there is one."""
    keys = tuple(window.key for window in windows_of(rules))
    return keys if rules.ranking.overall == "none" else (*keys, OVERALL)


def window_of(rules: ContestRules, round_key: str, started_at: int) -> str:
    """The key of the window an attempt belongs to, by where it started."""
    return _key(rules.ranking.window, round_key, started_at)


def prediction_scopes(rules: ContestRules) -> tuple[Window, ...]:
    """Over what the truth of the prediction is counted; none without a prediction."""
    if rules.prediction is None:
        return ()
    return _partition(rules, _scope_kind(rules))


def scope_of(rules: ContestRules, round_key: str, started_at: int) -> str:
    """The key of the scope whose truth an attempt's prediction is held against; "" without a prediction."""
    return "" if rules.prediction is None else _key(_scope_kind(rules), round_key, started_at)


def round_at(rules: ContestRules, now_ms: int) -> ContestRound | None:
    """The round in which an attempt may start now."""
    return next((one for one in rules.rounds if one.opens_at <= now_ms < one.closes_at), None)


def next_round(rules: ContestRules, now_ms: int) -> ContestRound | None:
    """The next round to open after now."""
    return next((one for one in rules.rounds if one.opens_at > now_ms), None)


def phase(rules: ContestRules, now_ms: int) -> Phase:
    """Where the contest stands by the clock alone."""
    if round_at(rules, now_ms) is not None:
        return "open"
    if now_ms < rules.rounds[0].opens_at:
        return "before"
    return "over" if next_round(rules, now_ms) is None else "between"


def settled_at(rules: ContestRules, window: Window) -> int:
    """From when no attempt of the window can still be running or on its way."""
    return window.closes_at + rules.time_limit_s * 1000 + GRACE_MS


def counts_hidden(rules: ContestRules, now_ms: int) -> bool:
    """Whether exact counts would help somebody predict.

    True before the first round, as long as a scope of the prediction runs, and until its last attempts are in; between
    scopes and after the last one the counts of the past are no secret. Always False without a prediction.
    """
    scopes = prediction_scopes(rules)
    if not scopes:
        return False
    return now_ms < scopes[0].opens_at or any(scope.opens_at <= now_ms < settled_at(rules, scope) for scope in scopes)


def counts_open_from(rules: ContestRules, ms: int) -> int:
    """From when on exact counts are no secret, seen from `ms`: `ms` itself when they are none now."""
    while counts_hidden(rules, ms):
        scopes = prediction_scopes(rules)
        ends = (settled_at(rules, scope) for scope in scopes if scope.opens_at <= ms < settled_at(rules, scope))
        ms = max(ends, default=scopes[0].opens_at)
    return ms


def _scope_kind(rules: ContestRules) -> WindowKind:
    assert rules.prediction is not None
    match rules.prediction.scope:
        case "round":
            return WindowKind.ROUND
        case "window":
            return rules.ranking.window
        case "contest":
            return WindowKind.CONTEST


def _key(kind: WindowKind, round_key: str, started_at: int) -> str:
    match kind:
        case WindowKind.ROUND:
            return round_key
        case WindowKind.WEEK:
            return iso_week(started_at)
        case WindowKind.CONTEST:
            return CONTEST


def _partition(rules: ContestRules, kind: WindowKind) -> tuple[Window, ...]:
    rounds = rules.rounds
    match kind:
        case WindowKind.ROUND:
            return tuple(Window(one.key, one.name, one.opens_at, one.closes_at) for one in rounds)
        case WindowKind.WEEK:
            return _weeks(rounds)
        case WindowKind.CONTEST:
            return (Window(CONTEST, "", rounds[0].opens_at, rounds[-1].closes_at),)


def _weeks(rounds: tuple[ContestRound, ...]) -> tuple[Window, ...]:
    weeks: dict[str, Window] = {}
    for one in rounds:
        moment = one.opens_at
        while moment < one.closes_at:
            key = iso_week(moment)
            _, end = week_bounds(key)
            closes = min(end, one.closes_at)
            opens = weeks[key].opens_at if key in weeks else moment
            weeks[key] = Window(key, "", opens, closes)
            moment = end
    return tuple(weeks.values())
