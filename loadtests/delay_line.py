"""Networks as slow as wanted between phones and the platform on this machine.

As root: a network namespace for the phones of each link, whose only way out is a TUN device; its packets wait in a
small delay line before they come out of another TUN device on the platform's side. TCP is the kernel's own then, with
real retransmissions, and its round trip is what the platform's kernel sees. Without root: a TCP proxy in asyncio that
delays bytes and stands in for one that ends TLS. Both keep the order of a connection's bytes and draw from a seed.
"""

import asyncio
import contextlib
import fcntl
import os
import random
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import NamedTuple

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_MTU = 1400
_HOPELESS = 6
"""A lost piece of the proxy's bytes is sent again at most so often."""


@dataclass(frozen=True, slots=True)
class Way:
    """A link: the round trip without jitter, the mean of the exponential jitter of each way, losses per packet."""

    name: str
    round_trip_ms: float
    jitter_ms: float
    loss: float

    def delay_s(self, chance: random.Random) -> float:
        """What one packet takes one way."""
        jitter = chance.expovariate(1 / self.jitter_ms) if self.jitter_ms else 0.0
        return (self.round_trip_ms / 2 + jitter) / 1000

    def lost(self, chance: random.Random) -> bool:
        return chance.random() < self.loss


WAYS = (
    Way("20 ms", 20, 2, 0.001),
    Way("80 ms", 80, 10, 0.005),
    Way("250 ms", 250, 25, 0.01),
    Way("600 ms", 600, 60, 0.02),
)
"""Fibre and Wi-Fi, good 4G, crowded 4G, the edge of 3G."""


def may_use_tun() -> bool:
    """Whether namespaces and TUN devices can be made here."""
    return os.geteuid() == 0 and os.path.exists("/dev/net/tun") and _ip("netns", "list", check=False)


