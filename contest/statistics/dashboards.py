"""What the dashboards of the province and of a commune show, read from the rollups: no fact is looked at.

Each is a handful of queries whose cost does not grow with the ledger. Never formats and never hides: the public's view
is `dashboard_public`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from contest import units
from contest.database import Reader
from contest.festival.tables import festivals
from contest.provincial.local_time import local_day
from contest.statistics import campaigns, cells, dashboard_communes, dashboard_period, rollups, standing, villages
from contest.statistics.campaigns import Campaign
from contest.statistics.contributions import Cell, Counts
from contest.statistics.dashboard_period import Period, Step
from contest.statistics.standing import IndicatorStanding
from contest.statistics.villages import Village
from contest.teams.tables import team_members, team_sessions, team_villages, teams

SPARK_WEEKS = 8
SHORTEST = 4
"""Weeks of the shortest trend of all time."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place in one period. `facets`: its counts by facet; `weeks`: visits of the last weeks by facet.

    `counted_at`: when the rollups were last written (0: never); `seq`: up to which fact of the stream.
    """

    place: str
    period: Period
    today: str
    counted_at: int
    seq: int
    campaigns: Sequence[Campaign]
    facets: Mapping[str, Counts]
    steps: Sequence[Step]
    trend: Sequence[Counts]
    weeks: Mapping[str, tuple[int, ...]]
    standings: Sequence[IndicatorStanding]

    @property
    def total(self) -> Counts:
        """Everything in the period."""
        return self.of(cells.EVERYTHING)

    def of(self, facet: str) -> Counts:
        """One facet; nothing where there is none."""
        return self.facets.get(facet, rollups.ZERO)

    @property
    def measured(self) -> list[IndicatorStanding]:
        return [one for one in self.standings if one.indicator.measured]

    @property
    def reported(self) -> list[IndicatorStanding]:
        return [one for one in self.standings if not one.indicator.measured]


@dataclass(frozen=True, slots=True)
class Province:
    """The province. `communes`: everything in the period by code, "-" for facts that name none; `ranked`: the chosen
    indicator in every commune."""

    own: Place
    communes: Mapping[str, Counts]
    chosen: str = ""
    ranked: Sequence[IndicatorStanding] = ()


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team of a commune: its people and villages, the sessions it held, and what they count in the period."""

    id: int
    name: str
    members: int
    villages: int
    sessions: int
    counts: Counts = rollups.ZERO


