"""Measures the provisional boards of a contest of a whole province: `python -m loadtests.contest_board_bench`.

Writes boards of 534,881 people (a province's digital literacy week) in an empty Redis and asks for ranks. Never part of
the platform; unlike the other load tests it calls the library itself, for boards have no wire of their own.
"""

import argparse
import asyncio
import random
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from loadtests.results import write
from loadtests.scenario import _described
from scoring import contest_board
from scoring.contest_board import Placed

HERE = Path(__file__).resolve().parent
PEOPLE = 534_881
CONTEST = 1
ASKED = 2_000
NAME = "python -m loadtests.contest_board_bench"


def crowd(people: int, seed: int = 7) -> list[tuple[Placed, str, str]]:
    """People with score, time, commune and group; two in five have full marks, as in large contests."""
    dice = random.Random(seed)
    made = []
    for _ in range(people):
        score = 10 if dice.random() < 0.43 else dice.randint(0, 9)
        placed = Placed(secrets.token_urlsafe(16), score, int(dice.triangular(20_000, 600_000, 180_000)))
        made.append((placed, str(24_000 + int(dice.paretovariate(1.2)) % 102), "abcd"[dice.randrange(4)]))
    return made


async def measure(redis: Redis, people: int) -> list[tuple[str, str]]:
    """The rows of the record."""
    made = crowd(people)

    async def places() -> AsyncIterator[tuple[str, Placed]]:
        for placed, commune, group in made:
            yield "r1", placed
            yield f"r1:commune:{commune}", placed
            yield f"r1:group:{group}", placed

    async def only_all() -> AsyncIterator[tuple[str, Placed]]:
        for placed, _, _ in made:
            yield "r1", placed

    empty = await _memory(redis)
    await contest_board.replace(redis, CONTEST, only_all(), "0")
    one = await _memory(redis)
    await contest_board.drop(redis, CONTEST)
    began = time.perf_counter()
    await contest_board.replace(redis, CONTEST, places(), "0")
    written_s = time.perf_counter() - began
    every = await _memory(redis)
    asked = [placed.entry for placed, _, _ in random.Random(1).sample(made, min(ASKED, people))]
    await redis.config_resetstat()
    ranks = await _timed(asked, lambda entry: contest_board.rank_of(redis, CONTEST, "r1", entry))
    inside = await _inside(redis)
    around = await _timed(asked, lambda entry: contest_board.around(redis, CONTEST, "r1", entry, 2))
    top = await _timed(asked[:200], lambda _: contest_board.top(redis, CONTEST, "r1", 100))
    began = time.perf_counter()
    batch = [placed for placed, _, _ in made[:1500]]
    await contest_board.update(redis, CONTEST, {"r1": batch, "r1:commune:24000": batch, "r1:group:a": batch})
    updated_ms = (time.perf_counter() - began) * 1000
    return [
        ("people", f"{people:,}"),
        ("memory, one board, MB", f"{(one - empty) / 1e6:.0f}"),
        ("memory, boards of all, by commune and by group, MB", f"{(every - empty) / 1e6:.0f}"),
        ("all boards written anew, s", f"{written_s:.1f}"),
        ("**rank of one, p50 / p99 ms**", f"**{_quantile(ranks, 0.5):.2f} / {_quantile(ranks, 0.99):.2f}**"),
        ("– of it inside the server, mean µs", f"{inside:.0f}"),
        ("one with two neighbours on either side, p50 / p99 ms", _shown(around)),
        ("top 100, p50 / p99 ms", _shown(top)),
        ("a beat of 1,500 papers on three boards, ms", f"{updated_ms:.0f}"),
    ]


async def _timed(asked: Sequence[str], call: Any) -> list[float]:
    times = []
    for entry in asked:
        began = time.perf_counter()
        await call(entry)
        times.append((time.perf_counter() - began) * 1000)
    return times


def _quantile(times: Sequence[float], share: float) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[round(share * 100) - 1]


def _shown(times: Sequence[float]) -> str:
    return f"{_quantile(times, 0.5):.2f} / {_quantile(times, 0.99):.2f}"


async def _memory(redis: Redis) -> int:
    await asyncio.sleep(1)  # what was unlinked is freed in the background
    return int((await redis.info("memory"))["used_memory"])


async def _inside(redis: Redis) -> float:
    stats = await redis.info("commandstats")
    return float(stats["cmdstat_evalsha"]["usec_per_call"])


async def run(url: str, people: int) -> tuple[list[tuple[str, str]], str]:
    """Measures on an empty server, and leaves it empty."""
    redis = Redis.from_url(url)
    try:
        if await redis.dbsize():
            raise SystemExit("this Redis is not empty")
        server = await redis.info("server")
        rows = await measure(redis, people)
        await contest_board.drop(redis, CONTEST)
        valkey = server.get("valkey_version")
        return rows, f"Valkey {valkey}" if valkey else f"Redis {server['redis_version']}"
    finally:
        await redis.aclose()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument("--redis-url", required=True, help="an empty server, e.g. unix:///tmp/bench.sock")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    given = parser.parse_args(arguments)
    about = _described([]) | {"command": f"{NAME} --redis-url $URL --people {given.people}"}
    rows, server = asyncio.run(run(given.redis_url, given.people))
    lines = [
        f"## {about['when']}, commit {about['commit']}",
        "",
        f"{about['machine']}, Python {about['python']}, load before {about['load']}. The boards of a contest in "
        f"{server} on a unix socket, asked one question at a time.",
        "",
        f"    {about['command']}",
        "",
        "| figure | value |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
        "Not measured here: a network between the processes, many asking at once, a Redis with other work.",
        "",
    ]
    text = "\n".join(lines)
    sys.stdout.write(text)
    if not given.no_record:
        write(given.results, text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
