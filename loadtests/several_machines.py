"""Gateways on several machines share one round: `python -m loadtests.several_machines` (as root: network namespaces).

A bridge; PostgreSQL, a Redis Cluster of 3 masters and 3 replicas, the admin server and two workers in one namespace; a
players' server in each gateway's; the phones in another. In the middle of it one gateway's cable is pulled for five
seconds, one master of Redis is killed and started again. Everything that was told to anybody must be what SQL holds.
"""

import argparse
import contextlib
import json
import os
import platform as machine
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from loadtests import usage
from loadtests.machines import Machines, running
from loadtests.namespaces import Place, site
from loadtests.redis_nodes import Cluster, Server, dies_with, wait_for
from loadtests.results import write
from loadtests.told import differences, skew_ms
from loadtests.trial import TrialFailed, make_questions

HERE = Path(__file__).resolve().parent
CUT_S = 5.0
READING_S = 1
QUIET, CUT, KILLED, AGAIN = 1, 2, 3, 4
"""What happens in which question: nothing; a gateway is cut off; a master of Redis dies; it comes back as a replica."""
QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class Options:
    """Of one run."""

    gateways: int
    phones: int
    witnesses: int
    spread_s: float
    join_rate: float


@dataclass
class Outcome:
    """What one run gave."""

    real: bool
    figures: list[dict[str, Any]]
    """Of the swarm at each gateway."""
    told: list[list[dict[str, Any]]]
    """By the witnesses at each gateway."""
    answers: list[dict[str, Any]]
    standings: list[dict[str, Any]]
    questions_s: dict[int, float]
    """From the command to the reveal."""
    failover_s: float
    cpu_s: dict[str, float]
    notes: list[str]


def play(machines: Machines, given: Options) -> Outcome:
    """One round. Raises TrialFailed."""
    server = machines.platform
    questions = make_questions(QUESTIONS)
    round_id, code = server.make_round(questions, reading_seconds=READING_S)
    # Where this room's channel and board are: the master that hurts most.
    channel = f"hoithi:{{{round_id}}}:room"
    notes: list[str] = []
    crowds = [_start(machines, place, code, given) for place in machines.gateways]
    everybody = given.gateways * (given.phones + given.witnesses)
    took: dict[int, float] = {}
    failover_s = 0.0
    victim: Server | None = None
    try:
        _wait_joined(machines, round_id, everybody, given)
        before = usage.cpu_by_part(_costs(machines))
        for number in range(1, QUESTIONS + 1):
            began = time.monotonic()
            if number == KILLED:
                # Before anything is said: the question opens while nobody answers for the room's slots.
                victim = machines.redis.owner(channel)
                victim.kill()
            server.command(round_id, "next")
            if number > 1:
                server.command(round_id, "next")
            server.wait_phase(round_id, "open", within_s=20, every_s=0.05)
            if number == CUT and machines.site.real:
                _cut_off(machines.gateways[-1])
            elif number == KILLED:
                failover_s = _wait_new_master(machines.redis, victim, channel, began)
            elif number == AGAIN and victim is not None:
                victim.start()
            server.wait_phase(round_id, "revealed", within_s=90, every_s=0.1)
            took[number] = round(time.monotonic() - began, 1)
            time.sleep(2.0)
        cpu_s = usage.spent(before, usage.cpu_by_part(_costs(machines)))
        server.command(round_id, "finish")
        figures, told = [], []
        for swarm, witness in crowds:
            figures.append(json.loads(_said(swarm)))
            told.append(json.loads(_said(witness)))
    finally:
        for pair in crowds:
            for process in pair:
                if process.poll() is None:
                    process.kill()
                    process.wait()
    wait_for("the cluster's recovery", machines.redis.healthy, 30)
    if not machines.site.real:
        notes.append("No gateway was cut off: there are no namespaces.")
    limit = everybody + 10
    standings = json.loads(server.call("GET", f"/api/rounds/{round_id}/standings?limit={limit}"))
    return Outcome(
        machines.site.real, figures, told, server.stored(round_id), standings, took, failover_s, cpu_s, notes
    )


