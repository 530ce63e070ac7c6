"""The counters of several processes: added up, and cleared of those that are gone."""

import os
import subprocess
import sys
import time
from pathlib import Path

from realtime import metric_files

COUNTING = """
import sys, time
from pathlib import Path
from realtime import metric_files
metric_files.prepare(Path(sys.argv[1]))
from realtime.metrics import ANSWERS, COMMIT, LAG, SOCKETS
ANSWERS.labels("accepted").inc(3)
SOCKETS.set(5)
LAG.set(0.25)
COMMIT.observe(0.01)
print("counted", flush=True)
sys.stdin.read()
"""


def counting(data_dir: Path) -> subprocess.Popen[bytes]:
    """A process that has counted and goes on living."""
    process = subprocess.Popen(
        [sys.executable, "-c", COUNTING, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={key: value for key, value in os.environ.items() if key != "PROMETHEUS_MULTIPROC_DIR"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"counted\n"
    return process


def killed(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def lines(folder: Path) -> set[str]:
    return set(metric_files.text(folder).decode().splitlines())


def test_counters_outlive_a_process_and_what_it_held_does_not(tmp_path: Path) -> None:
    folder = tmp_path / metric_files.FOLDER
    assert metric_files.text(folder) == b""
    first, second = counting(tmp_path), counting(tmp_path)
    try:
        both = {'hoithi_answers_total{status="accepted"} 6.0', "hoithi_sockets 10.0", "hoithi_loop_lag_seconds 0.25"}
        assert both | {"hoithi_commit_seconds_count 2.0"} <= lines(folder)
        killed(first)
        # Whoever starts next clears up after it.
        metric_files.clear(folder)
        assert {'hoithi_answers_total{status="accepted"} 6.0', "hoithi_sockets 5.0"} <= lines(folder)
        metric_files.forget(folder, second.pid)
        assert "hoithi_sockets" not in metric_files.text(folder).decode()
    finally:
        killed(first)
        killed(second)


def test_the_counters_of_the_long_dead_are_removed_and_of_the_living_kept(tmp_path: Path) -> None:
    folder = tmp_path / metric_files.FOLDER
    dead, living = counting(tmp_path), counting(tmp_path)
    try:
        killed(dead)
        long_ago = time.time() - 25 * 3600
        for path in folder.glob("*.db"):
            os.utime(path, (long_ago, long_ago))
        metric_files.clear(folder)
        assert 'hoithi_answers_total{status="accepted"} 3.0' in lines(folder)
        assert not list(folder.glob(f"*_{dead.pid}.db"))
        assert list(folder.glob(f"*_{living.pid}.db"))
    finally:
        killed(dead)
        killed(living)
