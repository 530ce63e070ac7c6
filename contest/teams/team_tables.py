"""The SQL tables of teams: the teams, their villages, their members, the sessions they held and whom they met there."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from contest.tables import Id, Json, metadata

teams = Table(
    "teams",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("commune", String(5), nullable=False),
    Column("name", String(120), nullable=False),
    Column("fold", String(120), nullable=False),
    Column("sort_key", String(400), nullable=False, server_default=""),
    Column("kind", String(12), nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("commune", "fold"),
    comment="Community digital technology teams; kind is community or youth.",
)

team_villages = Table(
    "team_villages",
    metadata,
    Column("team_id", Id, ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("village_id", Id, primary_key=True, index=True),
)

team_members = Table(
    "team_members",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("team_id", Id, ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(160), nullable=True),
    Column("name_fold", String(160), nullable=True),
    Column("phone_enc", Text, nullable=True),
    Column("phone_hash", String(64), nullable=True, index=True),
    Column("member_key", String(64), nullable=False),
    Column("role", String(8), nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("token_hash", String(64), nullable=True, unique=True),
    Column("issued_at", BigInteger, nullable=True),
    Column("paired_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
    Column("left_at", BigInteger, nullable=True),
    Column("forgotten_at", BigInteger, nullable=True),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("team_id", "member_key"),
    comment="member_key tells the members of a team apart: a keyed digest of name and phone. token_hash opens the "
    "member's phone page; paired_at: when it was first opened with the link that counts now.",
)

team_sessions = Table(
    "team_sessions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("member_id", Id, ForeignKey("team_members.id", ondelete="CASCADE"), nullable=False),
    Column("nonce", String(40), nullable=False),
    Column("team_id", Id, ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    Column("commune", String(5), nullable=False),
    Column("village_id", Id, nullable=True),
    Column("place", String(160), nullable=False, server_default=""),
    Column("held_at", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("skills", String(160), nullable=False, server_default=""),
    Column("headcounts", Json, nullable=False),
    Column("people", Integer, nullable=False),
    Column("confirms", Boolean, nullable=False, server_default=false()),
    Column("note", Text, nullable=False, server_default=""),
    Column("device_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("offline", Boolean, nullable=False, server_default=false()),
    Column("undone_at", BigInteger, nullable=True),
    Column("undone_by", String(96), nullable=True),
    Column("undo_reason", Text, nullable=True),
    UniqueConstraint("member_id", "nonce"),
    Index("ix_team_sessions_team_id_held_at", "team_id", "held_at"),
    Index("ix_team_sessions_commune_held_at", "commune", "held_at"),
    comment="Append-only: what turns out wrong is marked undone. nonce is the phone's own, so that a repeat is seen. "
    "people is the sum of headcounts (by target group, '-' unknown) and scanned guests. device_at as the phone said, "
    "held_at corrected by its clock; offline: it waited on the phone for a network.",
)

team_session_guests = Table(
    "team_session_guests",
    metadata,
    Column("session_id", Id, ForeignKey("team_sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("guest_id", Id, primary_key=True, index=True),
    comment="Festival guests whose cards were scanned at a session; they are not in its headcounts.",
)
