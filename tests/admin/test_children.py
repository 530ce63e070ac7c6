"""How a child is started again, and what it is told."""

import json

import pytest

from admin import children
from admin.children import Delays, environment_of
from contest.settings import Settings


def test_the_first_death_costs_no_time_and_repeated_ones_ever_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(children.time, "monotonic", lambda: now)
    delays = Delays()
    waited = []
    for _ in range(10):
        waited.append(delays.next())
        now += waited[-1] + 0.1
    assert waited[0] == 0
    assert waited[1:] == sorted(waited[1:])
    assert waited[1] == 0.25
    assert waited[-1] == children.LONGEST_DELAY_S
    now += children.SETTLED_S + 1
    assert delays.next() == 0


def test_a_child_reads_exactly_the_settings_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOITHI_PLAYERS_PORT", "1")
    monkeypatch.setenv("HOITHI_PUBLIC_URL", "http://elsewhere")
    monkeypatch.setenv("HOITHI_LANG", "en")
    given = Settings(
        players_port=9275, public_url=None, allowed_origins=["https://a.vn", "https://b.vn"], redis_url="unix:///r"
    )
    environment = environment_of(given)
    assert environment["HOITHI_LANG"] == "en"
    assert environment["HOITHI_PLAYERS_PORT"] == "9275"
    assert json.loads(environment["HOITHI_ALLOWED_ORIGINS"]) == ["https://a.vn", "https://b.vn"]
    assert "HOITHI_PUBLIC_URL" not in environment
    monkeypatch.undo()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings() == given
