"""Printed cards: sheets of blank ones, ten on a page, and two cards that are one person's.

Never shows who holds a card.
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import func, select
from starlette.responses import HTMLResponse, Response

from admin.documents.qr_marks import qr_svg
from admin.documents.typesetting import ornament, typeset
from admin.festivals.pages_festivals import CanWrite
from admin.language import language_of
from admin.params import RowId
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import page
from contest import audit
from contest.catalogue import text
from contest.database import Reader
from contest.errors import Invalid, NotFound, Refused
from contest.festival import cards, festivals, guests, identity_phone
from contest.festival.model import Guest, GuestLevel
from contest.festival.tables import guests as table
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)
MOST = 500
"""Cards of one printing: fifty pages."""
PER_PAGE = 10


@router.get("/festivals/{festival_id}/cards")
async def cards_page(request: Request, caller: CanWrite, festival_id: RowId) -> HTMLResponse:
    """The printings so far, each to be printed again."""
    return await _page(request, festival_id)


@router.post("/festivals/{festival_id}/cards")
async def make_cards(
    request: Request, caller: CanWrite, festival_id: RowId, sheets: Annotated[int, Form()] = 5
) -> Response:
    """Blank cards for so many sheets."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        if not 1 <= sheets * PER_PAGE <= MOST:
            raise Invalid("too_many_cards", most=MOST)
        async with services.db.write() as writer:
            await festivals.load(Reader(writer), festival_id)
            for _ in range(sheets * PER_PAGE):
                await guests.make(
                    writer, festival_id=festival_id, now_ms=now_ms, level=GuestLevel.BLANK, created_by=caller.actor
                )
            await audit.record(
                writer, actor=caller.actor, action="festival.cards", subject=f"festival:{festival_id}",
                now_ms=now_ms, detail={"cards": sheets * PER_PAGE},
            )  # fmt: skip
    except Invalid as refusal:
        return await _page(request, festival_id, refusal)
    return see_other(f"/festivals/{festival_id}/cards")


@router.get("/festivals/{festival_id}/cards/{made_at}.pdf")
async def cards_pdf(request: Request, caller: CanWrite, festival_id: RowId, made_at: int) -> Response:
    """One printing as PDF, A4, ten on a page; nobody's name is on it."""
    services = services_of(request)
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        query = (
            select(table.c.card)
            .where(table.c.festival_id == festival_id, table.c.created_at == made_at, _PRINTED)
            .order_by(table.c.id)
            .limit(MOST)
        )
        codes = list((await reader.execute(query)).scalars())
    if not codes:
        raise NotFound("guest_unknown")
    lang = language_of(request)
    data: dict[str, Any] = {
        "lang": lang,
        "title": festival.title,
        "agency": text(lang, "app.name"),
        "band": ornament(),
        "words": {
            "card": text(lang, "festival.card.title"),
            "show": text(lang, "festival.card.print_show"),
            "phone": text(lang, "festival.card.print_phone"),
        },
        "address": f"{services.public_url}/f/{festival.slug}".split("://", 1)[-1],
    }
    content = await asyncio.to_thread(_typeset, data, codes, services.public_url)
    name = f"the-{festival.slug}-{len(codes)}.pdf"
    return Response(
        content, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


_PRINTED = table.c.created_by.not_in(("self", "replaced")) & ~table.c.created_by.startswith("phone:")
"""Printed blank, whoever holds them now."""


def _typeset(data: dict[str, Any], codes: list[str], public_url: str) -> bytes:
    made = [{"code": cards.shown(code), "qr": qr_svg(f"{public_url}/g/{code}")} for code in codes]
    return typeset("cards", data | {"cards": made})


@router.post("/festivals/{festival_id}/cards/join")
async def join_cards(
    request: Request,
    caller: CanWrite,
    festival_id: RowId,
    card: Annotated[str, Form(max_length=120)] = "",
    other: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    """Somebody has two cards: the first stays, what the other collected becomes its holder's."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            found = await _held(Reader(writer), card, other)
            await identity_phone.merge(writer, found[1], found[0], now_ms=now_ms)
            await audit.record(
                writer, actor=caller.actor, action="guest.join", subject=f"guest:{found[0].id}", now_ms=now_ms,
                detail={"was": found[1].id, "festival": festival_id},
            )  # fmt: skip
    except Refused as refusal:
        return await _page(request, festival_id, refusal)
    return await _page(request, festival_id, joined=True)


async def _held(reader: Reader, *typed: str) -> list[Guest]:
    codes = [cards.parse_card(one) for one in typed]
    if any(code is None for code in codes):
        raise Invalid("card_unreadable")
    known = await guests.by_cards(reader, [code for code in codes if code])
    held = [known.get(code or "") for code in codes]
    if any(guest is None or guest.level is GuestLevel.BLANK for guest in held):
        raise NotFound("guest_unknown")
    return [guest for guest in held if guest is not None]


async def _page(
    request: Request, festival_id: int, refusal: Refused | None = None, *, joined: bool = False
) -> HTMLResponse:
    services = services_of(request)
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        c = table.c
        query = (
            select(c.created_at, func.count().label("cards"), func.count(c.name).label("held"))
            .where(c.festival_id == festival_id, _PRINTED)
            .group_by(c.created_at)
            .having(func.count() >= PER_PAGE)
            .order_by(c.created_at.desc())
        )
        printings = (await reader.execute(query)).all()
    return page(
        request,
        "festival_cards.html",
        status=200 if refusal is None else status_of(refusal),
        festival=festival,
        printings=printings,
        most_sheets=MOST // PER_PAGE,
        joined=joined,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )
