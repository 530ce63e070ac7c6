"""Addresses come from the settings or the machine, and are right without any network."""

import socket

import pytest

from admin import addresses
from contest.settings import Settings


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def test_the_public_url_wins_and_loses_its_slash() -> None:
    assert addresses.public_url(settings(public_url="https://thi.example.vn/")) == "https://thi.example.vn"
    assert addresses.admin_url(settings(admin_url="https://ql.example.vn/")) == "https://ql.example.vn"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.168.1.9", "http://192.168.1.9:8000"),
        ("::1", "http://[::1]:8000"),
        ("hall.local", "http://hall.local:8000"),
    ],
)
def test_a_named_address_is_what_phones_type(host: str, expected: str) -> None:
    assert addresses.public_url(settings(host=host)) == expected


def test_a_wildcard_becomes_an_address_of_this_machine() -> None:
    found = addresses.lan_address()
    assert addresses.public_url(settings(host="0.0.0.0", players_port=8080)) == f"http://{found}:8080"
    # Only an address this machine has can be bound.
    with socket.socket(socket.AF_INET6 if ":" in found else socket.AF_INET) as probe:
        probe.bind((found, 0))


def test_without_routes_the_interfaces_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    # An address that no routing table can have stands for a machine without a default route.
    monkeypatch.setattr(addresses, "_ELSEWHERE", ((socket.AF_INET, "256.0.0.1"),))
    others = [one for one in addresses.interface_addresses() if not one.startswith("127.")]
    assert addresses.lan_address() == (others[0] if others else "127.0.0.1")


def test_interfaces_include_the_loopback() -> None:
    assert "127.0.0.1" in addresses.interface_addresses()


def test_this_machine_reaches_a_wildcard_server_by_loopback() -> None:
    assert addresses.local_url("0.0.0.0", 8000) == "http://127.0.0.1:8000"
    assert addresses.local_url("::", 8000) == "http://127.0.0.1:8000"
    assert addresses.local_url("192.168.1.9", 8000) == "http://192.168.1.9:8000"
