"""What the public may see of the movement: the dashboards' numbers with small cells hidden for good.

The communes by target group are one table whose rows, columns and totals are all public, so all of it is hidden
together; each skill and each measured indicator is a column of communes under the province's number. What is not shown
by commune (weeks, ages) is a line of its own. Never shows villages, teams or reported figures of communes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from contest import units
from contest.database import Reader
from contest.statistics import cells, dashboard_communes, dashboards, rollups, standing
from contest.statistics.contributions import Counts
from contest.statistics.dashboards import Place
from contest.statistics.facts import AGE_BANDS, COUNTED
from contest.statistics.standing import IndicatorStanding
from contest.statistics.suppression import TOTAL, hidden_in_line, hidden_in_table, small
from contest.statistics.target_model import Population

GROUPS = ("pupil_student", "citizen", "official", "enterprise_worker", None)
_GROUP_OF = {
    Population.PUPILS_STUDENTS: "pupil_student",
    Population.OFFICIALS: "official",
    Population.ENTERPRISE_WORKERS: "enterprise_worker",
}
"""Populations that are a target group: their indicators are hidden where the group is."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Which cells of all time are hidden. `by_commune`: facets by code ("-" for facts that name none)."""

    by_commune: Mapping[str, frozenset[str]]
    province: frozenset[str]

    def hidden(self, code: str, facet: str = cells.EVERYTHING) -> bool:
        """Whether the number of a commune is hidden."""
        return facet in self.by_commune.get(code, ())

    def communes_without(self, facet: str) -> set[str]:
        """The communes whose number of this facet is hidden."""
        return {code for code, facets in self.by_commune.items() if facet in facets}


@dataclass(frozen=True, slots=True)
class Published:
    """The movement of all time at one moment: every number the public sees is of this reading, and so is what is
    hidden. `at`: counts by code and facet; `trend` has None for hidden weeks."""

    own: Place
    at: Mapping[str, Mapping[str, Counts]]
    screen: Screen
    trend: Sequence[Counts | None]

    def counts(self, code: str) -> Counts:
        """Everything in a commune; ask the screen first."""
        return self.at.get(code, {}).get(cells.EVERYTHING, Counts())


def heads(counts: Counts) -> int:
    """The persons of a cell: known ones, and those counted without names."""
    return counts.people + counts.anonymous


async def published(reader: Reader, now_ms: int) -> Published:
    """Everything, read at once."""
    own = await dashboards.place(reader, cells.PROVINCE, "all", now_ms)
    found = await rollups.communes(reader, cells.ALL_TIME)
    at: dict[str, dict[str, Counts]] = {code: {} for code in [*(str(unit.code) for unit in units.shipped()), "-"]}
    for cell, counts in found.items():
        at.setdefault(cell.place.removeprefix("c:"), {})[cell.facet] = counts
    gone = hidden_in_line({place: heads(one) for place, one in enumerate(own.trend)})
    trend = [None if place in gone else one for place, one in enumerate(own.trend)]
    return Published(own, at, screened(at, own.facets), trend)


def screened(at: Mapping[str, Mapping[str, Counts]], whole: Mapping[str, Counts]) -> Screen:
    """The screen for counts by commune and facet, and the province's by facet."""
    groups = [cells.group(one) for one in GROUPS]
    names = {**{facet: facet for facet in groups}, TOTAL: cells.EVERYTHING}
    table = {
        (code, column): heads(facets.get(facet, Counts()))
        for code, facets in at.items()
        for column, facet in names.items()
    } | {(TOTAL, column): heads(whole.get(facet, Counts())) for column, facet in names.items()}
    hidden: dict[str, set[str]] = {code: set() for code in at}
    province: set[str] = set()
    for row, column in hidden_in_table(table):
        (province if row == TOTAL else hidden[row]).add(names[column])
    for facet in {facet for facets in at.values() for facet in facets}:
        if facet.startswith(("skill:", "ind:")):
            line = {code: heads(facets.get(facet, Counts())) for code, facets in at.items()}
            for code in hidden_in_line(line):
                hidden[code].add(facet)
            if small(sum(line.values())):
                province.add(facet)
    for parts in ([cells.age(one) for one in (*AGE_BANDS, None)], _kinds()):
        province |= hidden_in_line({facet: heads(whole.get(facet, Counts())) for facet in parts})
    province |= {facet for facet, counts in whole.items() if small(heads(counts))}
    return Screen({code: frozenset(facets) for code, facets in hidden.items()}, frozenset(province))


def _kinds() -> list[str]:
    return [cells.kind(one) for one in COUNTED]


async def in_communes(reader: Reader, known: Published, chosen: str) -> list[IndicatorStanding]:
    """A measured indicator of the province (its key) in the communes that may show it."""
    indicator = next(one.indicator for one in known.own.measured if one.indicator.key == chosen)
    codes = [str(unit.code) for unit in units.shipped()]
    every = await dashboard_communes.in_every(reader, indicator, codes, known.own.today)
    return _open(known, every)


async def of_commune(reader: Reader, known: Published, code: str) -> list[IndicatorStanding]:
    """The measured indicators of a commune that may be shown."""
    every = await standing.indicators_of(reader, cells.commune(code), known.own.today)
    return _open(known, [one for one in every if one.indicator.measured])


def _open(known: Published, found: Iterable[IndicatorStanding]) -> list[IndicatorStanding]:
    shown = []
    for one in found:
        code = one.place.removeprefix("c:")
        if not _covered(known.screen, one, code):
            counts = known.at.get(code, {}).get(cells.indicator(one.indicator.key), Counts())
            shown.append(dashboard_communes.with_counts(one, counts, known.own.today))
    return shown


def of_province(known: Published) -> list[IndicatorStanding]:
    """The measured indicators of the province that may be shown."""
    gone = known.screen.province
    return [one for one in known.own.measured if cells.indicator(one.indicator.key) not in gone]


def _covered(known: Screen, one: IndicatorStanding, code: str) -> bool:
    """Whether an indicator of a commune would show a hidden number, or one that is all but the same."""
    facets: Collection[str] = known.by_commune.get(code, ())
    if cells.indicator(one.indicator.key) in facets:
        return True
    group = _GROUP_OF.get(one.indicator.population)
    return (cells.EVERYTHING if group is None else cells.group(group)) in facets
