"""The organiser's page of villages: the thôn, buôn and tổ dân phố of each commune.

Never deletes one: facts name it.
"""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.movement import desk
from admin.movement.desk import CanRead, CanWrite
from admin.params import RowId
from admin.services import services_of
from contest.errors import Invalid, Refused
from contest.statistics import movement_values, villages
from contest.statistics.target_model import commune_of, place_of

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=4_000)]


@router.get("/movement/villages")
async def villages_page(
    request: Request, caller: CanRead, commune: str = "", q: str = "", archived: bool = False, saved: str = ""
) -> HTMLResponse:
    """The communes with how many villages each has; one commune's villages when it is chosen."""
    return await _show(request, commune=commune, q=q, archived=archived, saved=saved)


@router.post("/movement/villages")
async def add_villages(request: Request, caller: CanWrite, place: Text = "", names: Text = "") -> Response:
    """Adds villages to a commune, one in each line."""
    services = services_of(request)
    async with services.db.read() as reader:
        places = await desk.places_of(request, reader)
    commune = None
    try:
        commune = commune_of(movement_values.place(place, places.units, []))
        if commune is None:
            raise Invalid("village_of_commune")
        wanted = [(commune, line) for line in names.splitlines() if line.strip()]
        if not wanted:
            raise Invalid("village_name", limit=villages.MAX_NAME)
        async with services.db.write() as writer:
            changed = await villages.add_many(writer, wanted, actor=caller.actor, now_ms=services.clock.wall_ms())
    except Refused as refusal:
        return await _show(request, commune=commune or "", refusal=refusal, typed=(place, names))
    return RedirectResponse(f"/movement/villages?commune={commune}&saved={'added' if changed else 'same'}", 303)


@router.post("/movement/villages/{village_id}")
async def change_village(
    request: Request, caller: CanWrite, village_id: RowId, act: Text = "", name: Text = ""
) -> Response:
    """Renames a village, puts it away or takes it back."""
    services = services_of(request)
    actor, now_ms = caller.actor, services.clock.wall_ms()
    async with services.db.read() as reader:
        one = await villages.load(reader, village_id)
    try:
        async with services.db.write() as writer:
            if act == "rename":
                await villages.rename(writer, village_id, name, actor=actor, now_ms=now_ms)
            elif act in ("archive", "restore"):
                await villages.archive(writer, village_id, act == "archive", actor=actor, now_ms=now_ms)
            else:
                raise Invalid("request_invalid")
    except Refused as refusal:
        return await _show(request, commune=one.commune, archived=one.archived_at is not None, refusal=refusal)
    return RedirectResponse(f"/movement/villages?commune={one.commune}&saved=replaced", 303)


async def _show(
    request: Request,
    *,
    commune: str = "",
    q: str = "",
    archived: bool = False,
    saved: str = "",
    refusal: Refused | None = None,
    typed: tuple[str, str] = ("", ""),
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        places = await desk.places_of(request, reader)
        every = await villages.listing(reader, archived=True)
    known = {str(unit.code) for unit in places.units}
    chosen = commune if commune in known else ""
    counted = Counter(one.commune for one in every if one.archived_at is None)
    found = [
        one
        for one in every
        if (not chosen or one.commune == chosen)
        and (archived or one.archived_at is None)
        and (not q or desk.finds(q, one.name, places.name(place_of(one.commune))))
    ]
    found.sort(key=lambda one: places.order(place_of(one.commune)))
    return desk.show(
        request,
        "movement_villages.html",
        refusal=refusal,
        chosen=chosen,
        found=found[: desk.MOST_SHOWN] if chosen or q else [],
        more=max(0, len(found) - desk.MOST_SHOWN) if chosen or q else 0,
        counted=[(unit, counted[str(unit.code)]) for unit in places.units],
        total=sum(counted.values()),
        places=places,
        place_of=place_of,
        q=q,
        archived=archived,
        typed=typed,
        saved=saved if saved in ("added", "replaced", "same") else "",
    )
