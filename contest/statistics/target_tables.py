"""The SQL tables of indicators, targets, denominators and external figures.

Nothing is overwritten: a correction is a new row, and the old one says when and by whom it was replaced. One row of a
key is in force at most, and a row without a successor was withdrawn. Times as in `contest.tables`.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table, Text, false, text
from sqlalchemy.dialects.postgresql import JSONB

from contest.tables import Id, metadata

_Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_IN_FORCE = text("replaced_at IS NULL")


def _versioned() -> tuple[Column[int] | Column[str], ...]:
    """Who entered a row and when, and who replaced or withdrew it."""
    return (
        Column("created_by", String(96), nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("replaced_at", BigInteger, nullable=True),
        Column("replaced_by", String(96), nullable=True),
    )


def _one_in_force(table: str, *key: str) -> Index:
    return Index(f"uq_{table}_in_force", *key, unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE)


indicators = Table(
    "indicators",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", String(48), nullable=False),
    Column("wording_vi", Text, nullable=False),
    Column("wording_en", Text, nullable=False),
    Column("unit", String(16), nullable=False),
    Column("population", String(24), nullable=False),
    Column("source_kind", String(12), nullable=False),
    Column("measure", _Json, nullable=True),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("archived", Boolean, nullable=False, server_default=false()),
    *_versioned(),
    _one_in_force("indicators", "key"),
    comment="measure: which facts a measured indicator counts; null for one whose figures others report.",
)

movement_targets = Table(
    "movement_targets",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("indicator", String(48), nullable=False),
    Column("place", String(16), nullable=False),
    Column("is_rate", Boolean, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("start_day", String(10), nullable=False),
    Column("deadline_day", String(10), nullable=False),
    Column("document", String(300), nullable=False),
    Column("wording", Text, nullable=False, server_default=""),
    *_versioned(),
    _one_in_force("movement_targets", "indicator", "place", "deadline_day"),
    comment="place as contest.statistics.cells names it, c:* for every commune. value: hundredths of a percent of the "
    "indicator's population (is_rate) or a count.",
)

denominators = Table(
    "denominators",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("place", String(16), nullable=False),
    Column("population", String(24), nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("as_of_day", String(10), nullable=False),
    Column("source", String(300), nullable=False),
    *_versioned(),
    _one_in_force("denominators", "place", "population", "as_of_day"),
    comment="How many there are of a population in a place on a day.",
)

external_figures = Table(
    "external_figures",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("indicator", String(48), nullable=False),
    Column("place", String(16), nullable=False),
    Column("first_day", String(10), nullable=False, server_default=""),
    Column("day", String(10), nullable=False),
    Column("count", BigInteger, nullable=True),
    Column("rate_bp", Integer, nullable=True),
    Column("source", String(300), nullable=False),
    Column("officer", String(120), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    *_versioned(),
    _one_in_force("external_figures", "indicator", "place", "first_day", "day"),
    comment="What others report; never measured here. first_day empty: cumulative up to day; else of those days alone. "
    "rate_bp: hundredths of a percent, as reported.",
)
