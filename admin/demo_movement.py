"""The movement in the demo: the targets that plans have published, and numbers that everybody can see are samples.

Days are moved so that the plan is half over today. Never changes what is there already.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from contest import audit, data, units
from contest.catalogue import text
from contest.database import Reader, Writer
from contest.provincial.local_time import local_day
from contest.provincial.sheet_reading import Line
from contest.statistics import (
    campaigns,
    cells,
    denominators,
    external_figures,
    indicators,
    movement_rows,
    targets,
    villages,
)
from contest.statistics.target_model import Population
from contest.tables import installation

MARK = "demo_movement"
_HALF_WAY = date(2025, 9, 5)
_PEAK_DAYS = (date(2025, 7, 15), date(2025, 10, 25))
_SIZES_DAY = date(2025, 7, 1)
_SPREAD = (1, 2, 3)
"""Communes are of three sizes, so that nobody takes the numbers for real ones."""


async def seed(writer: Writer, now_ms: int) -> bool:
    """Fills the movement in once; False when it had been done before."""
    if (await writer.execute(select(installation.c.key).where(installation.c.key == MARK))).first() is not None:
        return False
    await writer.execute(insert(installation).values(key=MARK, value=str(now_ms)))
    await indicators.seed(writer, now_ms)
    today = local_day(now_ms)
    moved = date.fromisoformat(today) - _HALF_WAY

    def day(planned: date) -> str:
        return (planned + moved).isoformat()

    shipped = data.load("demo_movement.json")
    await _targets(writer, day, today, now_ms)
    await _denominators(writer, shipped, day, now_ms)
    await _figures(writer, shipped, today, now_ms)
    wanted = [(commune, name) for commune, names in shipped["villages"].items() for name in names]
    await villages.add_many(writer, wanted, actor=audit.SYSTEM, now_ms=now_ms)
    first, last = (day(one) for one in _PEAK_DAYS)
    await campaigns.add(writer, text("vi", "demo.campaign"), first, last, actor=audit.SYSTEM, now_ms=now_ms)
    return True


async def _targets(writer: Writer, day: Callable[[date], str], today: str, now_ms: int) -> None:
    known = movement_rows.Context(
        await units.all_units(Reader(writer)), await indicators.listing(Reader(writer)), today
    )
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(data.load("movement_targets.json")["targets"], start=1):
        row = movement_rows.target(Line(number, one), known)
        assert row is not None
        moved = {name: day(date.fromisoformat(row.values[name])) for name in ("start_day", "deadline_day")}
        document = text("vi", "demo.document", document=row.values["document"])
        rows.append({**row.values, **moved, "document": document})
    await targets.put(writer, rows, actor=audit.SYSTEM, now_ms=now_ms)


async def _denominators(writer: Writer, shipped: Any, day: Callable[[date], str], now_ms: int) -> None:
    source, as_of = text("vi", "demo.source"), day(_SIZES_DAY)
    found = [
        (cells.commune(unit.code), name, size * _SPREAD[number % len(_SPREAD)])
        for number, unit in enumerate(await units.all_units(Reader(writer)))
        for name, size in shipped["sizes"].items()
    ]
    found += [(cells.PROVINCE, name, size) for name, size in shipped["province"].items()]
    rows = [
        {"place": place, "population": str(Population(name)), "value": size, "as_of_day": as_of, "source": source}
        for place, name, size in found
    ]
    await denominators.put(writer, rows, actor=audit.SYSTEM, now_ms=now_ms)


async def _figures(writer: Writer, shipped: Any, today: str, now_ms: int) -> None:
    source = text("vi", "demo.source")
    sizes = {
        one.place: one.value
        for one in await denominators.listing(Reader(writer))
        if one.population is Population.ADULTS
    }
    found = [
        (cells.PROVINCE if place == cells.PROVINCE else cells.commune(place), key, count, rate)
        for place, key, count, rate in shipped["figures"]
    ]
    percents = shipped["vneid_percent"]
    for number, (place, size) in enumerate(sizes.items()):
        if (percent := percents[number % len(percents)]) is not None:
            found.append((place, "vneid_confirmed", size * percent // 100, None))
    rows = [
        {
            "indicator": key, "place": place, "first_day": "", "day": today, "count": count, "rate_bp": rate,
            "source": source, "officer": "", "note": "",
        }
        for place, key, count, rate in found
    ]  # fmt: skip
    await external_figures.put(writer, rows, actor=audit.SYSTEM, now_ms=now_ms)
