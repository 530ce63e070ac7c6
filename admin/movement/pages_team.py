"""The organiser's page of one team: its name and villages, its members and their links, its last sessions.

A link is shown once, when it is made. Never shows a phone number to whom people's data are closed.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.contests import editing
from admin.movement import team_views
from admin.movement.desk import CanRead, CanWrite
from admin.params import RowId
from admin.services import services_of
from contest.database import Reader
from contest.errors import Conflict, Invalid, NotFound, Refused
from contest.teams import members, session_list, summary, teams
from contest.teams.model import MemberRole, TeamKind

router = APIRouter(include_in_schema=False)

Short = Annotated[str, Form(max_length=160)]
Villages = Annotated[list[RowId] | None, Form(max_length=300)]
Tick = Annotated[bool, Form()]


@router.get("/teams/{team_id}")
async def team_page(request: Request, caller: CanRead, team_id: RowId) -> HTMLResponse:
    """The team."""
    return await _team(request, caller, team_id)


@router.post("/teams/{team_id}")
async def change(
    request: Request,
    caller: CanWrite,
    team_id: RowId,
    name: Short = "",
    kind: Short = "community",
    active: Tick = False,
    villages: Villages = None,
) -> Response:
    """Writes what the form says."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            await teams.change(
                writer, team_id, name=name, kind=team_views.chosen(TeamKind, kind), active=active,
                serves=villages or (), actor=caller.actor, now_ms=services.clock.wall_ms(),
            )  # fmt: skip
    except NotFound:
        raise
    except Refused as refusal:
        return await _team(request, caller, team_id, refusal=refusal)
    return RedirectResponse(f"/teams/{team_id}", 303)


@router.post("/teams/{team_id}/members")
async def add_member(
    request: Request,
    caller: CanWrite,
    team_id: RowId,
    name: Short = "",
    phone: Annotated[str, Form(max_length=40)] = "",
    role: Short = "member",
) -> Response:
    """One more member."""
    services = services_of(request)
    box = await editing.box_of(services)
    try:
        async with services.db.write() as writer:
            await teams.load(Reader(writer), team_id)
            await members.add(
                writer, box, team_id, name=name, phone=phone, role=team_views.chosen(MemberRole, role),
                actor=caller.actor, now_ms=services.clock.wall_ms(),
            )  # fmt: skip
    except (Invalid, Conflict) as refusal:
        return await _team(request, caller, team_id, refusal=refusal, typed={"name": name, "phone": phone})
    return RedirectResponse(f"/teams/{team_id}#members", 303)


@router.post("/teams/{team_id}/members/{member_id}")
async def act_on_member(
    request: Request, caller: CanWrite, team_id: RowId, member_id: RowId, act: Short = ""
) -> Response:
    """Another role, a link withdrawn, leaving the team or coming back."""
    services = services_of(request)
    actor, now_ms = caller.actor, services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            member = await members.load(Reader(writer), member_id)
            if member.team_id != team_id:
                raise NotFound("member_unknown")
            match act:
                case "leader" | "member":
                    await members.set_role(writer, member_id, MemberRole(act), actor=actor, now_ms=now_ms)
                case "revoke":
                    await members.revoke(writer, member_id, actor=actor, now_ms=now_ms)
                case "leave":
                    await members.leave(writer, member_id, actor=actor, now_ms=now_ms)
                case "back":
                    await members.come_back(writer, member_id, actor=actor, now_ms=now_ms)
                case _:
                    raise Invalid("request_invalid")
    except Conflict as refusal:
        return await _team(request, caller, team_id, refusal=refusal)
    return RedirectResponse(f"/teams/{team_id}#members", 303)


async def _team(
    request: Request,
    caller: CanRead,
    team_id: int,
    *,
    refusal: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    services = services_of(request)
    box = await team_views.phone_box(services, caller)
    async with services.db.read() as reader:
        team = await teams.load(reader, team_id)
        names = await team_views.communes(reader)
        villages = await teams.village_names(reader, team.commune)
        people = await members.of_team(reader, team_id, box)
        counts = (await summary.by_team(reader, team.commune)).get(team_id, (0, 0, 0, 0))
        held = await session_list.find(reader, session_list.Wanted(team_id=team_id), limit=20)
    return team_views.show(
        request, "team.html", refusal=refusal, team=team, commune=names.get(team.commune, team.commune),
        villages=villages, members=people, counts=counts, held=held, kinds=list(TeamKind), roles=list(MemberRole),
        typed=typed or {"name": "", "phone": ""}, phones=box is not None,
    )  # fmt: skip
