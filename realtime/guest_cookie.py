"""The festival guest behind a phone that joins a live round, as the hash of the session in its cookie.

Without one a phone joins all the same. Never asks SQL: whose session it is, `contest.joining` finds in its batch.
"""

from contest.tickets import digest
from realtime.festival.guest_session import COOKIE, SECURE_COOKIE

_LONGEST = 128


def guest_of_cookies(header: str | None) -> str | None:
    """The token hash of a guest's session from a Cookie header; None without one."""
    if not header:
        return None
    found = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    secret = found.get(SECURE_COOKIE) or found.get(COOKIE)
    return digest(secret) if secret and len(secret) <= _LONGEST else None
