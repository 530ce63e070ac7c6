"""The organiser's pages of a hall: on to the next round with the people who are there, and the combined standings.

Never moves a hall itself: the round runner does.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin import hall_views, round_views
from admin.api_halls import NextIn, make_next
from admin.caller import Caller
from admin.pages_rounds import FilledIn, form_fields, new_round_form
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import services_of
from admin.templating import page
from contest.errors import Conflict
from contest.games.overall import overall

router = APIRouter(include_in_schema=False)

CanCreate = Annotated[Caller, requires(Permission.ROUNDS_CREATE)]
CanRun = Annotated[Caller, requires(Permission.ROUNDS_RUN)]

_TOP = 50


@router.get("/rounds/{round_id}/next")
async def next_round_page(request: Request, caller: CanCreate, round_id: RowId, quiz: int | None = None) -> Response:
    """The form of a new round, for the people of this one; where they are, once they have gone on."""
    async with services_of(request).db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
    if found.state.next_round is not None:
        return _console(found.state.next_round)
    return await new_round_form(request, chosen=quiz, before=found)


@router.post("/rounds/{round_id}/next")
async def make_next_round(request: Request, caller: CanCreate, round_id: RowId) -> Response:
    """Moves everybody to the next round and goes to its console. Pressed twice, it moves them once."""
    async with services_of(request).db.read() as reader:
        before = await round_views.visible(reader, caller, round_id)
    given = await form_fields(request, NextIn)
    try:
        wanted = NextIn.model_validate(given)
    except ValidationError as wrong:
        refused = FilledIn(given, wrong)
        return await new_round_form(request, chosen=refused.quiz, before=before, refused=refused)
    try:
        made = await make_next(services_of(request), caller, round_id, wanted)
    except Conflict as refused:
        async with services_of(request).db.read() as reader:
            found = await round_views.visible(reader, caller, round_id)
        if refused.code != "hall_moved_on" or found.state.next_round is None:
            raise
        return _console(found.state.next_round)
    return _console(made.id)


def _console(round_id: int) -> RedirectResponse:
    return RedirectResponse(f"/host/{round_id}", HTTPStatus.SEE_OTHER)


@router.get("/halls/{hall_id}")
async def hall_page(request: Request, caller: CanRun, hall_id: RowId) -> HTMLResponse:
    """Rounds, combined standings, teams and exports of a hall."""
    async with services_of(request).db.read() as reader:
        hall = await hall_views.visible_hall(reader, caller, hall_id)
        found = await overall(reader, hall_id)
        unit_names = await round_views.names_of_units(reader)
    return page(
        request,
        "hall.html",
        hall=hall,
        people=len(found.people),
        rows=hall_views.standing_rows(found, _TOP),
        teams=hall_views.hall_team_rows(found),
        unit_names=unit_names,
    )
