"""The record of the table of capacity. Pure; never judges figures against goals."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from loadtests.capacity_run import Measured

LIMITS = (
    "Processor time is user and system time of the whole process tree over the questions, database included; it holds "
    "what the platform does while time passes with nobody there (told apart), and what this program's few commands "
    "cost. Opening: processor time of the gateways for each phone that is shown the options with a ping behind them, "
    "by their own metrics, and beside it what a C server with epoll spends to write as many bytes to as many phones. "
    "From the stop of a question to results on all phones the platform waits 1.3 s on purpose: 0.8 s for answers on "
    "their way, as much as can be credited, and 0.5 s for their commits. One phone in 200 never answers. Not measured "
    "here: real phones and radio links, TLS and a reverse proxy, more than one machine. Phones, platform and database "
    "share the processors, so milliseconds include waiting for each other; processor time does not.\n"
)
_PARTS = ("players", "worker", "admin", "redis", "postgres")


def entry(
    described: Mapping[str, str],
    measured: Sequence[Measured],
    floor: Mapping[int, float],
    questions: int,
    spread_s: float,
    problems: Sequence[str] = (),
    note: str = "",
) -> str:
    """All cases of a call as Markdown. `floor` is what the C server spent for each phone, by size, in µs."""
    lines = [
        f"## {described['when']}, commit {described['commit']}: capacity",
        "",
        f"{described['machine']}, Python {described['python']}, load before {described['load']}. Each case on a fresh "
        f"platform: {questions} questions, everybody answers within {spread_s:g} s.",
        "",
        f"    {described['command']}",
        "",
    ]
    if note:
        lines += [note, ""]
    for (database, gateways), cases in _grouped(measured):
        lines += [f"### {_NAMES.get(database, database)}, {gateways} gateway{'s' if gateways > 1 else ''}", ""]
        lines += [f"| phones | {' | '.join(f'{one.case.phones:,}' for one in cases)} |", "|---|" + "---:|" * len(cases)]
        lines += [f"| {name} | {' | '.join(values)} |" for name, values in _rows(cases, floor)]
        if fitted := fit([(one.case.phones, one.cpu_us() * one.case.phones) for one in cases]):
            fixed_us, each_us = fitted
            lines += ["", f"Fitted: {fixed_us / 1000:.0f} ms a question, and {each_us:.0f} µs a phone and question."]
        lines.append("")
    lines += [f"- {problem}" for problem in problems]
    return "\n".join([*lines, *([""] if problems else []), LIMITS])


_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _grouped(measured: Sequence[Measured]) -> Iterable[tuple[tuple[str, int], list[Measured]]]:
    def key(one: Measured) -> tuple[str, int]:
        return one.case.database, one.case.gateways

    ordered = sorted(measured, key=lambda one: (one.case.database != "sqlite", *key(one), one.case.phones))
    return [(group, list(cases)) for group, cases in groupby(ordered, key)]


def fit(points: Sequence[tuple[int, float]]) -> tuple[float, float] | None:
    """What a line through (phones, µs a question) starts with and adds for each phone; None of fewer than two sizes.

    By least squares of the relative errors, so that the largest room does not decide alone.
    """
    if len({phones for phones, _ in points}) < 2:
        return None
    weights = [1 / cost**2 for _, cost in points]
    w = sum(weights)
    x = sum(weight * phones for weight, (phones, _) in zip(weights, points, strict=True)) / w
    y = sum(weight * cost for weight, (_, cost) in zip(weights, points, strict=True)) / w
    over = sum(weight * (phones - x) * (cost - y) for weight, (phones, cost) in zip(weights, points, strict=True))
    under = sum(weight * (phones - x) ** 2 for weight, (phones, _) in zip(weights, points, strict=True))
    return y - over / under * x, over / under


def _rows(cases: Sequence[Measured], floor: Mapping[int, float]) -> list[tuple[str, list[str]]]:
    def row(name: str, *keys: str, digits: int = 0) -> tuple[str, list[str]]:
        return name, [" / ".join(_shown(one.figures.get(key), digits) for key in keys) for one in cases]

    parts = [part for part in _PARTS if any(one.cpu_s.get(part) for one in cases)]
    return [
        row("joined", "joined"),
        row("joins a second", "joins_per_s"),
        ("answers confirmed / stored / lost", [_outcome(one) for one in cases]),
        row("confirmation p50 / **p99** / max ms", "ack_p50_ms", "ack_p99_ms", "ack_max_ms"),
        row("question to all phones, p99 / last ms", "fanout_p99_ms", "fanout_max_ms"),
        row("**close to results on all phones, worst ms**", "close_to_results_max_ms"),
        ("**CPU µs a phone and question, whole tree**", [f"**{one.cpu_us():.0f}**" for one in cases]),
        *((f"– of it {part}", [f"{one.cpu_us(part):.0f}" for one in cases]) for part in parts),
        ("– of it with nobody there, too", [f"{one.idle_us:.0f}" for one in cases]),
        ("– without that", [f"{one.cpu_us() - one.idle_us:.0f}" for one in cases]),
        ("**opening, µs a phone: gateway / C = ratio**", [_ratio(one, floor) for one in cases]),
        ("**memory a phone, gateways, KiB**", [f"{one.rss_kib / one.case.phones:.1f}" for one in cases]),
        ("CPU µs a join, whole tree", [f"{one.joins_cpu_s / one.case.phones * 1e6:,.0f}" for one in cases]),
        row("frames / bytes a phone and question", "frames_per_phone_and_question", "bytes_per_phone_and_question"),
        row("reconnects / sent again / turned away", "reconnects", "resent", "turned_away"),
        row("lateness of the phones' own process, p99 ms", "driver_lag_p99_ms"),
    ]


def _shown(value: Any, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _outcome(one: Measured) -> str:
    return f"{one.figures['answered']:,} / {one.stored:,} / {one.figures['lost']:,}"


def _ratio(one: Measured, floor: Mapping[int, float]) -> str:
    gateway, c = one.sent.get("open"), floor.get(one.case.phones)
    if gateway is None:
        return "–"
    return f"{gateway:.1f} / –" if c is None else f"{gateway:.1f} / {c:.1f} = {gateway / c:.2f}"
