"""Measures the movement's ledger and counts: `python -m loadtests.facts_bench --database-url $URL --facts 1000000`.

Fills an empty database with a province's facts (102 communes, 100 days, three facts a person), counts them, and asks
what dashboards ask. Never part of the platform; like the bench of boards it calls the library itself.
"""

import argparse
import asyncio
import gc
import itertools
import random
import resource
import sqlite3
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from contest import units
from contest.clock import SystemClock
from contest.database import Database
from contest.migrations.run import upgrade_async
from contest.provincial.local_time import at_local
from contest.provincial.rules import TargetGroup
from contest.skills import Skill
from contest.statistics import campaigns, cells, counting, ledger, rebuild, rollups
from contest.statistics.contributions import Definition
from contest.statistics.facts import Fact, FactKind, person_of_guest
from contest.statistics.verify import verify
from loadtests.results import write
from loadtests.scenario import _described

HERE = Path(__file__).resolve().parent
NAME = "python -m loadtests.facts_bench"
FIRST = date(2026, 8, 1)
DAYS = [(FIRST + timedelta(days=n)).isoformat() for n in range(100)]
VILLAGES = 2_400
_COLUMNS = (
    "id", "xid", "kind", "source", "occurred_at", "day", "recorded_at", "person", "headcount", "commune", "village_id",
    "target_group", "age_band", "skills", "passed", "channel", "recorded_by", "festival_id", "release_at", "voids",
)  # fmt: skip
_KINDS = ((FactKind.CHECKIN, 22), (FactKind.CONTEST_ATTEMPT, 30), (FactKind.SKILL, 16), (FactKind.GUIDANCE, 10),
          (FactKind.LIVE_ROUND, 6), (FactKind.SKILL_QUIZ, 6), (FactKind.BOOTH, 6), (FactKind.TRAINING, 4))  # fmt: skip
_SKILLED = {FactKind.SKILL, FactKind.SKILL_QUIZ, FactKind.GUIDANCE, FactKind.TRAINING}
ASKED = 40


