"""Signing in through an identity provider: there, back, and who that is here.

Never keeps anything of the journey on the server: it travels in sealed cookies that live for minutes.
"""

import hmac
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from contest.errors import NotFound
from contest.ids import ParticipantId
from contest.provincial import people, sign_in
from realtime.entrants.api_people import NO_STORE, Slug
from realtime.entrants.contest_card import public_contest
from realtime.entrants.oidc import ProviderFailed, Word
from realtime.entrants.services import Entrants, entrants_of
from realtime.entrants.session import caller_of, remember
from realtime.entrants.vouching import VOUCHED, VOUCHED_S, keep, kept_of
from scoring.folding import fold

_log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api", tags=["people"])
JOURNEY = "hoithi_oidc"
JOURNEY_S = 600


@router.get("/contests/{slug}/oidc", summary="Go to the identity provider")
async def leave(request: Request, slug: Slug) -> Response:
    """Redirects there; the way back ends at the contest's app."""
    services = entrants_of(request)
    async with services.db.read() as reader:
        await public_contest(reader, slug)
    if services.provider is None:
        raise NotFound("not_found")
    try:
        journey = await services.provider.journey()
    except ProviderFailed as failure:
        _log.warning("provider_failed", reason=str(failure))
        return _back(slug, "sign-in")
    response = RedirectResponse(journey.url, 303, NO_STORE)
    kept = {"state": journey.state, "nonce": journey.nonce, "verifier": journey.verifier, "slug": slug}
    keep(request, response, JOURNEY, kept, JOURNEY_S)
    return response


@router.get("/oidc/callback", include_in_schema=False)
async def come_back(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """Where the provider sends people back to. Whoever is not known here yet goes on to the entry form."""
    services = entrants_of(request)
    kept = kept_of(request, JOURNEY)
    slug = str(kept.get("slug", ""))
    if services.provider is None or not slug:
        raise NotFound("not_found")
    if not code or not hmac.compare_digest(str(kept["state"]).encode(), state.encode()):
        return _back(slug, "sign-in", forget=True)
    try:
        word = await services.provider.word(code, str(kept["verifier"]), str(kept["nonce"]))
    except ProviderFailed as failure:
        _log.warning("provider_failed", reason=str(failure))
        return _back(slug, "sign-in", forget=True)
    return await _received(request, services, slug, word)


async def _received(request: Request, services: Entrants, slug: str, word: Word) -> Response:
    box, now_ms = services.field_box, services.clock.wall_ms()
    signed = await sign_in.by_subject(services.db, box, word.issuer, word.subject, now_ms=now_ms)
    if signed is not None:
        response = _back(slug, "home", forget=True)
        remember(request, response, signed.session)
        return response
    caller = await caller_of(request)
    if caller is not None and await _same_person(services, caller.participant_id, word):
        await sign_in.link_subject(services.db, box, caller.participant_id, word.issuer, word.subject)
        return _back(slug, "home", forget=True)
    response = _back(slug, "enter", forget=True)
    said = {"issuer": word.issuer, "subject": word.subject, "values": word.values}
    keep(request, response, VOUCHED, said, VOUCHED_S)
    return response


async def _same_person(services: Entrants, participant_id: ParticipantId, word: Word) -> bool:
    """Whether the word may be about who is signed in here: on a shared phone somebody else may have left that open."""
    async with services.db.read() as reader:
        name = await people.name_of(reader, participant_id)
        linked = await sign_in.has_subject(reader, participant_id)
    said = word.values.get("full_name")
    return not linked and (said is None or fold(said) == fold(name))


def _back(slug: str, screen: str, *, forget: bool = False) -> Response:
    response = RedirectResponse(f"/c/{slug}/app#{screen}", 303, NO_STORE)
    if forget:
        response.delete_cookie(JOURNEY, path="/api", httponly=True, samesite="lax")
    return response
