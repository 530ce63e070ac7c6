"""How often one address or guest may try at a festival: wide, because a whole venue comes from one address.

Never counts by itself: `realtime.throttle` does.
"""

from realtime.throttle import Limit

_MINUTE_MS = 60_000
HELLO_BY_ADDRESS = Limit("guest-hello", 10_000, 10 * _MINUTE_MS)
"""A square full of people registers behind one mobile network's address, and a gate's desk for those who wait."""
HELLO_BY_GUEST = Limit("guest-hello-own", 12, 10 * _MINUTE_MS)
"""Families share a phone; more than this is a script."""
CODES_BY_ADDRESS = Limit("guest-sms-address", 1_000, 60 * _MINUTE_MS)
CODES_BY_GUEST = Limit("guest-sms", 8, 60 * _MINUTE_MS)
CHANGES_BY_GUEST = Limit("guest-changes", 60, 10 * _MINUTE_MS)
CARDS_BY_GUEST = Limit("guest-cards", 10, 60 * _MINUTE_MS)
SEATS_BY_GUEST = Limit("guest-seats", 60, 10 * _MINUTE_MS)
EXPORTS_BY_GUEST = Limit("guest-exports", 20, 60 * _MINUTE_MS)
