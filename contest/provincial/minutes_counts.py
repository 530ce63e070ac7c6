"""The numbers that the minutes of one result name: who took part in its rounds, and who was kept from a prize and why.

Counted on the very snapshot the winners are reckoned from. Exact: never for a result that is not reckoned yet.
"""

from collections import Counter
from dataclasses import dataclass

from contest.provincial.frozen import Frozen
from contest.provincial.rules import ContestRules
from contest.provincial.windows import Window, window_of, windows_of


@dataclass(frozen=True, slots=True)
class ResultCounts:
    """`excluded` counts people who took part and may not win, by the reason as it was imported."""

    rounds: tuple[str, ...]
    people: int
    attempts: int
    full_marks: int
    excluded: dict[str, int]


def count(frozen: Frozen, key: str) -> ResultCounts:
    """The numbers of a window; of the whole contest for any other key. Some tenths of a second for a large one."""
    rules = frozen.rules
    keys = {window.key for window in windows(rules, key)}
    taken = [one for one in frozen.attempts if window_of(rules, one.round, one.started_at) in keys]
    people = {one.entry for one in taken}
    excluded = Counter(one.excluded for one in frozen.entries if one.excluded and one.id in people)
    seen = {one.round for one in taken}
    return ResultCounts(
        rounds=tuple(one.key for one in rules.rounds if one.key in seen or keys & _windows(frozen, one.key)),
        people=len(people),
        attempts=len(taken),
        full_marks=len({one.entry for one in taken if one.correct == one.of}),
        excluded=dict(sorted(excluded.items())),
    )


def windows(rules: ContestRules, key: str) -> tuple[Window, ...]:
    """The windows a result is about: its own, or all of them for the overall and the collective ones."""
    found = windows_of(rules)
    own = tuple(window for window in found if window.key == key)
    return own or found


def _windows(frozen: Frozen, round_key: str) -> set[str]:
    """The windows in which attempts of a round may lie: with weeks, one at its beginning and one at its end."""
    one = frozen.rules.round(round_key)
    return {window_of(frozen.rules, round_key, at) for at in (one.opens_at, one.closes_at - 1)}
