"""The record of runs, and reading what processes cost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests import usage
from loadtests.results import Run, entry, without_secrets, write

DESCRIBED = {
    "when": "2026-01-02 03:04 UTC",
    "commit": "abc",
    "machine": "2 cores",
    "python": "3.11",
    "load": "0.1",
    "command": "python -m loadtests.scenario",
}


def run_of(phones: int, **more: object) -> Run:
    figures = {"joined": phones, "answered": phones * 2, "lost": 0, "double": 0, "altered": 0} | more
    return Run(
        phones=phones,
        figures={"close_to_results_max_ms": None, **figures},
        stored=phones * 2,
        joins_cpu_s=0.001 * phones,
        idle_cpu=0.01,
        cpu_s={"players": phones * 2 * 100e-6, "redis": phones * 2 * 10e-6},
        units=phones * 2,
        rss_empty_kib=1_000,
        rss_full_kib=1_000 + 10 * phones,
    )


def test_an_entry_has_the_figures_per_unit_of_work() -> None:
    text = entry(DESCRIBED, "SQLite", 1, 2, 3.0, [run_of(100), run_of(1000)])
    assert "| **CPU µs per player and question, whole tree** | **110** | **110** |" in text
    assert "| – of it redis | 10.0 | 10.0 |" in text
    assert "10.0 KiB a phone from 100 to 1,000" in text
    assert "Not measured here" in text


def test_a_run_holds_only_when_sql_has_what_was_confirmed() -> None:
    assert run_of(10).held
    assert not run_of(10, answered=19).held
    assert not run_of(10, joined=9).held
    assert not run_of(10, lost=1).held


def test_the_newest_entry_comes_first_and_older_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    for name in ("one", "two", "three"):
        write(path, f"## {name}\n\ntext of {name}\n")
    text = path.read_text("utf-8")
    assert text.startswith("# Measured runs\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## three", "## two", "## one"]
    assert all(text.count(f"text of {name}") == 1 for name in ("one", "two", "three"))


def test_neither_a_database_password_nor_a_path_is_written_down() -> None:
    secret = "postgresql+asyncpg://a:secret@localhost/x"
    hidden = ["--phones", "1", "--database-url=$URL"]
    assert without_secrets(["--phones", "1", "--database-url", secret]) == hidden
    assert without_secrets(["--phones", "1", f"--database-url={secret}", "--results", "/home/an/R.md"]) == hidden
    assert without_secrets(["--results=/home/an/R.md", "--phones", "1"]) == ["--phones", "1"]


def test_a_strange_process_name_does_not_confuse_the_reading() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    line = f"12 (a ) b) S 7 {' '.join(['0'] * 9)} {ticks} {2 * ticks} {ticks} 0 20 0"
    assert usage.parse_stat(line) == (7, 2.0, 2.0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_tree_has_the_grandchildren_and_what_they_spend() -> None:
    inner = "import time\nwhile time.process_time() < 0.2: pass\nprint('done', flush=True)\ninput()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        costs = usage.tree(process.pid)
        assert len(costs) == 2
        assert sum(cost.cpu_s for cost in costs) >= 0.19
        assert all(cost.rss_kib > 1_000 for cost in costs)
        process.communicate("\n")
    assert usage.tree(process.pid) == []


def test_what_a_restarted_part_spent_is_never_negative() -> None:
    assert usage.spent({"players": 5.0}, {"players": 1.0, "worker": 2.0}) == {"players": 0.0, "worker": 2.0}
