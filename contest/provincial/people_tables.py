"""The SQL tables of people: personal data stands here, and in `complaints`, and nowhere else.

Columns named `…_enc` are sealed, `…_hash` keyed hashes for looking up.
"""

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

participants = Table(
    "participants",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("public_id", String(22), nullable=False, unique=True),
    Column("full_name", String(160), nullable=False),
    Column("name_fold", String(160), nullable=False),
    Column("sort_name", String(160), nullable=True),
    Column("birth_date", String(10), nullable=True),
    Column("sex", String(8), nullable=True),
    Column("phone_enc", Text, nullable=True),
    Column("phone_hash", String(64), nullable=True),
    Column("person_key", String(64), nullable=True),
    Column("phone_confirmed_at", BigInteger, nullable=True),
    Column("id_enc", Text, nullable=True),
    Column("id_hash", String(64), nullable=True, index=True),
    Column("email_enc", Text, nullable=True),
    Column("address_enc", Text, nullable=True),
    Column("commune", String(5), nullable=True),
    Column("target_group", String(24), nullable=True),
    Column("sub_group", String(80), nullable=True),
    Column("lang", String(2), nullable=False, server_default="vi"),
    Column("guardian_name", String(160), nullable=True),
    Column("guardian_phone_enc", Text, nullable=True),
    Column("guardian_confirmed_at", BigInteger, nullable=True),
    Column("code_hash", String(64), nullable=True, unique=True),
    Column("subject_hash", String(64), nullable=True, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger, nullable=True),
    Column("erased_at", BigInteger, nullable=True),
    UniqueConstraint("phone_hash", "person_key"),
    comment="People. code_hash is the personal sign-in code's, subject_hash that of issuer and subject at an identity "
    "provider; person_key tells people apart who share a phone.",
)

consents = Table(
    "consents",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("participant_id", Id, ForeignKey("participants.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="SET NULL"), nullable=True),
    Column("purpose", String(24), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("by_guardian", Boolean, nullable=False, server_default=false()),
    Column("text", Text, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="Append-only: what was asked, in which words, and what was said. The last line of a purpose counts.",
)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), nullable=False),
    Column("participant_id", Id, ForeignKey("participants.id"), nullable=False, index=True),
    Column("public_id", String(22), nullable=False, unique=True),
    Column("state", String(16), nullable=False, server_default="active"),
    Column("phone_hash", String(64), nullable=True),
    Column("phone_slot", Integer, nullable=False, server_default="0"),
    Column("id_hash", String(64), nullable=True),
    Column("commune", String(5), nullable=True),
    Column("target_group", String(24), nullable=True),
    Column("unit_code", String(32), nullable=True),
    Column("unit_other", String(160), nullable=True),
    Column("age_band", String(8), nullable=True),
    Column("minor", Boolean, nullable=False, server_default=false()),
    Column("fields", Json, nullable=False),
    Column("channel", String(16), nullable=False, server_default="web"),
    Column("created_at", BigInteger, nullable=False),
    Column("void_at", BigInteger, nullable=True),
    Column("void_reason", Text, nullable=True),
    Column("voided_by", String(96), nullable=True),
    UniqueConstraint("contest_id", "participant_id"),
    UniqueConstraint("contest_id", "phone_hash", "phone_slot"),
    UniqueConstraint("contest_id", "id_hash"),
    Index("ix_entries_contest_id_commune", "contest_id", "commune"),
    comment="A person in a contest. state: invited (on the roster, never came), unconfirmed (phone), active. "
    "Commune and group are those of the day of entry.",
)

entrant_sessions = Table(
    "entrant_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("participant_id", Id, ForeignKey("participants.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

phone_codes = Table(
    "phone_codes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("phone_hash", String(64), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=True),
)

data_requests = Table(
    "data_requests",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("participant_id", Id, ForeignKey("participants.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(12), nullable=False, server_default="open"),
    Column("detail", Text, nullable=False, server_default=""),
    Column("opened_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("done_at", BigInteger, nullable=True),
    Column("done_by", String(96), nullable=True),
)
