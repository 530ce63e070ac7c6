"""The printable sheet of links: one square code a member, for a commune or a team.

The links are made for this sheet and shown this once; only their hashes are stored. Never puts a secret into an
address: it stands in the fragment that the code carries.
"""

import asyncio
import io
from dataclasses import dataclass
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse

from admin.movement import team_views
from admin.movement.desk import CanWrite
from admin.params import RowId
from admin.services import services_of
from contest.database import Reader
from contest.errors import Invalid
from contest.teams import members
from contest.teams.model import MemberRole

router = APIRouter(include_in_schema=False)

Tick = Annotated[bool, Form()]
MOST = 1_500
"""Links on one sheet: more than any commune's members."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One member's part of the sheet."""

    name: str
    team: str
    leader: bool
    code: str


@router.post("/teams/sheet")
async def sheet(
    request: Request,
    caller: CanWrite,
    commune: Annotated[str, Form(pattern=r"^(\d{5})?$")] = "",
    team_id: Annotated[RowId | None, Form()] = None,
    member_id: Annotated[RowId | None, Form()] = None,
    leaders: Tick = False,
    anew: Tick = False,
) -> HTMLResponse:
    """Makes links and shows them; with `anew` also for those who have one, and the old ones open nothing any more."""
    if not commune and team_id is None:
        raise Invalid("team_commune")
    services = services_of(request)
    async with services.db.write() as writer:
        rows = (
            await writer.execute(
                members.to_issue(commune=commune, team_id=team_id, leaders=leaders, anew=anew or member_id is not None)
            )
        ).all()
        rows = [row for row in rows if member_id is None or row.id == member_id]
        left = max(0, len(rows) - MOST)
        rows = rows[:MOST]
        given = await members.issue(
            writer, [row.id for row in rows], actor=caller.actor, now_ms=services.clock.wall_ms()
        )
        names = await team_views.communes(Reader(writer))
    links = [(row, f"{services.public_url}/team#{given[row.id]}") for row in rows if row.id in given]
    codes = await asyncio.to_thread(lambda: [_svg(link) for _, link in links])
    slips = [
        Slip(row.name or "", row.team_name, row.role == str(MemberRole.LEADER), code)
        for (row, _), code in zip(links, codes, strict=True)
    ]
    return team_views.show(
        request, "team_sheet.html", slips=slips, left=left, commune=names.get(commune, ""), team_id=team_id,
        link=links[0][1] if member_id is not None and links else "", address=f"{services.public_url}/team",
    )  # fmt: skip


def _svg(url: str) -> str:
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue().decode()
