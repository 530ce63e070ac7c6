"""What makes a webhook trustworthy: its signature, the addresses it may go to, and how long to wait between tries.

Pure. The signature is that of Standard Webhooks: HMAC-SHA256 over id, time and body. Never sends anything.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from contest.errors import Invalid

PREFIX = "whsec_"
TOLERANCE_S = 300
"""A receiver refuses what is older."""
MAX_URL = 500
MAX_TRIES = 10
"""Then a message is dead: with the waits below that is most of a day."""
_WRAPPERS = tuple(map(ipaddress.IPv6Network, ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""Ways to write an IPv4 number in IPv6 that a gateway unwraps: they may lead into this network."""
_FIRST_WAIT_MS = 5_000
_LONGEST_WAIT_MS = 4 * 3_600_000


def new_secret() -> str:
    """A fresh key as receivers paste it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The header `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret: str, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers of a message."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": sign(secret, message_id, timestamp_s, body),
    }


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes."""

    secure: bool
    host: str
    port: int
    path: str


def target_of(url: str, *, private: bool) -> Target:
    """The address, when it may be called. `private`: the organiser said that it is in this network.

    Raises Invalid: webhook_url, webhook_credentials, webhook_https (plain http is for this network only).
    """
    if len(url) > MAX_URL or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url):
        raise Invalid("webhook_url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("webhook_url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or port == 0:
        raise Invalid("webhook_url")
    if "@" in parts.netloc:
        raise Invalid("webhook_credentials")
    secure = parts.scheme == "https"
    if not secure and not private:
        raise Invalid("webhook_https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, parts.hostname, port or (443 if secure else 80), path)


def may_call(address: str, target: Target, *, private: bool) -> bool:
    """Whether the number that the host's name stands for may be called.

    Without `private` nothing in this network or machine is; with it plain http reaches nothing outside of it.
    """
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv6Address):
        if number.is_site_local or (not number.is_loopback and any(number in network for network in _WRAPPERS)):
            return False
        number = number.ipv4_mapped or number
    if number.is_multicast or number.is_unspecified or number.is_link_local:
        # Link-local is where clouds keep what a machine knows about itself.
        return False
    if number.is_private or number.is_loopback:
        return private
    return number.is_global and target.secure


def wait_ms(tries: int, chance: float) -> int:
    """How long to wait after so many failed tries; `chance` from 0 to 1 spreads those who failed together."""
    longest = min(_FIRST_WAIT_MS * 2 ** min(tries - 1, 20), _LONGEST_WAIT_MS)
    return int(longest * (0.5 + chance / 2))
