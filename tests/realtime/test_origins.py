"""Which pages may open sockets."""

import pytest

from realtime.handshake import client_address
from realtime.origins import origin_allowed

ALLOWED = frozenset({"https://thi.example.vn", "http://192.168.1.5:8000"})


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "thi.example.vn", True),
        ("https://thi.example.vn", "thi.example.vn", True),
        ("http://thi.example.vn", "thi.example.vn", True),
        ("https://thi.example.vn:443", "thi.example.vn", True),
        ("http://10.0.0.9:8000", "10.0.0.9:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://thi.example.vn", "127.0.0.1:8000", True),
        ("http://192.168.1.5:8000", "other:8000", True),
        ("http://192.168.1.5:8001", "192.168.1.5:8000", False),
        ("null", "thi.example.vn", False),
        ("", "thi.example.vn", False),
        ("file://", "thi.example.vn", False),
        ("https://thi.example.vn.evil.example", "thi.example.vn", False),
        ("https://evil.example/thi.example.vn", "thi.example.vn", False),
        ("https://thi.example.vn@evil.example", "thi.example.vn", False),
        ("https://evil.example@thi.example.vn", "thi.example.vn", False),
        ("https://xthi.example.vn", "thi.example.vn", False),
        ("http://thi.example.vn:99999", "thi.example.vn", False),
        ("https://evil.example", None, False),
    ],
)
def test_origins(origin: str | None, host: str | None, allowed: bool) -> None:
    assert origin_allowed(origin, host, ALLOWED) is allowed


def test_only_a_known_proxy_may_say_who_it_speaks_for() -> None:
    proxies = frozenset({"127.0.0.1"})
    assert client_address("127.0.0.1", "6.6.6.6, 10.0.0.7", proxies) == "10.0.0.7"
    assert client_address("10.0.0.7", "6.6.6.6", proxies) == "10.0.0.7"
    assert client_address("127.0.0.1", None, proxies) == "127.0.0.1"
