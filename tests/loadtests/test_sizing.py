"""The reckoning on paper reads what the measuring programs write, and its arithmetic is what it says."""

from dataclasses import replace

import pytest

from loadtests.one_room import Figures
from loadtests.one_room import entry as room_entry
from loadtests.results import Run
from loadtests.results import entry as phones_entry
from loadtests.sizing import Plan, Units, entry, limits, measured, reckon

UNITS = Units(
    players_us=100,
    others_us=20,
    join_us=1_000,
    phone_kib=10,
    bytes_out=2_000,
    answer_us=15,
    reveal_worker_us=20,
    reveal_sql_us=20,
    reveal_clock_us=90,
    blob_bytes=30,
    blob_us=1,
    seat_bytes=1_200,
    load_us=12,
)
PLAN = Plan(phones=1_000_000, room=20_000)
FIGURES = {
    "joined": 5_000, "answered": 25_000, "lost": 0, "double": 0, "altered": 0, "close_to_results_max_ms": 900,
    "bytes_per_phone_and_question": 2_491.2, "frames_per_phone_and_question": 6.1,
}  # fmt: skip


def test_what_the_other_programs_write_is_read() -> None:
    described = dict.fromkeys(("when", "commit", "machine", "python", "load", "command"), "x")
    run = Run(
        phones=5_000,
        figures=FIGURES,
        stored=25_000,
        joins_cpu_s=5.0,
        idle_cpu=0.1,
        cpu_s={"players": 2.5, "worker": 0.5},
        units=25_000,
        rss_empty_kib=0,
        rss_full_kib=50_000,
    )
    took = {"reveal": 1.0, "results into a process": 0.1, "results from SQL": 1.0, "room into a process": 3.0}
    room = Figures(100_000, took, took | {"reveal, PostgreSQL": 2.0}, 3_000_000, 120_000_000, 30.0, 15.5)
    text = "# Measured\n\n" + room_entry(described, [replace(room, seats=7), room])
    text += "\n" + phones_entry(described, "SQLite", 1, 5, 3.0, [replace(run, phones=7), run])
    units, runs = measured(text)
    assert units == Units(
        players_us=100.0,
        others_us=20.0,
        join_us=1_000.0,
        phone_kib=10.0,
        bytes_out=2_491.0,
        answer_us=15.5,
        reveal_worker_us=10.0,
        reveal_sql_us=20.0,
        reveal_clock_us=10.0,
        blob_bytes=30.0,
        blob_us=1.0,
        seat_bytes=1_200.0,
        load_us=30.0,
    )
    assert len(runs) == 2
    with pytest.raises(ValueError, match="no run"):
        measured("# Measured runs\n")


def test_one_room_of_a_million_is_said_not_to_work_and_why() -> None:
    need = reckon(UNITS, PLAN, PLAN.phones)
    assert (need.rooms, need.seats, need.processes, need.reveal_s, need.decode_s) == (1, 1_000_000, 67, 40.0, 1.0)
    assert not need.reaches
    said = "\n".join(limits(need, UNITS, PLAN))
    assert "about 50,000 seats" in said
    assert "One slot" in said
    assert "**no**" in entry(UNITS, PLAN, ["a", "b"], "")


def test_rooms_of_a_size_that_works_do() -> None:
    need = reckon(UNITS, PLAN, PLAN.room)
    assert (need.rooms, need.seats, need.per_process, need.processes, need.workers) == (50, 20_000, 10_000, 100, 25)
    assert need.reaches
    assert limits(need, UNITS, PLAN) == [] or "Every process" in limits(need, UNITS, PLAN)[0]


def test_a_slower_gateway_carries_fewer() -> None:
    slow = reckon(replace(UNITS, players_us=1_000), PLAN, PLAN.phones)
    assert slow.per_process <= 6_000
    assert slow.burst_busy <= 0.6
