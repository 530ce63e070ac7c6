"""`hoithi rehearse`: synthetic phones play a round as a hall would, and a ticket says whether it held.

Never plays itself: the phones are a process of their own, so that their work is not measured as the platform's.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import update

from admin import state_file
from admin.command_line import run_async
from admin.opening import opened
from admin.trouble import Trouble, answer, say, words
from contest.settings import Settings
from contest.tables import rounds

ACK_P99_LIMIT_MS = 1_000
FANOUT_P99_LIMIT_MS = 1_000
_NO_MODULE = "No module named"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ticket."""

    passed: bool
    sentence: str


def run_rehearsal(
    settings: Settings, *, code: str, phones: int, url: str | None, timeout_s: int, as_json: bool
) -> bool:
    """Plays the round of `code` to its end and prints the ticket; whether it passed. Raises Trouble."""
    if re.fullmatch(r"[0-9]{6}", code) is None:
        raise Trouble("code_form")
    socket_url = _socket_url(settings, url)
    if url is None:
        run_async(_mark(settings, code))
    if not as_json:
        say("rehearse.start", phones=phones, code=code)
    result = _swarm(socket_url, code, phones, timeout_s)
    lines = ticket(result, phones)
    passed = all(line.passed for line in lines)
    if as_json:
        answer(json.dumps({**result, "passed": passed}, ensure_ascii=False))
        return passed
    answer(words("rehearse.title", code=code))
    for line in lines:
        answer(f"  {'✓' if line.passed else '✗'} {line.sentence}")
    answer(words("rehearse.pass" if passed else "rehearse.fail", phones=phones))
    return passed


async def _mark(settings: Settings, code: str) -> None:
    """Notes of the round that nobody in it exists: it counts for no movement."""
    async with opened(settings) as database, database.write() as writer:
        await writer.execute(update(rounds).where(rounds.c.code == code, rounds.c.code_active).values(rehearsal=True))


def ticket(result: Mapping[str, Any], phones: int) -> list[Line]:
    """The judgement on what the phones saw. What was not measured does not pass."""
    joined, answered, lost = (int(result.get(name) or 0) for name in ("joined", "answered", "lost"))
    ack_p50, ack_p99, fanout_p99 = (_ms(result.get(name)) for name in ("ack_p50_ms", "ack_p99_ms", "fanout_p99_ms"))
    return [
        Line(joined == phones, words("rehearse.joined", joined=joined, phones=phones)),
        Line(answered > 0, words("rehearse.answered", answered=answered)),
        Line("lost" in result and lost == 0, words("rehearse.lost", lost=lost)),
        Line(
            ack_p99 is not None and ack_p99 <= ACK_P99_LIMIT_MS,
            words("rehearse.ack", p50=_shown(ack_p50), p99=_shown(ack_p99), limit=ACK_P99_LIMIT_MS),
        ),
        Line(
            fanout_p99 is not None and fanout_p99 <= FANOUT_P99_LIMIT_MS,
            words("rehearse.fanout", p99=_shown(fanout_p99), limit=FANOUT_P99_LIMIT_MS),
        ),
    ]


def _ms(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _shown(ms: float | None) -> str:
    return words("rehearse.unknown") if ms is None else f"{ms:.0f}"


def _socket_url(settings: Settings, url: str | None) -> str:
    if url is None:
        running = state_file.read(settings.data_dir)
        if running is None:
            raise Trouble("not_running", path=settings.data_dir)
        url = running.players
    try:
        parts = urlsplit(url)
        scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}[parts.scheme]
    except (KeyError, ValueError) as problem:
        raise Trouble("url_form", url=url) from problem
    if not parts.hostname:
        raise Trouble("url_form", url=url)
    path = parts.path.rstrip("/")
    return urlunsplit((scheme, parts.netloc, path if path.endswith("/ws") else f"{path}/ws", "", ""))


def _swarm(socket_url: str, code: str, phones: int, timeout_s: int) -> dict[str, Any]:
    """Runs the phones and returns the one JSON object they print last. Raises Trouble."""
    command = [sys.executable, "-P", "-m", "loadtests.swarm", "--url", socket_url, "--code", code]
    command += ["--phones", str(phones), "--timeout", str(timeout_s), "--json"]
    try:
        # A little longer than the phones' own limit, which ends with figures.
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s + 60)
    except subprocess.TimeoutExpired as problem:
        raise Trouble("swarm_failed", reason="timeout") from problem
    except KeyboardInterrupt:
        raise Trouble("swarm_failed", reason="Ctrl-C") from None
    for line in reversed(done.stdout.splitlines()):
        try:
            result = json.loads(line)
        except ValueError:
            continue
        if isinstance(result, dict):
            return result
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    if _NO_MODULE in last and "loadtests" in last:
        raise Trouble("swarm_missing")
    raise Trouble("swarm_failed", reason=last[:200])
