"""The ticket passes what a hall would not notice, and nothing that was not measured."""

from typing import Any

import pytest

from admin.rehearse import ACK_P99_LIMIT_MS, FANOUT_P99_LIMIT_MS, _socket_url, ticket
from admin.trouble import Trouble
from contest.settings import Settings

GOOD: dict[str, Any] = {
    "joined": 200,
    "answered": 4_000,
    "lost": 0,
    "ack_p50_ms": 12.3,
    "ack_p99_ms": float(ACK_P99_LIMIT_MS),
    "fanout_p99_ms": float(FANOUT_P99_LIMIT_MS),
}


def failures(result: dict[str, Any]) -> list[int]:
    return [number for number, line in enumerate(ticket(result, 200)) if not line.passed]


def test_a_good_rehearsal_passes_up_to_its_limits() -> None:
    assert failures(GOOD) == []


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"joined": 199}, 0),
        ({"joined": 201}, 0),
        ({"answered": 0}, 1),
        ({"lost": 1}, 2),
        ({"ack_p99_ms": ACK_P99_LIMIT_MS + 1}, 3),
        ({"ack_p99_ms": None}, 3),
        ({"fanout_p99_ms": FANOUT_P99_LIMIT_MS + 1}, 4),
        ({"fanout_p99_ms": None}, 4),
    ],
)
def test_each_figure_can_fail_alone(change: dict[str, Any], failed: int) -> None:
    assert failures({**GOOD, **change}) == [failed]


def test_nothing_measured_is_not_a_pass() -> None:
    assert failures({}) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://10.0.0.2:8000", "ws://10.0.0.2:8000/ws"),
        ("https://thi.example.vn/", "wss://thi.example.vn/ws"),
        ("ws://10.0.0.2:8000/ws", "ws://10.0.0.2:8000/ws"),
        ("https://example.vn/thi", "wss://example.vn/thi/ws"),
    ],
)
def test_any_address_of_the_players_server_will_do(url: str, expected: str) -> None:
    assert _socket_url(Settings(), url) == expected


@pytest.mark.parametrize("url", ["10.0.0.2:8000", "ftp://10.0.0.2", "http://", "http://[::1"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(Trouble, match="url_form"):
        _socket_url(Settings(), url)
