"""Reproduces the last evening of a contest: `python -m loadtests.contest_scenario` starts the platform and the swarm.

Writes an entry on top of RESULTS.md. People, platform and this program share one machine, so processor time per attempt
says more than any wall clock. Never overwrites an older entry.
"""

import argparse
import json
import os
import platform as machine
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests import usage
from loadtests.contest_entrant import KINDS
from loadtests.results import write
from loadtests.trial import Platform, TrialFailed, running

HERE = Path(__file__).resolve().parent
IDLE_S = 4.0
LIMITS = (
    "Not measured here: real phones and radio links, TLS and a reverse proxy, more than one machine. People, platform "
    "and database share the processors, so milliseconds include waiting for each other; latencies run from the moment "
    "a request was due. Processor time is of the whole tree and includes what the platform does while time passes.\n"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One evening on one database. `cpu_s` is by part."""

    database: str
    figures: Mapping[str, Any]
    cpu_s: Mapping[str, float]
    load: tuple[float, float]
    """The machine's load average before and after."""

    @property
    def held(self) -> bool:
        """Whether everybody handed in and nothing acknowledged is missing."""
        return bool(self.figures["submitted"] == self.figures["people"] and not self.figures["lost"])

    def cpu_us(self, part: str | None = None) -> float:
        """Processor µs per attempt, of a part or the whole tree."""
        cpu_s = sum(self.cpu_s.values()) if part is None else self.cpu_s.get(part, 0.0)
        return cpu_s / int(self.figures["people"]) * 1e6


def measure(server: Platform, database: str, given: argparse.Namespace, more: Mapping[str, str]) -> Run:
    """One evening. Raises TrialFailed."""
    people = int(given.rate * given.seconds)
    sessions = server.data_dir / "sessions"
    command = [sys.executable, "-m", "admin.contest_crowd", "--people", str(people), "--sessions", str(sessions)]
    made = subprocess.run(
        [*command, "--data-dir", str(server.data_dir)],
        capture_output=True,
        text=True,
        env={**os.environ, **more},
        cwd=HERE.parent,
    )
    if made.returncode:
        raise TrialFailed(f"no people: {made.stderr[-800:]}")
    time.sleep(IDLE_S)
    load = os.getloadavg()[0]
    before = usage.cpu_by_part(usage.tree(server.process.pid, *given.also_pid))
    swarm = [sys.executable, "-m", "loadtests.contest_swarm", "--json", "--url", server.players.rstrip("/")]
    swarm += ["--slug", made.stdout.split()[-1], "--sessions", str(sessions), "--processes", str(given.processes)]
    swarm += ["--rate", str(given.rate), "--seconds", str(given.seconds)]
    swarm += ["--attempt", str(given.attempt), "--saves", str(given.saves)]
    done = subprocess.run(swarm, capture_output=True, text=True, cwd=HERE.parent)
    if not done.stdout.startswith("{"):
        raise TrialFailed(f"the swarm failed: {done.stderr[-800:]}")
    after = usage.cpu_by_part(usage.tree(server.process.pid, *given.also_pid))
    return Run(database, json.loads(done.stdout), usage.spent(before, after), (load, os.getloadavg()[0]))


def entry(described: Mapping[str, str], given: argparse.Namespace, runs: Sequence[Run]) -> str:
    """The runs as Markdown."""
    head = [
        f"## {described['when']}, commit {described['commit']}",
        "",
        f"{described['machine']}, Python {described['python']}. The last evening of a contest: {given.rate:g} people "
        f"start each second for {given.seconds:g} s, each saves {given.saves} answers within {given.attempt:g} s and "
        f"hands in; ten questions; {given.players_processes} players' process"
        f"{'es' if given.players_processes > 1 else ''}, every phone with a connection of its own.",
        "",
        f"    {described['command']}",
        "",
    ]
    if given.note:
        head += [given.note, ""]
    head += [f"| database | {' | '.join(run.database for run in runs)} |", "|---|" + "---:|" * len(runs)]
    rows = [
        ("load average before / after", [f"{run.load[0]:.1f} / {run.load[1]:.1f}" for run in runs]),
        ("started / handed in", [f"{run.figures['started']:,} / {run.figures['submitted']:,}" for run in runs]),
        ("answers acknowledged / lost", [f"{run.figures['saved']:,} / {run.figures['lost']:,}" for run in runs]),
    ]
    for kind in KINDS:
        keys = [f"{kind}_{name}_ms" for name in ("p50", "p99", "max")]
        values = [" / ".join(f"{run.figures[key]:,.0f}" for key in keys) for run in runs]
        rows.append((f"{kind}, p50 / **p99** / max ms", values))
    rows.append(("**CPU µs per attempt, whole tree**", [f"**{run.cpu_us():,.0f}**" for run in runs]))
    parts = sorted({part for run in runs for part in run.cpu_s}, key=lambda part: -max(r.cpu_us(part) for r in runs))
    rows += [(f"– of it {part}", [f"{run.cpu_us(part):,.0f}" for run in runs]) for part in parts]
    per_request = [f"{run.cpu_us() / (given.saves + 2):,.0f}" for run in runs]
    rows += [
        ("CPU µs per request, whole tree", per_request),
        ("connections / requests sent again", [f"{r.figures['connects']:,} / {r.figures['sent_again']}" for r in runs]),
        ("lateness of the swarm's own process, p99 ms", [f"{run.figures['driver_lag_p99_ms']}" for run in runs]),
    ]
    return "\n".join([*head, *(f"| {name} | {' | '.join(values)} |" for name, values in rows), "", LIMITS])


def _described(command: Sequence[str]) -> dict[str, str]:
    found = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=HERE)
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": found.stdout.strip() or "unknown",
        "machine": f"{os.cpu_count()} cores, Linux {machine.release()}, {machine.machine()}",
        "python": machine.python_version(),
        "command": "python -m loadtests.contest_scenario " + " ".join(command),
    }


