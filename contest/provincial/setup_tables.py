"""The SQL tables of a contest's set-up: rules, frozen questions, lists. No personal data of participants."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from contest.tables import Id, Json, metadata

contests = Table(
    "contests",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("slug", String(64), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("title_fold", String(200), nullable=False),
    Column("state", String(16), nullable=False, server_default="draft"),
    Column("draft", Json, nullable=False),
    Column("draft_version", Integer, nullable=False, server_default="1"),
    Column("rules_version", Integer, nullable=True),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("archived_at", BigInteger, nullable=True),
    comment="draft is contest.provincial.rules as a form may leave it; state is draft, open, closed or archived. "
    "rules_version is the version in force, null before the opening.",
)

contest_versions = Table(
    "contest_versions",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("rules", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    comment="Append-only. rules is canonical JSON; digest its SHA-256.",
)

contest_questions = Table(
    "contest_questions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), nullable=False),
    Column("pool", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("body", Json, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("contest_id", "pool", "number", "revision"),
    comment="The frozen bank. pool is '' or a round's key; a corrected key is a further revision of its number.",
)

contest_papers = Table(
    "contest_papers",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("pool", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("questions", Json, nullable=False),
    comment="Fixed papers (mã đề) drawn at opening: contest_questions.number in order.",
)

contest_rounds = Table(
    "contest_rounds",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("key_published_at", BigInteger, nullable=True),
    Column("key_published_by", String(96), nullable=True),
    comment="What happened to a round besides its windows, which stand in the rules.",
)

contest_units = Table(
    "contest_units",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("name", String(160), nullable=False),
    Column("fold", String(160), nullable=False),
    Column("commune", String(5), nullable=True),
    Column("sort_key", String(400), nullable=False, server_default=""),
    comment="Schools, agencies and other units of a contest's own list.",
)

contest_denominators = Table(
    "contest_denominators",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
    Column("source", String(200), nullable=False, server_default=""),
    Column("recorded_by", String(96), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    comment="People per commune or unit for the collective prizes; the highest version counts.",
)

contest_exclusions = Table(
    "contest_exclusions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("phone_hash", String(64), nullable=True),
    Column("id_hash", String(64), nullable=True),
    Column("reason", String(200), nullable=False),
    Column("added_by", String(96), nullable=False),
    Column("added_at", BigInteger, nullable=False),
    comment="Who may enter but not win (or not enter at all): matched by keyed hash at the reckoning.",
)

contest_letterheads = Table(
    "contest_letterheads",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("letterhead", Json, nullable=False),
    Column("updated_by", String(96), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    comment="What is printed on a contest's documents: agencies, place, who signs, the committee.",
)
