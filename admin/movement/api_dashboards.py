"""The dashboards' numbers for programs: the same cells, to the unit.

Never formats; pages do.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from admin.caller import Caller
from admin.movement.dashboard_models import (
    ActOut,
    CommuneLine,
    CommuneOut,
    CommunesOut,
    CountsOut,
    FestivalNowOut,
    IndicatorOut,
    PeriodOut,
    PostOut,
    SummaryOut,
    TeamOut,
    VillageLine,
)
from admin.movement.pages_dashboard_festival import seen_now
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import services_of
from contest.errors import NotFound
from contest.statistics import cells, dashboard_period, dashboards, rollups
from contest.statistics.contributions import Counts
from contest.statistics.dashboards import Place
from contest.statistics.standing import IndicatorStanding
from realtime.figures.views import commune_names

router = APIRouter(prefix="/api/movement", tags=["movement"])

CanRead = Annotated[Caller, requires(Permission.MOVEMENT_READ)]
PeriodText = Annotated[
    str,
    Query(
        max_length=32,
        description="all (default), campaign (the one that runs), campaign:ID, week, 2026-W39, day, yesterday, or "
        "2026-09-20; days and weeks are local.",
    ),
]


@router.get("/summary")
async def summary(request: Request, caller: CanRead, period: PeriodText = "all") -> SummaryOut:
    """The province: everything in the period by kind, group, skill and age, and the indicators as they stand."""
    services = services_of(request)
    async with services.db.read() as reader:
        own = await dashboards.place(reader, cells.PROVINCE, period, services.clock.wall_ms())
    return SummaryOut(**_place(own))


@router.get("/communes")
async def communes(request: Request, caller: CanRead, period: PeriodText = "all") -> CommunesOut:
    """Every commune in the period."""
    services = services_of(request)
    async with services.db.read() as reader:
        known = await dashboards.period_of(reader, period, services.clock.wall_ms())
        found = await dashboards.by_commune(reader, known)
        seq, counted_at = await rollups.counted_until(reader)
    names = {**commune_names(), "-": ""}
    return CommunesOut(
        period=PeriodOut(**dashboard_period.names(known)),
        counted_at=counted_at,
        seq=seq,
        communes=[
            CommuneLine(code=code, name=name, counts=_counts(found.get(code, rollups.ZERO)))
            for code, name in names.items()
        ],
    )


@router.get("/communes/{code}")
async def commune(request: Request, caller: CanRead, code: str, period: PeriodText = "all") -> CommuneOut:
    """One commune with its villages and teams."""
    name = commune_names().get(code)
    if name is None:
        raise NotFound("commune_unknown")
    services = services_of(request)
    async with services.db.read() as reader:
        seen = await dashboards.commune(reader, code, period, services.clock.wall_ms())
    return CommuneOut(
        **_place(seen.own),
        code=code,
        name=name,
        villages=[VillageLine(id=one.id, name=one.name, counts=_counts(counts)) for one, counts in seen.villages],
        teams=[
            TeamOut(id=one.id, name=one.name, members=one.members, sessions=one.sessions, counts=_counts(one.counts))
            for one in seen.teams
        ],
    )


@router.get("/festivals/{festival_id}")
async def festival(request: Request, caller: CanRead, festival_id: RowId) -> FestivalNowOut:
    """A festival live: everything at it, post by post and act by act."""
    seen = await seen_now(services_of(request), festival_id)
    return FestivalNowOut(
        id=seen.festival.id,
        slug=seen.festival.slug,
        title=seen.festival.title,
        counted_at=seen.counted_at,
        seq=seen.seq,
        total=_counts(seen.of(cells.EVERYTHING)),
        today=_counts(seen.today),
        **_by_part(seen.facets),
        posts=[
            PostOut(id=one.item.id, kind=one.item.kind, title=one.item.title, guests=one.guests, heads=one.heads)
            for one in seen.posts
        ],
        acts=[
            ActOut(
                id=one.item.id,
                kind=one.item.kind,
                title=one.item.title,
                people=one.people,
                units=one.units,
                words=one.words,
                fired=one.fired,
            )
            for one in seen.acts
        ],
        communes=dict(seen.communes),
    )


def _counts(counts: Counts) -> CountsOut:
    return CountsOut(**counts._asdict())


def _by_part(facets: Mapping[str, Counts]) -> dict[str, dict[str, CountsOut]]:
    return {
        name: {
            facet.removeprefix(prefix): _counts(counts)
            for facet, counts in sorted(facets.items())
            if facet.startswith(prefix)
        }
        for name, prefix in (("kinds", "kind:"), ("groups", "group:"), ("skills", "skill:"), ("ages", "age:"))
    }


def _place(own: Place) -> dict[str, Any]:
    return {
        "period": PeriodOut(**dashboard_period.names(own.period)),
        "place": own.place,
        "counted_at": own.counted_at,
        "seq": own.seq,
        "total": _counts(own.total),
        **_by_part(own.facets),
        "measured": {
            facet.removeprefix("ind:"): _counts(counts)
            for facet, counts in sorted(own.facets.items())
            if facet.startswith("ind:")
        },
        "indicators": [_indicator(one) for one in own.standings],
    }


def _indicator(one: IndicatorStanding) -> IndicatorOut:
    progress = one.progress
    return IndicatorOut(
        key=one.indicator.key,
        wording_vi=one.indicator.wording_vi,
        wording_en=one.indicator.wording_en,
        measured=one.indicator.measured,
        unit=one.indicator.unit,
        population=one.indicator.population,
        status=progress.status,
        count=progress.count,
        rate=progress.rate,
        denominator=None if one.denominator is None else one.denominator.value,
        goal=progress.goal,
        goal_rate=progress.goal_rate,
        expected_rate=progress.expected_rate,
        deadline_day=None if one.target is None else one.target.deadline_day,
        source=None if one.reported is None else one.reported.source,
        as_of_day=None if one.reported is None else one.reported.day,
    )
