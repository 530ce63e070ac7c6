"""The public pages of festivals, readable without JavaScript: the list, a festival's programme, what a card's QR opens.

Never shows anything of a guest, nor whether a card belongs to somebody.
"""

import asyncio
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from contest import units
from contest.database import Reader
from contest.errors import NotFound
from contest.festival import announcements, cards, festivals, organising
from contest.festival.kinds import ALL_DAY
from contest.festival.live_seats import codes_of_rounds
from contest.festival.model import Festival, FestivalState, LiveEvent, LiveEventState
from contest.ids import UnitCode
from contest.provincial.local_time import local_day
from realtime.assets import Asset
from realtime.entrants.services import entrants_of
from realtime.entrants.templating import page

router = APIRouter(include_in_schema=False)
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
PUBLIC = (FestivalState.OPEN, FestivalState.OVER)


@lru_cache(maxsize=1)
def commune_names() -> Mapping[str, str]:
    """The names of the communes and wards as shipped."""
    return {str(unit.code): unit.name for unit in units.shipped()}


def commune_name(code: str | None) -> str:
    """The name of a commune, "" for none."""
    return commune_names().get(UnitCode(code), "") if code else ""


def sorted_days(items: Sequence[LiveEvent]) -> list[tuple[str, list[LiveEvent]]]:
    """The programme by local day, what runs beside it all day left out."""
    days: dict[str, list[LiveEvent]] = {}
    for item in items:
        if item.kind not in ALL_DAY:
            days.setdefault(local_day(item.starts_at), []).append(item)
    return sorted(days.items())


@router.get("/f")
async def festival_list(request: Request) -> Response:
    """Every festival that is or was open."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        async with services.db.read() as reader:
            found = await organising.listing(reader, states=PUBLIC)
        today = local_day(services.clock.wall_ms())
        return {"festivals": [(one, commune_name(one.commune), one.first_day > today) for one in found]}

    return await page(request, "festivals.html", make)


@router.get("/f/{slug}")
async def festival_home(request: Request, slug: Slug) -> Response:
    """What is on now, what comes next and where; the whole programme; the way to a card."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        now_ms = services.clock.wall_ms()
        async with services.db.read() as reader:
            festival = await festivals.by_slug(reader, slug)
            items = await festivals.programme(reader, festival.id)
            codes = await codes_of_rounds(reader, items)
            told = await announcements.current(reader, festival.id, now_ms)
        live = [item for item in items if item.state is LiveEventState.LIVE]
        coming = [item for item in items if item.state is LiveEventState.PLANNED and item.kind not in ALL_DAY]
        return {
            "festival": festival,
            "commune": commune_name(festival.commune),
            "over": festival.state is FestivalState.OVER,
            "now": [item for item in live if item.kind not in ALL_DAY],
            "beside": [item for item in items if item.kind in ALL_DAY and item.state is not LiveEventState.DONE],
            "next": coming[:2],
            "days": sorted_days(items),
            "today": local_day(now_ms),
            "codes": codes,
            "announcements": told,
        }

    return await page(request, "festival.html", make)


@router.get("/f/{slug}/")
async def festival_with_slash(slug: Slug) -> Response:
    """People add a slash."""
    return RedirectResponse(f"/f/{slug}", 308)


@router.get("/f/{slug}/qr.svg")
async def festival_qr(request: Request, slug: Slug) -> Response:
    """The festival's own address as a QR code; of any well-formed one, so that drafts can be prepared."""
    asset = await asyncio.to_thread(qr, f"{entrants_of(request).public_url}/f/{slug}/app")
    return asset.response(request, cache="public, max-age=3600")


@router.get("/g/{card}")
async def card_page(request: Request, card: Annotated[str, Path(max_length=40)]) -> Response:
    """What scanning a card with an ordinary camera opens: show it to the staff. The same for held and blank cards."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        code = cards.parse_card(card)
        if code is None:
            raise NotFound("card_unreadable")
        async with services.db.read() as reader:
            return {"card": code, "shown": cards.shown(code), "festivals": await open_now(reader)}

    return await page(request, "card.html", make)


@router.get("/g/{card}/qr.svg")
async def card_qr(request: Request, card: Annotated[str, Path(max_length=40)]) -> Response:
    """The card's address as a QR code."""
    code = cards.parse_card(card)
    if code is None:
        raise NotFound("card_unreadable")
    asset = await asyncio.to_thread(qr, f"{entrants_of(request).public_url}/g/{code}")
    return asset.response(request, cache="public, max-age=86400")


async def open_now(reader: Reader) -> list[Festival]:
    """Festivals that are open."""
    return await organising.listing(reader, states=(FestivalState.OPEN,), limit=20)


@lru_cache(maxsize=2048)
def qr(url: str) -> Asset:
    """An address as a QR code that fits its box."""
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True)
    return Asset.of(out.getvalue(), "qr.svg")
