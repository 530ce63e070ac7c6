"""Public pages of what was decided: the winners, and whether a certificate is genuine.

Never shows a name whose owner has not agreed.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from realtime.entrants import winners
from realtime.entrants.contest_card import public_contest
from realtime.entrants.pages_public import Slug
from realtime.entrants.services import entrants_of
from realtime.entrants.templating import language_of, page
from realtime.entrants.wording import Wording

router = APIRouter(include_in_schema=False)
Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,32}$")]


@router.get("/c/{slug}/winners")
async def contest_winners(request: Request, slug: Slug) -> Response:
    """Every published result with its winners."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        words = Wording(language_of(request))
        async with services.db.read() as reader:
            record, rules = await public_contest(reader, slug)
            results = await winners.published(reader, record, words, services.clock.wall_ms())
        return {
            "contest": record,
            "rules": rules,
            "tab": "winners",
            "results": results,
            "formula": rules.collective.formula.value if rules.collective else "",
        }

    return await page(request, "winners.html", make)


@router.get("/certificates/{code}")
async def verify_certificate(request: Request, code: Code) -> Response:
    """Where the QR code of a certificate leads: genuine, taken back, or unknown (404)."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        words = Wording(language_of(request))
        async with services.db.read() as reader:
            found = await winners.certificate(reader, code)
        return {
            "contest": found.contest,
            "prize": found.prize,
            "holder": found.holder,
            "where": found.where,
            "masked": found.masked,
            "revoked": found.revoked,
            "code": found.code,
            "organiser": found.rules.organiser,
            "window": words.window(found.rules, found.result_key),
            "audience": words.audience(found.rules, found.audience),
        }

    return await page(request, "certificate.html", make)
