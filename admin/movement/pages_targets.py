"""The organiser's page of targets: what every indicator shall reach, where and by when, with its history.

Never reckons progress; the dashboards show it.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.movement import desk
from admin.movement.desk import CanRead, CanWrite
from admin.params import RowId
from admin.services import services_of
from contest.errors import NotFound, Refused
from contest.statistics import indicators, movement_import, targets, versioned
from contest.statistics.movement_sheet import Kind
from contest.statistics.tables import movement_targets
from contest.statistics.target_model import Indicator

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=1_000)]
FIELDS = ("place", "indicator", "value", "unit", "start", "deadline", "document", "wording")


@router.get("/movement/targets")
async def targets_page(
    request: Request, caller: CanRead, q: str = "", place: str = "", indicator: str = "", saved: str = ""
) -> HTMLResponse:
    """Every target in force, by place and indicator."""
    return await _show(request, q=q, place=place, indicator=indicator, saved=saved)


@router.post("/movement/targets")
async def save_target(
    request: Request,
    caller: CanWrite,
    place: Text = "",
    indicator: Text = "",
    value: Text = "",
    unit: Text = "",
    start: Text = "",
    deadline: Text = "",
    document: Text = "",
    wording: Text = "",
    seen: Text = "",
) -> Response:
    """Sets a target, or corrects the one of the same place, indicator and deadline."""
    typed = dict(zip(FIELDS, (place, indicator, value, unit, start, deadline, document, wording), strict=True))
    try:
        status = await desk.enter_one(services_of(request), caller, Kind.TARGETS, typed, desk.seen_of(seen))
    except Refused as refusal:
        return await _show(request, refusal=refusal, typed=typed)
    return RedirectResponse(f"/movement/targets?saved={status}", 303)


@router.get("/movement/targets/{target_id}")
async def target_page(request: Request, caller: CanRead, target_id: RowId) -> HTMLResponse:
    """One target and everything it was before."""
    async with services_of(request).db.read() as reader:
        places = await desk.places_of(request, reader)
        [row] = await versioned.history(reader, movement_targets, {"id": target_id}) or [None]
        if row is None:
            raise NotFound("value_unknown")
        found = await targets.history(reader, row.indicator, row.place, row.deadline_day)
        indicator = next(iter(await indicators.history(reader, row.indicator)), None)
        names = await desk.names_of(reader)
    return desk.show(
        request,
        "movement_target.html",
        target=targets.target_record(row),
        found=found,
        current=next((one for one in found if one.version.replaced_at is None), None),
        indicator=indicator,
        places=places,
        names=names,
        said=lambda one: desk.value_text(request, indicator, is_rate=one.is_rate, value=one.value),
    )


@router.post("/movement/targets/{target_id}/withdraw")
async def withdraw_target(request: Request, caller: CanWrite, target_id: RowId) -> Response:
    """Takes a target out of force; its history stays."""
    services = services_of(request)
    async with services.db.write() as writer:
        await targets.withdraw(writer, target_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return RedirectResponse("/movement/targets?saved=withdrawn", 303)


async def _show(
    request: Request,
    *,
    q: str = "",
    place: str = "",
    indicator: str = "",
    saved: str = "",
    refusal: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    services, today = desk.services_and_day(request)
    async with services.db.read() as reader:
        places = await desk.places_of(request, reader)
        used = await indicators.listing(reader, archived=True)
        every = await targets.listing(reader)
        seen = await movement_import.newest(reader, Kind.TARGETS)
    by_key = {one.key: one for one in used}
    found = [
        one
        for one in every
        if (not place or one.place == place)
        and (not indicator or one.indicator == indicator)
        and (
            not q
            or desk.finds(
                q, places.name(one.place), one.wording, one.document, _wording(by_key, one.indicator, places.lang)
            )
        )
    ]
    order = {one.key: place for place, one in enumerate(used)}
    found.sort(key=lambda one: (places.order(one.place), order.get(one.indicator, 999), one.deadline_day))
    return desk.show(
        request,
        "movement_targets.html",
        refusal=refusal,
        found=found[: desk.MOST_SHOWN],
        more=max(0, len(found) - desk.MOST_SHOWN),
        total=len(every),
        seen=seen,
        used_places=sorted({one.place for one in every}, key=places.order),
        indicators=[one for one in used if not one.archived],
        by_key=by_key,
        places=places,
        today=today,
        q=q,
        place=place,
        indicator=indicator,
        saved=saved if saved in ("added", "replaced", "same", "withdrawn") else "",
        typed=typed or dict.fromkeys(FIELDS, ""),
        said=lambda one: desk.value_text(request, by_key.get(one.indicator), is_rate=one.is_rate, value=one.value),
    )


def _wording(by_key: dict[str, Indicator], key: str, lang: str) -> str:
    one = by_key.get(key)
    return key if one is None else f"{one.key} {one.wording(lang)}"
