"""Reproduces the figures: `python -m loadtests.scenario` starts the platform, plays rounds, writes RESULTS.md.

Phones, platform and this program share one machine, so processor time per unit of work says more than any wall clock.
Never overwrites an older entry.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests import usage
from loadtests.results import Run, described, entry, without_secrets, write
from loadtests.trial import Platform, TrialFailed, make_questions, running

HERE = Path(__file__).resolve().parent
IDLE_S = 5.0
READING_S = 1


@dataclass(frozen=True, slots=True)
class Options:
    """What every run of one call has in common."""

    questions: int
    spread_s: float
    join_rate: float
    processes: int | None
    players_port: int
    admin_port: int
    also_pids: tuple[int, ...]


def measure(server: Platform, phones: int, given: Options) -> Run:
    """One round with so many phones. Raises TrialFailed."""

    def costs() -> list[usage.Cost]:
        return usage.tree(server.process.pid, *given.also_pids)

    round_id, code = server.make_round(make_questions(given.questions), reading_seconds=READING_S)
    empty = costs()
    swarm = _start_swarm(server, code, phones, given)
    try:
        _wait_online(server, round_id, phones, swarm, given)
        time.sleep(1.0)
        joined = costs()
        time.sleep(IDLE_S)
        idle = costs()
        sums: dict[str, float] = {}
        for number in range(1, given.questions + 1):
            before = usage.cpu_by_part(costs())
            server.command(round_id, "next")
            if number > 1:  # From revealed to the standings; the next one goes on.
                server.command(round_id, "next")
            time.sleep(READING_S + given.spread_s + 0.3)
            server.wait_phase(round_id, "revealed", within_s=60 + phones / 100, every_s=1.0)
            time.sleep(0.7)
            for name, cpu_s in usage.spent(before, usage.cpu_by_part(costs())).items():
                sums[name] = sums.get(name, 0.0) + cpu_s
        server.command(round_id, "finish")
        out, _ = swarm.communicate(timeout=60)
    finally:
        if swarm.poll() is None:
            swarm.kill()
            swarm.wait()
    figures: dict[str, Any] = json.loads(out)
    answers = server.stored(round_id)
    slots = {(answer["question"], answer["seat"]) for answer in answers}
    if len(slots) != len(answers):
        raise TrialFailed("an answer is stored twice")
    return Run(
        phones=phones,
        figures=figures,
        stored=len(slots),
        joins_cpu_s=sum(usage.spent(usage.cpu_by_part(empty), usage.cpu_by_part(joined)).values()),
        idle_cpu=sum(usage.spent(usage.cpu_by_part(joined), usage.cpu_by_part(idle)).values()) / IDLE_S,
        cpu_s=sums,
        units=phones * given.questions,
        rss_empty_kib=usage.rss_kib(empty, "players"),
        rss_full_kib=usage.rss_kib(idle, "players"),
    )


def _start_swarm(server: Platform, code: str, phones: int, given: Options) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "loadtests.swarm", "--url", server.socket_url, "--code", code, "--json"]
    command += ["--phones", str(phones), "--spread", str(given.spread_s), "--join-rate", str(given.join_rate)]
    if given.processes:
        command += ["--processes", str(given.processes)]
    command += ["--timeout", str(int(phones / given.join_rate + given.questions * 90 + 120))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)


def _wait_online(server: Platform, round_id: int, phones: int, swarm: "subprocess.Popen[str]", given: Options) -> None:
    until = time.monotonic() + 2 * phones / given.join_rate + 60
    time.sleep(phones / given.join_rate)
    while server.look(round_id)["online"] < phones:
        if swarm.poll() is not None or time.monotonic() > until:
            raise TrialFailed(f"only {server.look(round_id)['online']} of {phones} phones came")
        time.sleep(0.5)


def _described(command: Sequence[str]) -> dict[str, str]:
    return described("loadtests.scenario", command)


def options() -> argparse.ArgumentParser:
    """What may be typed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.scenario", description=__doc__)
    parser.add_argument("--phones", default="200,1000,5000", help="sizes, one round each on a fresh platform")
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--spread", type=float, default=3.0)
    parser.add_argument("--join-rate", type=float, default=250.0)
    parser.add_argument("--processes", type=int, help="of the swarm")
    parser.add_argument("--players-processes", type=int, default=1)
    parser.add_argument("--database-url", help="PostgreSQL instead of the embedded SQLite; an empty database")
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
    shared = Options(
        questions=given.questions,
        spread_s=given.spread,
        join_rate=given.join_rate,
        processes=given.processes,
        players_port=given.players_port,
        admin_port=given.admin_port,
        also_pids=tuple(given.also_pid),
    )
    more = {"HOITHI_PLAYERS_PROCESSES": str(given.players_processes)}
    if given.database_url:
        more["HOITHI_DATABASE_URL"] = given.database_url
    about = _described(without_secrets(typed))
    runs = []
    try:
        for phones in (int(size) for size in given.phones.split(",")):
            with tempfile.TemporaryDirectory(prefix="hoithi-load-") as folder:
                ports = (shared.players_port, shared.admin_port)
                with running(Path(folder), more=more, players_port=ports[0], admin_port=ports[1]) as server:
                    runs.append(measure(server, phones, shared))
            sys.stderr.write(f"{json.dumps(runs[-1].figures)}\n")
    except TrialFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    database = "PostgreSQL" if given.database_url else "embedded SQLite"
    about["load"] += f", after {os.getloadavg()[0]:.1f}"
    text = entry(about, database, given.players_processes, given.questions, given.spread, runs, given.note)
    sys.stdout.write(text)
    if not given.no_record:
        write(given.results, text)
    return 0 if all(run.held for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
