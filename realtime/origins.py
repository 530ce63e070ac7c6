"""Which web pages may open sockets here or post: their own origin and the ones the operator named.

Pure. A request without an Origin is no browser's and is let through: the secret is in the first frame, not in a cookie.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def _host_and_port(origin: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None or parts.hostname is None or parts.path not in ("", "/") or parts.username is not None:
        return None
    return (parts.hostname, default if port is None else port)


def origin_allowed(origin: str | None, host: str | None, allowed: Collection[str]) -> bool:
    """Whether `origin` is the page of this `Host` (whatever the scheme: a proxy may end TLS) or one of `allowed`."""
    if origin is None:
        return True
    asked = _host_and_port(origin)
    if asked is None:
        return False
    if host is not None:
        scheme = urlsplit(origin).scheme
        if _host_and_port(f"{scheme}://{host}") == asked:
            return True
    wanted = origin.rstrip("/").lower()
    return any(wanted == entry.rstrip("/").lower() for entry in allowed)


def origin_of(url: str) -> str:
    """The origin of a full address: scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
