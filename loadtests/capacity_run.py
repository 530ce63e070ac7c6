"""One case of the table of capacity: a platform, a round of so many phones, and what all that cost.

Uses the published commands, the admin HTTP interface and the metrics only; never judges.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests import usage
from loadtests.trial import Platform, TrialFailed, make_questions, running

HERE = Path(__file__).resolve().parent
IDLE_S = 3.0
READING_S = 1
SILENT_EVERY = 200
"""One phone in so many never answers: it sees the question stop, and keeps it from stopping before the host says so."""
JOINS_PER_S = 310.0
"""Offered to each players' process: a little more than it admits for long."""
PAUSE_S = 0.4


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: so many phones on this database behind so many players' processes."""

    phones: int
    database: str
    gateways: int

    def __str__(self) -> str:
        return f"{self.phones:,} phones, {self.database}, {self.gateways} gateways"


@dataclass(frozen=True, slots=True)
class Measured:
    """`cpu_s` by part over the questions alone, `idle_cpu` processors busy before anybody came."""

    case: Case
    figures: Mapping[str, Any]
    stored: int
    cpu_s: Mapping[str, float]
    idle_cpu: float
    questions: int
    seconds: float
    joins_cpu_s: float
    rss_kib: int
    """What the players' processes grew by with everybody connected."""
    sent: Mapping[str, float] = field(default_factory=dict)
    """Processor µs of the gateways for each picture handed to a phone, by phase."""

    @property
    def held(self) -> bool:
        """Whether everybody joined, nothing was lost, and SQL holds exactly what was confirmed."""
        figures = self.figures
        wrong = figures["lost"] or figures["double"] or figures["altered"] or self.stored != figures["answered"]
        return figures["joined"] == self.case.phones and not wrong

    @property
    def units(self) -> int:
        return self.case.phones * self.questions

    def cpu_us(self, part: str | None = None) -> float:
        """Processor µs for each phone and question, of a part or the whole tree."""
        cpu_s = sum(self.cpu_s.values()) if part is None else self.cpu_s.get(part, 0.0)
        return cpu_s / self.units * 1e6

    @property
    def idle_us(self) -> float:
        """The part of `cpu_us` that would have been spent with nobody there."""
        return self.idle_cpu * self.seconds / self.units * 1e6


def measure(
    case: Case,
    folder: Path,
    settings: Mapping[str, str],
    pids: tuple[int, ...],
    *,
    questions: int,
    spread_s: float,
    sources: tuple[str, ...],
) -> Measured:
    """Plays the round of a case. `pids` are processes to count besides the platform's. Raises TrialFailed."""
    more = {
        **settings,
        "HOITHI_PLAYERS_PROCESSES": str(case.gateways),
        "HOITHI_MAX_CONNECTIONS": str(max(15_000, case.phones + 100)),
    }
    with running(folder, more=more) as server:

        def costs() -> list[usage.Cost]:
            return usage.tree(server.process.pid, *pids)

        round_id, code = server.make_round(make_questions(questions), reading_seconds=READING_S)
        empty = costs()
        time.sleep(IDLE_S)
        idle = costs()
        rate = JOINS_PER_S * case.gateways
        swarm = _start_swarm(server, code, case.phones, questions, spread_s, rate, sources)
        try:
            _wait_online(server, round_id, case.phones, swarm, rate)
            time.sleep(1.0)
            joined = costs()
            handed = _handed(server)
            began = time.monotonic()
            for number in range(1, questions + 1):
                _play(server, round_id, number, spread_s)
            seconds = time.monotonic() - began
            spent = usage.spent(usage.cpu_by_part(joined), usage.cpu_by_part(costs()))
            sent = _each(handed, _handed(server))
            server.command(round_id, "finish")
            out, _ = swarm.communicate(timeout=120)
        finally:
            if swarm.poll() is None:
                swarm.kill()
                swarm.wait()
        answers = server.stored(round_id)
    slots = {(answer["question"], answer["seat"]) for answer in answers}
    if len(slots) != len(answers):
        raise TrialFailed("an answer is stored twice")
    return Measured(
        case=case,
        figures=json.loads(out),
        stored=len(slots),
        cpu_s=spent,
        idle_cpu=sum(usage.spent(usage.cpu_by_part(empty), usage.cpu_by_part(idle)).values()) / IDLE_S,
        questions=questions,
        seconds=seconds,
        joins_cpu_s=sum(usage.spent(usage.cpu_by_part(idle), usage.cpu_by_part(joined)).values()),
        rss_kib=usage.rss_kib(joined, "players") - usage.rss_kib(idle, "players"),
        sent=sent,
    )


def _play(server: Platform, round_id: int, number: int, spread_s: float) -> None:
    """One question from the reading to the standings after it."""
    server.command(round_id, "next")
    time.sleep(READING_S + spread_s + PAUSE_S)
    server.wait_phase(round_id, "open", within_s=10, every_s=0.2)
    server.command(round_id, "close")
    server.wait_phase(round_id, "revealed", within_s=30, every_s=0.5)
    time.sleep(PAUSE_S)
    server.command(round_id, "next")  # The standings, or after the last question the podium.
    time.sleep(PAUSE_S)


def _start_swarm(
    server: Platform,
    code: str,
    phones: int,
    questions: int,
    spread_s: float,
    rate: float,
    sources: tuple[str, ...],
) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "loadtests.swarm", "--url", server.socket_url, "--code", code, "--json"]
    command += ["--phones", str(phones), "--spread", str(spread_s), "--join-rate", str(rate)]
    command += ["--silent-every", str(SILENT_EVERY), "--timeout", str(int(3 * phones / rate + questions * 60 + 120))]
    if sources:
        command += ["--source-addresses", ",".join(sources)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)


def _wait_online(server: Platform, round_id: int, phones: int, swarm: "subprocess.Popen[str]", rate: float) -> None:
    until = time.monotonic() + 3 * phones / rate + 60
    time.sleep(phones / rate)
    while (online := server.look(round_id)["online"]) < phones:
        if swarm.poll() is not None or time.monotonic() > until:
            raise TrialFailed(f"only {online} of {phones} phones came")
        time.sleep(0.5)


_FIGURE = re.compile(r'^hoithi_fanout_(cpu_seconds|pictures)_total\{phase="(\w+)"\} (\S+)$', re.MULTILINE)


def _handed(server: Platform) -> dict[tuple[str, str], float]:
    """Seconds and pictures handed to phones so far, by phase, as the metrics tell."""
    exposed = server.call("GET", "/metrics").decode()
    return {(what, phase): float(value) for what, phase, value in _FIGURE.findall(exposed)}


def _each(before: Mapping[tuple[str, str], float], after: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """µs for each picture, by phase."""
    spent = {key: value - before.get(key, 0.0) for key, value in after.items()}
    phases = [phase for what, phase in spent if what == "pictures" and spent[what, phase]]
    return {phase: spent["cpu_seconds", phase] / spent["pictures", phase] * 1e6 for phase in phases}
