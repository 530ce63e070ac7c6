"""The organiser's page of indicators: their wording, what they count, and what they were before.

Never counts; changing what a measured one counts has everything counted anew by itself.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.movement import desk
from admin.movement.desk import CanRead, CanWrite
from admin.services import services_of
from contest.errors import Invalid, Refused
from contest.provincial.rules import TargetGroup
from contest.skills import Skill
from contest.statistics import indicators, targets
from contest.statistics.facts import AGE_BANDS, COUNTED
from contest.statistics.target_model import CountUnit, Indicator, Population, SourceKind

router = APIRouter(include_in_schema=False)

CHOICES = {
    "kinds": COUNTED,
    "groups": tuple(TargetGroup),
    "ages": AGE_BANDS,
    "skills": tuple(Skill),
}


@router.get("/movement/indicators")
async def indicators_page(
    request: Request, caller: CanRead, q: str = "", kind: str = "", archived: bool = False, saved: str = ""
) -> HTMLResponse:
    """Measured and reported indicators, each under its own heading."""
    async with services_of(request).db.read() as reader:
        every = await indicators.listing(reader, archived=True)
        held = {one.indicator for one in await targets.listing(reader)}
    found = [
        one
        for one in every
        if (archived or not one.archived)
        and (not kind or one.source_kind == kind)
        and (not q or desk.finds(q, one.key, one.wording_vi, one.wording_en))
    ]
    return desk.show(
        request,
        "movement_indicators.html",
        groups=[(kind, [one for one in found if one.source_kind is kind]) for kind in SourceKind],
        total=len(every),
        held=held,
        q=q,
        kind=kind,
        archived=archived,
        saved=saved if saved in ("added", "replaced", "same") else "",
    )


@router.get("/movement/indicators/new")
async def new_indicator(request: Request, caller: CanWrite, kind: str = "measured") -> HTMLResponse:
    """The form of an indicator that does not exist yet."""
    chosen = SourceKind.EXTERNAL if kind == SourceKind.EXTERNAL else SourceKind.MEASURED
    return await _form(request, None, _empty(chosen))


@router.post("/movement/indicators")
async def add_indicator(request: Request, caller: CanWrite) -> Response:
    """Makes an indicator; its key stays for ever."""
    typed = _typed(await request.form())
    return await _save(request, caller, None, typed)


@router.get("/movement/indicators/{key}")
async def indicator_page(request: Request, caller: CanRead, key: str) -> HTMLResponse:
    """One indicator, its form and its history."""
    async with services_of(request).db.read() as reader:
        one = await indicators.load(reader, key)
    return await _form(request, one, _values(one))


@router.post("/movement/indicators/{key}")
async def save_indicator(request: Request, caller: CanWrite, key: str) -> Response:
    """Corrects an indicator; what it was stays in its history."""
    async with services_of(request).db.read() as reader:
        one = await indicators.load(reader, key)
    # What kind of source it has, and its key, are settled.
    typed = {**_typed(await request.form()), "key": one.key, "source_kind": str(one.source_kind)}
    return await _save(request, caller, one, typed)


async def _save(request: Request, caller: CanWrite, one: Indicator | None, typed: dict[str, Any]) -> Response:
    services = services_of(request)
    try:
        position = int(typed["position"] or 0)
        async with services.db.write() as writer:
            status = await indicators.save(
                writer,
                {**typed, "position": min(max(position, 0), 100_000)},
                actor=caller.actor,
                now_ms=services.clock.wall_ms(),
                new=one is None,
            )
    except ValueError:
        return await _form(request, one, typed, refusal=Invalid("request_invalid"))
    except Refused as refusal:
        return await _form(request, one, typed, refusal=refusal)
    return RedirectResponse(f"/movement/indicators?saved={status}", 303)


async def _form(
    request: Request, one: Indicator | None, typed: Mapping[str, Any], *, refusal: Refused | None = None
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        history = [] if one is None else await indicators.history(reader, one.key)
        names = await desk.names_of(reader)
        every = [] if one is None else await targets.listing(reader)
        places = await desk.places_of(request, reader)
    return desk.show(
        request,
        "movement_indicator.html",
        refusal=refusal,
        one=one,
        typed=typed,
        choices=CHOICES,
        units=tuple(CountUnit),
        populations=tuple(Population),
        history=history,
        held=sorted(
            (target for target in every if one is not None and target.indicator == one.key),
            key=lambda target: (places.order(target.place), target.deadline_day),
        ),
        said=lambda target: desk.value_text(request, one, is_rate=target.is_rate, value=target.value),
        places=places,
        names=names,
    )


def _typed(form: FormData) -> dict[str, Any]:
    plain = ("key", "wording_vi", "wording_en", "unit", "population", "source_kind", "position")
    measure: dict[str, Any] = {name: [str(value) for value in form.getlist(name)] for name in CHOICES}
    if form.get("passed"):
        measure["passed"] = True
    return {
        **{name: str(form.get(name, "")) for name in plain},
        "archived": bool(form.get("archived")),
        "measure": measure,
    }


def _values(one: Indicator) -> dict[str, Any]:
    return {
        "key": one.key,
        "wording_vi": one.wording_vi,
        "wording_en": one.wording_en,
        "unit": str(one.unit),
        "population": str(one.population),
        "source_kind": str(one.source_kind),
        "position": str(one.position),
        "archived": one.archived,
        "measure": dict(one.measure or {}),
    }


def _empty(kind: SourceKind) -> dict[str, Any]:
    return {
        "key": "",
        "wording_vi": "",
        "wording_en": "",
        "unit": str(CountUnit.PERSONS),
        "population": str(Population.ADULTS),
        "source_kind": str(kind),
        "position": "500",
        "archived": False,
        "measure": {},
    }
