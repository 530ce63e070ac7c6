"""Where the two servers are reached: from the settings, else from the machine itself.

Never taken from a request: a poisoned Host header must not end up in a link or a QR code.
"""

import socket
from urllib.parse import urlsplit

from contest.settings import Settings


def lan_address() -> str:
    """The address other machines of the network reach this one by; 127.0.0.1 when there is no network.

    Connecting a datagram socket sends nothing; it only asks the kernel which interface it would use.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def public_url(settings: Settings) -> str:
    """What phones type or scan, without a slash at the end."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = settings.host if settings.host not in ("0.0.0.0", "::", "") else lan_address()
    return f"http://{_bracketed(host)}:{settings.players_port}"


def admin_url(settings: Settings) -> str:
    """How staff reach this server, without a slash at the end."""
    if settings.admin_url:
        return settings.admin_url.rstrip("/")
    host = settings.admin_host if settings.admin_host not in ("0.0.0.0", "::", "") else lan_address()
    return f"http://{_bracketed(host)}:{settings.admin_port}"


def allowed_host_names(settings: Settings) -> frozenset[str]:
    """Names a request's Host may carry, besides plain IP addresses.

    An IP address cannot be rebound to another machine by DNS, and a venue's addresses change with its router, so any
    is taken; links are never built from it.
    """
    names = {"localhost", socket.gethostname().lower()}
    names |= {f"{name}.local" for name in tuple(names) if "." not in name}
    for url in (settings.public_url, settings.admin_url, *settings.allowed_origins):
        if url and (host := urlsplit(url).hostname):
            names.add(host.lower())
    return frozenset(names)


def trusted_origins(settings: Settings) -> frozenset[str]:
    """Origins, besides the request's own, whose pages may act."""
    configured = [*settings.allowed_origins, *([settings.admin_url] if settings.admin_url else [])]
    return frozenset(origin_of(url) for url in configured)


def origin_of(url: str) -> str:
    """scheme://host[:port] in lower case."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
