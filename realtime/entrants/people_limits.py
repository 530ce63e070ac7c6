"""How often one address or number may try: wide for halls and mobile networks (shared addresses), narrow for guessing.

Never counts by itself: `realtime.throttle` does.
"""

from collections.abc import Sequence

from starlette.requests import Request

from realtime.entrants.services import address_of, entrants_of
from realtime.throttle import Limit

_MINUTE_MS = 60_000
REGISTER_BY_ADDRESS = Limit("enter-address", 2_000, 10 * _MINUTE_MS)
"""Thousands of phones of a mobile network come from one address."""
SIGN_IN_BY_ADDRESS = Limit("entrant-address", 600, 15 * _MINUTE_MS)
SIGN_IN_BY_PHONE = Limit("entrant-phone", 15, 15 * _MINUTE_MS)
CODES_BY_ADDRESS = Limit("sms-address", 120, 60 * _MINUTE_MS)
FIRST_CODES_BY_ADDRESS = Limit("sms-first", 1_000, 60 * _MINUTE_MS)
"""Sent on entering, when whole schools come from one address."""
CODES_BY_PREFIX = Limit("sms-prefix", 60, 60 * _MINUTE_MS)
"""Numbers that differ in their last three digits only: whoever makes money from messages asks for such."""
EXPORTS_BY_PERSON = Limit("data-exports", 30, 60 * _MINUTE_MS)
REQUESTS_BY_PERSON = Limit("data-requests", 20, 24 * 60 * _MINUTE_MS)


async def count(request: Request, *checks: tuple[Limit, str | None]) -> None:
    """Counts one try against each limit; None stands for the request's address. Raises Throttled."""
    services = entrants_of(request)
    await services.throttle.attempt(resolved(request, checks))


def resolved(request: Request, checks: Sequence[tuple[Limit, str | None]]) -> list[tuple[Limit, str]]:
    """The limits with the address filled in; numbers and addresses leave only as keyed digests."""
    digest = entrants_of(request).field_box.digest
    return [(limit, digest("limit", address_of(request) if subject is None else subject)) for limit, subject in checks]
