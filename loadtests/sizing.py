"""What so many phones need, on paper: `python -m loadtests.sizing --phones 1000000`.

Measured unit costs, from RESULTS.md (the newest run of phones and the newest of `loadtests.one_room`) or typed, times
a number of phones: once all in one room, as the platform is today, once in rooms of a size that has been played.
Pure but for reading and writing RESULTS.md; nothing is started.
"""

import argparse
import math
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from loadtests.results import write

HERE = Path(__file__).resolve().parent
BUSY = 0.6
"""So much of a core may be used where the clock counts."""
RESULTS_S = 2.0
"""From the end of a question to everybody's own result, and what Redis and networks may take of it:"""
SHARE_OF_RESULTS_S = 1.0
REDIS_TIMEOUT_S = 0.5
"""A blob that takes longer to come is read from SQL instead (scoring.redis_client)."""
IDLE_S = 20.0
"""A transaction that leaves PostgreSQL waiting longer is ended by it (contest.database)."""
NOTICES = 5
"""Pictures told for one question: get ready, open, closing, revealed, standings."""


@dataclass(frozen=True, slots=True)
class Units:
    """What was measured, for one phone or seat."""

    players_us: float
    """Processor µs of the players' process for a phone and question: question, answer, receipt, result."""
    others_us: float
    """Of worker, admin and Redis."""
    join_us: float
    phone_kib: float
    """Memory of a connected phone in its process."""
    bytes_out: float
    """To one phone for one question."""
    answer_us: float
    """Processor µs of PostgreSQL and of the process that stores, for one answer."""
    reveal_worker_us: float
    """Processor µs of the worker for a seat of the room at a reveal."""
    reveal_sql_us: float
    reveal_clock_us: float
    """By the clock, disk and waiting included."""
    blob_bytes: float
    """Results, for a seat."""
    blob_us: float
    """Processor µs to take results into a process, for a seat of the room."""
    seat_bytes: float
    """Memory for a seat of the room in every process that has anybody in it."""
    load_us: float
    """To load the room into a process, for a seat."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted, and of what it is built."""

    phones: int
    spread_s: float = 10.0
    """Answers come within this time."""
    join_s: float = 1_800.0
    """So long before the start the first ones come in."""
    most_per_process: int = 15_000
    """HOITHI_MAX_CONNECTIONS; the file limit of a process is often 20,000."""
    cores: int = 16
    memory_gb: int = 64
    nic_gbit: float = 10.0
    notice_bytes: int = 8_000
    wal_bytes: int = 450
    """Written to PostgreSQL's log for an answer."""
    room: int = 18_328
    """The largest room that has been played."""


@dataclass(frozen=True, slots=True)
class Need:
    """What it comes to. Times in s, memory in GB."""

    rooms: int
    seats: int
    """Of one room."""
    per_process: int
    processes: int
    burst_busy: float
    """How much of its core a players' process uses while answers come."""
    process_gb: float
    machines: int
    nic_gbit: float
    """Of one gateway machine, if the whole question's bytes went out in two seconds."""
    answers_per_s: float
    sql_cores: float
    wal_mb_s: float
    join_cores: float
    reveal_s: float
    """Processor time of one room's reveal, worker and PostgreSQL one after the other."""
    workers: int
    """Each with a database of its own, for one worker reveals one room after the other."""
    blob_mb: float
    redis_gbit: float
    """Out of the busiest shard, if every process is to have its room's results in a second."""
    notices_mb: float
    """Published for one question, all rooms."""
    decode_s: float
    """In which a players' process does nothing but take in results."""
    load_s: float

    @property
    def reaches(self) -> bool:
        """Whether results come in time."""
        return self.reveal_s <= RESULTS_S and self.decode_s <= SHARE_OF_RESULTS_S