class TunLine:
    """A namespace that reaches this one through a delay line: `open()`, run phones with `inside`, `close()`."""

    def __init__(self, way: Way, number: int, seed: int) -> None:
        self.way = way
        self.namespace = f"fair{os.getpid()}-{number}"
        self.here, self.there = f"10.77.{number}.1", f"10.77.{number}.2"
        self._names = (f"fairs{number}", f"fairc{number}")
        self._chance = random.Random(f"{seed}-{number}")
        self._last: dict[bytes, float] = {}
        self._fds: tuple[int, ...] = ()
        self.packets = self.dropped = 0

    def inside(self, *command: str) -> list[str]:
        """The command as it runs on the phones' side."""
        return ["ip", "netns", "exec", self.namespace, *command]

    def open(self) -> None:
        """Makes the namespace and both devices, and starts carrying in the running loop."""
        near, far = self._names
        _ip("netns", "add", self.namespace)
        self._fds = (_tun(near), _tun(far))
        _ip("link", "set", far, "netns", self.namespace)
        _ip("addr", "add", f"{self.here}/30", "dev", near)
        _ip("link", "set", near, "mtu", str(_MTU), "up")
        within = ("-n", self.namespace)
        _ip(*within, "addr", "add", f"{self.there}/30", "dev", far)
        _ip(*within, "link", "set", far, "mtu", str(_MTU), "up")
        _ip(*within, "link", "set", "lo", "up")
        loop = asyncio.get_running_loop()
        for source, goal in (self._fds, self._fds[::-1]):
            loop.add_reader(source, self._carry, source, goal)

    def _carry(self, source: int, goal: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(64):
            try:
                packet = os.read(source, 2 * _MTU)
            except OSError:
                return
            if packet[0] >> 4 != 4:
                continue  # The kernel's own IPv6 chatter.
            self.packets += 1
            if self.way.lost(self._chance):
                self.dropped += 1
                continue
            # A radio link hands a connection's packets on in their order.
            flow = packet[12:24]
            due = max(self._last.get(flow, 0.0), loop.time() + self.way.delay_s(self._chance))
            self._last[flow] = due
            loop.call_at(due, self._hand_over, goal, packet)

    def _hand_over(self, goal: int, packet: bytes) -> None:
        if self._fds:
            with contextlib.suppress(OSError):
                os.write(goal, packet)

    def close(self) -> None:
        """Takes everything away again; safe at any time."""
        loop = asyncio.get_running_loop()
        fds, self._fds = self._fds, ()
        for fd in fds:
            loop.remove_reader(fd)
            os.close(fd)  # The device goes with it.
        _ip("netns", "del", self.namespace, check=False)


def _tun(name: str) -> int:
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return fd


def _ip(*words: str, check: bool = True) -> bool:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.returncode == 0


Headers = Callable[[socket.socket], tuple[str, ...]]


def forwarded(peer: socket.socket) -> tuple[str, ...]:
    """What a proxy says that tells nothing of its kernel."""
    return (f"X-Forwarded-For: {peer.getpeername()[0]}",)


def forwarded_with_rtt(peer: socket.socket) -> tuple[str, ...]:
    """What a proxy says that tells what its kernel has measured of the phone's connection so far."""
    rtt_us, rttvar_us = struct.unpack_from("=II", peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 68)
    return (*forwarded(peer), f"X-Client-RTT: {rtt_us} {rttvar_us}")


class Proxy(NamedTuple):
    """A running proxy. `cut()` breaks every connection that goes through it, and new ones may come."""

    port: int
    cut: Callable[[], None]


@contextlib.asynccontextmanager
async def proxy(
    host: str, port: int, way: Way, seed: int, *, headers: Headers | None = None, listen: str = "127.0.0.1"
) -> AsyncIterator[Proxy]:
    """A TCP proxy behind this way. `headers` go into the first request of every connection.

    Bytes are never lost: a piece that is takes a retransmission's time-out longer, and holds up what follows it.
    """
    chance = random.Random(seed)
    ends: set[asyncio.StreamWriter] = set()
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            there_reader, there_writer = await asyncio.open_connection(host, port)
            ends.update((writer, there_writer))
            async with asyncio.TaskGroup() as group:
                group.create_task(_carry(reader, there_writer, way, chance, headers, writer))
                group.create_task(_carry(there_reader, writer, way, chance))
        except* OSError:
            writer.close()
        finally:
            serving.discard(task)

    def cut() -> None:
        while ends:
            ends.pop().transport.abort()

    server = await asyncio.start_server(serve, listen, 0)
    try:
        yield Proxy(server.sockets[0].getsockname()[1], cut)
    finally:
        server.close()
        cut()
        if serving:
            await asyncio.wait(serving, timeout=5)


async def _carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    way: Way,
    chance: random.Random,
    headers: Headers | None = None,
    phone: asyncio.StreamWriter | None = None,
) -> None:
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def hand_over() -> None:
        last = 0.0
        while True:
            due, piece = await pieces.get()
            last = max(last, due)
            await asyncio.sleep(max(0.0, last - loop.time()))
            if not piece:
                break
            writer.write(piece)
        writer.close()

    handing = asyncio.create_task(hand_over())
    piece = b"-"
    while piece:
        try:
            piece = await reader.read(65_536)
        except OSError:
            piece = b""
        if headers is not None and phone is not None and b"\r\n" in piece:
            line, _, rest = piece.partition(b"\r\n")
            added = headers(phone.get_extra_info("socket"))
            piece = b"\r\n".join([line, *(header.encode("latin-1") for header in added), rest])
            headers = None
        delay_s, timeout_s = way.delay_s(chance), max(0.2, way.round_trip_ms / 1000 + 0.004 * way.jitter_ms)
        for _ in range(_HOPELESS):
            if not piece or not way.lost(chance):
                break
            delay_s += timeout_s
            timeout_s *= 2
        pieces.put_nowait((loop.time() + delay_s, piece))
    await handing
