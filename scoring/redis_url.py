"""What HOITHI_REDIS_URL may say: one server, a master that Sentinel watches, or a Cluster.

Pure: asks nobody, and no error of its own repeats what was typed, because a URL can hold a password.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote

CLUSTER_PORT, SENTINEL_PORT = 6379, 26379
_SINGLE = frozenset({"redis", "rediss", "unix"})


class BadRedisUrl(ValueError):
    """A URL that names no Redis. `code`: scheme, hosts, port, service, database, option or address."""

    def __init__(self, code: str) -> None:
        super().__init__(f"this is no Redis URL: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class SingleAddress:
    """One server, by a URL that the client library takes as it is."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """The master called `service`, found through any of the sentinels."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    database: int = 0
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """What connections to the master take: account, TLS."""
    sentinel_options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """A Cluster, found through any of these nodes."""

    nodes: tuple[tuple[str, int], ...]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)


Address = SingleAddress | SentinelAddress | ClusterAddress


def _flag(text: str) -> bool:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]


def _certificates(text: str) -> str:
    return {word: word for word in ("none", "optional", "required")}[text]


_TLS_OPTIONS: dict[str, Callable[[str], Any]] = {
    "ssl_ca_certs": str,
    "ssl_certfile": str,
    "ssl_keyfile": str,
    "ssl_cert_reqs": _certificates,
    "ssl_check_hostname": _flag,
}
_SENTINEL_ACCOUNT = {"sentinel_username": "username", "sentinel_password": "password"}


def parse(url: str) -> Address:
    """Which Redis a URL names. Raises BadRedisUrl.

    `redis://`, `rediss://`, `unix://`; `redis+sentinel://[user:password@]h1:26379,h2/service[/database]`;
    `redis+cluster://[user:password@]h1:6379,h2`; with `rediss+…` everything goes over TLS. Options after `?`:
    ssl_ca_certs, ssl_certfile, ssl_keyfile, ssl_cert_reqs, ssl_check_hostname, sentinel_username, sentinel_password.
    """
    scheme, found, rest = url.partition("://")
    scheme = scheme.lower()
    if not found:
        raise BadRedisUrl("scheme")
    if scheme in _SINGLE:
        return SingleAddress(url)
    secure, _, kind = scheme.partition("+")
    if secure not in ("redis", "rediss") or kind not in ("sentinel", "cluster"):
        raise BadRedisUrl("scheme")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    account, _, hosts = authority.rpartition("@")
    options = _account(account)
    given = _options(query, sentinel=kind == "sentinel", tls=secure == "rediss")
    of_sentinels = {_SENTINEL_ACCOUNT[name]: given.pop(name) for name in list(given) if name in _SENTINEL_ACCOUNT}
    if secure == "rediss":
        given["ssl"] = True
    parts = [unquote(part) for part in path.split("/") if part]
    if kind == "cluster":
        if parts not in ([], ["0"]):
            raise BadRedisUrl("database")  # A Cluster has no other one.
        return ClusterAddress(_hosts(hosts, CLUSTER_PORT), MappingProxyType(options | given))
    if not parts or len(parts) > 2:
        raise BadRedisUrl("service")
    database = parts[1] if len(parts) == 2 else "0"
    if not (database.isascii() and database.isdigit()):
        raise BadRedisUrl("database")
    return SentinelAddress(
        sentinels=_hosts(hosts, SENTINEL_PORT),
        service=parts[0],
        database=int(database),
        options=MappingProxyType(options | given),
        sentinel_options=MappingProxyType(of_sentinels | given),
    )


def _account(text: str) -> dict[str, Any]:
    user, _, password = text.partition(":")
    found = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in found.items() if value}


def _options(query: str, *, sentinel: bool, tls: bool) -> dict[str, Any]:
    known = (dict.fromkeys(_SENTINEL_ACCOUNT, str) if sentinel else {}) | (_TLS_OPTIONS if tls else {})
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
        return {name: known[name](value) for name, value in pairs}
    except (KeyError, ValueError):
        raise BadRedisUrl("option") from None


def _hosts(text: str, default_port: int) -> tuple[tuple[str, int], ...]:
    return tuple(_host(part.strip(), default_port) for part in text.split(","))


def _host(text: str, default_port: int) -> tuple[str, int]:
    if text.startswith("["):
        host, found, tail = text[1:].partition("]")
        if not found or (tail and not tail.startswith(":")):
            raise BadRedisUrl("hosts")
        port = tail[1:] if tail else str(default_port)
    else:
        host, colon, port = text.partition(":")
        port = port if colon else str(default_port)
    if not host or any(sign.isspace() or sign in "[]" for sign in host):
        raise BadRedisUrl("hosts")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise BadRedisUrl("port")
    return host, int(port)