def reckon(units: Units, plan: Plan, room: int) -> Need:
    """The arithmetic, with rooms of at most `room` seats; phones of a room are kept together where they can be."""
    rooms = math.ceil(plan.phones / room)
    seats = math.ceil(plan.phones / rooms)
    by_cpu = int(BUSY * plan.spread_s * 1e6 / units.players_us)
    per_process = max(1, min(plan.most_per_process, by_cpu, seats))
    in_one_room = math.ceil(seats / per_process)
    per_process = math.ceil(seats / in_one_room)
    processes = rooms * in_one_room
    # Two cores of a machine are left to the kernel's network.
    by_cores = max(1, plan.cores - 2)
    process_gb = (per_process * units.phone_kib * 1024 + seats * units.seat_bytes) / 1e9
    by_memory = max(1, int(BUSY * plan.memory_gb / process_gb))
    per_machine = min(by_cores, by_memory)
    answers_per_s = plan.phones / plan.spread_s
    reveal_s = seats * (units.reveal_worker_us + units.reveal_sql_us) / 1e6
    blob = seats * units.blob_bytes
    on_busiest = math.ceil(rooms / 3) if rooms > 1 else 1
    return Need(
        rooms=rooms,
        seats=seats,
        per_process=per_process,
        processes=processes,
        burst_busy=per_process * units.players_us / 1e6 / plan.spread_s,
        process_gb=process_gb,
        machines=math.ceil(processes / per_machine),
        nic_gbit=min(per_machine, processes) * per_process * units.bytes_out * 8 / 2 / 1e9,
        answers_per_s=answers_per_s,
        sql_cores=answers_per_s * units.answer_us / 1e6 / BUSY,
        wal_mb_s=answers_per_s * plan.wal_bytes / 1e6,
        join_cores=plan.phones / plan.join_s * units.join_us / 1e6 / BUSY,
        reveal_s=reveal_s,
        workers=math.ceil(rooms / max(1, int(RESULTS_S / reveal_s))),
        blob_mb=blob / 1e6,
        redis_gbit=on_busiest * in_one_room * blob * 8 / SHARE_OF_RESULTS_S / 1e9,
        notices_mb=processes * NOTICES * plan.notice_bytes / 1e6,
        decode_s=seats * units.blob_us / 1e6,
        load_s=seats * units.load_us / 1e6,
    )


def limits(need: Need, units: Units, plan: Plan) -> list[str]:
    """What does not scale to this room, each with the arithmetic."""
    found = []
    if need.reveal_s > RESULTS_S:
        each = units.reveal_worker_us + units.reveal_sql_us
        most = int(RESULTS_S * 1e6 / each)
        found.append(
            f"**One closing transaction.** It reads, judges and writes every seat: {need.seats:,} × {each:.1f} µs = "
            f"{need.reveal_s:.0f} s, on one core of the worker and one of PostgreSQL in turn, while the round's row is "
            f"locked; with disk and waiting it took {need.seats * units.reveal_clock_us / 1e6:.0f} s by the clock. "
            f"{RESULTS_S:.0f} s are enough for about {most:,} seats."
            + (
                f" The judging alone leaves PostgreSQL waiting {need.seats * units.reveal_worker_us / 1e6:.0f} s; "
                f"after {IDLE_S:.0f} s it ends the transaction, and the question is never revealed."
                if need.seats * units.reveal_worker_us / 1e6 > IDLE_S
                else ""
            )
        )
    if need.decode_s > SHARE_OF_RESULTS_S:
        found.append(
            f"**One blob of results.** Every process reads all {need.blob_mb:.0f} MB and takes {need.decode_s:.1f} s "
            f"for it, in which it serves nobody, to tell its own {need.per_process:,} phones, one in "
            f"{max(1, round(need.seats / need.per_process))} of the rows."
        )
    if need.redis_gbit > plan.nic_gbit:
        found.append(
            f"**One slot.** The room's hash tag keeps all its keys on one shard, so more shards do not help: "
            f"{need.processes} processes × {need.blob_mb:.0f} MB in {SHARE_OF_RESULTS_S:.0f} s are "
            f"{need.redis_gbit:.0f} Gbit/s out of one server. What has not come after {REDIS_TIMEOUT_S} s is read from "
            f"SQL instead: then {need.processes} processes each make the results of all seats themselves."
        )
    every_gb = need.processes * need.seats * units.seat_bytes / 1e9
    if need.seats * units.seat_bytes > need.per_process * units.phone_kib * 1024:
        found.append(
            f"**Every process knows every seat.** {need.seats:,} × {units.seat_bytes:.0f} bytes = "
            f"{need.seats * units.seat_bytes / 1e9:.1f} GB in each of {need.processes} processes ({every_gb:.0f} GB in "
            f"all), more than its own phones need, and {need.load_s:.0f} s of a core to load it, also after a kill; "
            f"every newcomer is read {need.processes} times."
        )
    return found


