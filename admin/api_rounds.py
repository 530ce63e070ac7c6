"""The JSON API of live rounds: made, commanded, watched, exported.

Never moves a round itself: the round runner does, and says no when the phase does not allow it.
"""

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from admin import exports, round_views
from admin.api_models import (
    CommandIn,
    CommandOut,
    QuestionOut,
    RoundIn,
    RoundLine,
    RoundMade,
    RoundOut,
    SeatOut,
    SeatsOut,
    StageToken,
    StandingOut,
)
from admin.caller import Caller
from admin.language import language_of
from admin.params import MOST, RowId
from admin.permissions import Permission, allows, requires
from admin.services import Services, services_of
from contest import question_bank, rounds
from contest.audit import record as record_act
from contest.database import Reader
from contest.errors import Conflict, Invalid, NotFound, Refused
from contest.ids import QuizId, RoundId, Seat
from contest.model import RoundSettings
from contest.phases import AUTOMATIC, SEAT_COMMANDS, CommandName
from contest.round_state import Command
from contest.rounds import RoundRecord
from contest.tickets import digest, new_secret
from realtime import picture

router = APIRouter(prefix="/api/rounds", tags=["rounds"])

CanCreate = Annotated[Caller, requires(Permission.ROUNDS_CREATE)]
CanRun = Annotated[Caller, requires(Permission.ROUNDS_RUN)]

_FORMATS = ("xlsx", "csv", "json")


async def make_round(services: Services, caller: Caller, body: RoundIn) -> RoundRecord:
    """A live round in its lobby. Raises NotFound("quiz_unknown"), Invalid."""
    async with services.db.read() as reader:
        quiz = await question_bank.get(reader, QuizId(body.quiz_id))
    return await rounds.create(
        services.db,
        title=quiz.summary.title,
        quiz_id=quiz.summary.id,
        questions=quiz.plain,
        settings=RoundSettings(**body.model_dump(exclude={"quiz_id"})),
        created_by=caller.actor,
        now_ms=services.clock.wall_ms(),
    )


@router.get("")
async def list_rounds(request: Request, caller: CanRun) -> list[RoundLine]:
    """The newest rounds first: one's own, or everybody's for those who may see them."""
    services = services_of(request)
    async with services.db.read() as reader:
        listed = await rounds.listing(reader)
    everybody = allows(caller.role, Permission.ROUNDS_ALL)
    return [
        RoundLine(
            id=row.id,
            code=row.code,
            code_active=row.code_active,
            title=row.title,
            phase=row.phase.value,
            seats=row.seats,
            mine=row.created_by == caller.actor,
            created_at=row.created_at,
            finished_at=row.finished_at,
        )
        for row in listed
        if everybody or row.created_by == caller.actor
    ]


@router.post("", status_code=201)
async def create_round(request: Request, caller: CanCreate, body: RoundIn) -> RoundMade:
    """Opens the lobby of a new live round of a quiz; the code is what phones type."""
    made = await make_round(services_of(request), caller, body)
    return RoundMade(id=made.id, code=made.code)


@router.get("/{round_id}")
async def read_round(request: Request, caller: CanRun, round_id: RowId) -> RoundOut:
    """Where the round stands now."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
        answered = await round_views.answered(reader, found)
    now = await round_views.present(services, found.id)
    state = found.state
    left_ms = state.left_ms
    if state.deadline_ms is not None:
        left_ms = max(0, state.deadline_ms - services.clock.wall_ms())
    return RoundOut(
        id=found.id,
        code=found.code,
        code_active=found.code_active,
        version=state.version,
        people_version=found.people_version,
        phase=state.phase.value,
        paused_from=None if state.paused_from is None else state.paused_from.value,
        question=state.question,
        questions=len(found.questions),
        seconds_left=None if left_ms is None else round(left_ms / 1000, 1),
        seats=found.people_count,
        online=now.online,
        answered=answered,
        slow=now.slow,
        lost=now.lost,
        good=now.good,
        weak=now.weak,
        late_ms=now.lag_ms,
        locked=state.locked,
        blank=state.blank,
        auto=state.auto,
        voids=list(state.voided),
        title=found.title,
        quiz_id=found.quiz_id,
        settings=found.settings.model_dump(mode="json"),
        join_url=f"{services.public_url}/{found.code}",
        hall_id=found.hall_id,
        next_round=state.next_round,
        created_at=found.created_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
    )


@router.post("/{round_id}/commands")
async def command(request: Request, caller: CanRun, round_id: RowId, body: CommandIn) -> CommandOut:
    """Asks something of the round; refused, it changes nothing."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
    name = _command_name(body.command)
    needed = _NEEDS.get(name)
    if needed is not None and getattr(body, needed) is None:
        raise Invalid("request_invalid", errors=[{"field": f"body.{needed}", "problem": "missing"}])
    try:
        after = await _carry_out(services, caller, found, name, body)
    except Refused:
        services.metrics.commands.labels(name.value, "refused").inc()
        raise
    services.metrics.commands.labels(name.value, "done").inc()
    return CommandOut(version=after.state.version, phase=after.state.phase.value)


def _command_name(given: str) -> CommandName:
    try:
        name = CommandName(given)
    except ValueError:
        raise Invalid("command_unknown", command=given) from None
    if name in AUTOMATIC:
        raise Invalid("command_unknown", command=given)
    return name


