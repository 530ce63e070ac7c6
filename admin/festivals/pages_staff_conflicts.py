"""What staff phones sent that somebody should look at, and how many have come.

Never hides a scan: what does not count says so, and why.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.caller import Caller
from admin.festivals.desks import LINKS, FestivalLink
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import page
from contest.audit import record
from contest.errors import Conflict, Invalid, Refused
from contest.festival import attendance, festivals, scans_conflicts, scans_views, staff_phones
from contest.festival.scans_model import ConflictKind, Resolution
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)
CanRun = Annotated[Caller, requires(Permission.FESTIVALS_RUN)]
CanWrite = Annotated[Caller, requires(Permission.FESTIVALS_WRITE)]
Short = Annotated[str, Form(max_length=400)]
CONFLICTS, COUNTS = "/festivals/{festival_id}/conflicts", "/festivals/{festival_id}/attendance"
BULK = {
    kind: [how for how in choices if how is not Resolution.ASSIGNED]
    for kind, choices in scans_conflicts.CHOICES.items()
}
LINKS.append(FestivalLink("gate.conflicts.title", "/festivals/{festival}/conflicts", Permission.FESTIVALS_WRITE))
LINKS.append(FestivalLink("gate.counts.title", "/festivals/{festival}/attendance", Permission.FESTIVALS_RUN))


@router.get(CONFLICTS)
async def conflicts_page(
    request: Request,
    caller: CanWrite,
    festival_id: RowId,
    settled: bool = False,
    kind: ConflictKind | None = None,
    done: Annotated[int, Query(ge=0)] = 0,
    left: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """The open ones, or those that were settled."""
    return await _show(request, festival_id, settled=settled, kind=kind, done=done, left=left)


async def _show(
    request: Request,
    festival_id: int,
    *,
    settled: bool = False,
    kind: ConflictKind | None = None,
    refusal: Refused | None = None,
    at: int = 0,
    **more: Any,
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        counts = await scans_conflicts.counts(reader, festival_id)
        rows = await scans_conflicts.listing(reader, festival_id, settled=settled, kind=kind)
        phones = await staff_phones.listing(reader, festival_id)
        balance = await scans_views.balance(reader, festival_id)
    return page(
        request,
        "festival_conflicts.html",
        status=200 if refusal is None else status_of(refusal),
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
        at=at,
        festival=festival,
        counts=counts,
        rows=rows,
        phones=phones,
        settled=settled,
        kind=kind,
        bulk=BULK,
        balance=balance,
        limit=scans_conflicts.LISTED,
        **({"done": 0, "left": 0} | more),
    )


@router.post(CONFLICTS + "/{scan_id}")
async def resolve(
    request: Request,
    caller: CanWrite,
    festival_id: RowId,
    scan_id: RowId,
    how: Annotated[Resolution, Form()],
    card: Short = "",
    reason: Short = "",
) -> Response:
    """Settles one."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            row = await scans_conflicts.resolve(
                writer, festival_id, scan_id, how, card=card, reason=reason, actor=caller.actor, now_ms=now_ms
            )
            await record(
                writer,
                actor=caller.actor,
                action="scan.resolve",
                subject=f"scan:{scan_id}",
                now_ms=now_ms,
                detail={"kind": row.conflict, "how": str(how)},
            )
    except (Conflict, Invalid) as refusal:
        return await _show(request, festival_id, refusal=refusal, at=scan_id)
    return see_other(f"/festivals/{festival_id}/conflicts?done=1")


@router.post(CONFLICTS)
async def resolve_all(
    request: Request,
    caller: CanWrite,
    festival_id: RowId,
    phone: Annotated[int, Form(ge=1, le=2**31 - 1)],
    what: Annotated[str, Form(max_length=40)],
    reason: Short = "",
) -> Response:
    """Settles all of a kind that one phone sent; `what` is kind:resolution."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        kind, how = _chosen(what)
        async with services.db.write() as writer:
            done, left = await scans_conflicts.resolve_all(
                writer, festival_id, phone, kind, how, reason=reason, actor=caller.actor, now_ms=now_ms
            )
            await record(
                writer,
                actor=caller.actor,
                action="scan.resolve_all",
                subject=f"staff_phone:{phone}",
                now_ms=now_ms,
                detail={"kind": str(kind), "how": str(how), "done": done},
            )
    except (Conflict, Invalid) as refusal:
        return await _show(request, festival_id, refusal=refusal)
    return see_other(f"/festivals/{festival_id}/conflicts?done={done}&left={left}")


def _chosen(what: str) -> tuple[ConflictKind, Resolution]:
    kind, _, how = what.partition(":")
    try:
        return ConflictKind(kind), Resolution(how)
    except ValueError:
        raise Conflict("conflict_choice") from None


@router.get(COUNTS)
async def attendance_page(request: Request, caller: CanRun, festival_id: RowId) -> HTMLResponse:
    """How many have come, where, and what was scanned last."""
    return await _counts(request, festival_id)


async def _counts(request: Request, festival_id: int, refusal: Refused | None = None) -> HTMLResponse:
    services = services_of(request)
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        now = await attendance.counts_now(reader, festival_id)
        items = await festivals.programme(reader, festival_id)
        recent = await scans_views.recent(reader, festival_id)
        balance = await scans_views.balance(reader, festival_id)
    return page(
        request,
        "festival_attendance.html",
        status=200 if refusal is None else status_of(refusal),
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
        festival=festival,
        now=now,
        posts=[(item, now.posts.get(item.id, 0)) for item in items if item.kind in ("gate", "training", "booth")],
        recent=recent,
        balance=balance,
        at=services.clock.wall_ms(),
    )


@router.post(COUNTS + "/{scan_id}/strike")
async def strike(
    request: Request, caller: CanWrite, festival_id: RowId, scan_id: RowId, reason: Short = ""
) -> Response:
    """Takes one scan or headcount out of the count."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            await scans_conflicts.strike(writer, festival_id, scan_id, reason=reason, actor=caller.actor, now_ms=now_ms)
            await record(writer, actor=caller.actor, action="scan.strike", subject=f"scan:{scan_id}", now_ms=now_ms)
    except (Conflict, Invalid) as refusal:
        return await _counts(request, festival_id, refusal)
    return see_other(f"/festivals/{festival_id}/attendance")
