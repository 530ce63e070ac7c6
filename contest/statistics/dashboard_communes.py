"""One indicator in every commune: what the tiles and the ranking show.

The same as `standing.indicators_of_all` gives for it, without reckoning all the others. Never ranks.
"""

from collections.abc import Iterable
from dataclasses import replace

from contest.database import Reader
from contest.statistics import cells, external_figures, rollups, standing, targets, versioned
from contest.statistics.contributions import Cell, Counts
from contest.statistics.dashboard_ranking import Entry, Ranked, ranked
from contest.statistics.denominators import denominator_record, newest
from contest.statistics.progress import Goal, progress
from contest.statistics.standing import IndicatorStanding, Reported
from contest.statistics.tables import denominators, movement_targets
from contest.statistics.tables import external_figures as figures_table
from contest.statistics.target_model import Denominator, Figure, Indicator, Population, Target, commune_of


async def sizes(reader: Reader, population: Population, codes: Iterable[str], today: str) -> dict[str, Denominator]:
    """How many there are of a population, by place; the province's too."""
    rows = await versioned.in_force(reader, denominators, denominators.c.population == str(population))
    places = [cells.commune(code) for code in codes]
    found = newest((denominator_record(row) for row in rows), places, today)
    return {place: one for (place, _), one in found.items()}


def with_counts(one: IndicatorStanding, counts: Counts, today: str) -> IndicatorStanding:
    """The same measured indicator with other counts than were read."""
    goal = None if one.target is None else _goal(one.target)
    size = None if one.denominator is None else one.denominator.value
    count = standing.count_of(one.indicator, counts)
    return replace(one, counts=counts, progress=progress(goal, count=count, denominator=size, today=today))


async def in_every(reader: Reader, indicator: Indicator, codes: Iterable[str], today: str) -> list[IndicatorStanding]:
    """Where the indicator stands in each of the communes, in their order. Four queries."""
    listed = list(codes)
    own = movement_targets.c.indicator == indicator.key
    held = [targets.target_record(row) for row in await versioned.in_force(reader, movement_targets, own)]
    of = await sizes(reader, indicator.population, listed, today)
    counts = rollups.Cells()
    figures: dict[str, list[Figure]] = {}
    if indicator.measured:
        counts = await rollups.communes(reader, cells.ALL_TIME, cells.indicator(indicator.key))
    else:
        for one in await external_figures.listing(reader, figures_table.c.indicator == indicator.key):
            figures.setdefault(one.place, []).append(one)
    made = []
    for code in listed:
        place = cells.commune(code)
        target = targets.applying(held, place, today)
        counted = reported = count = rate = None
        if indicator.measured:
            counted = counts[Cell(cells.ALL_TIME, place, cells.indicator(indicator.key))]
            count = standing.count_of(indicator, counted)
        elif (state := external_figures.state(figures.get(place, ()), today)) is not None:
            reported = Reported(state.count, state.rate_bp, state.day, state.source, state.officer)
            count, rate = state.count, state.rate_bp
        goal = None if target is None else _goal(target)
        size = of.get(place)
        whole = None if size is None else size.value
        stands = progress(goal, count=count, denominator=whole, today=today, reported_bp=rate)
        made.append(IndicatorStanding(indicator, place, stands, target, size, counted, reported))
    return made


def _goal(target: Target) -> Goal:
    return Goal(target.is_rate, target.value, target.start_day, target.deadline_day)


def ranking(found: Iterable[IndicatorStanding]) -> tuple[list[Ranked], list[Entry]]:
    """The communes by rate, and those without one. A count reckoned from a reported rate is not shown as counted."""
    return ranked(
        Entry(
            code=commune_of(one.place) or one.place,
            count=None if one.progress.implied else one.progress.count,
            size=None if one.denominator is None else one.denominator.value,
            rate_bp=None if one.reported is None else one.reported.rate_bp,
            heads=standing.heads_of(one),
        )
        for one in found
    )
