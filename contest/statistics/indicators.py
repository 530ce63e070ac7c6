"""The plan's indicators in SQL: shipped as data, changed by organisers, each with its history.

Never counts anything; `measures` says what the counting has to count.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert, select

from contest import audit, data
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.skills import Skill
from contest.statistics import versioned
from contest.statistics.contributions import Measure
from contest.statistics.facts import AGE_BANDS, COUNTED, FactKind
from contest.statistics.movement_checks import KEY, MAX_WORDING, line
from contest.statistics.tables import indicators
from contest.statistics.target_model import CountUnit, Indicator, Population, SourceKind

_KEY = ("key",)
_GROUPS = ("pupil_student", "citizen", "official", "enterprise_worker")
_COUNTED_UNITS = (CountUnit.PERSONS, CountUnit.VISITS)


def indicator_record(row: Any) -> Indicator:
    """A row as a value."""
    return Indicator(
        key=row.key,
        wording_vi=row.wording_vi,
        wording_en=row.wording_en,
        unit=CountUnit(row.unit),
        population=Population(row.population),
        source_kind=SourceKind(row.source_kind),
        measure=row.measure,
        position=row.position,
        archived=row.archived,
        version=versioned.version_of(row),
    )


async def seed(writer: Writer, now_ms: int) -> int:
    """Stores the shipped indicators that were never there; how many. What organisers changed or put away stays."""
    known = set((await writer.execute(select(indicators.c.key))).scalars())
    rows = [
        {**one, "archived": False, "created_by": audit.SYSTEM, "created_at": now_ms}
        for one in data.load("indicators.json")["indicators"]
        if one["key"] not in known
    ]
    if rows:
        await writer.execute(insert(indicators), rows)
    return len(rows)


async def listing(reader: Reader, *, archived: bool = False) -> list[Indicator]:
    """The indicators in force, in the plan's order; `archived`: also those that were put away."""
    rows = await versioned.in_force(reader, indicators)
    found = [indicator_record(row) for row in rows if archived or not row.archived]
    return sorted(found, key=lambda one: (one.position, one.key))


async def load(reader: Reader, key: str) -> Indicator:
    """Raises NotFound("indicator_unknown")."""
    rows = await versioned.in_force(reader, indicators, indicators.c.key == key)
    if not rows:
        raise NotFound("indicator_unknown")
    return indicator_record(rows[0])


async def history(reader: Reader, key: str) -> list[Indicator]:
    """Every version, the newest first."""
    return [indicator_record(row) for row in await versioned.history(reader, indicators, {"key": key})]


async def measures(reader: Reader) -> tuple[Measure, ...]:
    """What the counting counts for each measured indicator that is in use, by key."""
    return tuple(
        Measure(
            key=one.key,
            kinds=tuple(FactKind(kind) for kind in found.get("kinds", ())),
            groups=tuple(found.get("groups", ())),
            ages=tuple(found.get("ages", ())),
            skills=tuple(Skill(skill) for skill in found.get("skills", ())),
            passed=found.get("passed"),
        )
        for one in sorted(await listing(reader), key=lambda one: one.key)
        if one.measured and (found := one.measure) is not None
    )


async def save(
    writer: Writer, values: Mapping[str, Any], *, actor: str, now_ms: int, new: bool = False
) -> versioned.Put:
    """Puts an indicator in force as `checked` gives it. Raises Conflict("indicator_exists") when `new` and there is
    one, and Conflict("indicator_source_fixed") when a measured one would become reported, or the reverse."""
    row = checked(values)
    before = await versioned.in_force(Reader(writer), indicators, indicators.c.key == row["key"])
    if before and new:
        raise Conflict("indicator_exists")
    # A figure that was reported must never turn into one that looks measured.
    if before and before[0].source_kind != row["source_kind"]:
        raise Conflict("indicator_source_fixed")
    [what] = await versioned.put(writer, indicators, _KEY, [row], actor=actor, now_ms=now_ms)
    if what is not versioned.Put.SAME:
        await audit.record(
            writer, actor=actor, action=f"movement.indicator.{what}", subject=f"indicator:{row['key']}", now_ms=now_ms
        )
    return what


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The row of an indicator. Raises Invalid with what is wrong."""
    key = str(values["key"])
    if KEY.fullmatch(key) is None:
        raise Invalid("indicator_key")
    unit, population = CountUnit(values["unit"]), Population(values["population"])
    kind = SourceKind(values["source_kind"])
    measure = _measure(values.get("measure") or {}) if kind is SourceKind.MEASURED else None
    if measure is not None and unit not in _COUNTED_UNITS:
        raise Invalid("indicator_unit_measured")
    return {
        "key": key,
        "wording_vi": line(str(values["wording_vi"]), MAX_WORDING, "indicator_wording"),
        "wording_en": line(str(values["wording_en"]), MAX_WORDING, "indicator_wording"),
        "unit": str(unit),
        "population": str(population),
        "source_kind": str(kind),
        "measure": measure,
        "position": int(values.get("position") or 0),
        "archived": bool(values.get("archived", False)),
    }


def _measure(found: Mapping[str, Any]) -> dict[str, Any]:
    kinds = _known(found.get("kinds", ()), [str(kind) for kind in COUNTED])
    if not kinds:
        raise Invalid("indicator_counts_nothing")
    made: dict[str, Any] = {"kinds": kinds}
    for name, known in (("groups", _GROUPS), ("ages", AGE_BANDS), ("skills", [str(skill) for skill in Skill])):
        if chosen := _known(found.get(name, ()), known):
            made[name] = chosen
    if isinstance(found.get("passed"), bool):
        made["passed"] = found["passed"]
    return made


def _known(chosen: Iterable[str], known: Iterable[str]) -> list[str]:
    """The chosen ones in the order of the vocabulary. Raises Invalid("indicator_measure")."""
    asked, order = set(chosen), list(known)
    if not asked <= set(order):
        raise Invalid("indicator_measure")
    return [one for one in order if one in asked]
