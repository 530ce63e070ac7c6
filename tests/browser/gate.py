"""A stretch of network between a phone and the players server that a test can cut, mend, or let only pages through."""

import contextlib
import enum
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Way(enum.Enum):
    """What gets through."""

    ALL = "all"
    NO_SOCKETS = "no sockets"
    """As behind a proxy that knows no WebSocket."""
    PAGES = "pages"
    """The page and its files, but nothing of the round or the contest."""
    NOTHING = "nothing"


_SHUT = {
    Way.ALL: (),
    Way.NO_SOCKETS: (b"GET /ws",),
    Way.PAGES: (b"GET /ws", b"GET /api/state", b"GET /api/attempts", b"GET /api/contests", b"POST /api/", b"PUT /api/"),
    Way.NOTHING: (b"",),
}


class Gate:
    """Listens on a free port of the loopback and passes bytes on."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._to = (address.hostname or "127.0.0.1", address.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._way = Way.ALL
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def set(self, way: Way) -> None:
        """From now on; every connection there is breaks off."""
        with self._lock:
            self._way = way
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _hang_up(*pair)

    def close(self) -> None:
        self.set(Way.NOTHING)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                phone, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(phone,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, phone: socket.socket) -> None:
        try:
            server = socket.create_connection(self._to, 5)
        except OSError:
            _hang_up(phone)
            return
        server.settimeout(None)
        with self._lock:
            self._pairs.append((phone, server))
        back = threading.Thread(target=self._pass, args=(server, phone, False), daemon=True)
        back.start()
        self._pass(phone, server, True)
        back.join()
        phone.close()
        server.close()

    def _pass(self, source: socket.socket, target: socket.socket, asking: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if asking and any(data.startswith(shut) for shut in _SHUT[self._way]):
                    break
                target.sendall(data)
        _hang_up(source, target)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def gate_to(url: str) -> Iterator[Gate]:
    """A gate before the server at `url`, open."""
    gate = Gate(url)
    try:
        yield gate
    finally:
        gate.close()
