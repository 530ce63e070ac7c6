"""The SQL tables of the ledger and of what is counted from it. No personal data: persons are pseudonymous numbers."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from contest.tables import Id, metadata


def _name(length: int) -> String:
    """A column of names that only programs compare: bytewise, which costs PostgreSQL a tenth of a collation."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


participation_facts = Table(
    "participation_facts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("xid", BigInteger, nullable=False, server_default="0"),
    Column("kind", String(16), nullable=False),
    Column("source", String(96), nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("person", BigInteger, nullable=True),
    Column("headcount", Integer, nullable=False, server_default="1"),
    Column("commune", String(5), nullable=True),
    Column("village_id", Id, nullable=True),
    Column("target_group", String(24), nullable=True),
    Column("sub_group", String(80), nullable=True),
    Column("unit_code", String(32), nullable=True),
    Column("age_band", String(8), nullable=True),
    Column("skills", String(160), nullable=False, server_default=""),
    Column("passed", Boolean, nullable=True),
    Column("score", Integer, nullable=True),
    Column("channel", String(8), nullable=False),
    Column("recorded_by", String(96), nullable=False),
    Column("festival_id", Id, nullable=True),
    Column("live_event_id", Id, nullable=True),
    Column("round_id", Id, nullable=True),
    Column("contest_id", Id, nullable=True),
    Column("team_id", Id, nullable=True),
    Column("release_at", BigInteger, nullable=False, server_default="0"),
    Column("voids", Id, nullable=True),
    Column("reason", Text, nullable=True),
    Column("same_as", BigInteger, nullable=True),
    UniqueConstraint("kind", "source"),
    Index("ix_participation_facts_xid_id", "xid", "id"),
    Index(
        "ix_participation_facts_person",
        "person",
        sqlite_where=text("person IS NOT NULL"),
        postgresql_where=text("person IS NOT NULL"),
    ),
    Index(
        "uq_participation_facts_voids",
        "voids",
        unique=True,
        sqlite_where=text("voids IS NOT NULL"),
        postgresql_where=text("voids IS NOT NULL"),
    ),
    comment="Append-only. (kind, source) is unique: a repeat writes nothing. A row of kind void takes back the fact in "
    "voids; one of kind same_person says that person is same_as. xid is the writing transaction on PostgreSQL (0 on "
    "SQLite): readers go by (xid, id) below the oldest transaction still running, so that none is skipped. day is "
    "local. No foreign keys: a fact outlives what it is of.",
)

fact_stream = Table(
    "fact_stream",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=False),
    Column("fact_id", Id, nullable=False, unique=True),
    Column("streamed_at", BigInteger, nullable=False),
    comment="The facts, and what takes them back, in the one order in which everybody hears of them, without gaps. A "
    "fact is here exactly when it is in the rollups.",
)

facts_held = Table(
    "facts_held",
    metadata,
    Column("fact_id", Id, primary_key=True, autoincrement=False),
    Column("release_at", BigInteger, nullable=False, index=True),
    comment="Facts whose count is still worth a prize: they join the stream when released.",
)

rollups = Table(
    "rollups",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("period", _name(16), primary_key=True),
    Column("place", _name(16), primary_key=True),
    Column("facet", _name(64), primary_key=True),
    Column("facts", BigInteger, nullable=False),
    Column("visits", BigInteger, nullable=False),
    Column("people", BigInteger, nullable=False),
    Column("anonymous", BigInteger, nullable=False),
    sqlite_with_rowid=False,
    # Counts change all the time and their keys never: room on the page spares the index.
    postgresql_with={"fillfactor": 75},
    comment="Exact counts of streamed facts that are not void: visits is the sum of headcounts, people the different "
    "persons, anonymous the visits without a person. Names of the cells: contest.statistics.cells.",
)

rollup_state = Table(
    "rollup_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("xid", BigInteger, nullable=False),
    Column("fact_id", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("next_generation", Integer, nullable=True),
    Column("next_definition", Text, nullable=True),
    Column("next_person", BigInteger, nullable=False, server_default="0"),
    Column("next_seq", BigInteger, nullable=False, server_default="0"),
    Column("next_until", BigInteger, nullable=False, server_default="0"),
    Column("paused_until", BigInteger, nullable=False, server_default="0"),
    Column("updated_at", BigInteger, nullable=False),
    comment="One row; version grows with every step. (xid, fact_id): up to where the ledger was read; seq: the last of "
    "the stream. definition: what is counted in generation. next_…: a generation being built by another definition: "
    "people up to next_person are in it, and facts without a person up to next_seq of next_until. Until paused_until "
    "nobody counts, because everything is being counted anew.",
)

counted_people = Table(
    "counted_people",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("root", BigInteger, nullable=False, index=True),
    comment="Numbers that count as another's: the lines of kind same_person that are in the counts. A root has no row.",
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", String(160), nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    comment="Stretches of days the movement counts by, such as 100 peak days; both ends included.",
)

villages = Table(
    "villages",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("commune", String(5), nullable=False),
    Column("name", String(120), nullable=False),
    Column("fold", String(120), nullable=False),
    Column("sort_key", String(400), nullable=False, server_default=""),
    Column("archived_at", BigInteger, nullable=True),
    UniqueConstraint("commune", "fold"),
    comment="Thôn, buôn, tổ dân phố of the communes, as organisers enter or import them.",
)
