"""`hoithi up` as a whole: it starts, says so, mends itself and leaves nothing behind."""

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.flows.commands import Up, alive, hoithi, running_up

pytestmark = [pytest.mark.flow, pytest.mark.timeout(180)]


def status(url: str, *, timeout_s: float = 10) -> int:
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def eventually(holds: Callable[[], Any], what: str, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def listening_ports(pids: set[int]) -> set[int]:
    """TCP ports on which any of these processes listens, from the kernel's own tables."""
    inodes = set()
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if found := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(entry)):
                    inodes.add(found[1])
            except FileNotFoundError:
                continue
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One platform that several tests look at; what they kill comes back before the next one."""
    with running_up(tmp_path_factory.mktemp("up") / "data", "--demo", "--players-processes", "2") as up:
        up.wait_ready()
        yield up


def restarted(up: Up, name: str, old: int) -> bool:
    pid = up.state["pids"].get(name)
    return pid is not None and pid != old and alive(pid)


def test_it_says_where_it_is_once_and_both_answer(platform: Up) -> None:
    players, admin = platform.wait_ready()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", players)
    assert len(re.findall("^ready ", platform.output, re.MULTILINE)) == 1
    for url in (players, admin):
        assert status(f"{url}/readyz") == 200
        assert status(f"{url}/healthz") == 200


def test_the_set_up_link_is_printed_before_the_ready_line(platform: Up) -> None:
    _, admin = platform.wait_ready()
    lines = platform.output.splitlines()
    link = next(number for number, line in enumerate(lines) if line.startswith(f"{admin}/setup#"))
    ready = next(number for number, line in enumerate(lines) if line.startswith("ready "))
    assert link < ready


def test_every_log_line_is_json(platform: Up) -> None:
    plain = ("ready ", "http://", "First start", "Phones join")
    logged = [line for line in platform.output.splitlines() if line and not line.startswith(plain)]
    for line in logged:
        assert "process" in json.loads(line), line


def test_nothing_listens_but_the_two_servers(platform: Up) -> None:
    state = platform.state
    assert set(state["pids"]) == {"players-1", "players-2", "admin", "worker", "redis"}
    ports = listening_ports({platform.process.pid, *state["pids"].values()})
    assert ports == {int(url.rpartition(":")[2]) for url in (state["players"], state["admin"])}
    socket_file = Path(state["redis_url"].removeprefix("unix://"))
    assert socket_file.is_socket()
    assert socket_file.stat().st_mode & 0o077 == 0


def test_a_second_one_on_the_same_directory_is_refused(platform: Up) -> None:
    done = hoithi("up", "--data-dir", platform.data_dir, "--players-port", "0", "--admin-port", "0")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(platform.data_dir) in done.stderr
    assert alive(platform.process.pid)


def test_accounts_and_tokens_work_while_it_runs(platform: Up) -> None:
    _, admin = platform.wait_ready()
    made = hoithi("token", "create", "test", "--data-dir", platform.data_dir)
    assert made.returncode == 0, made.stderr
    request = urllib.request.Request(f"{admin}/api/quizzes", headers={"Authorization": f"Bearer {made.stdout.strip()}"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        counts = sorted(quiz["questions"] for quiz in json.load(reply))
    assert counts == [20, 60]


def test_the_doctor_finds_a_running_platform_well(platform: Up) -> None:
    done = hoithi("doctor", "--json", "--data-dir", platform.data_dir)
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (0, True), report
    found = {finding["check"]: finding["code"] for finding in report["findings"]}
    assert found["players_port"] == found["admin_port"] == "port_ready"
    assert found["schema"] == "schema"
    assert found["redis"] in ("redis", "redis_slow")
    assert found["worker"] == "worker"


@pytest.mark.parametrize("name", ["players-1", "admin", "worker", "redis"])
def test_what_is_killed_comes_back(platform: Up, name: str) -> None:
    players, admin = platform.wait_ready()
    before = platform.state["pids"]
    os.kill(before[name], signal.SIGKILL)
    eventually(lambda: restarted(platform, name, before[name]), f"{name} was not started again")
    eventually(lambda: status(f"{players}/readyz") == status(f"{admin}/readyz") == 200, f"not ready without {name}")
    after = platform.state["pids"]
    assert {key: pid for key, pid in after.items() if key != name} == {
        key: pid for key, pid in before.items() if key != name
    }


def test_a_request_during_a_restart_waits_and_is_answered(platform: Up) -> None:
    _, admin = platform.wait_ready()
    before = platform.state["pids"]["admin"]
    os.kill(before, signal.SIGKILL)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: status(f"{admin}/healthz", timeout_s=30), range(4)))
    assert answers == [200] * 4
    eventually(lambda: restarted(platform, "admin", before), "admin was not started again")


def test_it_stops_cleanly_and_can_be_started_again(tmp_path: Path) -> None:
    port = 0
    for _ in range(2):
        with running_up(tmp_path / "data", players_port=port) as up:
            players, _ = up.wait_ready()
            pids = up.state["pids"].values()
            asked = time.monotonic()
            up.process.send_signal(signal.SIGTERM)
            assert up.process.wait(30) == 0
            assert time.monotonic() - asked < 30
            assert not [pid for pid in pids if alive(pid)]
            assert not (tmp_path / "data" / "run.json").exists()
            assert "Traceback" not in up.output
            assert "exception" not in up.output
        # The same port again: nothing may hold it.
        port = int(players.rpartition(":")[2])


def test_a_process_that_hangs_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with running_up(tmp_path / "data") as up:
        up.wait_ready()
        pids = up.state["pids"]
        os.kill(pids["worker"], signal.SIGSTOP)
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(30) == 0
        assert not [name for name, pid in pids.items() if alive(pid)]


def test_asking_twice_ends_it_at_once(tmp_path: Path) -> None:
    with running_up(tmp_path / "data") as up:
        up.wait_ready()
        pids = up.state["pids"]
        os.kill(pids["players"], signal.SIGSTOP)
        up.process.send_signal(signal.SIGINT)
        eventually(lambda: "Stopping" in up.output, "it did not begin to stop")
        time.sleep(0.5)
        assert up.process.poll() is None
        up.process.send_signal(signal.SIGINT)
        assert up.process.wait(8) == 0
        assert not [name for name, pid in pids.items() if alive(pid)]


def test_killing_the_supervisor_leaves_no_orphan_and_costs_nothing(tmp_path: Path) -> None:
    with running_up(tmp_path / "data") as up:
        players, _ = up.wait_ready()
        pids = list(up.state["pids"].values())
        assert len(pids) == 4
        up.process.kill()
        up.process.wait()
        eventually(lambda: not any(alive(pid) for pid in pids), "orphans are left", within_s=5)
    with running_up(tmp_path / "data", players_port=int(players.rpartition(":")[2])) as up:
        assert up.wait_ready()[0] == players


def test_it_runs_on_postgresql_and_a_redis_of_its_own_choice(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    with running_up(tmp_path / "data", "--demo", HOITHI_DATABASE_URL=postgres_url, HOITHI_REDIS_URL=redis_url) as up:
        _, admin = up.wait_ready()
        assert "redis" not in up.state["pids"]
        assert not (tmp_path / "data" / "hoithi.sqlite3").exists()
        made = hoithi("token", "create", "test", env={"HOITHI_DATABASE_URL": postgres_url})
        request = urllib.request.Request(
            f"{admin}/api/quizzes", headers={"Authorization": f"Bearer {made.stdout.strip()}"}
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            assert len(json.load(reply)) == 2
