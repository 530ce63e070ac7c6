"""The short way of the three requests that come by the thousand: start, save an answer, hand in.

Answered by the connection itself, without a task, a scope and the framework around them, which cost several times what
the work does. The wishes and answers are those of `attempt_calls`, as in the routes of `api_attempts`; whatever is not
plainly one of these requests goes there. Never reads SQL.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from contest.errors import Refused
from realtime.entrants import attempt_calls
from realtime.entrants.services import Entrants
from realtime.entrants.session import COOKIE, SECURE_COOKIE
from realtime.handshake import PatientHttp, client_address
from realtime.origins import origin_allowed
from realtime.problems import MEDIA_TYPE, language_of, problem, status_of
from realtime.security import BODY_LIMIT, HEADERS

_log = structlog.get_logger(__name__)
_ATTEMPTS, _CONTESTS = b"/api/attempts/", b"/api/contests/"
_ID_LENGTH = 22
_ALWAYS = b"".join(
    name.encode() + b": " + value.encode() + b"\r\n"
    for name, value in {
        **HEADERS,
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    }.items()
)
_JSON = b"content-type: application/json\r\n"
_BODYLESS = frozenset({b"transfer-encoding", b"expect", b"upgrade"})

Tell = Callable[[Any], None]


class ShortHttp(PatientHttp):
    """The HTTP of the players' server."""

    def on_headers_complete(self) -> None:
        """Takes the short way when the request before is answered and this one is plain."""
        if self.url.startswith((_ATTEMPTS, _CONTESTS)) and (self.cycle is None or self.cycle.response_complete):
            short = _short(self)
            if short is not None:
                self.begin_body()
                self.cycle = short  # type: ignore[assignment]
                return
        super().on_headers_complete()


class _Request(NamedTuple):
    """What is kept of a request until it is answered; `raw` is the connection's own list of headers."""

    words: list[str]
    headers: dict[bytes, bytes]
    raw: list[tuple[bytes, bytes]]


PATIENCE_S = 45
"""People answer every half minute or so; a new connection for each answer would cost as much as the answer itself."""
CROWDED = 12_000
"""From so many connections on each is given up as soon as any other page's: a process may hold 20,000 files."""


class _Nobody:
    """Hears the signals of a request that is answered."""

    def set(self) -> None:
        """Nothing is waiting."""


_NOBODY = _Nobody()
_NOTHING = _Request([], {}, [])


