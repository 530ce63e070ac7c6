"""Figures that others report, in SQL: of whom, up to when or of which days, from where, by which officer.

They are never called measured and never added to what the ledger counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid
from contest.statistics import movement_checks as checks
from contest.statistics import versioned
from contest.statistics.tables import external_figures
from contest.statistics.target_model import Figure, Indicator

KEY = ("indicator", "place", "first_day", "day")


@dataclass(frozen=True, slots=True)
class State:
    """What was reported of an indicator in a place up to a day."""

    count: int | None
    rate_bp: int | None
    day: str
    source: str
    officer: str


def figure_record(row: Any) -> Figure:
    """A row as a value."""
    return Figure(
        indicator=row.indicator,
        place=row.place,
        first_day=row.first_day or None,
        day=row.day,
        count=row.count,
        rate_bp=row.rate_bp,
        source=row.source,
        officer=row.officer,
        note=row.note,
        version=versioned.version_of(row),
    )


async def listing(reader: Reader, *where: Any) -> list[Figure]:
    """Every figure in force that meets the conditions."""
    return [figure_record(row) for row in await versioned.in_force(reader, external_figures, *where)]


async def history(reader: Reader, indicator: str, place: str) -> list[Figure]:
    """Every figure of an indicator in a place and every correction, the newest entry first."""
    found = await versioned.history(reader, external_figures, {"indicator": indicator, "place": place})
    return [figure_record(row) for row in found]


def state(found: Iterable[Figure], today: str) -> State | None:
    """What one place's figures of one indicator say by today: the newest cumulative one, and the periods after it."""
    known = [one for one in found if one.day <= today]
    base = max((one for one in known if one.first_day is None), key=lambda one: one.day, default=None)
    since = "" if base is None else base.day
    later = sorted(
        (one for one in known if one.first_day is not None and one.first_day > since), key=lambda one: one.day
    )
    if base is not None and (base.count is None or not later):
        # A rate that came without its count cannot be added to.
        return State(base.count, base.rate_bp, base.day, base.source, base.officer)
    if not later:
        return None
    count = sum(one.count or 0 for one in later) + (0 if base is None else base.count or 0)
    return State(count, None, later[-1].day, later[-1].source, later[-1].officer)


def checked(
    values: Mapping[str, Any], indicators: Mapping[str, Indicator], communes: Iterable[str], today: str
) -> dict[str, Any]:
    """The row of a figure. Raises Invalid with what is wrong; a measured indicator takes no figures."""
    indicator = indicators.get(str(values["indicator"]))
    if indicator is None:
        raise Invalid("indicator_unknown")
    if indicator.measured:
        raise Invalid("figure_measured")
    first, day = values.get("first_day") or None, checks.not_future(str(values["day"]), today)
    if first is not None:
        checks.span(str(first), day)
    count, rate = values.get("count"), values.get("rate_bp")
    if count is None and rate is None:
        raise Invalid("figure_empty")
    if first is not None and count is None:
        raise Invalid("figure_period_rate")
    return {
        "indicator": indicator.key,
        "place": checks.place(str(values["place"]), set(communes)),
        "first_day": "" if first is None else str(first),
        "day": day,
        "count": None if count is None else checks.count(int(count)),
        "rate_bp": None if rate is None else checks.rate(int(rate)),
        "source": checks.line(str(values["source"]), checks.MAX_SOURCE, "source_missing"),
        "officer": checks.line(str(values.get("officer") or ""), checks.MAX_OFFICER, "officer_long", required=False),
        "note": checks.line(str(values.get("note") or ""), checks.MAX_NOTE, "note_long", required=False),
    }


async def overlaps(reader: Reader, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Which of the rows are of days that another figure in force, or an earlier one of `rows`, counts already."""
    asked = {row["indicator"] for row in rows if row["first_day"]}
    if not asked:
        return [False] * len(rows)
    c = external_figures.c
    stored = await versioned.in_force(reader, external_figures, c.first_day != "", c.indicator.in_(sorted(asked)))
    taken: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one in stored:
        taken.setdefault((one.indicator, one.place), set()).add((one.first_day, one.day))
    told: list[bool] = []
    for row in rows:
        span = (row["first_day"], row["day"])
        held = taken.setdefault((row["indicator"], row["place"]), set())
        # The same days are a correction of the same figure.
        hit = bool(span[0]) and any(span != other and span[0] <= other[1] and other[0] <= span[1] for other in held)
        told.append(hit)
        if span[0] and not hit:
            held.add(span)
    return told


async def put(writer: Writer, rows: Sequence[Mapping[str, Any]], *, actor: str, now_ms: int) -> list[versioned.Put]:
    """Puts figures in force as `checked` gives them; no key twice. Raises Conflict("figure_overlaps")."""
    if any(await overlaps(Reader(writer), rows)):
        raise Conflict("figure_overlaps")
    return await versioned.put(writer, external_figures, KEY, rows, actor=actor, now_ms=now_ms)


async def withdraw(writer: Writer, figure_id: int, *, actor: str, now_ms: int) -> Figure:
    """Takes a figure out of force. Raises NotFound("value_unknown")."""
    row = await versioned.withdraw(writer, external_figures, figure_id, actor=actor, now_ms=now_ms)
    await audit.record(
        writer, actor=actor, action="movement.figure.withdrawn", subject=f"figure:{figure_id}", now_ms=now_ms
    )
    return figure_record(row)
