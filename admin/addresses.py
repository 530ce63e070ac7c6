"""Where the two servers are reached: from the settings, else from the machine itself.

Never taken from a request: a poisoned Host header must not end up in a link or a QR code.
"""

import contextlib
import ipaddress
import socket
import struct
import sys
from urllib.parse import urlsplit

from contest.settings import Settings

WILDCARDS = frozenset({"", "0.0.0.0", "::"})
# Documentation addresses (RFC 5737, RFC 3849): routed like the rest of the world, and nobody is there.
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
_SIOCGIFADDR = 0x8915


def lan_address() -> str:
    """The address other machines of the network reach this one by; 127.0.0.1 when there is no network.

    Sends nothing: the routing table is asked first, then the interfaces.
    """
    for family, elsewhere in _ELSEWHERE:
        # Connecting a datagram socket only asks which source address would be used.
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            address = str(probe.getsockname()[0])
            if not _is_local_only(address):
                return address
    # A hall's access point often has no way out, and then this machine has no default route.
    return next((address for address in interface_addresses() if not _is_local_only(address)), "127.0.0.1")


def interface_addresses() -> list[str]:
    """IPv4 addresses of this machine's interfaces, private ones first; empty where the system does not tell."""
    found: list[str] = []
    if sys.platform == "linux":
        import fcntl

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for _, name in socket.if_nameindex():
                with contextlib.suppress(OSError):
                    request = struct.pack("256s", name.encode()[:15])
                    found.append(socket.inet_ntoa(fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)[20:24]))
    with contextlib.suppress(OSError):
        found.extend(socket.gethostbyname_ex(socket.gethostname())[2])
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda address: not ipaddress.ip_address(address).is_private)


def local_url(host: str, port: int) -> str:
    """How this machine itself reaches a server listening on `host`, whatever the network does."""
    return f"http://{_bracketed('127.0.0.1' if host in WILDCARDS else host)}:{port}"


def public_url(settings: Settings) -> str:
    """What phones type or scan, without a slash at the end."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = lan_address() if settings.host in WILDCARDS else settings.host
    return f"http://{_bracketed(host)}:{settings.players_port}"


def admin_url(settings: Settings) -> str:
    """How staff reach this server, without a slash at the end."""
    if settings.admin_url:
        return settings.admin_url.rstrip("/")
    host = lan_address() if settings.admin_host in WILDCARDS else settings.admin_host
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


def _is_local_only(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
