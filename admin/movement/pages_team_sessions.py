"""The organiser's page of what teams did: every session with filters, taking one back with a reason, a file of all.

Never changes a session and never deletes one.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import select
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.audit import actor_names
from admin.contests.export_files import XLSX
from admin.export_tables import Column, Kind, Table
from admin.language import language_of
from admin.movement import team_views
from admin.movement.desk import CanRead, CanWrite
from admin.params import RowId
from admin.services import services_of
from contest.catalogue import text
from contest.errors import Refused
from contest.teams import session_list, sessions
from contest.teams.model import SessionKind
from contest.teams.session_facts import GROUPS
from contest.teams.session_list import SessionLine, Wanted
from contest.teams.tables import teams

router = APIRouter(include_in_schema=False)

PAGE = 50
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Code = Annotated[str, Query(pattern=r"^(\d{5})?$")]
KindQuery = Annotated[Literal["", "visit", "guidance", "training"], Query()]
State = Annotated[Literal["", "standing", "undone"], Query()]
Team = Annotated[RowId, Query()]
"""0: any."""


@router.get("/teams/sessions")
async def sessions_page(
    request: Request,
    caller: CanRead,
    commune: Code = "",
    team: Team = 0,
    kind: KindQuery = "",
    first: Day = "",
    last: Day = "",
    state: State = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """A page of the sessions that the filters find, the newest first."""
    return await _show(request, Wanted(commune, team or None, kind, first, last, state), page)


@router.get("/teams/sessions.xlsx")
async def sessions_file(
    request: Request,
    caller: CanRead,
    commune: Code = "",
    team: Team = 0,
    kind: KindQuery = "",
    first: Day = "",
    last: Day = "",
    state: State = "",
) -> Response:
    """The same sessions as a workbook."""
    services, lang = services_of(request), language_of(request)
    wanted = Wanted(commune, team or None, kind, first, last, state)
    async with services.db.read() as reader:
        names = await team_views.communes(reader)
        found = [one async for one in session_list.every(reader, wanted)]
    data = await asyncio.to_thread(_workbook, lang, names, found)
    name = quote(f"{text(lang, 'teams.sessions.file')}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response(data, media_type=XLSX, headers=headers)


@router.post("/teams/sessions/{session_id}/void")
async def void(
    request: Request,
    caller: CanWrite,
    session_id: RowId,
    reason: Annotated[str, Form(max_length=400)] = "",
    back: Annotated[str, Form(max_length=300, pattern=r"^[a-z0-9=&_-]*$")] = "",
) -> Response:
    """Takes a session back; its facts count no more."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            await sessions.void(writer, session_id, reason=reason, actor=caller.actor, now_ms=services.clock.wall_ms())
    except Refused as refusal:
        return await _show(request, Wanted(), 1, refusal=refusal)
    return RedirectResponse("/teams/sessions" + (f"?{back}" if back else ""), 303)


async def _show(request: Request, wanted: Wanted, page: int, *, refusal: Refused | None = None) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        names = await team_views.communes(reader)
        found = await session_list.find(reader, wanted, limit=PAGE, offset=(page - 1) * PAGE)
        many, people = await session_list.count(reader, wanted)
        actors = await actor_names(reader)
        team = await reader.scalar(select(teams.c.name).where(teams.c.id == wanted.team_id))
    query = {
        "commune": wanted.commune, "team": wanted.team_id or "", "kind": wanted.kind, "first": wanted.first,
        "last": wanted.last, "state": wanted.state,
    }  # fmt: skip
    filters = urlencode({name: value for name, value in query.items() if value})
    return team_views.show(
        request, "team_sessions.html", refusal=refusal, communes=names, wanted=wanted, found=found, many=many,
        people=people, page_number=page, pages=max(1, -(-many // PAGE)), filters=filters, kinds=list(SessionKind),
        actors=actors, team_name=team, groups=GROUPS,
    )  # fmt: skip


def _workbook(lang: str, names: dict[str, str], found: Sequence[SessionLine]) -> bytes:
    fixed: list[tuple[str, Kind, float]] = [
        ("held_at", Kind.MOMENT, 20), ("commune", Kind.TEXT, 26), ("team", Kind.TEXT, 28), ("village", Kind.TEXT, 22),
        ("place", Kind.TEXT, 24), ("kind", Kind.TEXT, 20), ("skills", Kind.WRAPPED, 40), ("people", Kind.WHOLE, 10),
    ]  # fmt: skip
    columns = [Column(key, text(lang, f"teams.column.{key}"), kind, width) for key, kind, width in fixed]
    columns += [Column(group, text(lang, f"teams.group.{group}"), Kind.WHOLE, 12) for group in GROUPS]
    rest: list[tuple[str, Kind, float]] = [
        ("scanned", Kind.WHOLE, 10), ("member", Kind.TEXT, 26), ("received_at", Kind.MOMENT, 20),
        ("offline", Kind.TEXT, 12), ("undone", Kind.WRAPPED, 30),
    ]  # fmt: skip
    columns += [Column(key, text(lang, f"teams.column.{key}"), kind, width) for key, kind, width in rest]
    rows = [
        (
            one.held_at, names.get(one.commune, one.commune), one.team, one.village, one.place,
            text(lang, f"teams.session.{one.kind}"), ", ".join(text(lang, f"skill.{skill}") for skill in one.skills),
            one.people, *(one.headcounts.get(group, 0) for group in GROUPS), one.scanned,
            one.member, one.received_at, text(lang, "teams.offline") if one.offline else "",
            _undone(lang, one),
        )
        for one in found
    ]  # fmt: skip
    title = text(lang, "teams.sessions")
    table = Table("sessions", title, tuple(columns), lambda: rows, fixed=1, fits=False)
    return team_views.workbook(title, text(lang, "exports.page"), table)


def _undone(lang: str, one: SessionLine) -> str:
    if one.undone_at is None:
        return ""
    by_member = (one.undone_by or "").startswith("member:")
    return text(lang, "teams.undone_by_member") if by_member else one.undo_reason or ""
