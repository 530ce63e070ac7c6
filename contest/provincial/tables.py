"""The SQL tables of contests: people, entries, attempts, the log, results.

Times and secrets as in `contest.tables`. Personal data stands in `participants`, `consents`, `entries.fields`,
`entrant_sessions`, `phone_codes`, `complaints` and `data_requests` only; `contest.provincial.data_map` says for every
column what it is and how long it stays. Columns named `…_enc` are encrypted, `…_hash` keyed hashes for looking up.
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
    text,
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

contest_results = Table(
    "contest_results",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("state", String(16), nullable=False, server_default="closed"),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("rules_version", Integer, nullable=False),
    Column("digest", String(64), nullable=True),
    Column("recount_digest", String(64), nullable=True),
    Column("document", Json, nullable=True),
    Column("computed_at", BigInteger, nullable=True),
    Column("verified_by", String(96), nullable=True),
    Column("verified_at", BigInteger, nullable=True),
    Column("publish_first_by", String(96), nullable=True),
    Column("publish_first_at", BigInteger, nullable=True),
    Column("published_by", String(96), nullable=True),
    Column("published_at", BigInteger, nullable=True),
    Column("complaints_until", BigInteger, nullable=True),
    Column("final_at", BigInteger, nullable=True),
    comment="One line per ranking window, 'overall' and 'collective'. document is the snapshot that was verified.",
)

contest_result_revisions = Table(
    "contest_result_revisions",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", Json, nullable=False),
    Column("verified_by", String(96), nullable=True),
    Column("publish_first_by", String(96), nullable=True),
    Column("published_by", String(96), nullable=True),
    Column("published_at", BigInteger, nullable=True),
    Column("superseded_by", String(96), nullable=False),
    Column("superseded_at", BigInteger, nullable=False),
    Column("cause", String(32), nullable=False),
    comment="Append-only: what was verified or published before a correction, as it was.",
)

contest_awards = Table(
    "contest_awards",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), nullable=False),
    Column("result_key", String(32), nullable=False),
    Column("audience", String(32), nullable=False, server_default=""),
    Column("prize", String(32), nullable=False),
    Column("place", Integer, nullable=False),
    Column("entry_id", Id, ForeignKey("entries.id"), nullable=True),
    Column("unit_code", String(32), nullable=True),
    Column("value_vnd", BigInteger, nullable=False, server_default="0"),
    Column("state", String(12), nullable=False, server_default="final"),
    Column("certificate", String(32), nullable=False, unique=True),
    Column("awarded_at", BigInteger, nullable=True),
    Column("awarded_by", String(96), nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
    Column("revoked_by", String(96), nullable=True),
    Column("revoke_reason", Text, nullable=True),
    Index("ix_contest_awards_contest_id_result_key", "contest_id", "result_key"),
    comment="Prizes of results that became final; certificate is the code of the verification page.",
)

tie_decisions = Table(
    "tie_decisions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("ranking", String(32), nullable=False),
    Column("audience", String(32), nullable=False, server_default=""),
    Column("order", Json, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("signer", String(160), nullable=False),
    Column("evidence", Json, nullable=False),
    Column("decided_by", String(96), nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    comment="kind is committee or draw; evidence holds the draw's pool hash, digits and steps.",
)

struck_units = Table(
    "struck_units",
    metadata,
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("struck_by", String(96), nullable=False),
    Column("struck_at", BigInteger, nullable=False),
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

complaints = Table(
    "complaints",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("public_id", String(22), nullable=False, unique=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("entry_id", Id, ForeignKey("entries.id"), nullable=True),
    Column("about_entry_id", Id, ForeignKey("entries.id"), nullable=True),
    Column("result_key", String(32), nullable=False, server_default=""),
    Column("text", Text, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("state", String(12), nullable=False, server_default="open"),
    Column("decision", Text, nullable=False, server_default=""),
    Column("effect", Text, nullable=False, server_default=""),
    Column("late", Boolean, nullable=False, server_default=false()),
    Column("received_at", BigInteger, nullable=False),
    Column("received_by", String(96), nullable=False),
    Column("decided_at", BigInteger, nullable=True),
    Column("decided_by", String(96), nullable=True),
)

review_cases = Table(
    "review_cases",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("contest_id", Id, ForeignKey("contests.id", ondelete="CASCADE"), nullable=False),
    Column("signal", String(32), nullable=False),
    Column("subject", String(96), nullable=False),
    Column("detail", Json, nullable=False),
    Column("state", String(12), nullable=False, server_default="open"),
    Column("note", Text, nullable=False, server_default=""),
    Column("found_at", BigInteger, nullable=False),
    Column("decided_by", String(96), nullable=True),
    Column("decided_at", BigInteger, nullable=True),
    UniqueConstraint("contest_id", "signal", "subject"),
    comment="What the signals found, for people to look at; subject is stable, so that a repeat finds the same case.",
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
