"""The SQL tables of lucky draws. No personal data: tickets lead to guests, and guests' names stand in `guests`."""

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
)

from contest.tables import Id, Json, metadata

draws = Table(
    "draws",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("public_id", String(32), nullable=False, unique=True),
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("live_event_id", Id, ForeignKey("live_events.id", ondelete="SET NULL"), nullable=True),
    Column("title", String(200), nullable=False),
    Column("state", String(12), nullable=False, server_default="draft"),
    Column("listed", Boolean, nullable=False, server_default=false()),
    Column("rule", Json, nullable=False),
    Column("excluded", Json, nullable=False),
    Column("prizes", Json, nullable=False),
    Column("witnesses", Json, nullable=False),
    Column("salt", String(64), nullable=True),
    Column("pool_count", Integer, nullable=True),
    Column("pool_hash", String(64), nullable=True),
    Column("frozen_at", BigInteger, nullable=True),
    Column("frozen_by", String(96), nullable=True),
    Column("source", Json, nullable=True),
    Column("announced_at", BigInteger, nullable=True),
    Column("typed", Text, nullable=False, server_default=""),
    Column("typed_by", String(160), nullable=True),
    Column("digits", Text, nullable=True),
    Column("digits_at", BigInteger, nullable=True),
    Column("digits_by", Json, nullable=True),
    Column("closed_at", BigInteger, nullable=True),
    Column("stage", Json, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    comment="state is draft, frozen, announced, drawn, closed or withdrawn. listed: guests see the rule of a draft. "
    "rule, excluded (guest ids) and prizes do not change after the freeze, source after it is named, digits after the "
    "first winner. typed: the digits as the first of two people types them. stage: what the projector shows.",
)

draw_tickets = Table(
    "draw_tickets",
    metadata,
    Column("draw_id", Id, ForeignKey("draws.id", ondelete="CASCADE"), primary_key=True),
    Column("ticket", String(16), primary_key=True),
    Column("guest_id", Id, nullable=False),
    Column("person", BigInteger, nullable=False),
    UniqueConstraint("draw_id", "guest_id"),
    Index("ix_draw_tickets_guest_id", "guest_id"),
    sqlite_with_rowid=False,
    comment="The frozen pool: what was published is the tickets, sorted. No foreign key to guests: a pool stays whole.",
)

draw_winners = Table(
    "draw_winners",
    metadata,
    Column("draw_id", Id, ForeignKey("draws.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("prize", Integer, nullable=False),
    Column("ticket", String(16), nullable=False),
    Column("guest_id", Id, nullable=False, index=True),
    Column("state", String(8), nullable=False),
    Column("drawn_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=True),
    Column("reason", String(24), nullable=True),
    Column("note", Text, nullable=False, server_default=""),
    Column("claimed_at", BigInteger, nullable=True),
    Column("claimed_how", String(8), nullable=True),
    Column("claimed_by", String(96), nullable=True),
    UniqueConstraint("draw_id", "ticket"),
    comment="Who was drawn: position counts through the one sequence of the draw from 0. state is called, present or "
    "absent; claimed_how is self or proxy, claimed_by the account that handed the prize over. note names nobody.",
)

draw_log = Table(
    "draw_log",
    metadata,
    Column("draw_id", Id, ForeignKey("draws.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    comment="Append-only, published line by line: contest.festival.draw_log says how the hashes are made.",
)
