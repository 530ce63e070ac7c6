"""The JSON API of indicators, targets, denominators, reported figures, campaigns and villages, for automation.

Lists are stored whole or not at all, and a repeat changes nothing. Never renders pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request

from admin.movement.desk import CanRead, CanWrite, today_of
from admin.movement.target_models import (
    CampaignIn,
    CampaignOut,
    DenominatorOut,
    Denominators,
    Done,
    FigureOut,
    Figures,
    IndicatorIn,
    IndicatorOut,
    TargetOut,
    Targets,
    VillageOut,
    Villages,
)
from admin.services import services_of
from contest import audit, units
from contest.database import Reader, Writer
from contest.errors import Invalid
from contest.statistics import campaigns, denominators, external_figures, indicators, targets, versioned, villages
from contest.statistics.target_model import PERCENT, Version

router = APIRouter(prefix="/api/movement", tags=["movement"])


@router.get("/indicators")
async def list_indicators(request: Request, caller: CanRead, archived: bool = False) -> list[IndicatorOut]:
    """The plan's indicators, in its order."""
    async with services_of(request).db.read() as reader:
        found = await indicators.listing(reader, archived=archived)
    return [
        IndicatorOut(
            key=one.key,
            wording_vi=one.wording_vi,
            wording_en=one.wording_en,
            unit=one.unit,
            population=one.population,
            source_kind=one.source_kind,
            measure=None if one.measure is None else dict(one.measure),
            position=one.position,
            archived=one.archived,
            **_version(one.version),
        )
        for one in found
    ]


@router.post("/indicators")
async def save_indicator(request: Request, caller: CanWrite, body: IndicatorIn) -> Done:
    """Makes an indicator, or corrects the one of this key; whether it is measured never changes."""
    services = services_of(request)
    async with services.db.write() as writer:
        what = await indicators.save(writer, body.model_dump(), actor=caller.actor, now_ms=services.clock.wall_ms())
    return Done(results=[what])


@router.get("/targets")
async def list_targets(request: Request, caller: CanRead) -> list[TargetOut]:
    """Every target in force."""
    async with services_of(request).db.read() as reader:
        found = await targets.listing(reader)
    return [
        TargetOut(
            indicator=one.indicator,
            place=one.place,
            rate=one.value / PERCENT if one.is_rate else None,
            count=None if one.is_rate else one.value,
            start_day=one.start_day,
            deadline_day=one.deadline_day,
            document=one.document,
            wording=one.wording,
            **_version(one.version),
        )
        for one in found
    ]


@router.post("/targets")
async def save_targets(request: Request, caller: CanWrite, body: Targets) -> Done:
    """Puts targets in force; one of the same indicator, place and deadline is replaced and kept as history."""
    services = services_of(request)
    async with services.db.write() as writer:
        used = {one.key for one in await indicators.listing(Reader(writer))}
        known = await _communes(writer)
        rows = []
        for one in body:
            if (one.rate is None) == (one.count is None):
                raise Invalid("target_rate_or_count")
            value = one.count if one.rate is None else _hundredths(one.rate)
            values = {**one.model_dump(), "is_rate": one.rate is not None, "value": value}
            rows.append(targets.checked(values, used, known))
        _no_repeats(rows, targets.KEY)
        results = await targets.put(writer, rows, actor=caller.actor, now_ms=services.clock.wall_ms())
        await _note(writer, "targets", results, caller.actor, services.clock.wall_ms())
    return Done(results=results)


@router.get("/denominators")
async def list_denominators(request: Request, caller: CanRead) -> list[DenominatorOut]:
    """Every denominator in force, of all days; the newest day up to today counts."""
    async with services_of(request).db.read() as reader:
        found = await denominators.listing(reader)
    return [
        DenominatorOut(
            place=one.place,
            population=one.population,
            value=one.value,
            as_of_day=one.as_of_day,
            source=one.source,
            **_version(one.version),
        )
        for one in found
        if one.version is not None
    ]


@router.post("/denominators")
async def save_denominators(request: Request, caller: CanWrite, body: Denominators) -> Done:
    """Enters denominators; one of the same place, population and day is replaced and kept as history."""
    services = services_of(request)
    today = today_of(services)
    async with services.db.write() as writer:
        known = await _communes(writer)
        rows = [denominators.checked(one.model_dump(), known, today) for one in body]
        _no_repeats(rows, denominators.KEY)
        results = await denominators.put(writer, rows, actor=caller.actor, now_ms=services.clock.wall_ms())
        await _note(writer, "denominators", results, caller.actor, services.clock.wall_ms())
    return Done(results=results)


