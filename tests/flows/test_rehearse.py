"""`hoithi rehearse` against a running platform: phones play a real round and the ticket is right."""

import json
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.flows.commands import HOITHI, environment, hoithi, running_up

pytestmark = [pytest.mark.flow, pytest.mark.timeout(120)]

PHONES = 30


class Host:
    """Somebody at the admin server with a bearer token."""

    def __init__(self, admin: str, data_dir: Path) -> None:
        self._admin = admin
        self._token = hoithi("token", "create", "rehearsal", "--data-dir", data_dir).stdout.strip()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.read(method, path, body))

    def read(self, method: str, path: str, body: Any = None) -> bytes:
        request = urllib.request.Request(
            self._admin + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            content: bytes = reply.read()
        return content


def play(host: Host, round_id: int, questions: int, phones: subprocess.Popen[str]) -> None:
    """Asks some questions and ends the round, as a host would with one button."""
    path = f"/api/rounds/{round_id}"
    deadline = time.monotonic() + 60
    while host.call("GET", path)["seats"] < PHONES:
        assert time.monotonic() < deadline, "the phones did not come"
        time.sleep(0.1)
    while (now := host.call("GET", path))["phase"] != "finished":
        assert time.monotonic() < deadline, now
        if now["phase"] == "revealed" and now["question"] == questions:
            host.call("POST", f"{path}/commands", {"command": "finish"})
        elif now["phase"] in ("lobby", "revealed", "standings", "podium"):
            host.call("POST", f"{path}/commands", {"command": "next"})
        time.sleep(0.1)
    assert phones.wait(30) is not None


def test_a_rehearsal_ends_with_a_ticket(tmp_path: Path) -> None:
    with running_up(tmp_path / "data", "--demo") as up:
        _, admin = up.wait_ready()
        host = Host(admin, up.data_dir)
        quiz = next(quiz for quiz in host.call("GET", "/api/quizzes") if not quiz["is_bank"])
        made = host.call("POST", "/api/rounds", {"quiz_id": quiz["id"], "seconds": 3, "reading_seconds": 0})
        command = [*HOITHI, "rehearse", made["code"], "--phones", str(PHONES), "--data-dir", str(up.data_dir), "--json"]
        phones = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(), text=True)
        try:
            play(host, made["id"], 2, phones)
            printed, _ = phones.communicate(timeout=10)
        finally:
            phones.kill()
            phones.wait()
        ticket = json.loads(printed)
        assert (ticket["joined"], ticket["answered"], ticket["lost"]) == (PHONES, 2 * PHONES, 0), ticket
        assert ticket["passed"] is (phones.returncode == 0)
        stored = host.read("GET", f"/api/rounds/{made['id']}/answers").splitlines()
        assert len(stored) == 2 * PHONES


def test_a_code_nobody_opened_fails(tmp_path: Path) -> None:
    with running_up(tmp_path / "data") as up:
        players, _ = up.wait_ready()
        done = hoithi(
            "rehearse", "000000", "--phones", "2", "--url", players, "--timeout", "10", "--data-dir", tmp_path
        )
        assert done.returncode == 1, done.stdout + done.stderr
        assert "✗ Joined: 0 of 2" in done.stdout
