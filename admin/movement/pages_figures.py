"""The organiser's pages of reported figures: what others say, from where, by whom; entered place by place.

They stand apart from what the platform measures, and are never called measured.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.movement import desk
from admin.movement.desk import CanRead, CanWrite
from admin.params import RowId
from admin.services import services_of
from contest.errors import Invalid, NotFound, Refused
from contest.provincial.sheet_reading import Line
from contest.statistics import external_figures, indicators, movement_import, movement_values, versioned
from contest.statistics.cells import PROVINCE
from contest.statistics.movement_import import BLANK, LEFT_OUT
from contest.statistics.movement_sheet import Kind
from contest.statistics.tables import external_figures as figures_table
from contest.statistics.target_model import Figure, Indicator, Population
from scoring.folding import nfc

router = APIRouter(include_in_schema=False)

SHARED = ("place", "start", "day", "source", "officer", "note")
MOST_CHARS = 1_000


@router.get("/movement/figures")
async def figures_page(
    request: Request, caller: CanRead, q: str = "", place: str = "", indicator: str = "", saved: str = ""
) -> HTMLResponse:
    """Every figure in force, the newest day first."""
    services, _ = desk.services_and_day(request)
    async with services.db.read() as reader:
        places = await desk.places_of(request, reader)
        used = await indicators.listing(reader, archived=True)
        every = await external_figures.listing(reader)
    by_key = {one.key: one for one in used}

    def said(one: Figure) -> str:
        about = by_key.get(one.indicator)
        words = "" if about is None else about.wording(places.lang)
        return f"{places.name(one.place)} {one.indicator} {words} {one.source} {one.officer} {one.note}"

    found = [
        one
        for one in every
        if (not place or one.place == place)
        and (not indicator or one.indicator == indicator)
        and (not q or desk.finds(q, said(one)))
    ]
    order = {one.key: number for number, one in enumerate(used)}
    found.sort(key=lambda one: (places.order(one.place), order.get(one.indicator, 999)))
    found.sort(key=lambda one: one.day, reverse=True)
    return desk.show(
        request,
        "movement_figures.html",
        found=found[: desk.MOST_SHOWN],
        more=max(0, len(found) - desk.MOST_SHOWN),
        total=len(every),
        used_places=sorted({one.place for one in every}, key=places.order),
        indicators=[one for one in used if not one.measured],
        by_key=by_key,
        places=places,
        q=q,
        place=place,
        indicator=indicator,
        saved=saved if saved in ("added", "replaced", "same", "withdrawn") else "",
        percent=movement_values.percent_text,
    )


@router.get("/movement/figures/enter")
async def enter_page(request: Request, caller: CanWrite, place: str = "") -> HTMLResponse:
    """One place, one day, all external indicators at once; what was reported last stands beside each field."""
    return await _form(request, {"place": place})


@router.post("/movement/figures/enter")
async def enter_figures(request: Request, caller: CanWrite) -> Response:
    """Stores all figures of the form or none; empty fields are no figures."""
    form = await request.form(max_fields=400)
    typed = {name: nfc(str(value))[:MOST_CHARS] for name, value in form.items()}
    services = services_of(request)
    async with services.db.read() as reader:
        external = [one for one in await indicators.listing(reader) if not one.measured]
    lines = [Line(number, _cells(typed, one.key)) for number, one in enumerate(external, start=1)]
    try:
        if not any(line.get("count") or line.get("rate") for line in lines):
            raise Invalid("figures_none")
        report = await desk.enter(services, caller, Kind.FIGURES, lines, desk.seen_of(typed.get("seen")))
    except Refused as refusal:
        return await _form(request, typed, refusal=refusal)
    wrong = {external[row.number - 1].key: row for row in report.rows if row.status == LEFT_OUT}
    if wrong:
        codes = {row.code for row in wrong.values()}
        filled = sum(row.status != BLANK for row in report.rows)
        # What is wrong with every row is wrong with the place, the day or the source.
        shared = len(codes) == 1 and len(wrong) == filled and not codes & _OF_FIELDS
        first = next(iter(wrong.values()))
        told = Invalid(first.code, **dict(first.params or {})) if shared else Invalid("figures_some")
        return await _form(request, typed, refusal=told, wrong={} if shared else wrong)
    saved = "replaced" if report.count("replaced") else "added" if report.count("added") else "same"
    place = next(row.values["place"] for row in report.rows if row.values is not None)
    return RedirectResponse(f"/movement/figures?place={place}&saved={saved}", 303)


@router.get("/movement/figures/{figure_id}")
async def figure_page(request: Request, caller: CanRead, figure_id: RowId) -> HTMLResponse:
    """Every figure of the same indicator and place, and every correction."""
    async with services_of(request).db.read() as reader:
        places = await desk.places_of(request, reader)
        rows = await versioned.history(reader, figures_table, {"id": figure_id})
        if not rows:
            raise NotFound("value_unknown")
        one = external_figures.figure_record(rows[0])
        found = await external_figures.history(reader, one.indicator, one.place)
        about = next(iter(await indicators.history(reader, one.indicator)), None)
        names = await desk.names_of(reader)
    return desk.show(
        request,
        "movement_figure.html",
        one=one,
        found=found,
        indicator=about,
        places=places,
        names=names,
        percent=movement_values.percent_text,
    )


@router.post("/movement/figures/{figure_id}/withdraw")
async def withdraw_figure(request: Request, caller: CanWrite, figure_id: RowId) -> Response:
    """Takes a figure out of force; its history stays."""
    services = services_of(request)
    async with services.db.write() as writer:
        gone = await external_figures.withdraw(writer, figure_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return RedirectResponse(f"/movement/figures?place={gone.place}&saved=withdrawn", 303)


_OF_FIELDS = {
    "value_changed",
    "number_invalid",
    "rate_invalid",
    "count_out_of_range",
    "rate_out_of_range",
    "figure_period_rate",
}


def _cells(typed: Mapping[str, str], key: str) -> dict[str, str]:
    period = typed.get("mode") == "period"
    return {
        **{name: typed.get(name, "") for name in SHARED if period or name != "start"},
        "indicator": key,
        "count": typed.get(f"count.{key}", ""),
        "rate": _rate(typed.get(f"rate.{key}", "")),
    }


def _rate(text: str) -> str:
    """The field says that it is in percent: 0,5 in it is half a percent."""
    return f"{text} %" if text and not text.endswith("%") else text


async def _form(
    request: Request,
    typed: Mapping[str, str],
    *,
    refusal: Refused | None = None,
    wrong: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    services, today = desk.services_and_day(request)
    async with services.db.read() as reader:
        places = await desk.places_of(request, reader)
        place = _place(typed.get("place", ""), places)
        external = [one for one in await indicators.listing(reader) if _reported_by(one, place)]
        seen = await movement_import.newest(reader, Kind.FIGURES)
        stored = [] if place is None else await external_figures.listing(reader, figures_table.c.place == place)
    return desk.show(
        request,
        "movement_figures_enter.html",
        refusal=refusal,
        seen=seen,
        wrong=wrong or {},
        rows=[(one, _last(stored, one, today)) for one in external],
        places=places,
        place=place,
        typed={"mode": "cumulative", "day": today, **typed},
        today=today,
        percent=movement_values.percent_text,
    )


def _place(text: str, places: desk.Places) -> str | None:
    """The place that was typed or linked; None while it is not clear."""
    if text in places.names:
        return text
    try:
        return movement_values.place(text, places.units, [])
    except Invalid:
        return None


def _reported_by(indicator: Indicator, place: str | None) -> bool:
    """Whether a place reports it: communes that held the week are counted by the province alone."""
    only_province = indicator.population in (Population.COMMUNES, Population.TASKS)
    return not indicator.measured and (place in (None, PROVINCE) or not only_province)


def _last(stored: list[Figure], indicator: Indicator, today: str) -> external_figures.State | None:
    return external_figures.state([one for one in stored if one.indicator == indicator.key], today)
