"""The SQL tables of festivals. Times and secrets as in `contest.tables`."""

from contest.festival.core_tables import festivals, guest_sessions, guests, live_events, staff_phones

__all__ = [
    "festivals",
    "guest_sessions",
    "guests",
    "live_events",
    "staff_phones",
]