class Province:
    """People with a commune, a village, a group and an age, and what they do on which day."""

    def __init__(self, communes: Sequence[str], people: int, seed: int = 7) -> None:
        self._dice = random.Random(seed)
        sizes = [self._dice.paretovariate(1.6) for _ in communes]
        self._homes = self._dice.choices(communes, sizes, k=9_973)
        self._groups = self._dice.choices([*map(str, TargetGroup), None], k=997)
        self._ages = self._dice.choices(["u16", "16-17", "18-59", "60+", None], [12, 8, 60, 15, 5], k=499)
        self._kinds = [kind for kind, share in _KINDS for _ in range(share)]
        self._days = self._dice.choices(
            range(100), [1 + (n % 7 > 4) + 3 * (n in (20, 55, 90)) for n in range(100)], k=1 << 16
        )
        self._skills = [str(one) for one in Skill]
        self._communes = list(communes)
        self.people = people

    def row(self, number: int) -> tuple[Any, ...]:
        """One line of the ledger; every twentieth is a count of heads, every two-hundredth takes another back."""
        dice = self._dice
        day = DAYS[self._days[dice.getrandbits(16)]]
        at = 1_785_000_000_000 + number
        if number % 200 == 0 and number > 1_000:
            return (
                number, 0, "void", str(number - 999), at, day, at, None, 1, None, None, None, None, "", None, "staff",
                "system", None, 0, number - 999,
            )  # fmt: skip
        kind = self._kinds[int(dice.random() * 100)]
        someone = int(dice.random() * self.people)
        nobody = number % 20 == 0
        commune = self._homes[someone % 9_973]
        village = None
        if dice.random() < 0.4:
            village = 1 + self._communes.index(commune) * (VILLAGES // 102) + someone % (VILLAGES // 102)
        skill = self._skills[int(dice.random() * 5)] if kind in _SKILLED else ""
        return (
            number, 0, str(kind), str(number), at, day, at, None if nobody else 2 * someone + 3,
            1 + number % 90 if nobody else 1, commune, village, self._groups[someone % 997],
            self._ages[someone % 499], skill, True if kind == FactKind.SKILL_QUIZ else None, "qr", "system",
            1 if kind == FactKind.CHECKIN else None, 0, None,
        )  # fmt: skip

    def fact(self, number: int) -> Fact:
        """The same as somebody's new deed, to be recorded the usual way."""
        row = self.row(number * 200 + 1)
        return Fact(
            FactKind(row[2]), f"new:{number}", at_local(date.fromisoformat(row[5]), 9),
            person=person_of_guest(row[7] // 2),
            commune=row[9], village_id=row[10], target_group=row[11], age_band=row[12], passed=row[14],
            skills=(Skill(row[13]),) if row[13] else (),
        )  # fmt: skip


async def fill(db: Database, province: Province, facts: int) -> None:
    """The ledger and the stream as if all had been counted one by one; the cells stay empty."""
    rows = (province.row(number) for number in range(1, facts + 1))
    if db.sqlite_writer is not None:
        for batch in _batches(rows, 50_000):
            await db.sqlite_writer.run(lambda connection, batch=batch: _into_sqlite(connection, batch))  # type: ignore[misc]
    else:
        async with db.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            for batch in _batches(rows, 100_000):
                await driver.copy_records_to_table("participation_facts", records=batch, columns=_COLUMNS)
            await driver.execute(
                "SELECT setval(pg_get_serial_sequence('participation_facts', 'id'), $1)", facts, timeout=600
            )
            for first in range(0, facts, 500_000):
                until = min(first + 500_000, facts)
                query = "INSERT INTO fact_stream SELECT n, n, 0 FROM generate_series($1::bigint, $2::bigint) AS n"
                await driver.execute(query, first + 1, until, timeout=600)
            for table in ("participation_facts", "fact_stream"):
                await driver.execute(f"VACUUM ANALYZE {table}", timeout=3600)
    async with db.write() as writer:
        await writer.execute(
            text(
                "INSERT INTO rollup_state (id, version, xid, fact_id, seq, generation, definition, updated_at) "
                "VALUES (1, 1, 0, :n, :n, 1, :nothing, 0)"
            ),
            {"n": facts, "nothing": Definition().text()},
        )


def _batches(rows: Iterator[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(itertools.islice(rows, size)):
        yield batch


def _into_sqlite(connection: sqlite3.Connection, batch: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(_COLUMNS))
    connection.executemany(f"INSERT INTO participation_facts ({', '.join(_COLUMNS)}) VALUES ({marks})", batch)
    connection.executemany("INSERT INTO fact_stream VALUES (?, ?, 0)", [(row[0], row[0]) for row in batch])


async def measure(db: Database, facts: int, check: bool) -> list[tuple[str, str]]:
    """The rows of the record."""
    clock = SystemClock()
    async with db.write() as writer:
        await units.seed(writer)
        campaign = await campaigns.add(writer, "100 ngày", DAYS[0], DAYS[-1], actor="system", now_ms=clock.wall_ms())
    async with db.read() as reader:
        communes = list((await reader.execute(text("SELECT code FROM units ORDER BY code"))).scalars())
    province = Province(communes, max(1, facts // 3))
    began = time.perf_counter()
    await fill(db, province, facts)
    filled_s = time.perf_counter() - began
    began = time.perf_counter()
    await rebuild.rebuild(db, clock)
    rebuilt_s = time.perf_counter() - began
    rows = [
        ("facts / people / communes / days", f"{facts:,} / {province.people:,} / {len(communes)} / {len(DAYS)}"),
        ("filled in bulk, s", f"{filled_s:.0f}"),
        ("**all cells counted anew from the ledger, s (facts/s)**", f"**{rebuilt_s:.0f} ({facts / rebuilt_s:,.0f})**"),
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(("– memory at most, MB", f"{peak:,.0f}"))
    async with db.read() as reader:
        stored = await reader.scalar(text("SELECT count(*) FROM rollups")) or 0
    rows.append(("cells", f"{stored:,}"))
    rows += await _writing(db, province, clock)
    # What the rebuild leaves in this process is not a server's: its garbage collector must not look through it.
    rebuild.reckoner.cache_clear()
    gc.collect()
    gc.freeze()
    rows += await _reading(db, communes, campaign)
    if check:
        began = time.perf_counter()
        verdict = await verify(db)
        wrong = [one for one in verdict.differences if one.where != "sources"]
        took = time.perf_counter() - began
        rows.append(("independent recount of all cells, s / differences", f"{took:.0f} / {len(wrong)}"))
    return rows


async def _writing(db: Database, province: Province, clock: SystemClock) -> list[tuple[str, str]]:
    single = [province.fact(n) for n in range(500)]
    began = time.perf_counter()
    for fact in single:
        async with db.write() as writer:
            await ledger.record(writer, [fact], now_ms=clock.wall_ms())
    single_s = time.perf_counter() - began
    many = [province.fact(n) for n in range(500, 20_500)]
    began = time.perf_counter()
    for first in range(0, len(many), 1_000):
        async with db.write() as writer:
            await ledger.record(writer, many[first : first + 1_000], now_ms=clock.wall_ms())
    many_s = time.perf_counter() - began
    began = time.perf_counter()
    counted = await counting.run(db, clock.wall_ms())
    counted_s = time.perf_counter() - began
    latencies = []
    for first in range(20_500, 20_500 + 20 * 100, 100):
        async with db.write() as writer:
            await ledger.record(writer, [province.fact(n) for n in range(first, first + 100)], now_ms=clock.wall_ms())
        began = time.perf_counter()
        await counting.run(db, clock.wall_ms())
        latencies.append((time.perf_counter() - began) * 1000)
    return [
        ("recorded one by one, each its own transaction, facts/s", f"{len(single) / single_s:,.0f}"),
        ("**recorded 1,000 in a transaction, facts/s**", f"**{len(many) / many_s:,.0f}**"),
        ("**counted into stream and cells, facts/s**", f"**{counted / counted_s:,.0f}**"),
        ("100 new facts until they are in every cell, p50 / max ms", f"{statistics.median(latencies):.0f} / "
         f"{max(latencies):.0f}"),
    ]  # fmt: skip


async def _reading(db: Database, communes: Sequence[str], campaign: int) -> list[tuple[str, str]]:
    period, places = cells.campaign(campaign), [cells.commune(one) for one in communes]
    kinds = [cells.kind(kind) for kind, _ in _KINDS]
    one = cells.commune(communes[7])

    async def ask(work: Callable[[Any], Awaitable[Any]]) -> str:
        times = []
        for _ in range(ASKED):
            began = time.perf_counter()
            async with db.read() as reader:
                await work(reader)
            times.append((time.perf_counter() - began) * 1000)
        return f"{statistics.median(times):.1f} / {max(times):.1f}"

    return [
        ("**all communes × all facets of the campaign, p50 / max ms**",
         f"**{await ask(lambda reader: rollups.communes(reader, period))}**"),
        ("all communes, one facet (map, ranking)",
         await ask(lambda reader: rollups.communes(reader, period, cells.EVERYTHING))),
        ("100 days of the province, one facet (trend)",
         await ask(lambda reader: rollups.days(reader, DAYS, cells.PROVINCE, cells.EVERYTHING))),
        ("**100 days of a commune, all kinds**",
         f"**{await ask(lambda r: rollups.read(r, [cells.day(day) for day in DAYS], [one], kinds))}**"),
        ("one day, all communes × all kinds (daily report)",
         await ask(lambda reader: rollups.read(reader, [cells.day(DAYS[55])], places, kinds))),
        ("everything of a commune", await ask(lambda reader: rollups.every_facet(reader, period, one))),
        ("its 23 villages × 3 facets", await ask(
            lambda reader: rollups.villages(reader, period, range(162, 185), ["all", "age:60+", "kind:skill"]))),
    ]  # fmt: skip


async def run(url: str, facts: int, check: bool) -> tuple[list[tuple[str, str]], str]:
    """Measures in an empty database, which is full afterwards."""
    await upgrade_async(url)
    db = Database(url)
    try:
        async with db.read() as reader:
            if await reader.scalar(text("SELECT count(*) FROM participation_facts")):
                raise SystemExit("this database is not empty")
            query = "SELECT sqlite_version()" if db.is_sqlite else "SHOW server_version"
            version = await reader.scalar(text(query))
        return await measure(db, facts, check), f"{'SQLite' if db.is_sqlite else 'PostgreSQL'} {version}"
    finally:
        await db.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument("--database-url", required=True, help="an empty database; it may be thrown away afterwards")
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--verify", action="store_true", help="also recount every cell independently")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--record", action="store_true", help="write an entry on top of RESULTS.md")
    given = parser.parse_args(arguments)
    about = _described([])
    command = f"{NAME} --database-url $URL --facts {given.facts}{' --verify' if given.verify else ''}"
    rows, server = asyncio.run(run(given.database_url, given.facts, given.verify))
    lines = [
        f"## {about['when']}, commit {about['commit']}",
        "",
        f"{about['machine']}, Python {about['python']}, load before {about['load']}. The movement's ledger and counts "
        f"in {server} with its default settings, on the same machine.",
        "",
        f"    {command}",
        "",
        "| figure | value |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
        "Not measured here: many asking at once, other work on the database, a network between the processes.",
        "",
    ]
    entry = "\n".join(lines)
    sys.stdout.write(entry)
    if given.record:
        write(given.results, entry)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
