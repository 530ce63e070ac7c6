"""The SQL tables of festivals. Times and secrets as in `contest.tables`."""

from contest.festival.acts_tables import (
    acts,
    cloud_entries,
    cloud_words,
    launch_delegates,
    launch_holders,
    pledges,
    poll_votes,
)
from contest.festival.core_tables import (
    festival_announcements,
    festival_guests,
    festivals,
    guest_consents,
    guest_sessions,
    guests,
    live_events,
    person_aliases,
    staff_phones,
)
from contest.festival.draw_tables import draw_log, draw_tickets, draw_winners, draws
from contest.festival.gate_tables import presences, scans, skill_quizzes, staff_phone_reports

__all__ = [
    "acts",
    "cloud_entries",
    "cloud_words",
    "draw_log",
    "draw_tickets",
    "draw_winners",
    "draws",
    "festival_announcements",
    "festival_guests",
    "festivals",
    "guest_consents",
    "guest_sessions",
    "guests",
    "launch_delegates",
    "launch_holders",
    "live_events",
    "person_aliases",
    "pledges",
    "poll_votes",
    "presences",
    "scans",
    "skill_quizzes",
    "staff_phone_reports",
    "staff_phones",
]
