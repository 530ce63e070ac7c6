"""A platform of one's own to load: started on an empty data directory, driven as any outside tool would, ended.

Uses the published commands and the admin HTTP interface only.
"""

import json
import os
import random
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_S, STOP_S = 60.0, 40.0
_KINDS = ("single", "multi", "true_false", "ordering", "numeric")


class TrialFailed(RuntimeError):
    """The platform did not do what the trial needs; says what."""


def program() -> Path:
    """The command of the environment this Python belongs to."""
    return Path(sys.executable).with_name("hoithi")


class Platform:
    """A running `hoithi up` and a token for it."""

    def __init__(self, process: subprocess.Popen[bytes], data_dir: Path, players: str, admin: str, token: str) -> None:
        self.process = process
        self.data_dir = data_dir
        self.players = players
        self.admin = admin
        self._token = token

    @property
    def token(self) -> str:
        """The administrator's, for the admin interface."""
        return self._token

    @property
    def socket_url(self) -> str:
        """Where phones connect."""
        return "ws" + self.players.removeprefix("http").rstrip("/") + "/ws"

    def call(self, method: str, path: str, body: Any = None) -> bytes:
        """One request of the admin interface. Raises TrialFailed with the server's own words."""
        data = None if body is None else json.dumps(body).encode()
        return self._ask(method, path, data, "application/json")

    def form(self, path: str, fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> bytes:
        """Sends a form of the organiser's pages; the page it leads to. Raises TrialFailed."""
        return self._ask("POST", path, urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def _ask(self, method: str, path: str, data: bytes | None, kind: str) -> bytes:
        request = urllib.request.Request(self.admin.rstrip("/") + path, data=data, method=method)
        request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as problem:
            words = problem.read().decode("utf-8", "replace")[:500]
            raise TrialFailed(f"{method} {path}: {problem.code} {words}") from problem
        except OSError as problem:
            raise TrialFailed(f"{method} {path}: {problem}") from problem

    def make_round(self, questions: list[dict[str, Any]], **settings: Any) -> tuple[int, str]:
        """A quiz of these questions and a round of it: its id and code."""
        quiz = json.loads(self.call("POST", "/api/quizzes", {"title": "Thử tải", "questions": questions}))
        body = {"quiz_id": quiz["id"], "mode": "points", "scoring": "exact", "fairness": "show", **settings}
        made = json.loads(self.call("POST", "/api/rounds", body))
        return int(made["id"]), str(made["code"])

    def command(self, round_id: int, name: str) -> None:
        """One command to the round."""
        self.call("POST", f"/api/rounds/{round_id}/commands", {"command": name})

    def look(self, round_id: int) -> dict[str, Any]:
        """The round as the host sees it."""
        found = json.loads(self.call("GET", f"/api/rounds/{round_id}"))
        assert isinstance(found, dict)
        return found

    def wait_phase(self, round_id: int, *phases: str, within_s: float, every_s: float = 0.5) -> dict[str, Any]:
        """The round once it is in one of these phases. Raises TrialFailed."""
        until = time.monotonic() + within_s
        while True:
            seen = self.look(round_id)
            if seen["phase"] in phases:
                return seen
            if time.monotonic() > until:
                raise TrialFailed(f"the round is {seen['phase']}, not {' or '.join(phases)}, after {within_s:.0f} s")
            time.sleep(every_s)

    def stored(self, round_id: int) -> list[dict[str, Any]]:
        """Every answer that SQL holds."""
        return [json.loads(line) for line in self.call("GET", f"/api/rounds/{round_id}/answers").splitlines() if line]


@contextmanager
def running(
    data_dir: Path,
    *,
    players_port: int = 0,
    admin_port: int = 0,
    host: str = "127.0.0.1",
    more: Mapping[str, str] | None = None,
    demo: bool = False,
) -> Iterator[Platform]:
    """Starts the platform and ends it. `more` are settings for its environment. Raises TrialFailed."""
    log = data_dir / "up.log"
    settings = {**os.environ, **(more or {})}
    ports = ["--players-port", str(players_port), "--admin-port", str(admin_port)]
    with log.open("wb") as errors, (data_dir / "up.out").open("wb") as said:
        process = subprocess.Popen(
            [str(program()), "up", "--data-dir", str(data_dir), "--host", host, *ports, *["--demo"] * demo],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=errors,
            env=settings,
        )
    try:
        players, admin = _wait_ready(process, data_dir / "up.out", log)
        yield Platform(process, data_dir, players, admin, _token(data_dir, settings))
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_ready(process: subprocess.Popen[bytes], said: Path, log: Path) -> tuple[str, str]:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"^ready players=(\S+) admin=(\S+)", said.read_text("utf-8", "replace"), re.MULTILINE):
            return found[1], found[2]
        time.sleep(0.1)
    raise TrialFailed(f"the platform did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _token(data_dir: Path, settings: Mapping[str, str]) -> str:
    done = subprocess.run(
        [str(program()), "token", "create", "loadtests", "--role", "administrator", "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        env=dict(settings),
        timeout=60,
    )
    if done.returncode:
        raise TrialFailed(f"no token: {done.stderr[-500:]}")
    return done.stdout.split()[-1]


def make_questions(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Questions of every type that is tapped, as long as real ones."""
    rng = random.Random(seed)
    return [_question(index, _KINDS[index % len(_KINDS)], rng) for index in range(count)]


def _question(index: int, kind: str, rng: random.Random) -> dict[str, Any]:
    options: list[dict[str, str]] = []
    answer: Any = rng.randrange(101)
    if kind != "numeric":
        letters = "ab" if kind == "true_false" else "abcd"
        options = [{"id": letter, "text_vi": f"Phương án {letter} của câu thử số {index + 1}"} for letter in letters]
        answer = list(letters) if kind == "ordering" else ["a", "c"] if kind == "multi" else ["a"]
    return {
        "id": f"T{index + 1:03}",
        "type": kind,
        "seconds": 20,
        "stem_vi": f"Câu hỏi thử tải số {index + 1}: dài chừng một câu hỏi thật về chuyển đổi số ở cơ sở?",
        "options": options,
        "answer": answer,
        "explanation_vi": "Câu hỏi này chỉ để đo, đáp án đúng là tùy ý.",
    }