@router.get("/figures")
async def list_figures(request: Request, caller: CanRead, indicator: str = "", place: str = "") -> list[FigureOut]:
    """What others reported and is in force; never measured here."""
    async with services_of(request).db.read() as reader:
        found = await external_figures.listing(reader)
    return [
        FigureOut(
            indicator=one.indicator,
            place=one.place,
            first_day=one.first_day,
            day=one.day,
            count=one.count,
            rate=None if one.rate_bp is None else one.rate_bp / PERCENT,
            source=one.source,
            officer=one.officer,
            note=one.note,
            **_version(one.version),
        )
        for one in found
        if indicator in ("", one.indicator) and place in ("", one.place)
    ]


@router.post("/figures")
async def save_figures(request: Request, caller: CanWrite, body: Figures) -> Done:
    """Enters reported figures; one of the same indicator, place and days is replaced and kept as history."""
    services = services_of(request)
    today = today_of(services)
    async with services.db.write() as writer:
        used = {one.key: one for one in await indicators.listing(Reader(writer))}
        known = await _communes(writer)
        rows = [
            external_figures.checked(
                {**one.model_dump(), "rate_bp": None if one.rate is None else _hundredths(one.rate)},
                used,
                known,
                today,
            )
            for one in body
        ]
        _no_repeats(rows, external_figures.KEY)
        results = await external_figures.put(writer, rows, actor=caller.actor, now_ms=services.clock.wall_ms())
        await _note(writer, "figures", results, caller.actor, services.clock.wall_ms())
    return Done(results=results)


@router.get("/campaigns")
async def list_campaigns(request: Request, caller: CanRead) -> list[CampaignOut]:
    """Stretches of days that the movement counts by, the latest first."""
    async with services_of(request).db.read() as reader:
        found = await campaigns.listing(reader)
    return [CampaignOut(id=one.id, name=one.name, first_day=one.first_day, last_day=one.last_day) for one in found]


@router.post("/campaigns", status_code=201)
async def add_campaign(request: Request, caller: CanWrite, body: CampaignIn) -> CampaignOut:
    """Makes a campaign; each call makes another."""
    services = services_of(request)
    async with services.db.write() as writer:
        made = await campaigns.add(
            writer,
            body.name,
            body.first_day,
            body.last_day,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    return CampaignOut(id=made, name=body.name, first_day=body.first_day, last_day=body.last_day)


@router.get("/villages")
async def list_villages(
    request: Request, caller: CanRead, commune: str = "", archived: bool = False
) -> list[VillageOut]:
    """The villages of one commune, or of all."""
    async with services_of(request).db.read() as reader:
        found = await villages.listing(reader, [commune] if commune else None, archived=archived)
    return [
        VillageOut(id=one.id, commune=one.commune, name=one.name, archived=one.archived_at is not None) for one in found
    ]


@router.post("/villages")
async def add_villages(request: Request, caller: CanWrite, body: Villages) -> dict[str, int]:
    """Adds those that are not there; an archived one of that name comes back. Answers how many changed."""
    services = services_of(request)
    async with services.db.write() as writer:
        known = await _communes(writer)
        if any(one.commune not in known for one in body):
            raise Invalid("place_unknown")
        wanted = [(one.commune, one.name) for one in body]
        changed = await villages.add_many(writer, wanted, actor=caller.actor, now_ms=services.clock.wall_ms())
    return {"changed": changed}


async def _communes(writer: Writer) -> set[str]:
    return {str(unit.code) for unit in await units.all_units(Reader(writer))}


async def _note(writer: Writer, kind: str, results: Iterable[versioned.Put], actor: str, now_ms: int) -> None:
    told = list(results)
    detail = {str(what): told.count(what) for what in versioned.Put}
    if detail[versioned.Put.SAME] == len(told):
        return
    await audit.record(writer, actor=actor, action=f"movement.{kind}.enter", subject=kind, now_ms=now_ms, detail=detail)


def _no_repeats(rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> None:
    if len({tuple(row[name] for name in key) for row in rows}) < len(rows):
        raise Invalid("values_repeat")


def _hundredths(rate: float) -> int:
    return round(rate * PERCENT)


def _version(version: Version) -> dict[str, Any]:
    return {"id": version.id, "created_by": version.created_by, "created_at": version.created_at}