@dataclass(frozen=True, slots=True)
class FestivalLine:
    """A festival by what its list shows."""

    id: int
    title: str
    commune: str | None
    first_day: str
    last_day: str
    state: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune with its villages and teams."""

    own: Place
    villages: Sequence[tuple[Village, Counts]]
    teams: Sequence[TeamLine]
    festivals: Sequence[FestivalLine] = field(default=())


async def period_of(reader: Reader, text: str, now_ms: int) -> Period:
    """The period of an address. Raises Invalid("period_unknown")."""
    return dashboard_period.parse(text, local_day(now_ms), await campaigns.listing(reader))


async def place(
    reader: Reader,
    name: str,
    text: str,
    now_ms: int,
    *,
    sparks: Iterable[str] = (),
) -> Place:
    """One place (as `cells` names it) in the period of an address; `sparks`: facets whose weeks are asked for.

    Raises Invalid("period_unknown").
    """
    today = local_day(now_ms)
    known = await campaigns.listing(reader)
    period = dashboard_period.parse(text, today, known)
    seq, counted_at = await rollups.counted_until(reader)
    steps = dashboard_period.steps(period, today)
    lately = dashboard_period.last_weeks(today, SPARK_WEEKS)
    wanted = list(sparks)
    facets = await rollups.every_facet(reader, period.cell, name)
    found = await rollups.read(
        reader, [step.cell for step in steps] + (lately if wanted else []), [name], [cells.EVERYTHING, *wanted]
    )
    counts = [found[Cell(step.cell, name, cells.EVERYTHING)] for step in steps]
    while period.cell == cells.ALL_TIME and len(steps) > SHORTEST and not counts[0].visits and not counts[1].visits:
        # A movement of three weeks is drawn as three weeks.
        steps, counts = steps[1:], counts[1:]
    return Place(
        place=name,
        period=period,
        today=today,
        counted_at=counted_at,
        seq=seq,
        campaigns=known,
        facets=facets,
        steps=steps,
        trend=counts,
        weeks={facet: tuple(found[Cell(week, name, facet)].visits for week in lately) for facet in wanted},
        standings=await standing.indicators_of(reader, name, today),
    )


async def province(reader: Reader, text: str, now_ms: int, *, chosen: str = "", sparks: Iterable[str] = ()) -> Province:
    """The province in the period of an address; `chosen` is the indicator that tiles and ranking show.

    Without one it is the first measured one that has a target or a rate. Raises Invalid("period_unknown").
    """
    own = await place(reader, cells.PROVINCE, text, now_ms, sparks=sparks)
    known = {one.indicator.key: one.indicator for one in own.standings}
    if chosen not in known:
        chosen = default_indicator(own.standings)
    codes = [str(unit.code) for unit in units.shipped()]
    ranked = await dashboard_communes.in_every(reader, known[chosen], codes, own.today) if chosen else []
    return Province(own, await by_commune(reader, own.period), chosen, ranked)


async def by_commune(reader: Reader, period: Period) -> dict[str, Counts]:
    """Everything in the period by commune; "-": facts that name none."""
    found = await rollups.communes(reader, period.cell, cells.EVERYTHING)
    return {cell.place.removeprefix("c:"): counts for cell, counts in found.items()}


def default_indicator(found: Iterable[IndicatorStanding]) -> str:
    """The indicator to look at when nobody has chosen one; "" where there is none."""
    measured = [one for one in found if one.indicator.measured]
    aimed = [one for one in measured if one.target is not None]
    rated = [one for one in aimed if one.progress.rate is not None]
    # The one that most people are in: it says most, and hides least from the public.
    best = max(rated or aimed or measured, key=lambda one: one.progress.count or 0, default=None)
    return "" if best is None else best.indicator.key


async def commune(reader: Reader, code: str, text: str, now_ms: int, *, sparks: Iterable[str] = ()) -> Commune:
    """A commune by its code, which must be one. Raises Invalid("period_unknown")."""
    own = await place(reader, cells.commune(code), text, now_ms, sparks=sparks)
    by_village = await commune_villages(reader, code, own.period.cell)
    return Commune(own, by_village, await team_lines(reader, code, own.period), await held(reader, code))


async def commune_villages(reader: Reader, code: str, period: str) -> list[tuple[Village, Counts]]:
    """The villages of a commune in Vietnamese order, each with everything in a period (a cell's name)."""
    listed = await villages.of_commune(reader, code)
    counts = await rollups.villages(reader, period, [one.id for one in listed], [cells.EVERYTHING])
    return [(one, counts[Cell(period, cells.village(one.id), cells.EVERYTHING)]) for one in listed]


async def team_lines(reader: Reader, code: str, period: Period) -> list[TeamLine]:
    """The teams of a commune that are at work, in Vietnamese order."""
    members = select(func.count()).where(team_members.c.team_id == teams.c.id, team_members.c.active).scalar_subquery()
    served = select(func.count()).where(team_villages.c.team_id == teams.c.id).scalar_subquery()
    done = (
        select(func.count())
        .where(team_sessions.c.team_id == teams.c.id, team_sessions.c.undone_at.is_(None))
        .scalar_subquery()
    )
    query = select(teams.c.id, teams.c.name, members, served, done).where(teams.c.commune == code, teams.c.active)
    found = (await reader.execute(query.order_by(teams.c.sort_key, teams.c.id))).all()
    places = [cells.team(row[0]) for row in found]
    counts = await rollups.read(reader, [period.cell], places, [cells.EVERYTHING]) if places else rollups.Cells()
    return [TeamLine(*row, counts[Cell(period.cell, cells.team(row[0]), cells.EVERYTHING)]) for row in found]


async def held(reader: Reader, code: str | None = None) -> list[FestivalLine]:
    """The festivals of a commune, or all, that are more than drafts, the latest first."""
    c = festivals.c
    query = select(c.id, c.title, c.commune, c.first_day, c.last_day, c.state).where(c.state != "draft")
    if code is not None:
        query = query.where(c.commune == code)
    return [FestivalLine(*row) for row in await reader.execute(query.order_by(c.first_day.desc(), c.id.desc()))]
