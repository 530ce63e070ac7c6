"""The organiser's page of campaigns: stretches of days that the movement counts by.

Never touches a fact; counting follows by itself.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.movement import desk
from admin.movement.desk import CanRead, CanWrite
from admin.params import RowId
from admin.services import services_of
from contest.errors import Refused
from contest.statistics import campaigns

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=400)]
PEAK_DAYS = ("2025-07-15", "2025-10-25")
"""The 100 peak days of the province's plan."""


@router.get("/movement/campaigns")
async def campaigns_page(request: Request, caller: CanRead, saved: str = "") -> HTMLResponse:
    """All campaigns, the latest first."""
    return await _show(request, saved=saved)


@router.post("/movement/campaigns")
async def add_campaign(
    request: Request, caller: CanWrite, name: Text = "", first_day: Text = "", last_day: Text = ""
) -> Response:
    """Makes a campaign."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            await campaigns.add(writer, name, first_day, last_day, actor=caller.actor, now_ms=services.clock.wall_ms())
    except Refused as refusal:
        return await _show(request, refusal=refusal, typed=(name, first_day, last_day))
    return RedirectResponse("/movement/campaigns?saved=added", 303)


@router.post("/movement/campaigns/{campaign_id}/remove")
async def remove_campaign(request: Request, caller: CanWrite, campaign_id: RowId) -> Response:
    """Stops counting by it."""
    services = services_of(request)
    async with services.db.write() as writer:
        await campaigns.remove(writer, campaign_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return RedirectResponse("/movement/campaigns?saved=withdrawn", 303)


async def _show(
    request: Request,
    *,
    saved: str = "",
    refusal: Refused | None = None,
    typed: tuple[str, str, str] = ("", "", ""),
) -> HTMLResponse:
    services, today = desk.services_and_day(request)
    async with services.db.read() as reader:
        found = await campaigns.listing(reader)
    return desk.show(
        request,
        "movement_campaigns.html",
        refusal=refusal,
        found=found,
        today=today,
        typed=typed,
        peak=None if any((one.first_day, one.last_day) == PEAK_DAYS for one in found) else PEAK_DAYS,
        saved=saved if saved in ("added", "withdrawn") else "",
    )