def _start(machines: Machines, gateway: Place, code: str, given: Options) -> "tuple[subprocess.Popen[str], ...]":
    phones = machines.site["phones"]
    common = ["--url", machines.socket_url(gateway), "--code", code, "--spread", str(given.spread_s)]
    rate = ["--join-rate", str(given.join_rate), "--timeout", "900", "--json"]
    swarm = [sys.executable, "-m", "loadtests.swarm", *common, "--phones", str(given.phones), *rate]
    witness = [sys.executable, "-m", "loadtests.witness", *common, "--phones", str(given.witnesses)]
    witness += ["--timeout", "900", "--seed", str(hash(gateway.name) % 10_000)]
    return tuple(
        subprocess.Popen(
            [*phones.prefix, *command],
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE.parent,
            preexec_fn=dies_with(os.getpid()),
        )
        for command in (swarm, witness)
    )


def _said(process: "subprocess.Popen[str]") -> str:
    out, _ = process.communicate(timeout=90)
    if not out.strip():
        raise TrialFailed(f"{process.args!r} said nothing")
    return out


def _costs(machines: Machines) -> list[usage.Cost]:
    pids = [process.pid for process in machines.processes.values()]
    pids += [one.process.pid for one in machines.redis.living() if one.process is not None]
    return usage.tree(*pids)


def _wait_joined(machines: Machines, round_id: int, everybody: int, given: Options) -> None:
    until = time.monotonic() + 60 + 2 * everybody / given.join_rate
    while (seen := machines.platform.look(round_id))["online"] < everybody:
        if time.monotonic() > until:
            raise TrialFailed(f"only {seen['online']} of {everybody} phones came")
        time.sleep(0.5)


def _cut_off(gateway: Place) -> None:
    gateway.cut_off()
    try:
        time.sleep(CUT_S)
    finally:
        gateway.connect()


