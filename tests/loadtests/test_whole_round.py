"""Synthetic phones play real rounds of the real platform, misbehaving as real ones do."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.trial import Platform, make_questions, running

pytestmark = [pytest.mark.flow, pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("up")) as server:
        yield server


def start_swarm(platform: Platform, code: str, phones: int, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "loadtests.swarm", "--url", platform.socket_url, "--code", code, "--json"]
    command += ["--phones", str(phones), "--timeout", "100", "--spread", "1", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def play(platform: Platform, questions: int, phones: int, *more: str) -> tuple[int, dict[str, object], int]:
    """Plays a whole round: the round, the figures, the swarm's exit code."""
    round_id, code = platform.make_round(make_questions(questions), reading_seconds=0)
    with start_swarm(platform, code, phones, *more) as swarm:
        try:
            while platform.look(round_id)["online"] < phones:
                assert swarm.poll() is None
            for number in range(questions):
                platform.command(round_id, "next")
                if number:
                    platform.command(round_id, "next")
                platform.wait_phase(round_id, "revealed", within_s=40, every_s=0.2)
            platform.command(round_id, "finish")
            out, _ = swarm.communicate(timeout=40)
        finally:
            swarm.kill()
    figures = json.loads(out)
    assert isinstance(figures, dict)
    return round_id, figures, swarm.returncode


def test_every_answer_of_every_phone_is_kept(platform: Platform) -> None:
    round_id, figures, code = play(platform, 3, 20)
    assert code == 0
    assert (figures["joined"], figures["answered"], figures["lost"], figures["missed"]) == (20, 60, 0, 0)
    assert figures["receipts"] == {"accepted": 60}
    stored = platform.stored(round_id)
    assert len({(answer["question"], answer["seat"]) for answer in stored}) == len(stored) == 60
    for name in ("ack_p50_ms", "ack_p99_ms", "fanout_p99_ms", "reveal_p99_ms"):
        assert isinstance(figures[name], float)


def test_repeats_changes_late_and_impossible_sends_and_lost_links_lose_and_double_nothing(platform: Platform) -> None:
    shares = [part for name in ("duplicate", "change", "late", "impossible", "drop") for part in (f"--{name}", "0.5")]
    round_id, figures, code = play(platform, 3, 20, *shares, "--processes", "2", "--seed", "7")
    assert code == 0
    assert (figures["joined"], figures["answered"], figures["lost"]) == (20, 60, 0)
    assert (figures["double"], figures["altered"]) == (0, 0)
    extras = figures["extras"]
    assert isinstance(extras, dict)
    assert extras["impossible refused"] > 0
    assert not {"change accepted", "late accepted", "impossible accepted"} & extras.keys()
    assert isinstance(figures["reconnects"], int)
    assert figures["reconnects"] > 0
    stored = platform.stored(round_id)
    assert len({(answer["question"], answer["seat"]) for answer in stored}) == len(stored) == 60


def test_a_wrong_code_ends_soon_and_says_so(platform: Platform) -> None:
    with start_swarm(platform, "000000", 2) as swarm:
        out, _ = swarm.communicate(timeout=20)
    figures = json.loads(out)
    assert swarm.returncode == 1
    assert (figures["joined"], figures["errors"]) == (0, {"code_unknown": 2})
