"""Denominators in SQL: how many there are of a population, where, on which day, says who.

Never guesses: a province without a number of its own has one only when each of its communes has.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Invalid
from contest.statistics import cells, versioned
from contest.statistics import movement_checks as checks
from contest.statistics.tables import denominators
from contest.statistics.target_model import Denominator, Population

KEY = ("place", "population", "as_of_day")


def denominator_record(row: Any) -> Denominator:
    """A row as a value."""
    return Denominator(
        place=row.place,
        population=Population(row.population),
        value=row.value,
        as_of_day=row.as_of_day,
        source=row.source,
        version=versioned.version_of(row),
    )


async def listing(reader: Reader) -> list[Denominator]:
    """Every denominator in force, of all days."""
    return [denominator_record(row) for row in await versioned.in_force(reader, denominators)]


async def history(reader: Reader, place: str, population: str) -> list[Denominator]:
    """Every value that a place had for a population, of all days, the newest entry first."""
    found = await versioned.history(reader, denominators, {"place": place, "population": population})
    return [denominator_record(row) for row in found]


def newest(
    found: Iterable[Denominator], communes: Iterable[str], today: str
) -> dict[tuple[str, Population], Denominator]:
    """The denominators that count on a day, by place and population; the province's summed where it has none.

    `communes` are the places of all communes.
    """
    every = set(communes)
    chosen: dict[tuple[str, Population], Denominator] = {}
    for one in found:
        key = (one.place, one.population)
        if one.as_of_day <= today and (key not in chosen or chosen[key].as_of_day < one.as_of_day):
            chosen[key] = one
    by_population: dict[Population, list[Denominator]] = {}
    for (place, population), one in chosen.items():
        if place in every:
            by_population.setdefault(population, []).append(one)
    for population, parts in by_population.items():
        if (cells.PROVINCE, population) not in chosen and len(parts) == len(every):
            oldest = min(parts, key=lambda one: one.as_of_day)
            chosen[cells.PROVINCE, population] = Denominator(
                cells.PROVINCE,
                population,
                sum(one.value for one in parts),
                oldest.as_of_day,
                oldest.source,
                None,
                summed=True,
            )
    return chosen


def checked(values: Mapping[str, Any], communes: Iterable[str], today: str) -> dict[str, Any]:
    """The row of a denominator. Raises Invalid with what is wrong."""
    try:
        population = Population(values["population"])
    except ValueError:
        raise Invalid("population_unknown") from None
    return {
        "place": checks.place(str(values["place"]), set(communes)),
        "population": str(population),
        "value": checks.count(int(values["value"]), least=1),
        "as_of_day": checks.not_future(str(values["as_of_day"]), today),
        "source": checks.line(str(values["source"]), checks.MAX_SOURCE, "source_missing"),
    }


async def put(writer: Writer, rows: Sequence[Mapping[str, Any]], *, actor: str, now_ms: int) -> list[versioned.Put]:
    """Puts denominators in force as `checked` gives them; no key twice."""
    return await versioned.put(writer, denominators, KEY, rows, actor=actor, now_ms=now_ms)


async def withdraw(writer: Writer, denominator_id: int, *, actor: str, now_ms: int) -> Denominator:
    """Takes a denominator out of force. Raises NotFound("value_unknown")."""
    row = await versioned.withdraw(writer, denominators, denominator_id, actor=actor, now_ms=now_ms)
    await audit.record(
        writer,
        actor=actor,
        action="movement.denominator.withdrawn",
        subject=f"denominator:{denominator_id}",
        now_ms=now_ms,
    )
    return denominator_record(row)
