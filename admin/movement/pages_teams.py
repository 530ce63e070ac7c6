"""The organiser's pages of the community digital technology teams: all of them by commune, and one with its members.

Never shows a phone number to whom people's data are closed, and never puts a person's name into an address.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.contests import editing
from admin.movement import team_views
from admin.movement.desk import CanRead, CanWrite
from admin.services import services_of
from contest import audit
from contest.database import Reader
from contest.errors import Refused
from contest.teams import members, summary, teams
from contest.teams.members import MemberLine
from contest.teams.model import TeamKind

router = APIRouter(include_in_schema=False)

Short = Annotated[str, Form(max_length=160)]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Code = Annotated[str, Query(pattern=r"^(\d{5})?$")]


@router.get("/teams")
async def teams_page(
    request: Request,
    caller: CanRead,
    commune: Code = "",
    q: Annotated[str, Query(max_length=120)] = "",
    first: Day = "",
    last: Day = "",
) -> HTMLResponse:
    """The communes with what their teams did; or the teams that a search or a commune finds."""
    return await _list(request, commune=commune, q=q, first=first, last=last)


@router.post("/teams/find")
async def find_member(request: Request, caller: CanRead, q: Short = "") -> HTMLResponse:
    """Members by name, or by phone for those who may see phones; a form, for what is typed is personal."""
    services = services_of(request)
    box = await editing.box_of(services)
    async with services.db.write() as writer:
        found = await members.find(Reader(writer), box, q, with_phones=team_views.sees_phones(caller))
        await audit.record(
            writer, actor=caller.actor, action="team.member.search", subject="team_members",
            now_ms=services.clock.wall_ms(), detail={"found": len(found)},
        )  # fmt: skip
    return await _list(request, found=found, asked=q)


@router.get("/teams/new")
async def new_page(request: Request, caller: CanWrite, commune: Code = "") -> HTMLResponse:
    """The form of a new team."""
    return await _new(request, commune=commune)


@router.post("/teams/new")
async def create(
    request: Request, caller: CanWrite, commune: Short = "", name: Short = "", kind: Short = "community"
) -> Response:
    """Makes a team and shows it."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            team = await teams.create(
                writer, commune=commune, name=name, kind=team_views.chosen(TeamKind, kind), actor=caller.actor,
                now_ms=services.clock.wall_ms(),
            )  # fmt: skip
    except Refused as refusal:
        return await _new(request, commune=commune, name=name, kind=kind, refusal=refusal)
    return RedirectResponse(f"/teams/{team.id}", 303)


async def _new(
    request: Request, *, commune: str = "", name: str = "", kind: str = "community", refusal: Refused | None = None
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        names = await team_views.communes(reader)
    return team_views.show(
        request, "team_new.html", refusal=refusal, communes=names, kinds=list(TeamKind), commune=commune, name=name,
        kind=kind,
    )  # fmt: skip


async def _list(
    request: Request,
    *,
    commune: str = "",
    q: str = "",
    first: str = "",
    last: str = "",
    found: list[MemberLine] | None = None,
    asked: str = "",
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        names = await team_views.communes(reader)
        listed = await teams.find(reader, commune=commune, query=q) if commune or q.strip() else None
        counts: dict[int, tuple[int, int, int, int]] = {}
        for code in sorted({team.commune for team in listed or ()}):
            counts |= await summary.by_team(reader, code)
        lines = [] if listed is not None else await _lines(reader, names, first, last)
        of = {one.member.team_id: await teams.load(reader, one.member.team_id) for one in found or ()}
    return team_views.show(
        request, "teams.html", communes=names, commune=commune, q=q, first=first, last=last, listed=listed,
        counts=counts, lines=lines, found=found, asked=asked, teams_of=of, most=teams.MOST,
        sums={} if not lines else _sums(lines),
    )  # fmt: skip


async def _lines(reader: Reader, names: dict[str, str], first: str, last: str) -> list[summary.CommuneLine]:
    """Every commune, also one without any team."""
    counted = await summary.by_commune(reader, first, last)
    return [counted.get(code, summary.CommuneLine(code)) for code in names]


def _sums(lines: list[summary.CommuneLine]) -> dict[str, Any]:
    keys = ("teams", "members", "paired", "villages", "bare", "quiet", "sessions", "people")
    sums: dict[str, Any] = {key: sum(getattr(one, key) for one in lines) for key in keys}
    return sums | {"without": sum(not one.teams for one in lines)}