def _wait_new_master(redis: Cluster, victim: Server | None, channel: str, killed_at: float) -> float:
    wait_for("the new master", lambda: redis.owner(channel) is not victim, 30)
    return round(time.monotonic() - killed_at, 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when nothing was lost and everything told is what SQL holds."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    given = options().parse_args(typed)
    what = Options(given.gateways, given.phones, given.witnesses, given.spread, given.join_rate)
    names = ["services", *(f"gateway{number}" for number in range(1, given.gateways + 1)), "phones"]
    load = os.getloadavg()[0]
    try:
        with (
            _ending_cleanly(),
            site(names, loopback=given.loopback) as places,
            tempfile.TemporaryDirectory(prefix="hoithi-several-") as folder,
        ):
            if not places.real:
                sys.stderr.write(
                    f"NOT SEVERAL MACHINES: {places.why_not}. All parts run on addresses of the loopback instead, and "
                    "no gateway is cut off.\n"
                )
            with running(places, given.gateways, Path(folder)) as machines:
                try:
                    outcome = play(machines, what)
                except BaseException:
                    _keep_logs(Path(folder), given.keep_logs)
                    raise
                _keep_logs(Path(folder), given.keep_logs)
    except (TrialFailed, TimeoutError, RuntimeError) as problem:
        sys.stderr.write(f"{type(problem).__name__}: {problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    wrong = differences(outcome.told, outcome.answers, outcome.standings) + _counted(outcome, what)
    text = entry(outcome, what, wrong, " ".join(typed), load)
    sys.stdout.write(text)
    if not given.no_record:
        write(given.results, text)
    return 1 if wrong else 0


def _counted(outcome: Outcome, given: Options) -> list[str]:
    """What the swarm's own counts say against SQL."""
    wrong = []
    for number, figures in enumerate(outcome.figures, 1):
        if figures["joined"] != given.phones:
            wrong.append(f"gateway {number}: {figures['joined']} of {given.phones} phones joined")
        wrong += [
            f"gateway {number}: {figures[name]} {name}" for name in ("lost", "double", "altered") if figures[name]
        ]
    slots = {(answer["question"], answer["seat"]) for answer in outcome.answers}
    confirmed = sum(figures["answered"] for figures in outcome.figures)
    confirmed += sum(len(_confirmed(one)) for crowd in outcome.told for one in crowd)
    if not len(slots) == len(outcome.answers) == confirmed:
        wrong.append(f"{confirmed} answers confirmed, {len(slots)} stored")
    return wrong


def _confirmed(witness: dict[str, Any]) -> list[str]:
    return [q for q, receipt in witness["receipts"].items() if receipt["status"] in ("accepted", "same", "kept_other")]


def _keep_logs(folder: Path, target: Path | None) -> None:
    if target is not None:
        target.mkdir(parents=True, exist_ok=True)
        for log in folder.glob("*.log"):
            (target / log.name).write_bytes(log.read_bytes())


@contextlib.contextmanager
def _ending_cleanly() -> Iterator[None]:
    """SIGTERM unwinds like Ctrl-C, so that nothing made stays behind."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before: Callable[[int, FrameType | None], Any] | int | None = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def options() -> argparse.ArgumentParser:
    """What may be typed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.several_machines", description=__doc__)
    parser.add_argument("--gateways", type=int, default=2, choices=range(2, 9))
    parser.add_argument("--phones", type=int, default=1000, help="of the swarm, at each gateway")
    parser.add_argument("--witnesses", type=int, default=50, help="phones that remember every word, at each gateway")
    parser.add_argument("--spread", type=float, default=3.0)
    parser.add_argument("--join-rate", type=float, default=100.0, help="joins a second at each gateway")
    parser.add_argument("--loopback", action="store_true", help="as without root: addresses of this machine only")
    parser.add_argument("--keep-logs", type=Path, help="copy the parts' logs there")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    return parser


def entry(outcome: Outcome, given: Options, wrong: Sequence[str], typed: str, load: float) -> str:
    """The run as Markdown."""
    done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=HERE)
    paths = ["scoring", "contest", "realtime", "admin"]
    status = ["git", "status", "--porcelain", "--", *paths]
    dirty = subprocess.run(status, capture_output=True, text=True, cwd=HERE.parent).stdout.strip()
    where = "network namespaces on a bridge" if outcome.real else "**addresses of the loopback, not namespaces**"
    heads = [f"gateway {number}" for number in range(1, given.gateways + 1)]
    rows = [
        ("phones joined", "joined"),
        ("answers confirmed", "answered"),
        ("**answers lost**", "lost"),
        ("taken twice / altered", "double altered"),
        ("confirmation p50 / p99 / max ms", "ack_p50_ms ack_p99_ms ack_max_ms"),
        ("question to all phones p99 / last ms", "fanout_p99_ms fanout_max_ms"),
        ("reconnects / sent again", "reconnects resent"),
    ]
    skews = skew_ms(outcome.told)
    witnesses = sum(map(len, outcome.told))
    lines = [
        f"## {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, several machines, commit "
        f"{done.stdout.strip() or 'unknown'}{' with uncommitted changes' if dirty else ''}",
        "",
        f"{os.cpu_count()} cores, Linux {machine.release()}, Python {machine.python_version()}, load before "
        f"{load:.1f}. {given.gateways} gateways, PostgreSQL, a Redis Cluster of 3 + 3, admin, 2 workers and the phones "
        f"in {where}; {given.phones:,} phones of the swarm and {given.witnesses} witnesses at each gateway, "
        f"{QUESTIONS} questions.",
        "",
        f"    python -m loadtests.several_machines {typed}".rstrip(),
        "",
        f"| | {' | '.join(heads)} |",
        "|---|" + "---:|" * len(heads),
    ]
    for name, keys in rows:
        values = [" / ".join(f"{figures[key]:,}" for key in keys.split()) for figures in outcome.figures]
        lines.append(f"| {name} | {' | '.join(values)} |")
    cut = f"In question {CUT} the cable of gateway {given.gateways} was out for {CUT_S:.0f} s. " if outcome.real else ""
    lines += [
        "",
        f"Stored in SQL: {len(outcome.answers):,}. What {witnesses} witnesses were told (every receipt, result and "
        f"final place) against SQL: {len(wrong)} differences.",
        "",
        f"{cut}Question {KILLED} was opened right after the Redis master of this room had been killed; another one "
        f"served its slots {outcome.failover_s} s later; in question {AGAIN} it came back as a replica. From the "
        "command to the reveal, s: "
        + ", ".join(f"{number}: {seconds}" for number, seconds in outcome.questions_s.items())
        + ".",
        "",
        "The first witness of the last gateway saw a question later than that of the first by, ms: "
        + ", ".join(f"{number}: {value}" for number, value in skews.items())
        + ". CPU seconds during the questions: "
        + ", ".join(f"{part} {cpu:.1f}" for part, cpu in sorted(outcome.cpu_s.items(), key=lambda item: -item[1]))
        + ".",
        *(["", *outcome.notes] if outcome.notes else []),
        *(["", "**Wrong:**", "", *(f"- {one}" for one in wrong[:20])] if wrong else []),
        "",
        "Not measured here: real cables and switches, machines with clocks and processors of their own.",
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
