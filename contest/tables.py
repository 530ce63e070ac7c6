"""The SQL tables, as SQLAlchemy core: the truth of the platform.

Times are UTC milliseconds since 1970 in BIGINT columns named `…_at` or `…_ms`. Secrets are stored as hashes. Never
holds rules: what may be written is decided by the use cases.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON().with_variant(JSONB(), "postgresql")
Id = BigInteger().with_variant(Integer(), "sqlite")

installation = Table(
    "installation",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    comment="Facts about this installation: the set-up link's hash, the demo's mark.",
)

units = Table(
    "units",
    metadata,
    Column("code", String(5), primary_key=True),
    Column("province_code", String(2), nullable=False),
    Column("type", String(16), nullable=False),
    Column("name", String(120), nullable=False),
    Column("short_name", String(120), nullable=False),
    Column("fold", String(120), nullable=False),
    Column("old_province", String(120), nullable=False, server_default=""),
    Column("merged_from", Text, nullable=False, server_default=""),
    Column("sort_key", String(400), nullable=False, server_default=""),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
    Column("name_key", String(80), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", BigInteger, nullable=False),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=True),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("actor", String(96), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(96), nullable=False),
    Column("detail", Json, nullable=False),
    comment="Who did what; actor is 'account:ID', 'token:ID' or 'system'. No personal data of participants.",
)

quizzes = Table(
    "quizzes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("title", String(200), nullable=False),
    Column("title_fold", String(200), nullable=False),
    Column("is_bank", Boolean, nullable=False, server_default=false()),
    Column("owner_id", Id, ForeignKey("accounts.id", ondelete="SET NULL"), nullable=True),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("archived_at", BigInteger, nullable=True),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

questions = Table(
    "questions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("quiz_id", Id, ForeignKey("quizzes.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("type", String(16), nullable=False),
    Column("category", String(64), nullable=False),
    Column("difficulty", Integer, nullable=False),
    Column("search", Text, nullable=False),
    Column("body", Json, nullable=False),
    Index("ix_questions_quiz_id_position", "quiz_id", "position"),
    comment="body is contest.model.Question as JSON; search is the folded stem, options and category.",
)

halls = Table(
    "halls",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("title", String(200), nullable=False),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    comment="People who stay together over several rounds: seats of its rounds with the same number are one person.",
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("code", String(6), nullable=False),
    Column("code_active", Boolean, nullable=False, server_default=text("true")),
    Column("quiz_id", Id, ForeignKey("quizzes.id", ondelete="SET NULL"), nullable=True),
    Column("title", String(200), nullable=False),
    Column("settings", Json, nullable=False),
    Column("questions", Json, nullable=False),
    Column("state", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("accepting", Integer, nullable=True),
    Column("deadline_ms", BigInteger, nullable=True),
    Column("locked", Boolean, nullable=False, server_default=false()),
    Column("rehearsal", Boolean, nullable=False, server_default=false()),
    Column("seat_count", Integer, nullable=False, server_default="0"),
    Column("people_version", Integer, nullable=False, server_default="0"),
    Column("stage_token_hash", String(64), nullable=True),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=True),
    Column("finished_at", BigInteger, nullable=True),
    Column("hall_id", BigInteger, nullable=True),
    Index("ix_rounds_deadline_ms", "deadline_ms"),
    Index("ix_rounds_hall_id", "hall_id"),
    # A code names one round at a time; it is free again when the round is over.
    Index(
        "uq_rounds_code_active",
        "code",
        unique=True,
        sqlite_where=text("code_active"),
        postgresql_where=text("code_active"),
    ),
    comment="questions is the frozen copy of the quiz, options in the order shown; state is contest.round_state. Of a "
    "rehearsal nobody counts for the movement.",
)

seats = Table(
    "seats",
    metadata,
    Column("round_id", Id, ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("seat", Integer, primary_key=True),
    Column("ticket_hash", String(64), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("name_key", String(120), nullable=False),
    Column("name_hidden", Boolean, nullable=False, server_default=false()),
    Column("unit", String(5), nullable=True),
    Column("target_group", String(24), nullable=True),
    Column("lang", String(2), nullable=False, server_default="vi"),
    Column("points", Integer, nullable=False, server_default="0"),
    Column("correct", Integer, nullable=False, server_default="0"),
    Column("time_ms", BigInteger, nullable=False, server_default="0"),
    Column("streak", Integer, nullable=False, server_default="0"),
    Column("kicked", Boolean, nullable=False, server_default=false()),
    Column("people_version", Integer, nullable=False, server_default="0"),
    Column("joined_at", BigInteger, nullable=False),
    Column("person", BigInteger, nullable=True),
    Column("team", String(24), nullable=True),
    Column("out_at", Integer, nullable=True),
    Column("base_points", Integer, nullable=False, server_default="0"),
    Column("base_correct", Integer, nullable=False, server_default="0"),
    Column("base_time_ms", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("round_id", "name_key"),
    Index("ix_seats_round_id_people_version", "round_id", "people_version"),
    comment="people_version is rounds.people_version at the seat's last change: one asks for what is newer. person is "
    "the festival guest who took the seat, as contest.statistics.facts numbers people. out_at is the question that "
    "put the seat out of the golden bell; base_… are the totals carried over from the round before in the same hall.",
)

rescues = Table(
    "rescues",
    metadata,
    Column("round_id", Id, ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("question", Integer, primary_key=True),
    Column("seat", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    comment="Seats that were out of the golden bell and let back in after this question had been revealed.",
)

round_words = Table(
    "round_words",
    metadata,
    Column("round_id", Id, ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("question", Integer, primary_key=True),
    Column("word_key", String(80), primary_key=True),
    Column("shown", Boolean, nullable=False),
    Column("decided_by", String(96), nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="What the host decided about a word of a word cloud; word_key is the folded word. Undecided: no row.",
)

answers = Table(
    "answers",
    metadata,
    Column("round_id", Id, primary_key=True),
    Column("question", Integer, primary_key=True),
    Column("seat", Integer, primary_key=True),
    Column("choice", Text, nullable=False),
    Column("answer_id", String(64), nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("elapsed_ms", Integer, nullable=False),
    Column("credit_ms", Integer, nullable=False),
    Column("fair_ms", Integer, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("verdict", String(8), nullable=True),
    Column("points", Integer, nullable=True),
    sqlite_with_rowid=False,
    comment="choice and evidence are compact JSON; verdict and points are null until the reveal.",
)
