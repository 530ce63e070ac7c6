"""The SQL table of reports as they were made: a report of a past day gives the same numbers for ever."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, UniqueConstraint

from contest.tables import Id, Json, metadata

report_snapshots = Table(
    "report_snapshots",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", String(8), nullable=False),
    Column("day", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("cut_at", BigInteger, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("document", Json, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("made_by", String(96), nullable=False),
    UniqueConstraint("kind", "day", "version"),
    Index("ix_report_snapshots_taken_at", "taken_at"),
    comment="kind is daily or weekly, day the local day at whose 11:00 (cut_at) it was due. The worker makes one; "
    "further versions were asked for. document has every number of it, of what had been counted up to seq.",
)
