"""Public pages for whoever checks a draw: every draw of a contest, its pool as a file, and the checking program.

Never decides what of a pool may be shown: `draws` does.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from realtime.assets import Asset
from realtime.entrants import draws
from realtime.entrants.contest_card import public_contest
from realtime.entrants.pages_public import Slug
from realtime.entrants.services import entrants_of
from realtime.entrants.templating import CACHE, page

router = APIRouter(include_in_schema=False)
DrawId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,32}$")]


@router.get("/c/{slug}/draws")
async def contest_draws(request: Request, slug: Slug) -> Response:
    """Announced pools before the digits are known, and what was drawn from them afterwards."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        async with services.db.read() as reader:
            record, rules = await public_contest(reader, slug)
            found = await draws.draws(reader, record, rules, services.clock.wall_ms())
        return {"contest": record, "rules": rules, "tab": "draws", "draws": found}

    return await page(request, "draws.html", make)


@router.get("/c/{slug}/draws/{draw_id}.txt")
async def draw_pool(request: Request, slug: Slug, draw_id: DrawId) -> Response:
    """The pool, one member a line."""
    services = entrants_of(request)
    async with services.db.read() as reader:
        record, rules = await public_contest(reader, slug)
        content = await draws.pool_of(reader, record, rules, draw_id, services.clock.wall_ms())
    return Asset.of(content.encode(), "pool.txt").response(request, cache=CACHE)


@router.get("/verify_draw.py")
async def checking_program(request: Request) -> Response:
    """The program that checks a draw with nothing but Python."""
    return _program().response(request, cache=CACHE)


@cache
def _program() -> Asset:
    # As a text: a browser shows it to whoever wants to read before running it.
    return Asset.of((files("contest.provincial") / "verify_draw.py").read_bytes(), "verify_draw.txt")
