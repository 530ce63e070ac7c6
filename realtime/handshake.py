"""Before a socket is one: who may upgrade, from where, and how long a handshake may take.

Never admits by number (`realtime.limits`) nor speaks WebSocket (`realtime.gateway`).
"""

import asyncio
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.datastructures import MultipleValuesError
from websockets.http11 import Request

from realtime.origins import origin_allowed
from scoring.fairtime import upgrade_bound

HANDSHAKE_S = 5.0
RTT_HEADER = "X-Client-RTT"
MOST_HEADER_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Policy:
    """What is let in. `proxies` are the peers whose forwarding headers are believed.

    `rtt_told`: these proxies overwrite X-Client-RTT with what their kernel measured ("rtt rttvar" in microseconds).
    """

    origins: frozenset[str]
    proxies: frozenset[str]
    rtt_told: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a handshake may go on; `address` is the phone's, `direct` whether its TCP ends in this process.

    `kernel_ms` is the bound on the round trip that a proxy's kernel gave, when the phone is not direct.
    """

    address: str
    direct: bool
    refused: HTTPStatus | None = None
    retry_after_s: int | None = None
    kernel_ms: float | None = None

    def busy(self, retry_after_s: int) -> "Verdict":
        """The same phone, turned away for now."""
        return replace(self, refused=HTTPStatus.SERVICE_UNAVAILABLE, retry_after_s=retry_after_s)


def client_address(peer: str, forwarded_for: str | None, proxies: frozenset[str]) -> str:
    """The phone's address: the peer's, or what a believed proxy wrote last into X-Forwarded-For."""
    if peer not in proxies or not forwarded_for:
        return peer
    return forwarded_for.rsplit(",", 1)[-1].strip() or peer


def told_rtt(value: str) -> float | None:
    """The bound in ms from the header of a believed proxy; None for anything but two plain numbers."""
    parts = value.replace(",", " ").split()
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        return None
    return upgrade_bound(int(parts[0]), int(parts[1]))


def review(request: Request, peername: Any, policy: Policy) -> Verdict:
    """Looks at the headers of an upgrade."""
    headers = request.headers
    peer = str(peername[0]) if isinstance(peername, tuple) and peername else "local"
    trusted = peer in policy.proxies or peer == "local"
    forwarded = headers.get_all("X-Forwarded-For")
    behind = trusted and bool(forwarded or headers.get_all("Forwarded"))
    address = client_address(peer, forwarded[-1] if forwarded else None, policy.proxies)
    told = headers.get_all(RTT_HEADER) if behind and policy.rtt_told else []
    # Two of them: the phone wrote one itself and the proxy added its own. Neither is believed.
    kernel_ms = told_rtt(told[0]) if len(told) == 1 else None
    verdict = Verdict(address=address, direct=not behind, kernel_ms=kernel_ms)
    try:
        origin, host = headers.get("Origin"), headers.get("Host")
    except MultipleValuesError:
        return replace(verdict, refused=HTTPStatus.BAD_REQUEST)
    if not origin_allowed(origin, host, policy.origins):
        return replace(verdict, refused=HTTPStatus.FORBIDDEN)
    return verdict


def refusal_response(verdict: Verdict) -> bytes:
    """The HTTP answer to a handshake that is refused."""
    assert verdict.refused is not None
    lines = [f"HTTP/1.1 {verdict.refused.value} {verdict.refused.phrase}"]
    if verdict.retry_after_s is not None:
        lines.append(f"Retry-After: {verdict.retry_after_s}")
    lines += ["Connection: close", "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode("ascii")


class PatientHttp(HttpToolsProtocol):
    """uvicorn's HTTP, with an end to its patience.

    Every request's headers must be whole within `HANDSHAKE_S` of its first byte (a new connection's of its start), its
    body within `body_s` more, and all that is not body (headers, trailers, the framing of chunks) has a limit.
    """

    body_s = 20.0
    _deadline: asyncio.TimerHandle | None = None
    _inside = False
    _around = 0
    _body = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._patience(HANDSHAKE_S)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None and not self._inside:
            self._patience(HANDSHAKE_S)
        before = self._body
        self._around += len(data)
        super().data_received(data)
        self._around -= self._body - before
        if self._around > MOST_HEADER_BYTES and self.parser is not None:
            self._end_patience()
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self.begin_body()
        super().on_headers_complete()

    def begin_body(self) -> None:
        """The headers are whole."""
        self._inside = True
        self._patience(self.body_s)

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._inside = False
        self._around = 0
        self._end_patience()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._end_patience()
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_patience()
        super().connection_lost(exc)

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.abort()

    def _patience(self, seconds: float) -> None:
        self._end_patience()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _end_patience(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
