"""Where every indicator stands: targets, denominators, what the ledger counted and what others reported, joined.

Measured and reported numbers are never added up. Never counts: the rollups did.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from contest import units
from contest.database import Reader
from contest.statistics import cells, denominators, external_figures, indicators, rollups, targets
from contest.statistics.contributions import Cell, Counts
from contest.statistics.external_figures import State
from contest.statistics.progress import Goal, Progress, progress
from contest.statistics.tables import external_figures as figures_table
from contest.statistics.target_model import CountUnit, Denominator, Figure, Indicator, Population, Target


@dataclass(frozen=True, slots=True)
class Reported:
    """The newest reported state of an external indicator in a place.

    `communes` is None for the place's own figure; else the province has none of its own and the count is the sum of so
    many communes' figures, the oldest of which is of `day`.
    """

    count: int | None
    rate_bp: int | None
    day: str
    source: str
    officer: str
    communes: int | None = None


@dataclass(frozen=True, slots=True)
class IndicatorStanding:
    """One indicator in one place on one day. `place` as `contest.statistics.cells` names it: "p" or "c:24133".

    A measured indicator has `counts` and no `reported`; an external one the reverse, or neither while nobody reported.
    `target` is the one that applies: the most specific, its next deadline. Heads counted without names are within
    the count of people (`counts.anonymous` says how many) and may be the same people twice.
    """

    indicator: Indicator
    place: str
    progress: Progress
    target: Target | None = None
    denominator: Denominator | None = None
    counts: Counts | None = None
    reported: Reported | None = None


async def indicators_of(reader: Reader, place: str, today: str) -> list[IndicatorStanding]:
    """Every indicator in use in one place, in the plan's order; `place` is "p" or a commune's. Six queries."""
    known = await _known(reader, [place], await _communes(reader), today)
    return known.of(place)


async def indicators_of_all(reader: Reader, today: str) -> dict[str, list[IndicatorStanding]]:
    """The same for the province and every commune at once, by place; the province first. As many queries."""
    communes = await _communes(reader)
    places = [cells.PROVINCE, *communes]
    known = await _known(reader, places, communes, today)
    return {place: known.of(place) for place in places}


def count_of(indicator: Indicator, counts: Counts) -> int:
    """What a measured indicator counts in a cell: visits, or people with the heads that were counted without names."""
    return counts.visits if indicator.unit is CountUnit.VISITS else counts.people + counts.anonymous


def heads_of(one: IndicatorStanding) -> int:
    """The heads without names in a count of people: to be told beside it, for they may be the same people twice."""
    return 0 if one.counts is None or one.indicator.unit is CountUnit.VISITS else one.counts.anonymous


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that the standings are made of."""

    today: str
    indicators: Sequence[Indicator]
    targets: dict[str, list[Target]]
    denominators: dict[tuple[str, Population], Denominator]
    counts: rollups.Cells
    states: dict[tuple[str, str], Reported]

    def of(self, place: str) -> list[IndicatorStanding]:
        return [self._one(indicator, place) for indicator in self.indicators]

    def _one(self, indicator: Indicator, place: str) -> IndicatorStanding:
        target = targets.applying(self.targets.get(indicator.key, ()), place, self.today)
        denominator = self.denominators.get((place, indicator.population))
        counts = reported = count = rate = None
        if indicator.measured:
            counts = self.counts[Cell(cells.ALL_TIME, place, cells.indicator(indicator.key))]
            count = count_of(indicator, counts)
        else:
            reported = self.states.get((indicator.key, place))
            if reported is not None:
                count, rate = reported.count, reported.rate_bp
        goal = None
        if target is not None:
            goal = Goal(target.is_rate, target.value, target.start_day, target.deadline_day)
        size = None if denominator is None else denominator.value
        stands = progress(goal, count=count, denominator=size, today=self.today, reported_bp=rate)
        return IndicatorStanding(indicator, place, stands, target, denominator, counts, reported)


async def _communes(reader: Reader) -> list[str]:
    return [cells.commune(unit.code) for unit in await units.all_units(reader)]


async def _known(reader: Reader, places: Sequence[str], communes: Sequence[str], today: str) -> _Known:
    used = await indicators.listing(reader)
    held: dict[str, list[Target]] = {}
    for one in await targets.listing(reader):
        held.setdefault(one.indicator, []).append(one)
    # The province is made of its communes where it has no number of its own, so all of them are needed then.
    wanted = None if cells.PROVINCE in places else places
    found = await external_figures.listing(reader, *([] if wanted is None else [figures_table.c.place.in_(wanted)]))
    return _Known(
        today=today,
        indicators=used,
        targets=held,
        denominators=denominators.newest(await denominators.listing(reader), communes, today),
        counts=await rollups.read(
            reader, [cells.ALL_TIME], places, [cells.indicator(one.key) for one in used if one.measured]
        ),
        states=_states(found, set(communes), today),
    )


def _states(found: Iterable[Figure], communes: Collection[str], today: str) -> dict[tuple[str, str], Reported]:
    """By indicator and place; the province's from its communes where it was not reported itself."""
    grouped: dict[tuple[str, str], list[Figure]] = {}
    for one in found:
        grouped.setdefault((one.indicator, one.place), []).append(one)
    told: dict[tuple[str, str], Reported] = {}
    parts: dict[str, list[State]] = {}
    for (indicator, place), figures in grouped.items():
        if (state := external_figures.state(figures, today)) is None:
            continue
        told[indicator, place] = Reported(state.count, state.rate_bp, state.day, state.source, state.officer)
        if place in communes and state.count is not None:
            parts.setdefault(indicator, []).append(state)
    for indicator, states in parts.items():
        if (indicator, cells.PROVINCE) not in told:
            count = sum(one.count or 0 for one in states)
            day = min(one.day for one in states)
            told[indicator, cells.PROVINCE] = Reported(count, None, day, "", "", len(states))
    return told
