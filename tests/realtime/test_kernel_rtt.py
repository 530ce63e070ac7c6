"""The kernel's round trip, read from real sockets."""

import socket

import pytest

from realtime.kernel_rtt import kernel_ms


def test_a_connection_on_this_machine_has_a_small_round_trip() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as phone:
        there, _ = server.accept()
        with there:
            for _ in range(10):
                there.sendall(b"x")
                phone.recv(1)
                phone.sendall(b"y")
                there.recv(1)
            bound = kernel_ms(there.fileno())
    assert bound is not None
    assert 0 < bound < 200


def test_what_is_no_tcp_connection_has_none() -> None:
    with socket.socket(socket.AF_UNIX) as other:
        assert kernel_ms(other.fileno()) is None
    assert kernel_ms(-1) is None


def test_other_systems_do_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.delattr(socket, "TCP_INFO")
    with socket.socket() as other:
        assert kernel_ms(other.fileno()) is None
