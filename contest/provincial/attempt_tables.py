"""The SQL tables of what people did in a contest, and of the log that proves it. No personal data."""

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
    text,
)

from contest.tables import Id, Json, metadata

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("public_id", String(22), nullable=False, unique=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), nullable=False),
    Column("entry_id", Id, ForeignKey("entries.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("round_key", String(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("state", String(12), nullable=False, server_default="open"),
    Column("ticket_hash", String(64), nullable=False),
    Column("device_hash", String(64), nullable=True),
    Column("address_hash", String(64), nullable=True),
    Column("paper", Json, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("deadline_at", BigInteger, nullable=False),
    Column("submitted_at", BigInteger, nullable=True),
    Column("by_server", Boolean, nullable=False, server_default=false()),
    Column("duration_ms", Integer, nullable=True),
    Column("prediction", String(32), nullable=True),
    Column("answered", Integer, nullable=True),
    Column("correct", Integer, nullable=True),
    Column("of", Integer, nullable=False),
    Column("score", Integer, nullable=True),
    Column("answers_digest", String(64), nullable=True),
    Column("void_at", BigInteger, nullable=True),
    Column("void_reason", Text, nullable=True),
    Column("voided_by", String(96), nullable=True),
    UniqueConstraint("entry_id", "ordinal"),
    Index("ix_attempts_contest_id_round_key", "contest_id", "round_key"),
    Index(
        "ix_attempts_open_deadline",
        "deadline_at",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    # One at a time: a second start finds the first.
    Index(
        "uq_attempts_open_entry",
        "entry_id",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    comment="state is open or submitted. paper is contest.provincial.papers.Paper: question rows and option orders.",
)

attempt_answers = Table(
    "attempt_answers",
    metadata,
    Column("attempt_id", Id, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("choice", Text, nullable=True),
    Column("seq", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("saves", Integer, nullable=False, server_default="1"),
    sqlite_with_rowid=False,
    comment="The answer to one question of the paper, position from 1; position 0 is the prediction. choice is compact "
    "JSON, null when it was taken back; the highest seq of the phone counts.",
)

contest_log = Table(
    "contest_log",
    metadata,
    Column("contest_id", Id, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    comment="Append-only and hash-chained: accepted attempts and organisers' acts. No personal data.",
)

contest_log_heads = Table(
    "contest_log_heads",
    metadata,
    Column("contest_id", Id, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("published_at", BigInteger, nullable=False),
)

contest_turnout = Table(
    "contest_turnout",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("people", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    comment="The daily 11:00 snapshot: kind is commune, unit, group or all. Exact; who may see it when is a rule.",
)
