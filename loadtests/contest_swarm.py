"""The last evening of a contest: `python -m loadtests.contest_swarm` lets people start, save and hand in at a rate.

Needs a running platform and a file with one entrant's session secret on each line (`python -m admin.contest_crowd`
makes both people and file). Ends with 0 when everybody handed in and nothing acknowledged is missing. Connects to the
named host only.
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
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from loadtests.contest_entrant import Entrant, Plan, Tally
from loadtests.figures import table

LAG_EVERY_S = 0.05


def options() -> argparse.ArgumentParser:
    """What may be typed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.contest_swarm", description=__doc__)
    parser.add_argument("--url", required=True, help="http://HOST:PORT of the players' server")
    parser.add_argument("--slug", required=True, help="the contest's address")
    parser.add_argument("--sessions", type=Path, required=True, help="one session secret a line, one person each")
    parser.add_argument("--rate", type=float, default=300.0, help="starts a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long people keep starting")
    parser.add_argument("--attempt", type=float, default=180.0, help="seconds from a start to handing in")
    parser.add_argument("--saves", type=int, default=20, help="answers saved in each attempt")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    return parser


async def _run(plan: Plan, cookies: Sequence[str], rate: float, seed: int) -> Tally:
    tally, rng = Tally(), random.Random(seed)
    loop = asyncio.get_running_loop()
    left = len(cookies)
    over = asyncio.Event()

    def done() -> None:
        nonlocal left
        left -= 1
        if not left:
            over.set()

    async def watch() -> None:
        while True:
            due = loop.time() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            tally.lag_ms.append((loop.time() - due) * 1000)

    began = loop.time()
    for number, cookie in enumerate(cookies):
        loop.call_at(began + number / rate, Entrant(plan, cookie, tally, rng, done).begin)
    watcher = asyncio.create_task(watch())
    try:
        async with asyncio.timeout(len(cookies) / rate + plan.attempt_s + 120):
            await over.wait()
    except TimeoutError:
        tally.errors["never_ended"] += left
    finally:
        watcher.cancel()
    return tally


def play(part: tuple[Plan, list[str], float, int]) -> Tally:
    """One process's share."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(*part))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code."""
    parser = options()
    given = parser.parse_args(arguments)
    parts = urlsplit(given.url)
    if parts.scheme != "http" or not parts.hostname:
        parser.error("--url: http://HOST:PORT")
    people = int(given.rate * given.seconds)
    cookies = given.sessions.read_text("utf-8").split()[:people]
    if len(cookies) < people:
        parser.error(f"--sessions: {people} are needed, {len(cookies)} are there")
    plan = Plan(parts.hostname, parts.port or 80, given.slug, given.attempt, given.saves)
    began = time.monotonic()
    count = max(1, given.processes)
    shares = [(plan, cookies[one::count], given.rate / count, given.seed + one) for one in range(count)]
    if count == 1:
        total = play(shares[0])
    else:
        total = Tally()
        with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
            for tally in pool.map(play, shares):
                total.add(tally)
    times = os.times()
    figures = {
        "people": people,
        **total.report(),
        "seconds": round(time.monotonic() - began, 1),
        "driver_cpu_s": round(times.user + times.system + times.children_user + times.children_system, 1),
    }
    sys.stdout.write((json.dumps(figures) if given.json else table(figures)) + "\n")
    return 0 if total.submitted == people and not total.lost else 1


if __name__ == "__main__":
    sys.exit(main())
