"""The JSON API of halls that outlive rounds, and of teams.

Never moves a hall itself: the round runner does, once, whoever asks.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from admin import export_halls, hall_views, round_views
from admin.api_models import RoundIn, RoundMade, StandingOut
from admin.api_rounds import remove_file
from admin.caller import Caller
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import Services, services_of
from contest import question_bank
from contest.audit import record as record_act
from contest.database import Reader
from contest.errors import NotFound
from contest.games.next_round import Scores, Wanted
from contest.games.overall import overall
from contest.ids import QuizId
from contest.model import RoundSettings
from contest.rounds import RoundRecord
from realtime.protocol import ModeName, PhaseName

router = APIRouter(prefix="/api", tags=["halls"])

CanCreate = Annotated[Caller, requires(Permission.ROUNDS_CREATE)]
CanRun = Annotated[Caller, requires(Permission.ROUNDS_RUN)]
Limit = Annotated[int, Query(ge=1, le=100_000)]


class NextIn(RoundIn):
    """The next round of a hall; `scores`: whether everybody starts with nothing or with what they have."""

    scores: Scores = "fresh"


class TeamOut(BaseModel):
    """`team` is a commune's code, a number of the host's list or of the draw; `rank` null: too small for one."""

    rank: int | None
    team: str
    name: str | None = Field(description="null: a drawn team, told by its number")
    size: int
    points: int = Field(description="sum of its members' points")
    correct: int
    mean: float = Field(description="points over size, to hundredths; ranks come from the exact fraction")


class HallRound(BaseModel):
    id: int
    title: str
    mode: ModeName
    phase: PhaseName
    people: int
    created_at: int
    finished_at: int | None


class HallOut(BaseModel):
    id: int
    title: str
    created_at: int
    rounds: list[HallRound]


async def make_next(services: Services, caller: Caller, round_id: int, body: NextIn) -> RoundRecord:
    """The next round of the hall, everybody in it. Raises NotFound, Invalid, Conflict("hall_moved_on" | "not_now")."""
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
        quiz = await question_bank.get(reader, QuizId(body.quiz_id))
    settings = RoundSettings(**body.model_dump(exclude={"quiz_id", "scores"}))
    wanted = Wanted(quiz.summary.title, quiz.summary.id, tuple(quiz.plain), settings, body.scores)
    return await services.runner.move_on(found.id, wanted, actor=caller.actor)


@router.post("/rounds/{round_id}/next", status_code=201, tags=["rounds"])
async def next_round(request: Request, caller: CanCreate, round_id: RowId, body: NextIn) -> RoundMade:
    """Ends the round and opens the next one with the people who are there: same code, stage, seats, tickets."""
    made = await make_next(services_of(request), caller, round_id, body)
    return RoundMade(id=made.id, code=made.code)


@router.get("/rounds/{round_id}/teams", tags=["rounds"])
async def read_teams(request: Request, caller: CanRun, round_id: RowId) -> list[TeamOut]:
    """The teams, best mean first, those too small last; empty in other modes than teams."""
    async with services_of(request).db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
        return [TeamOut(**row) for row in await hall_views.round_team_rows(reader, found)]


@router.get("/halls/{hall_id}")
async def read_hall(request: Request, caller: CanRun, hall_id: RowId) -> HallOut:
    """The rounds of a hall, the first one first."""
    async with services_of(request).db.read() as reader:
        hall = await hall_views.visible_hall(reader, caller, hall_id)
    rounds = [
        HallRound(
            id=one.id,
            title=one.title,
            mode=one.settings.mode.value,
            phase=one.state.phase.value,
            people=one.people_count,
            created_at=one.created_at,
            finished_at=one.finished_at,
        )
        for one in hall.rounds
    ]
    return HallOut(id=hall.id, title=hall.title, created_at=hall.created_at, rounds=rounds)


@router.get("/halls/{hall_id}/standings")
async def read_hall_standings(request: Request, caller: CanRun, hall_id: RowId, limit: Limit = 50) -> list[StandingOut]:
    """Over all rounds: what each person earned in them, ties sharing a rank."""
    async with services_of(request).db.read() as reader:
        await hall_views.visible_hall(reader, caller, hall_id)
        found = await overall(reader, hall_id)
    return [StandingOut(**row) for row in hall_views.standing_rows(found, limit)]


@router.get("/halls/{hall_id}/teams")
async def read_hall_teams(request: Request, caller: CanRun, hall_id: RowId) -> list[TeamOut]:
    """Over all rounds played in teams: the sum of each team's means."""
    async with services_of(request).db.read() as reader:
        await hall_views.visible_hall(reader, caller, hall_id)
        found = await overall(reader, hall_id)
    return [TeamOut(**row) for row in hall_views.hall_team_rows(found)]


@router.get("/halls/{hall_id}/export.{fmt}", response_class=Response)
async def export(
    request: Request,
    caller: CanRun,
    hall_id: RowId,
    fmt: str,
    table: Literal["standings", "teams", "rounds"] = "standings",
) -> FileResponse:
    """The combined standings, person × round, teams and rounds as a workbook; a csv has the one `table` asked for."""
    services = services_of(request)
    if fmt not in export_halls.MEDIA_TYPES:
        raise NotFound("not_found")
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        await hall_views.visible_hall(Reader(writer), caller, hall_id)
        await record_act(
            writer,
            actor=caller.actor,
            action="hall.export",
            subject=f"hall:{hall_id}",
            now_ms=now_ms,
            detail={"format": fmt},
        )
    name, media_type, path = await export_halls.export(services.db, hall_id, fmt, language_of(request), table=table)
    return FileResponse(path, media_type=media_type, filename=name, background=BackgroundTask(remove_file, path))
