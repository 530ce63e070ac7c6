"""The SQL tables of the community digital technology teams. Times and secrets as in `contest.tables`."""

from contest.teams.team_tables import team_members, team_session_guests, team_sessions, team_villages, teams

__all__ = ["team_members", "team_session_guests", "team_sessions", "team_villages", "teams"]
