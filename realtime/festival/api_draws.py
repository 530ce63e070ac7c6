"""A winner's own word on whether the published list may name them. Who won is in the festival's state.

Never tells who holds which ticket.
"""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from contest.catalogue import text
from contest.database import Reader
from contest.errors import Conflict
from contest.festival import draw_views, festivals, identity
from realtime.entrants import people_limits
from realtime.entrants.api_people import NO_STORE, Body
from realtime.entrants.services import entrants_of
from realtime.festival import guest_limits
from realtime.festival.api_guests import Slug
from realtime.festival.guest_session import required_guest
from realtime.festival.guest_views import MeOut, me_now

router = APIRouter(prefix="/api/festivals", tags=["festivals"])


class Named(Body):
    """Whether I may be named among the winners, in public and for ever until I say otherwise."""

    agreed: bool


@router.post("/{slug}/draws/name", response_model=MeOut, summary="May the list of winners name me")
async def name_me(request: Request, slug: Slug, body: Named) -> Response:
    """Kept as a consent in the words that were read. 409 `draw_not_won` for whoever has won nothing."""
    services, guest = entrants_of(request), await required_guest(request)
    await people_limits.count(request, (guest_limits.CHANGES_BY_GUEST, guest.card))
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        festival = await festivals.by_slug(Reader(writer), slug)
        if body.agreed and not await draw_views.has_won(Reader(writer), festival.id, guest.id):
            raise Conflict("draw_not_won")
        purpose = draw_views.PUBLISH_NAME
        words = text(guest.lang, f"guest.consent.{purpose}")
        await identity.note_consent(writer, guest.id, purpose, granted=body.agreed, words=words, now_ms=now_ms)
    return JSONResponse(await me_now(services.db, services.box, slug, guest.id, now_ms), headers=NO_STORE)
