"""The record of measured runs: one entry for each, newest first, in RESULTS.md.

Pure but for `write` and `described`. Never judges figures against goals.
"""

import os
import platform as machine
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TITLE = """# Measured runs

Newest first; written by `python -m loadtests.scenario`, never edited. README.md says how to read them.
"""
LIMITS = (
    "Not measured here: real phones and radio links, TLS and a reverse proxy, more than one machine. Phones, platform "
    "and the measuring program share the processors, so milliseconds include waiting for each other; processor time "
    "does not.\n"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One round with so many phones. `cpu_s` by part, over the questions only; `units` is phones × questions."""

    phones: int
    figures: Mapping[str, Any]
    stored: int
    joins_cpu_s: float
    idle_cpu: float
    """Processors busy with everybody connected and nothing going on."""
    cpu_s: Mapping[str, float]
    units: int
    rss_empty_kib: int
    rss_full_kib: int

    @property
    def held(self) -> bool:
        """Whether everybody joined, nothing was lost, and SQL holds exactly what was confirmed."""
        figures = self.figures
        wrong = figures["lost"] or figures["double"] or figures["altered"] or self.stored != figures["answered"]
        return figures["joined"] == self.phones and not wrong

    def cpu_us(self, part: str | None = None) -> float:
        """Processor µs per player and question, of a part or the whole tree."""
        cpu_s = sum(self.cpu_s.values()) if part is None else self.cpu_s.get(part, 0.0)
        return cpu_s / self.units * 1e6


def entry(
    described: Mapping[str, str],
    database: str,
    players_processes: int,
    questions: int,
    spread_s: float,
    runs: Sequence[Run],
    note: str = "",
) -> str:
    """A run of the scenario as Markdown."""
    sizes = [f"{run.phones:,}" for run in runs]
    lines = [
        f"## {described['when']}, commit {described['commit']}",
        "",
        f"{described['machine']}, Python {described['python']}, load before {described['load']}. {database}, "
        f"{players_processes} players' process{'es' if players_processes > 1 else ''}, {questions} questions, answers "
        f"within {spread_s:g} s.",
        "",
        f"    {described['command']}",
        "",
    ]
    if note:
        lines += [note, ""]
    lines += [f"| phones | {' | '.join(sizes)} |", "|---|" + "---:|" * len(runs)]
    for name, values in _rows(runs):
        lines.append(f"| {name} | {' | '.join(values)} |")
    slope = _memory_slope(runs)
    if slope is not None:
        lines += ["", f"Players' memory grows by {slope:.1f} KiB a phone from {sizes[0]} to {sizes[-1]}."]
    return "\n".join([*lines, "", LIMITS])


def _rows(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    def row(name: str, *keys: str, digits: int = 0) -> tuple[str, list[str]]:
        return name, [" / ".join(_shown(run.figures.get(key), digits) for key in keys) for run in runs]

    parts = sorted({part for run in runs for part in run.cpu_s}, key=lambda part: -runs[-1].cpu_us(part))
    rows = [
        row("joined", "joined"),
        ("answers confirmed / stored / lost", [_outcome(run) for run in runs]),
        row("confirmation p50 / p99 / max ms", "ack_p50_ms", "ack_p99_ms", "ack_max_ms", digits=1),
        row("question to all phones, p50 / p99 / last ms", "fanout_p50_ms", "fanout_p99_ms", "fanout_max_ms", digits=1),
        (
            "close to results on all phones, worst ms",
            [_shown(run.figures["close_to_results_max_ms"], 0) for run in runs],
        ),
        ("**CPU µs per player and question, whole tree**", [f"**{run.cpu_us():.0f}**" for run in runs]),
    ]
    rows += [(f"– of it {part}", [f"{run.cpu_us(part):.1f}" for run in runs]) for part in parts]
    rows += [
        ("CPU µs per join, whole tree", [f"{run.joins_cpu_s / run.phones * 1e6:.0f}" for run in runs]),
        ("CPU with everybody idle, % of one core", [f"{run.idle_cpu * 100:.1f}" for run in runs]),
        ("memory per phone, players' process, KiB", [f"{_memory(run):.1f}" for run in runs]),
        row("frames per phone and question", "frames_per_phone_and_question", digits=2),
        row("bytes per phone and question", "bytes_per_phone_and_question"),
        row("reconnects / sent again / turned away", "reconnects", "resent", "turned_away"),
        row("lateness of the phones' own process, p99 ms", "driver_lag_p99_ms", digits=1),
    ]
    return rows


def _shown(value: Any, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _outcome(run: Run) -> str:
    return f"{run.figures['answered']:,} / {run.stored:,} / {run.figures['lost']:,}"


def _memory(run: Run) -> float:
    return (run.rss_full_kib - run.rss_empty_kib) / run.phones


def _memory_slope(runs: Sequence[Run]) -> float | None:
    if len(runs) < 2 or runs[0].phones == runs[-1].phones:
        return None
    return (runs[-1].rss_full_kib - runs[0].rss_full_kib) / (runs[-1].phones - runs[0].phones)


def write(path: Path, text: str) -> None:
    """Puts an entry above the older ones."""
    older = path.read_text("utf-8") if path.exists() else TITLE
    head, _, rest = older.partition("\n## ")
    path.write_text(f"{head.rstrip()}\n\n{text.rstrip()}\n" + (f"\n## {rest}" if rest else ""), "utf-8")


def described(module: str, command: Sequence[str]) -> dict[str, str]:
    """When, where and from which sources a record was made, and by which command."""
    done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=HERE)
    dirty = subprocess.run(
        ["git", "status", "--porcelain", "--", "scoring", "contest", "realtime", "admin"],
        capture_output=True,
        text=True,
        cwd=HERE.parent,
    )
    changed = " with uncommitted changes" if dirty.stdout.strip() else ""
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": (done.stdout.strip() or "unknown") + changed,
        "machine": f"{os.cpu_count()} cores, Linux {machine.release()}, {machine.machine()}",
        "python": machine.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
        "command": " ".join(["python -m", module, *command]),
    }


def without_secrets(typed: Sequence[str]) -> list[str]:
    """The command as it may be written down: a database URL can hold a password, a path says who ran it."""
    kept: list[str] = []
    words = iter(typed)
    for word in words:
        name, given, _ = word.partition("=")
        if name == "--results":
            if not given:
                next(words, None)
        elif name == "--database-url":
            kept.append("--database-url=$URL")
            if not given:
                next(words, None)
        else:
            kept.append(word)
    return kept