def options() -> argparse.ArgumentParser:
    """What may be typed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.contest_scenario", description=__doc__)
    parser.add_argument("--rate", type=float, default=300.0, help="starts a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--attempt", type=float, default=180.0, help="seconds from a start to handing in")
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument("--processes", type=int, default=1, help="of the swarm")
    parser.add_argument("--players-processes", type=int, default=1)
    parser.add_argument("--database-url", help="a run on this empty PostgreSQL database")
    parser.add_argument("--no-sqlite", action="store_true", help="no run on the embedded database")
    parser.add_argument("--also-pid", type=int, action="append", default=[], help="count this process and its children")
    parser.add_argument("--players-port", type=int, default=0)
    parser.add_argument("--admin-port", type=int, default=0)
    parser.add_argument("--note", default="", help="a sentence for the record")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code is 0 when nothing was lost."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    given = options().parse_args(typed)
    databases = [("PostgreSQL", given.database_url)] if given.database_url else []
    if not given.no_sqlite:
        databases.append(("SQLite", ""))
    runs = []
    try:
        for name, url in databases:
            more = {"HOITHI_PLAYERS_PROCESSES": str(given.players_processes)}
            more |= {"HOITHI_DATABASE_URL": url} if url else {}
            with tempfile.TemporaryDirectory(prefix="hoithi-load-") as folder:
                ports = {"players_port": given.players_port, "admin_port": given.admin_port}
                with running(Path(folder), more=more, **ports) as server:
                    runs.append(measure(server, name, given, more))
            sys.stderr.write(f"{name} {json.dumps(runs[-1].figures)}\n")
    except TrialFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    text = entry(_described(_told(typed)), given, runs)
    sys.stdout.write(text)
    if not given.no_record:
        write(given.results, text)
    return 0 if all(run.held for run in runs) else 1


def _told(typed: Sequence[str]) -> list[str]:
    """The command as it may be written down: no URL with its password, no process number, no path, no note twice."""
    kept: list[str] = []
    words = iter(typed)
    for word in words:
        name, has_value, _ = word.partition("=")
        if name in ("--database-url", "--also-pid", "--results", "--note"):
            if not has_value:
                next(words, None)
            kept += {"--database-url": ["--database-url=$URL"], "--also-pid": ["--also-pid=$POSTMASTER"]}.get(name, [])
        else:
            kept.append(word)
    return kept


if __name__ == "__main__":
    sys.exit(main())
