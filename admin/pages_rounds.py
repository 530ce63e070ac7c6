"""The organiser's pages of live rounds: start one, find one, take its results away; and the host console's frame.

Never shows a running question: that is the console.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin import round_views
from admin.api_models import RoundIn
from admin.api_rounds import make_round
from admin.caller import Caller
from admin.params import RowId
from admin.permissions import Permission, allows, requires
from admin.services import services_of
from admin.templating import page
from contest import question_bank, rounds
from contest.errors import Invalid
from contest.model import Mode
from contest.phases import FINAL
from scoring.fairtime import Fairness
from scoring.points import Scoring

router = APIRouter(include_in_schema=False)

CanCreate = Annotated[Caller, requires(Permission.ROUNDS_CREATE)]
CanRun = Annotated[Caller, requires(Permission.ROUNDS_RUN)]

_TOP = 50
_MOST_FIELDS = 200


@router.get("/rounds")
async def rounds_page(request: Request, caller: CanRun) -> HTMLResponse:
    """All rounds one may see."""
    async with services_of(request).db.read() as reader:
        listed = await rounds.listing(reader)
    everybody = allows(caller.role, Permission.ROUNDS_ALL)
    return page(
        request,
        "rounds.html",
        rounds=[row for row in listed if everybody or row.created_by == caller.actor],
        final=FINAL,
    )


@router.get("/rounds/new")
async def new_round_page(request: Request, caller: CanCreate, quiz: int | None = None) -> HTMLResponse:
    """The one form that sets a round up."""
    async with services_of(request).db.read() as reader:
        quizzes = await question_bank.listing(reader)
    return page(
        request,
        "round_new.html",
        quizzes=[one for one in quizzes if one.questions],
        chosen=quiz,
        modes=[mode for mode in Mode if mode in rounds.PLAYABLE],
        scorings=list(Scoring),
        fairnesses=list(Fairness),
    )


@router.post("/rounds")
async def create_round(request: Request, caller: CanCreate) -> Response:
    """Opens the lobby and goes to the console. The form's fields are those of `RoundIn`; empty ones keep the default.

    Of a field that comes twice the last one counts: a hidden "false" before a box tells that it was shown unticked.
    """
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
        given = {name: value for name, value in form.multi_items() if name in RoundIn.model_fields and value != ""}
    try:
        wanted = RoundIn.model_validate(given)
    except ValidationError:
        raise Invalid("round_settings") from None
    made = await make_round(services_of(request), caller, wanted)
    return RedirectResponse(f"/host/{made.id}", HTTPStatus.SEE_OTHER)


@router.get("/rounds/{round_id}")
async def round_page(request: Request, caller: CanRun, round_id: RowId) -> HTMLResponse:
    """The standings and the exports of one round."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
        rows = await round_views.standings(reader, found, _TOP)
        unit_names = await round_views.names_of_units(reader)
    return page(
        request,
        "round.html",
        round=found,
        rows=rows,
        unit_names=unit_names,
        over=found.state.phase in FINAL,
        join_url=f"{services.public_url}/{found.code}",
    )


@router.get("/host/{round_id}")
async def host_console(request: Request, caller: CanRun, round_id: RowId) -> HTMLResponse:
    """The frame the host console's script draws in."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
    return page(request, "host.html", round=found, join_url=f"{services.public_url}/{found.code}")