_NEEDS = {
    CommandName.EXTEND: "seconds",
    CommandName.VOID: "question",
    CommandName.KICK: "seat",
    CommandName.RENAME: "seat",
    CommandName.JUDGE: "seat",
    CommandName.INSERT: "ask",
}


async def _carry_out(
    services: Services, caller: Caller, found: RoundRecord, name: CommandName, body: CommandIn
) -> RoundRecord:
    if name is CommandName.WORDS:
        if body.version is not None and body.version != found.state.version:
            raise Conflict("stale")
        return await services.runner.words(found.id, body.question, body.words, body.on, actor=caller.actor)
    if name not in SEAT_COMMANDS:
        asked = Command(
            name,
            seconds=body.seconds,
            question=body.question,
            on=body.on,
            seats=None if body.seats is None else tuple(body.seats),
            count=body.count,
            all=body.all,
            seat=body.seat,
            right=body.right,
            ask=None if body.ask is None else body.ask.question(),
        )
        return await services.runner.apply(found.id, asked, actor=caller.actor, expected=body.version)
    if body.version is not None and body.version != found.state.version:
        raise Conflict("stale")
    if body.seat is None:
        raise NotFound("seat_unknown")
    return await services.runner.change_seat(found.id, name, Seat(body.seat), actor=caller.actor, new_name=body.name)


@router.get("/{round_id}/standings")
async def read_standings(
    request: Request, caller: CanRun, round_id: RowId, limit: Annotated[int, Query(ge=1, le=100_000)] = 50
) -> list[StandingOut]:
    """The ranked list, from the stored totals; ties share a rank."""
    async with services_of(request).db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
        rows = await round_views.standings(reader, found, limit)
    return [StandingOut(**row) for row in rows]


@router.get(
    "/{round_id}/answers",
    response_class=Response,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"$ref": "#/components/schemas/AnswerLine"}}}}},
)
async def read_answers(request: Request, caller: CanRun, round_id: RowId) -> StreamingResponse:
    """Every accepted answer, one JSON object a line."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
    return StreamingResponse(round_views.answer_lines(services, found), media_type="application/x-ndjson")


@router.get("/{round_id}/seats")
async def read_seats(
    request: Request,
    caller: CanRun,
    round_id: RowId,
    q: str = "",
    offset: Annotated[int, Query(ge=0, le=MOST)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    out: bool = False,
) -> SeatsOut:
    """The people of the round; `q` is looked for in names and communes, diacritics aside.

    With `out` only those who are out of the golden bell, who lasted longest first.
    """
    services = services_of(request)
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
        total, listed = await round_views.people(reader, found, query=q, offset=offset, limit=limit, out=out)
    there = await round_views.online(services, found.id)
    return SeatsOut(
        total=total,
        seats=[
            SeatOut(
                seat=seat.seat,
                name=seat.name,
                shown_name=seat.shown_name,
                hidden=seat.name_hidden,
                kicked=seat.kicked,
                unit=seat.unit,
                unit_name=unit_name,
                team=seat.team,
                group=seat.target_group,
                points=seat.points,
                correct=seat.correct,
                out_at=seat.out_at,
                online=None if there is None else seat.seat in there,
            )
            for seat, unit_name in listed
        ],
    )


@router.get("/{round_id}/questions")
async def read_questions(request: Request, caller: CanRun, round_id: RowId) -> list[QuestionOut]:
    """The run of questions with their keys, for the host's eyes."""
    async with services_of(request).db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
    return [
        QuestionOut(**picture.host_question(found, number), state=round_views.question_state(found, number))
        for number in range(1, len(found.questions) + 1)
    ]


@router.post("/{round_id}/stage-token")
async def make_stage_token(request: Request, caller: CanRun, round_id: RowId) -> StageToken:
    """A fresh read-only token for the projector; the one before stops working for new connections."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
    token = new_secret()
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        await rounds.set_stage_token(writer, found.id, digest(token))
        await record_act(
            writer, actor=caller.actor, action="round.stage_token", subject=f"round:{found.id}", now_ms=now_ms
        )
    # In the fragment: browsers do not send it, so no server log ever has it.
    return StageToken(token=token, url=f"{services.public_url}/stage#{token}")


@router.get("/{round_id}/export.{fmt}", response_class=Response)
async def export(request: Request, caller: CanRun, round_id: RowId, fmt: str, table: str = "standings") -> Response:
    """Standings, player × question and participation by unit, at any time; a csv has the one `table` asked for."""
    services = services_of(request)
    if fmt not in _FORMATS:
        raise NotFound("not_found")
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        found = await round_views.visible(Reader(writer), caller, round_id)
        await record_act(
            writer,
            actor=caller.actor,
            action="round.export",
            subject=f"round:{found.id}",
            now_ms=now_ms,
            detail={"format": fmt},
        )
    name, media_type, path = await exports.export(
        services.db, RoundId(round_id), fmt, language_of(request), table=table, now_ms=now_ms
    )
    return FileResponse(path, media_type=media_type, filename=name, background=BackgroundTask(remove_file, path))


async def remove_file(path: Path) -> None:
    """Takes an export away once it has been sent."""
    await asyncio.to_thread(path.unlink, missing_ok=True)