# Reading RESULTS.md.


def sections(text: str) -> list[tuple[str, dict[str, str]]]:
    """Heading and last column of the table of each entry, newest first."""
    found = []
    for part in text.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        rows = {}
        for line in body.splitlines():
            cells = [cell.strip(" *") for cell in line.strip().strip("|").split("|")]
            if line.startswith("|") and len(cells) > 1:
                rows[cells[0]] = cells[-1]
        found.append((heading, rows))
    return found


def _number(rows: dict[str, str], pattern: str) -> float | None:
    for name, value in rows.items():
        if re.search(pattern, name) and (found := re.search(r"-?[\d,]+(?:\.\d+)?", value)):
            return float(found[0].replace(",", ""))
    return None


_PHONES = {
    "players_us": r"^– of it players",
    "whole_us": r"^CPU µs per player and question",
    "join_us": r"^CPU µs per join",
    "phone_kib": r"^memory per phone",
    "bytes_out": r"^bytes per phone and question",
}
_ROOM = {
    "answer_us": r"^– processor µs, process and PostgreSQL",
    "reveal_worker_s": r"^– processor s of the worker",
    "reveal_sql_s": r"^– processor s of PostgreSQL",
    "reveal_clock_s": r"^closing to told",
    "blob_mb": r"^results, MB",
    "blob_s": r"^– taken into a process",
    "seat_mb": r"^– memory for all seats",
    "load_s": r"^the whole room into a process",
}


def _newest(text: str, patterns: dict[str, str]) -> tuple[str, dict[str, float], dict[str, str]]:
    for heading, rows in sections(text):
        found = {name: _number(rows, pattern) for name, pattern in patterns.items()}
        if all(value is not None for value in found.values()):
            return heading, {name: value for name, value in found.items() if value is not None}, rows
    raise ValueError("RESULTS.md has no run with " + ", ".join(patterns))


def measured(text: str) -> tuple[Units, list[str]]:
    """The unit costs of the newest runs, and which runs those were. Raises ValueError when there is none."""
    phones_run, phones, _ = _newest(text, _PHONES)
    room_run, room, rows = _newest(text, _ROOM)
    seats = _number({"seats": rows.get("seats", "")}, "seats")
    if not seats:
        raise ValueError("the run of one room does not say how many seats")
    units = Units(
        players_us=phones["players_us"],
        others_us=max(0.0, phones["whole_us"] - phones["players_us"]),
        join_us=phones["join_us"],
        phone_kib=phones["phone_kib"],
        bytes_out=phones["bytes_out"],
        answer_us=room["answer_us"],
        reveal_worker_us=room["reveal_worker_s"] / seats * 1e6,
        reveal_sql_us=room["reveal_sql_s"] / seats * 1e6,
        reveal_clock_us=room["reveal_clock_s"] / seats * 1e6,
        blob_bytes=room["blob_mb"] / seats * 1e6,
        blob_us=room["blob_s"] / seats * 1e6,
        seat_bytes=room["seat_mb"] / seats * 1e6,
        load_us=room["load_s"] / seats * 1e6,
    )
    return units, [phones_run, room_run]


# Writing.

_MEANINGS = {
    "players_us": "players' process, a phone and question, processor µs",
    "others_us": "the other parts, a phone and question, processor µs",
    "join_us": "a join, all parts, processor µs",
    "phone_kib": "a connected phone, memory, KiB",
    "bytes_out": "to a phone for a question, bytes",
    "answer_us": "storing an answer, process and PostgreSQL, processor µs",
    "reveal_worker_us": "a reveal, a seat, worker, processor µs",
    "reveal_sql_us": "a reveal, a seat, PostgreSQL, processor µs",
    "reveal_clock_us": "a reveal, a seat, by the clock of a busy machine, µs",
    "blob_bytes": "results, a seat, bytes",
    "blob_us": "results into a process, a seat, processor µs",
    "seat_bytes": "a seat of the room in every process, bytes",
    "load_us": "loading a room, a seat, processor µs",
}