class Short:
    """One such request in the place of uvicorn's own cycle: it has the fields the connection looks at."""

    def __init__(self, link: ShortHttp, request: _Request) -> None:
        self.message_event: Any = self
        self.body = bytearray()
        self.more_body = True
        self.disconnected = False
        self.response_complete = False
        self.keep_alive = True
        self._link = link
        self._request = request
        self._asked = False

    def set(self) -> None:
        """The connection's signal: more of the body, its end, or that the phone has gone."""
        if self.more_body or self.disconnected or self._asked:
            return
        self._asked = True
        try:
            self._ask()
        except Refused as refusal:
            self._refuse(refusal)
        except Exception as error:
            _log.error("request_failed", kind=self._request.words[-1], exc_info=error)
            self._write(500, _problem(500, "internal", self._lang), MEDIA_TYPE)

    def _ask(self) -> None:
        entrants: Entrants = self._link.app_state["entrants"]
        now_ms = entrants.clock.wall_ms()
        desk, body, words = entrants.attempts, bytes(self.body), self._request.words
        if words[2] == "contests":
            contest = desk.contest_at_hand(words[3])
            if contest is None:
                raise attempt_calls.Busy
            wish = attempt_calls.start_wish(
                entrants.field_box, contest.id, self._session(), self._address(entrants), body, now_ms
            )
            taken = desk.starts.put(
                wish, lambda told: self._tell(lambda: attempt_calls.started(told, self._lang, now_ms))
            )
        elif words[4] == "answers":
            save = attempt_calls.save_wish(words[3], self._ticket(), int(words[5]), body, now_ms)
            taken = desk.saves.put(save, lambda told: self._tell(lambda: attempt_calls.saved(told)))
        else:
            paper = attempt_calls.submit_wish(words[3], self._ticket(), body, now_ms)
            taken = desk.papers.put(paper, lambda told: self._tell(lambda: attempt_calls.submitted(told)))
        if not taken:
            raise attempt_calls.Busy

    def _tell(self, answer: Callable[[], bytes]) -> None:
        """After the commit."""
        if self.disconnected:
            return
        try:
            self._write(200, answer())
        except Refused as refusal:
            self._refuse(refusal)

    def _refuse(self, refusal: Refused) -> None:
        status = int(status_of(refusal))
        more = b""
        if (retry_after := getattr(refusal, "retry_after_s", None)) is not None:
            more = b"retry-after: %d\r\n" % retry_after
        self._write(status, _problem(status, refusal.code, self._lang, refusal.params), MEDIA_TYPE, more)

    def _write(self, status: int, content: bytes, media_type: str = "", more: bytes = b"") -> None:
        link = self._link
        head = [STATUS_LINE[status]]
        for name, value in link.server_state.default_headers:
            head += (name, b": ", value, b"\r\n")
        head += (b"content-type: %b\r\n" % media_type.encode() if media_type else _JSON, more, _ALWAYS)
        if not self.keep_alive:
            head.append(b"connection: close\r\n")
        head.append(b"content-length: %d\r\n\r\n" % len(content))
        # One write: the phone's radio wakes up once, and so does the kernel.
        link.transport.write(b"".join((*head, content)))
        self.response_complete = True
        if not self.keep_alive:
            link.transport.close()
        # Connections wait long for their next request: what they keep of this one would be walked over again and again.
        if link.headers is self._request.raw:
            link.headers, link.scope = [], {}  # type: ignore[typeddict-item]
        self.message_event, self._request = _NOBODY, _NOTHING
        if len(link.server_state.connections) < CROWDED:
            link.timeout_keep_alive = PATIENCE_S
        link.on_response_complete()

    @property
    def _lang(self) -> str:
        return language_of(self._request.headers.get(b"accept-language", b"").decode("latin-1"))

    def _ticket(self) -> str:
        scheme, _, secret = self._request.headers[b"authorization"].decode("latin-1").partition(" ")
        ticket = secret.strip()[:64] if scheme.lower() == "bearer" else ""
        if not ticket:
            raise attempt_calls.NoTicket
        return ticket

    def _session(self) -> str:
        name = SECURE_COOKIE if self._secure() else COOKIE
        for part in self._request.headers[b"cookie"].decode("latin-1").split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
        return ""

    def _secure(self) -> bool:
        """As uvicorn tells the routes: by the connection itself, or by what a believed proxy says."""
        told = self._request.headers.get(b"x-forwarded-proto", b"").decode("latin-1").strip()
        peer = self._link.client[0] if self._link.client else ""
        if told and peer in self._link.app_state["players"].policy.proxies:
            return told in ("https", "wss")
        return self._link.scheme == "https"

    def _address(self, entrants: Entrants) -> str:
        peer = self._link.client[0] if self._link.client else "local"
        forwarded = self._request.headers.get(b"x-forwarded-for")
        proxies = frozenset(entrants.settings.trusted_proxies)
        return client_address(peer, None if forwarded is None else forwarded.decode("latin-1"), proxies)


def _short(link: ShortHttp) -> Short | None:
    """The request as a short one; None for whatever the routes had better look at."""
    words = link.url.decode("latin-1").split("/")
    method = link.parser.get_method()
    match words:
        case ["", "api", "attempts", attempt, "answers", position] if method == b"PUT":
            plain = len(attempt) == _ID_LENGTH and position.isascii() and position.isdigit() and int(position) <= 100
            needed = b"authorization"
        case ["", "api", "attempts", attempt, "submit"] if method == b"POST":
            plain, needed = len(attempt) == _ID_LENGTH, b"authorization"
        case ["", "api", "contests", slug, "attempts"] if method == b"POST":
            desk = link.app_state["entrants"].attempts
            plain, needed = desk.contest_at_hand(slug) is not None, b"cookie"
        case _:
            return None
    headers = dict(link.headers)
    length = headers.get(b"content-length", b"0")
    if not plain or needed not in headers or headers.keys() & _BODYLESS:
        return None
    if not length.isdigit() or int(length) > BODY_LIMIT or len(headers) != len(link.headers):
        return None
    if link.parser.get_http_version() != "1.1" or not link.parser.should_keep_alive():
        return None
    origin = headers.get(b"origin")
    if origin is not None:
        host = headers.get(b"host", b"").decode("latin-1")
        if not origin_allowed(origin.decode("latin-1"), host, link.app_state["players"].policy.origins):
            return None
    return Short(link, _Request(words, headers, link.headers))


def _problem(status: int, code: str, lang: str, params: dict[str, Any] | None = None) -> bytes:
    return bytes(problem(HTTPStatus(status), code, lang, params).body)
