"""What synthetic phones saw, and the figures made of it.

Pure: arrival times are seconds of the monotonic clock, one for all processes of a machine; figures are milliseconds.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

TAKEN = ("accepted", "same", "kept_other")
"""Receipts that say an answer of this seat is stored."""


@dataclass(slots=True)
class Shown:
    """When each phone was shown one version of the picture."""

    phase: str
    question: int | None
    at: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass(slots=True)
class Tally:
    """Everything the phones of one process counted; tallies of several processes add up."""

    phones: int = 0
    joined: int = 0
    deaf: int = 0
    """Phones that stopped reading in the first question."""
    tapped: int = 0
    answered: int = 0
    lost: int = 0
    cut_off: int = 0
    """Answers tapped less than a second before the question stopped, and told so."""
    missed: int = 0
    """Questions that stopped before this phone had tapped, or that it never saw open."""
    double: int = 0
    altered: int = 0
    """Receipts that keep something else than this seat's first tap."""
    reconnects: int = 0
    turned_away: int = 0
    resent: int = 0
    frames: int = 0
    bytes: int = 0
    open_bytes: int = 0
    """The longest write with which a question was opened: the picture and the ping behind it, with their headers."""
    joined_at: "array[float]" = field(default_factory=lambda: array("d"))
    join_ms: "array[float]" = field(default_factory=lambda: array("d"))
    ack_ms: "array[float]" = field(default_factory=lambda: array("d"))
    resume_ms: "array[float]" = field(default_factory=lambda: array("d"))
    gone_at: "array[float]" = field(default_factory=lambda: array("d"))
    """When seated phones lost their link without a word."""
    back_at: "array[float]" = field(default_factory=lambda: array("d"))
    """When they were shown the room again."""
    lag_ms: "array[float]" = field(default_factory=lambda: array("d"))
    """How late this process itself woke up: figures are no better than this."""
    receipts: Counter[str] = field(default_factory=Counter)
    extras: Counter[str] = field(default_factory=Counter)
    """Receipts of sends made to provoke: `duplicate same`, `late late`, `impossible refused`, …"""
    errors: Counter[str] = field(default_factory=Counter)
    closes: Counter[str] = field(default_factory=Counter)
    shown: dict[int, Shown] = field(default_factory=dict)
    results: "dict[int, array[float]]" = field(default_factory=dict)
    """When each phone had its own result of a question."""

    def see(self, version: int, phase: str, question: int | None, at: float) -> None:
        """One phone was shown a version."""
        shown = self.shown.get(version)
        if shown is None:
            shown = self.shown[version] = Shown(phase, question)
        shown.at.append(at)

    def add(self, other: "Tally") -> None:
        """Takes in the tally of another process."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("joined_at", "join_ms", "ack_ms", "resume_ms", "gone_at", "back_at", "lag_ms"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("receipts", "extras", "errors", "closes"):
            getattr(self, name).update(getattr(other, name))
        self.open_bytes = max(self.open_bytes, other.open_bytes)
        for version, theirs in other.shown.items():
            self.shown.setdefault(version, Shown(theirs.phase, theirs.question)).at.extend(theirs.at)
        for question, at in other.results.items():
            self.results.setdefault(question, array("d")).extend(at)


_COUNTS = ("phones", "joined", "deaf", "tapped", "answered", "lost", "cut_off", "missed", "double", "altered")
_SUMS = (*_COUNTS, "reconnects", "turned_away", "resent", "frames", "bytes")


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def spread(groups: Iterable[Sequence[float]]) -> dict[str, float | None]:
    """How long after the first phone the others were shown the same: ms over all phones, and the worst whole spread."""
    behind = [(at - min(group)) * 1000 for group in groups if len(group) for at in group]
    return {
        "p50": _rounded(quantile(behind, 0.5)),
        "p99": _rounded(quantile(behind, 0.99)),
        "max": _rounded(max(behind, default=None)),
    }


def close_to_results(tally: Tally) -> list[float]:
    """For each question: ms from the first phone that saw it close to the last that had its own result."""
    closed: dict[int, float] = {}
    for shown in tally.shown.values():
        if shown.phase == "closing" and shown.question is not None and len(shown.at):
            first = min(shown.at)
            closed[shown.question] = min(first, closed.get(shown.question, first))
    return [
        round((max(at) - closed[question]) * 1000, 2)
        for question, at in sorted(tally.results.items())
        if question in closed and len(at)
    ]


def joins_per_s(tally: Tally) -> float | None:
    """How fast seats were given, from the first to the last."""
    if len(tally.joined_at) < 2:
        return None
    seconds = max(tally.joined_at) - min(tally.joined_at)
    return (len(tally.joined_at) - 1) / seconds if seconds > 0 else None


def report(tally: Tally, *, finished: bool, seconds: float) -> dict[str, Any]:
    """The figures as one JSON object. Times are ms; None means not measured."""
    opens = [shown.at for shown in tally.shown.values() if shown.phase == "open"]
    reveals = [shown.at for shown in tally.shown.values() if shown.phase == "revealed"]
    questions = len({shown.question for shown in tally.shown.values() if shown.phase == "open"})
    opened, revealed = spread(opens), spread(reveals)
    each = tally.joined * questions
    waits = close_to_results(tally)
    return {
        "phones": tally.phones,
        "joined": tally.joined,
        "deaf": tally.deaf,
        "questions": questions,
        "tapped": tally.tapped,
        "answered": tally.answered,
        "lost": tally.lost,
        "double": tally.double,
        "altered": tally.altered,
        "cut_off": tally.cut_off,
        "missed": tally.missed,
        "ack_p50_ms": _rounded(quantile(tally.ack_ms, 0.5)),
        "ack_p90_ms": _rounded(quantile(tally.ack_ms, 0.9)),
        "ack_p99_ms": _rounded(quantile(tally.ack_ms, 0.99)),
        "ack_max_ms": _rounded(max(tally.ack_ms, default=None)),
        "fanout_p50_ms": opened["p50"],
        "fanout_p99_ms": opened["p99"],
        "fanout_max_ms": opened["max"],
        "reveal_p99_ms": revealed["p99"],
        "reveal_max_ms": revealed["max"],
        "close_to_results_ms": waits,
        "close_to_results_max_ms": max(waits, default=None),
        "joins_per_s": _rounded(joins_per_s(tally)),
        "join_p50_ms": _rounded(quantile(tally.join_ms, 0.5)),
        "join_p99_ms": _rounded(quantile(tally.join_ms, 0.99)),
        "resume_p99_ms": _rounded(quantile(tally.resume_ms, 0.99)),
        "frames_per_phone_and_question": _rounded(tally.frames / each) if each else None,
        "bytes_per_phone_and_question": _rounded(tally.bytes / each) if each else None,
        "open_bytes": tally.open_bytes or None,
        "receipts": dict(sorted(tally.receipts.items())),
        "extras": dict(sorted(tally.extras.items())),
        "reconnects": tally.reconnects,
        "resent": tally.resent,
        "turned_away": tally.turned_away,
        "errors": dict(sorted(tally.errors.items())),
        "closes": dict(sorted(tally.closes.items())),
        "driver_lag_p99_ms": _rounded(quantile(tally.lag_ms, 0.99)),
        "finished": finished,
        "seconds": round(seconds, 1),
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people, one a line."""
    width = max(len(name) for name in figures)
    lines = []
    for name, value in figures.items():
        if isinstance(value, dict):
            shown = ", ".join(f"{key} {count}" for key, count in value.items()) or "–"
        elif isinstance(value, list):
            shown = ", ".join(str(item) for item in value) or "–"
        else:
            shown = "–" if value is None else str(value)
        lines.append(f"{name:<{width}}  {shown}")
    return "\n".join(lines)
