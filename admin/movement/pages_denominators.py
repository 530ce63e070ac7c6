"""The organiser's page of denominators: how many there are of each population, where, says who; with history.

Never guesses a number that nobody gave.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.movement import desk
from admin.movement.desk import CanRead, CanWrite
from admin.params import RowId
from admin.services import services_of
from contest.catalogue import text
from contest.errors import NotFound, Refused
from contest.statistics import cells, denominators, movement_import, versioned
from contest.statistics.movement_sheet import Kind
from contest.statistics.tables import denominators as denominators_table
from contest.statistics.target_model import Denominator, Population

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=1_000)]
FIELDS = ("place", "population", "value", "day", "source")


@router.get("/movement/denominators")
async def denominators_page(
    request: Request, caller: CanRead, q: str = "", place: str = "", population: str = "", saved: str = ""
) -> HTMLResponse:
    """The numbers that count today, and how many communes have one."""
    return await _show(request, q=q, place=place, population=population, saved=saved)


@router.post("/movement/denominators")
async def save_denominator(
    request: Request,
    caller: CanWrite,
    place: Text = "",
    population: Text = "",
    value: Text = "",
    day: Text = "",
    source: Text = "",
    seen: Text = "",
) -> Response:
    """Enters a number, or corrects the one of the same place, population and day."""
    typed = dict(zip(FIELDS, (place, population, value, day, source), strict=True))
    try:
        status = await desk.enter_one(services_of(request), caller, Kind.DENOMINATORS, typed, desk.seen_of(seen))
    except Refused as refusal:
        return await _show(request, refusal=refusal, typed=typed)
    return RedirectResponse(f"/movement/denominators?saved={status}", 303)


@router.get("/movement/denominators/{denominator_id}")
async def denominator_page(request: Request, caller: CanRead, denominator_id: RowId) -> HTMLResponse:
    """Every number that a place had for a population, with who entered it."""
    async with services_of(request).db.read() as reader:
        places = await desk.places_of(request, reader)
        rows = await versioned.history(reader, denominators_table, {"id": denominator_id})
        if not rows:
            raise NotFound("value_unknown")
        one = denominators.denominator_record(rows[0])
        found = await denominators.history(reader, one.place, str(one.population))
        names = await desk.names_of(reader)
    return desk.show(request, "movement_denominator.html", one=one, found=found, places=places, names=names)


@router.post("/movement/denominators/{denominator_id}/withdraw")
async def withdraw_denominator(request: Request, caller: CanWrite, denominator_id: RowId) -> Response:
    """Takes a number out of force; its history stays."""
    services = services_of(request)
    async with services.db.write() as writer:
        await denominators.withdraw(writer, denominator_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return RedirectResponse("/movement/denominators?saved=withdrawn", 303)


async def _show(
    request: Request,
    *,
    q: str = "",
    place: str = "",
    population: str = "",
    saved: str = "",
    refusal: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    services, today = desk.services_and_day(request)
    async with services.db.read() as reader:
        places = await desk.places_of(request, reader)
        every = await denominators.listing(reader)
        seen = await movement_import.newest(reader, Kind.DENOMINATORS)
    communes = [cells.commune(unit.code) for unit in places.units]
    used = list(denominators.newest(every, communes, today).values())

    def said(one: Denominator) -> str:
        words = text(places.lang, f"population.{one.population}")
        return f"{places.name(one.place)} {one.source} {words}"

    found = [
        one
        for one in used
        if (not place or one.place == place)
        and (not population or one.population == population)
        and (not q or desk.finds(q, said(one)))
    ]
    kinds = list(Population)
    found.sort(key=lambda one: (places.order(one.place), kinds.index(one.population)))
    have = {kind: sum(one.population is kind and one.place != cells.PROVINCE for one in used) for kind in kinds}
    return desk.show(
        request,
        "movement_denominators.html",
        refusal=refusal,
        found=found[: desk.MOST_SHOWN],
        more=max(0, len(found) - desk.MOST_SHOWN),
        total=len(used),
        have=[(kind, many) for kind, many in have.items() if many],
        of=len(communes),
        seen=seen,
        used_places=sorted({one.place for one in used}, key=places.order),
        populations=kinds,
        places=places,
        today=today,
        q=q,
        place=place,
        population=population,
        saved=saved if saved in ("added", "replaced", "same", "withdrawn") else "",
        typed=typed or {**dict.fromkeys(FIELDS, ""), "day": today},
    )
