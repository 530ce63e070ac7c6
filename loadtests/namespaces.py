"""Places on this machine that are as good as machines: network namespaces on a bridge of their own, without a way out.

Without root there are only addresses of the loopback; `Site.real` says so. Everything made is removed again, also what
an earlier run that was killed has left behind.
"""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MARK = "htm"
"""Namespaces are named after it and the process that made them, links too (at most 15 characters)."""
_NETWORK = "198.18.{third}"
"""Set apart for measurements (RFC 2544): no route leads there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process may run: `prefix` goes before its command, `address` is where others find it."""

    name: str
    address: str
    prefix: tuple[str, ...] = ()
    link: str = ""
    """The bridge's end of its cable."""

    def cut_off(self) -> None:
        """Pulls the cable. Nothing is told to anybody: packets are simply gone."""
        _ip("link", "set", self.link, "down")

    def connect(self) -> None:
        """Puts it back."""
        _ip("link", "set", self.link, "up")


@dataclass(frozen=True, slots=True)
class Site:
    """Places that reach each other."""

    places: dict[str, Place]
    real: bool
    """Whether they are namespaces."""
    why_not: str = ""

    def __getitem__(self, name: str) -> Place:
        return self.places[name]


def _ip(*words: str, check: bool = True) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _hindrance() -> str:
    if shutil.which("ip") is None:
        return "there is no program ip"
    if os.geteuid() != 0:
        return "this is not root"
    probe = f"{_MARK}{os.getpid()}probe"
    try:
        _ip("netns", "add", probe)
        _ip("netns", "del", probe)
    except RuntimeError as problem:
        return str(problem)
    return ""


@contextlib.contextmanager
def site(names: Sequence[str], *, loopback: bool = False) -> Iterator[Site]:
    """One place for each name, until the block ends."""
    why_not = "told to do without" if loopback else _hindrance()
    if why_not:
        places = {name: Place(name, f"127.0.0.{10 + index}") for index, name in enumerate(names)}
        yield Site(places, real=False, why_not=why_not)
        return
    _sweep()
    try:
        yield Site(_build(names), real=True)
    finally:
        _remove(os.getpid())


def _build(names: Sequence[str]) -> dict[str, Place]:
    network = _free_network()
    bridge = f"{_MARK}{os.getpid()}b"
    _ip("link", "add", bridge, "type", "bridge")
    _ip("address", "add", f"{network}.1/24", "dev", bridge)
    _ip("link", "set", bridge, "up")
    places = {}
    for index, name in enumerate(names):
        space, link = f"{_MARK}{os.getpid()}-{name}", f"{_MARK}{os.getpid()}v{index}"
        address = f"{network}.{10 + index}"
        _ip("netns", "add", space)
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("link", "set", link, "master", bridge, "up")
        _ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", space, "link", "set", device, "up")
        places[name] = Place(name, address, ("ip", "netns", "exec", space), link)
    return places


def _free_network() -> str:
    taken = _ip("-4", "-o", "address")
    for third in range(os.getpid() % 200, 256):
        network = _NETWORK.format(third=third)
        if f" {network}." not in taken:
            return network
    raise RuntimeError("no network is free for the namespaces")


def _sweep() -> None:
    """Removes what runs that were killed have left."""
    found = set(re.findall(rf"\b{_MARK}(\d+)", _ip("netns", "list") + _ip("-o", "link")))
    for owner in map(int, found):
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            _remove(owner)
        except PermissionError:
            continue


def _remove(owner: int) -> None:
    for line in _ip("netns", "list", check=False).splitlines():
        name = line.split()[0] if line.split() else ""
        if re.fullmatch(rf"{_MARK}{owner}(-.*|probe)", name):
            _ip("netns", "del", name, check=False)
    for link in re.findall(rf"\b({_MARK}{owner}[bv]\d*)\b", _ip("-o", "link", check=False)):
        _ip("link", "del", link, check=False)
