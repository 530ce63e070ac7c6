"""The SQL tables of staff phones at work: what they sent, what it came to, and the quizzes of the skills."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from contest.tables import Id, Json, metadata

staff_phone_reports = Table(
    "staff_phone_reports",
    metadata,
    Column("phone_id", Id, ForeignKey("staff_phones.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("waiting", Integer, nullable=False),
    Column("oldest_at", BigInteger, nullable=True),
    Column("offset_ms", BigInteger, nullable=False),
    Column("told_at", BigInteger, nullable=False),
    comment="What a staff phone last told of itself: how many scans wait on it since when, and server time minus its.",
)

scans = Table(
    "scans",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="CASCADE"), nullable=False),
    Column("phone_id", Id, ForeignKey("staff_phones.id", ondelete="CASCADE"), nullable=False),
    Column("nonce", String(32), nullable=False),
    Column("action", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("card", String(12), nullable=True),
    Column("guest_id", Id, nullable=True),
    Column("live_event_id", Id, nullable=True),
    Column("skills", String(160), nullable=False, server_default=""),
    Column("target_group", String(24), nullable=True),
    Column("heads", Integer, nullable=False, server_default="1"),
    Column("of_nonce", String(32), nullable=True),
    Column("typed", Boolean, nullable=False),
    Column("offline", Boolean, nullable=False),
    Column("device_at", BigInteger, nullable=False),
    Column("offset_ms", BigInteger, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("result", String(20), nullable=False),
    Column("counts", String(8), nullable=False, server_default=""),
    Column("undone_at", BigInteger, nullable=True),
    Column("conflict", String(16), nullable=True),
    Column("resolved_how", String(12), nullable=True),
    Column("resolved_by", String(96), nullable=True),
    Column("resolved_at", BigInteger, nullable=True),
    Column("reason", String(400), nullable=False, server_default=""),
    UniqueConstraint("phone_id", "nonce"),
    Index("ix_scans_festival_id_received_at", "festival_id", "received_at"),
    Index(
        "ix_scans_guest_id",
        "guest_id",
        sqlite_where=text("guest_id IS NOT NULL"),
        postgresql_where=text("guest_id IS NOT NULL"),
    ),
    Index(
        "ix_scans_open_conflicts",
        "festival_id",
        "id",
        sqlite_where=text("conflict IS NOT NULL AND resolved_at IS NULL"),
        postgresql_where=text("conflict IS NOT NULL AND resolved_at IS NULL"),
    ),
    comment="All that staff phones sent, once per nonce, never deleted. action: scan, count (heads without names), "
    "claim (a blank card got its holder), check (a paper was seen) or undo. kind: of the fact it stands for. result: "
    "what the phone was told. counts: guest (for its guest), heads (nameless) or empty (not). occurred_at: device_at "
    "put right.",
)

presences = Table(
    "presences",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source", String(80), nullable=False),
    Column("guest_id", Id, nullable=False),
    Column("live_event_id", Id, nullable=True),
    Column("skill", String(32), nullable=True),
    Column("support", Integer, nullable=False),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("since_at", BigInteger, nullable=False),
    UniqueConstraint("kind", "source"),
    Index("ix_presences_festival_id_kind", "festival_id", "kind", "live_event_id"),
    Index("ix_presences_guest_id", "guest_id"),
    comment="What staff confirmed of a guest, once each: a check-in of a day, a training, a booth, a skill. support is "
    "how many scans say so; at none the fact is void, and the next one is of a new generation (source, source#2, …).",
)

skill_quizzes = Table(
    "skill_quizzes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("public_id", String(22), nullable=False, unique=True),
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="CASCADE"), nullable=False),
    Column("guest_id", Id, ForeignKey("guests.id", ondelete="CASCADE"), nullable=False),
    Column("skill", String(32), nullable=False),
    Column("questions", Json, nullable=False),
    Column("answers", Json, nullable=False),
    Column("score", Integer, nullable=True),
    Column("passed", Boolean, nullable=True),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=True),
    Index("ix_skill_quizzes_guest_id", "guest_id", "festival_id", "skill"),
    comment="Tries of the short quiz of a skill: the frozen questions in their order shown, keys included, and the "
    "answers so far as [choice, right].",
)