def entry(units: Units, plan: Plan, runs: Sequence[str], typed: str) -> str:
    """The reckoning as Markdown."""
    one, many = reckon(units, plan, plan.phones), reckon(units, plan, plan.room)
    lines = [
        f"## {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, on paper: {plan.phones:,} phones",
        "",
        f"Nothing of this was run. Unit costs from {'; '.join(runs)}. Answers within {plan.spread_s:g} s, joins within "
        f"{plan.join_s / 60:g} min, cores at most {BUSY:.0%} busy, machines of {plan.cores} cores, {plan.memory_gb} GB "
        f"and {plan.nic_gbit:g} Gbit/s.",
        "",
        f"    python -m loadtests.sizing {typed}".rstrip(),
        "",
        "| measured | |",
        "|---|---:|",
        *(f"| {_MEANINGS[one_field.name]} | {getattr(units, one_field.name):,.1f} |" for one_field in fields(units)),
        "",
        f"| needed | one room of {one.seats:,}, as it is today | {many.rooms} rooms of {many.seats:,} |",
        "|---|---:|---:|",
    ]

    def row(name: str, value: str, *names: str) -> None:
        lines.append(
            f"| {name} | {' | '.join(value.format(*(getattr(need, each) for each in names)) for need in (one, many))} |"
        )

    row("players' processes × phones", "{:,} × {:,}", "processes", "per_process")
    row("– core busy while answers come", "{:.0%}", "burst_busy")
    row("– memory of a process, GB", "{:.2f}", "process_gb")
    row("– gateway machines", "{:,}", "machines")
    row("– out of a gateway machine at a reveal, Gbit/s", "{:.1f}", "nic_gbit")
    row("joining: cores", "{:.1f}", "join_cores")
    row("answers/s to PostgreSQL", "{:,.0f}", "answers_per_s")
    row("– cores for storing them", "{:.1f}", "sql_cores")
    row("– log written, MB/s", "{:.0f}", "wal_mb_s")
    row("**a room's reveal, processor s**", "**{:.1f}**", "reveal_s")
    row(f"– workers with a database each, all rooms ending together, {RESULTS_S:g} s", "{:,}", "workers")
    row("results of a room, MB", "{:.1f}", "blob_mb")
    row("– into a process, processor s", "{:.2f}", "decode_s")
    row("– out of the busiest of 3 Redis shards, Gbit/s", "{:.1f}", "redis_gbit")
    row("pictures published for a question, MB", "{:.1f}", "notices_mb")
    row("loading a room into a process, processor s", "{:.1f}", "load_s")
    lines.append(f"| **results on every phone in {RESULTS_S:g} s** | {' | '.join(map(_said, (one, many)))} |")
    found = limits(one, units, plan)
    if found:
        lines += ["", f"What stands in the way of one room of {one.seats:,}:", "", *(f"- {words}" for words in found)]
    lines += [
        "",
        f"So today such a final is {many.rooms} rooms with the same questions, opened by one program through the admin "
        "interface, and one list of winners made of the rooms' standings. A worker reveals one room after the other, "
        f"in the same order as every other worker on that database; rooms that end together therefore belong to "
        f"{many.workers} installations (a province or two each). The commands, the notices and PostgreSQL's share for "
        "the answers grow with processes and answers only and are not what ends it.",
        "",
        "Not reckoned: TLS, proxies and balancers, radio networks, a second data centre. Unit costs were measured on a "
        "busy 2-core machine with everything on it.",
        "",
    ]
    return "\n".join(lines)


def _said(need: Need) -> str:
    return "**yes**" if need.reaches else "**no**"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m loadtests.sizing", description=__doc__)
    parser.add_argument("--phones", type=int, default=1_000_000)
    plan = Plan(0)
    for one in fields(Plan)[1:]:
        default = getattr(plan, one.name)
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=type(default), default=default)
    for one in fields(Units):
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=float, help=_MEANINGS[one.name])
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    given = parser.parse_args(typed)
    try:
        units, runs = measured(given.results.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        parser.error(str(problem))
    told = {one.name: getattr(given, one.name) for one in fields(Units) if getattr(given, one.name) is not None}
    if told:
        units, runs = replace(units, **told), [*runs, "the command line"]
    wanted = Plan(**{one.name: getattr(given, one.name) for one in fields(Plan)})
    text = entry(units, wanted, runs, " ".join(typed))
    sys.stdout.write(text)
    if not given.no_record:
        write(given.results, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
