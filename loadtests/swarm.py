"""The fast swarm: `python -m loadtests.swarm` plays a live round with thousands of synthetic phones in few processes.

Prints the figures and ends with 0 when every phone joined and no answer was lost. Connects to the named host only.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import uvloop

from loadtests.crew import Crew, Plan
from loadtests.figures import Tally, report, table

MOST_PHONES = 50_000
MOST_SECONDS = 4 * 3600
PHONES_PER_PROCESS = 6_000
PORTS_PER_SOURCE = 28_000


def options() -> argparse.ArgumentParser:
    """What may be typed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.swarm", description=__doc__)
    parser.add_argument("--url", required=True, help="ws://HOST:PORT/ws of the players' server")
    parser.add_argument("--code", required=True, help="the six digits of the round")
    parser.add_argument("--phones", type=int, required=True)
    parser.add_argument("--processes", type=int, help=f"default: one for each {PHONES_PER_PROCESS} phones")
    parser.add_argument("--join-rate", type=float, default=300.0, help="joins a second, all processes together")
    parser.add_argument("--spread", type=float, default=3.0, help="seconds within which answers come")
    parser.add_argument("--timeout", type=float, default=3600.0, help="seconds after which it ends with what it has")
    parser.add_argument("--questions", type=int, help="end after the results of this question, not with the round")
    parser.add_argument("--think", choices=("honest", "none"), default="honest", help="the claimed time to the tap")
    for name, meaning in (
        ("duplicate", "send an answer twice"),
        ("change", "try another choice after the first"),
        ("late", "try again after the question has stopped"),
        ("impossible", "send a choice that cannot be one"),
        ("drop", "cut the link right after the tap and come back"),
    ):
        parser.add_argument(f"--{name}", type=float, default=0.0, metavar="SHARE", help=f"share that {meaning}")
    parser.add_argument("--silent-every", type=int, default=0, metavar="N", help="one phone in N answers nothing")
    parser.add_argument("--source-addresses", default="", help="local addresses in turn, for more ports")
    parser.add_argument("--seed", type=int, help="repeat a run's random choices")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    return parser


def plan(given: argparse.Namespace) -> Plan:
    """The plan for all phones. Raises ValueError for what cannot be done."""
    parts = urlsplit(given.url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError(f"--url: not a WebSocket address: {given.url}")
    if not 1 <= given.phones <= MOST_PHONES:
        raise ValueError(f"--phones: 1 to {MOST_PHONES}")
    if not 0 < given.timeout <= MOST_SECONDS:
        raise ValueError(f"--timeout: at most {MOST_SECONDS} seconds")
    if given.join_rate <= 0 or given.spread < 0:
        raise ValueError("--join-rate and --spread: more than nothing")
    if not (given.code.isascii() and given.code.isdigit() and len(given.code) == 6):
        raise ValueError("--code: six digits")
    tls = parts.scheme == "wss"
    return Plan(
        host=parts.hostname,
        port=parts.port or (443 if tls else 80),
        path=parts.path or "/ws",
        tls=tls,
        host_header=parts.netloc.rpartition("@")[2],
        code=given.code,
        phones=given.phones,
        first=1,
        join_rate=given.join_rate,
        spread_s=given.spread,
        timeout_s=given.timeout,
        seed=given.seed if given.seed is not None else random.SystemRandom().getrandbits(32),
        think=given.think == "honest",
        questions=given.questions,
        duplicate=given.duplicate,
        change=given.change,
        late=given.late,
        impossible=given.impossible,
        drop=given.drop,
        silent_every=given.silent_every,
        sources=tuple(part.strip() for part in given.source_addresses.split(",") if part.strip()),
    )


def divide(whole: Plan, processes: int) -> list[Plan]:
    """The same phones in `processes` parts, joining at the same rate together."""
    parts = []
    first = whole.first
    for index in range(processes):
        phones = whole.phones // processes + (index < whole.phones % processes)
        rate = whole.join_rate * phones / whole.phones
        parts.append(replace(whole, phones=phones, first=first, join_rate=rate, seed=whole.seed + index))
        first += phones
    return parts


def play(part: Plan) -> Tally:
    """Plays one part in this process."""
    _raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Crew(part).run())


def play_all(whole: Plan, processes: int) -> Tally:
    """Plays in `processes` processes and adds up. With one, in this process."""
    if processes <= 1:
        return play(whole)
    parts = [replace(part, parent=os.getpid()) for part in divide(whole, processes)]
    total = Tally()
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for tally in pool.map(play, parts):
            total.add(tally)
    return total


def _raise_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def passed(tally: Tally) -> bool:
    """Whether every phone joined and no answer was lost, counted twice or altered."""
    return tally.joined == tally.phones and not (tally.lost or tally.double or tally.altered)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code."""
    parser = options()
    given = parser.parse_args(arguments)
    try:
        whole = plan(given)
    except ValueError as problem:
        parser.error(str(problem))
    processes = given.processes or -(-whole.phones // PHONES_PER_PROCESS)
    if not 1 <= processes <= min(64, whole.phones):
        parser.error("--processes: 1 to 64, and no more than phones")
    if whole.phones > PORTS_PER_SOURCE * max(1, len(whole.sources)):
        parser.error("--source-addresses: one address has about 28,000 ports")
    began = time.monotonic()
    tally = play_all(whole, processes)
    reached = max((shown.question or 0 for shown in tally.shown.values()), default=0)
    finished = any(shown.phase in ("finished", "cancelled") for shown in tally.shown.values()) or (
        whole.questions is not None and reached >= whole.questions
    )
    figures = report(tally, finished=finished, seconds=time.monotonic() - began)
    sys.stdout.write((json.dumps(figures) if given.json else table(figures)) + "\n")
    return 0 if passed(tally) else 1


if __name__ == "__main__":
    sys.exit(main())
