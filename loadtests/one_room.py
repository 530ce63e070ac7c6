"""What grows with the seats of one room: `python -m loadtests.one_room --seats 18328,100000,1000000`.

Fills a round in a PostgreSQL and a Redis of its own, closes a question with the platform's own code, and does what
every gateway does then; no sockets. Like the benches of boards and facts it calls the library itself. `sizing` reads
what it writes.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from contest import answering, database, rounds, seats, units
from contest.answering import Arrival
from contest.clock import SystemClock
from contest.database import Database
from contest.ids import QuestionNumber, RoundId, Seat
from contest.migrations.run import upgrade_async
from contest.model import Option, Question, RoundSettings
from contest.phases import CommandName
from contest.round_state import Command
from contest.rounds import RoundRecord
from loadtests import usage
from loadtests.postgres_server import running_postgres
from loadtests.redis_nodes import free_ports, running_server
from loadtests.results import write
from loadtests.scenario import _described
from realtime import picture as pictures
from realtime import results
from realtime.rooms import Room
from realtime.round_runner import RoundRunner
from scoring import keys
from scoring.answer_key import QuestionType
from scoring.redis_client import connect

HERE = Path(__file__).resolve().parent
HEADING = "one room"
BATCH = 400
INTAKE = 20_000
EVIDENCE = json.dumps({"s": 123456.7, "r": 45.3, "a": 3456.2, "b": 60, "k": 71.2, "tau": 3312, "bucket": 300, "p": 45})
PIECE = 50_000
_SEATS = (
    "INSERT INTO seats (round_id, seat, ticket_hash, name, name_key, unit, joined_at, people_version) "
    "SELECT :id, n, md5(n::text) || md5((-n)::text || :salt), 'Nguyễn Thị Thử ' || n, 'nguyen thi thu ' || n, "
    "(SELECT min(code) FROM units), 1, n FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n"
)
_ANSWERS = (
    "INSERT INTO answers (round_id, question, seat, choice, answer_id, accepted_at, elapsed_ms, credit_ms, fair_ms, "
    "evidence) SELECT :id, 1, n, '[\"' || chr(97 + n % 4) || '\"]', md5(n::text), 1, 500 + n % 9000, n % 90, "
    "500 + n % 8900, :evidence FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n"
)


@dataclass
class Figures:
    """Of one size. Times in s of the wall, processor times apart."""

    seats: int
    took: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    blob_bytes: int = 0
    room_bytes: int = 0
    answer_us: float = 0.0
    answer_cpu_us: float = 0.0
    """Processor time of this process and the database together, for one answer."""
    round_id: int = 0


@contextmanager
def _timed(figures: Figures, name: str) -> Iterator[None]:
    wall, cpu = time.monotonic(), time.process_time()
    yield
    figures.took[name] = time.monotonic() - wall
    figures.cpu[name] = time.process_time() - cpu


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def _fill(db: Database, count: int, answered: int) -> RoundRecord:
    options = tuple(Option(id=name, text_vi=f"Phương án {name}") for name in "abcd")
    question = Question(type=QuestionType.SINGLE, stem_vi="Câu hỏi?", options=options, answer=("b",))
    record = await rounds.create(
        db,
        title="Một phòng",
        quiz_id=None,
        questions=(question, question),
        settings=RoundSettings(),
        created_by="system",
        now_ms=SystemClock().wall_ms(),
    )
    # In pieces: no single statement may last as long as the platform's time-out.
    for first in range(1, count + 1, PIECE):
        last = min(count, first + PIECE - 1)
        async with db.write() as writer:
            await writer.execute(text(_SEATS), {"id": record.id, "first": first, "last": last, "salt": str(record.id)})
            answers = {"id": record.id, "first": first, "last": min(last, answered), "evidence": EVIDENCE}
            await writer.execute(text(_ANSWERS), answers)
    async with db.write() as writer:
        await writer.execute(
            text("UPDATE rounds SET seat_count = :count, people_version = :count WHERE id = :id"),
            {"id": record.id, "count": count},
        )
    async with db.write() as writer:
        await writer.execute(text("ANALYZE seats"))
        await writer.execute(text("ANALYZE answers"))
    return record


async def _intake(db: Database, record: RoundRecord, first: int, count: int) -> float:
    """Stores the last answers as a gateway does, batch after batch; the seconds."""
    began = time.monotonic()
    for start in range(first, first + count, BATCH):
        batch = [
            Arrival(
                round_id=record.id,
                question=QuestionNumber(1),
                seat=Seat(number),
                answer_id=f"{number:016x}",
                choice=["b"],
                accepted_at=1,
                elapsed_ms=1500,
                credit_ms=45,
                fair_ms=1455,
                evidence=EVIDENCE,
            )
            for number in range(start, min(start + BATCH, first + count))
        ]
        await answering.accept(db, batch)
    return time.monotonic() - began


async def measure(sql_url: str, redis_url: str, postmaster: int, count: int) -> Figures:
    """One round with so many seats, all of which have answered."""
    figures = Figures(count)
    db, redis, clock = Database(sql_url), connect(redis_url), SystemClock()
    runner = RoundRunner(db, redis, clock, "http://thi.example.vn")
    by_hand = min(INTAKE, count // 2)
    record = await _fill(db, count, count - by_hand)
    round_id = RoundId(record.id)
    for name in (CommandName.NEXT, CommandName.BEGIN):
        await runner.apply(round_id, Command(name), actor="bench", due=True)

    def database_cpu() -> float:
        return sum(cost.cpu_s for cost in usage.tree(postmaster))

    before, own = database_cpu(), time.process_time()
    figures.answer_us = await _intake(db, record, count - by_hand + 1, by_hand) / by_hand * 1e6
    figures.answer_cpu_us = (database_cpu() - before + time.process_time() - own) / by_hand * 1e6
    await runner.apply(round_id, Command(CommandName.CLOSE), actor="bench")
    before = database_cpu()
    with _timed(figures, "reveal"):
        after = await runner.apply(round_id, Command(CommandName.SETTLE), actor="bench", due=True)
    figures.cpu["reveal, PostgreSQL"] = database_cpu() - before
    gc.collect()

    blob = await redis.get(keys.results(round_id, after.state.version))
    if blob is None:
        sys.stderr.write(f"at {count:,} seats the results did not get into Redis: gateways read them from SQL\n")
    with _timed(figures, "results from SQL"):
        loaded = await pictures.load(db, round_id, "http://thi.example.vn")
    assert loaded.results is not None
    encoded = results.encode(loaded.results)
    figures.blob_bytes = len(encoded)
    del loaded
    gc.collect()
    with _timed(figures, "results into a process"):
        decoded = results.decode(encoded)
    del decoded
    await redis.aclose()
    await db.close()
    figures.round_id = record.id
    return figures


async def load_room(sql_url: str, round_id: int) -> Figures:
    """What a gateway does when the first phone of the room comes to it; in a process that has done nothing else."""
    db, clock = Database(sql_url), SystemClock()
    async with db.read() as reader:
        await reader.exec_driver_sql("SELECT 1")
    gc.collect()
    figures, resident = Figures(0), _resident()
    with _timed(figures, "room into a process"):
        loaded = await pictures.load(db, RoundId(round_id), "http://thi.example.vn")
        async with db.read() as reader:
            people = await seats.of_round(reader, RoundId(round_id))
        room = Room.loaded(loaded.picture, loaded.results, people, {}, clock.monotonic_ms(), clock.wall_ms())
    del loaded, people
    gc.collect()
    figures.room_bytes = _resident() - resident
    figures.seats = len(room.people)
    await db.close()
    return figures


def _child(sql_url: str, redis_url: str, postmaster: int, count: int) -> Figures:
    """Each size in a process of its own, so that memory is its own."""

    def run(*words: str) -> Figures:
        command = [sys.executable, "-m", "loadtests.one_room", *words]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE.parent)
        return Figures(**json.loads(done.stdout))

    figures = run("--one", str(count), sql_url, redis_url, str(postmaster))
    room = run("--room", str(figures.round_id), sql_url)
    figures.took |= room.took
    figures.cpu |= room.cpu
    figures.room_bytes = room.room_bytes
    return figures


def entry(described: dict[str, str], runs: Sequence[Figures]) -> str:
    """The run as Markdown; `loadtests.sizing` reads it again."""
    lines = [
        f"## {described['when']}, {HEADING}, commit {described['commit']}",
        "",
        f"{described['machine']}, Python {described['python']}, load before {described['load']}. One round in "
        "PostgreSQL and Redis on this machine, everybody has answered; no sockets. The platform's time-outs towards "
        "PostgreSQL (20 and 30 s) were lifted.",
        "",
        f"    {described['command']}",
        "",
        f"| seats | {' | '.join(f'{run.seats:,}' for run in runs)} |",
        "|---|" + "---:|" * len(runs),
    ]

    def row(name: str, values: list[str]) -> None:
        lines.append(f"| {name} | {' | '.join(values)} |")

    row("storing an answer, µs of one connection", [f"{run.answer_us:.1f}" for run in runs])
    row("– processor µs, process and PostgreSQL", [f"{run.answer_cpu_us:.1f}" for run in runs])
    row("**closing to told: one transaction, boards, notice; s**", [f"**{run.took['reveal']:.2f}**" for run in runs])
    row("– processor s of the worker", [f"{run.cpu['reveal']:.2f}" for run in runs])
    row("– processor s of PostgreSQL", [f"{run.cpu['reveal, PostgreSQL']:.2f}" for run in runs])
    row("results, MB", [f"{run.blob_bytes / 1e6:.2f}" for run in runs])
    row("– bytes a seat", [f"{run.blob_bytes / run.seats:.1f}" for run in runs])
    row("– taken into a process, processor s", [f"{run.cpu['results into a process']:.3f}" for run in runs])
    row("– made from SQL when Redis has them not, s", [f"{run.took['results from SQL']:.2f}" for run in runs])
    row("the whole room into a process, processor s", [f"{run.cpu['room into a process']:.2f}" for run in runs])
    row("– memory for all seats and results, MB", [f"{run.room_bytes / 1e6:.0f}" for run in runs])
    row("– bytes a seat", [f"{run.room_bytes / run.seats:.0f}" for run in runs])
    lines += ["", "Not measured here: sockets, a network between the processes, disks other than this one.", ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    # What would take longer than the platform allows PostgreSQL is measured, too.
    database._POSTGRESQL.update(command_timeout=900, server_settings={})
    typed = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m loadtests.one_room", description=__doc__)
    parser.add_argument("--seats", default="18328,100000,1000000")
    parser.add_argument("--one", nargs=4, metavar=("SEATS", "SQL", "REDIS", "PID"), help=argparse.SUPPRESS)
    parser.add_argument("--room", nargs=2, metavar=("ROUND", "SQL"), help=argparse.SUPPRESS)
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    given = parser.parse_args(typed)
    if given.one:
        count, sql_url, redis_url, pid = given.one
        found = asyncio.run(measure(sql_url, redis_url, int(pid), int(count)))
        sys.stdout.write(json.dumps(vars(found)))
        return 0
    if given.room:
        found = asyncio.run(load_room(given.room[1], int(given.room[0])))
        sys.stdout.write(json.dumps(vars(found)))
        return 0
    described = _described(typed)
    described["command"] = f"python -m loadtests.one_room {' '.join(typed)}".rstrip()
    (port,) = free_ports(1)
    with running_server() as redis_url, running_postgres("127.0.0.1", "127.0.0.0/8", port=port) as (url, postmaster):
        sql_url = url.replace("postgresql://", "postgresql+asyncpg://")
        asyncio.run(_prepare(sql_url))
        runs = []
        for count in (int(word) for word in given.seats.split(",")):
            runs.append(_child(sql_url, redis_url, postmaster.pid, count))
            sys.stderr.write(f"{runs[-1]}\n")
    described["load"] += f", after {os.getloadavg()[0]:.1f}"
    said = entry(described, runs)
    sys.stdout.write(said)
    if not given.no_record:
        write(given.results, said)
    return 0


async def _prepare(sql_url: str) -> None:
    await upgrade_async(sql_url)
    db = Database(sql_url)
    async with db.write() as writer:
        await units.seed(writer)
    await db.close()


if __name__ == "__main__":
    sys.exit(main())
