"""The organiser's pages of live rounds: start one, find one, take its results away; and the host console's frame.

Never shows a running question: that is the console.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin import hall_views, round_views
from admin.api_models import RoundIn
from admin.api_rounds import make_round
from admin.caller import Caller
from admin.params import RowId
from admin.permissions import Permission, allows, requires
from admin.services import services_of
from admin.templating import page
from contest import question_bank, rounds
from contest.model import Mode, RoundSettings, TeamSource
from contest.phases import FINAL
from contest.rounds import RoundRecord
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
    return await new_round_form(request, chosen=quiz)


class FilledIn:
    """A filled-in form that cannot be: what is wrong with it, and what it said."""

    def __init__(self, given: dict[str, Any], wrong: ValidationError) -> None:
        self.given = given
        codes = [str(one.get("ctx", {}).get("error", "")) for one in wrong.errors()]
        named = [f"problem.{code}" for code in codes if code.startswith("team_names_")]
        self.key = named[0] if named else "error.round_settings"

    @property
    def quiz(self) -> int | None:
        text = str(self.given.get("quiz_id", ""))
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def settings(self) -> RoundSettings:
        """As filled in; of a field that cannot be read, its default."""
        apart = ("mode", "team_names")
        known = RoundSettings.model_fields.keys()
        told = {name: value for name, value in self.given.items() if name in known and name not in apart}
        try:
            read = RoundSettings.model_validate(told)
        except ValidationError as wrong:
            bad = {one["loc"][0] for one in wrong.errors() if one["loc"]}
            read = RoundSettings.model_validate({name: value for name, value in told.items() if name not in bad})
        mode = next((mode for mode in Mode if mode == self.given.get("mode")), read.mode)
        names = tuple(str(self.given.get("team_names", "")).splitlines())
        return read.model_copy(update={"mode": mode, "team_names": names})


async def new_round_form(
    request: Request, *, chosen: int | None, before: RoundRecord | None = None, refused: FilledIn | None = None
) -> HTMLResponse:
    """The form; `before`: the round whose people are to be in the new one, whose settings it begins with.

    `refused`: what was filled in and cannot be, to be mended there.
    """
    defaults = refused.settings if refused else before.settings if before else RoundSettings()
    async with services_of(request).db.read() as reader:
        quizzes = await question_bank.listing(reader)
        people = await hall_views.count_seated(reader, before) if before else 0
    return page(
        request,
        "round_new.html",
        people=people,
        final=FINAL,
        quizzes=[one for one in quizzes if one.questions],
        chosen=chosen,
        before=before,
        defaults=defaults,
        scores=refused.given.get("scores") if refused else None,
        wrong=refused.key if refused else None,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        team_sources=list(TeamSource),
        modes=[mode for mode in Mode if mode in rounds.PLAYABLE],
        scorings=list(Scoring),
        fairnesses=list(Fairness),
    )


@router.post("/rounds")
async def create_round(request: Request, caller: CanCreate) -> Response:
    """Opens the lobby and goes to the console. The form's fields are those of `RoundIn`; empty ones keep the default.

    Of a field that comes twice the last one counts: a hidden "false" before a box tells that it was shown unticked.
    """
    given = await form_fields(request, RoundIn)
    try:
        wanted = RoundIn.model_validate(given)
    except ValidationError as wrong:
        refused = FilledIn(given, wrong)
        return await new_round_form(request, chosen=refused.quiz, refused=refused)
    made = await make_round(services_of(request), caller, wanted)
    return RedirectResponse(f"/host/{made.id}", HTTPStatus.SEE_OTHER)


async def form_fields(request: Request, model: type[BaseModel]) -> dict[str, Any]:
    """What the form says of the model's fields, empty ones left out."""
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
        return {name: value for name, value in form.multi_items() if name in model.model_fields and value != ""}


@router.get("/rounds/{round_id}")
async def round_page(request: Request, caller: CanRun, round_id: RowId) -> HTMLResponse:
    """The standings and the exports of one round."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
        rows = await round_views.standings(reader, found, _TOP)
        unit_names = await round_views.names_of_units(reader)
        teams = await hall_views.round_team_rows(reader, found)
    return page(
        request,
        "round.html",
        teams=teams,
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
