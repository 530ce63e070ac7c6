"""The public pages of lucky draws: each act with its time, the pool and the result as files, and how to check them.

Readable without JavaScript; recomputing in the browser is an addition. Never shows a draft whose rule is not shown, and
nothing of a guest but what `draw_views` gives out.
"""

import shlex
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from contest.database import Reader
from contest.errors import NotFound
from contest.festival import draw_model, draw_views, festivals
from contest.festival.draw_model import Draw
from contest.festival.draw_states import DrawState
from realtime.assets import Asset
from realtime.entrants.services import entrants_of
from realtime.entrants.templating import CACHE, language_of, page
from realtime.festival import draw_sections, state

router = APIRouter(include_in_schema=False)
state.SECTIONS.append(draw_sections.phones)
state.STAGE_SECTIONS.append(draw_sections.stage)
state.ME_SECTIONS.append(draw_sections.mine)
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
DrawId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,32}$")]


@router.get("/f/{slug}/draws")
async def festival_draws(request: Request, slug: Slug) -> Response:
    """Every draw of a festival that everybody may know of."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        async with services.db.read() as reader:
            festival = await festivals.by_slug(reader, slug)
            found = await draw_model.of_festival(reader, festival.id, public=True)
        return {"festival": festival, "draws": found}

    return await page(request, "festival_draws.html", make)


@router.get("/f/{slug}/draws/{public_id}")
async def festival_draw(request: Request, slug: Slug, public_id: DrawId) -> Response:
    """One draw with everything needed to check it."""
    services, lang = entrants_of(request), language_of(request)

    async def make() -> Mapping[str, Any]:
        async with services.db.read() as reader:
            festival = await festivals.by_slug(reader, slug)
            draw = await draw_model.by_public_id(reader, festival.id, public_id)
            shown = await draw_views.public_draw(reader, draw, lang)
        return {"festival": festival, "draw": draw, "shown": shown, "command": command(draw, shown)}

    return await page(request, "festival_draw.html", make)


def command(draw: Draw, shown: draw_views.PublicDraw) -> str:
    """What to type to check the draw with Python alone; "" before there are digits."""
    if draw.digits is None or draw.pool_hash is None:
        return ""
    words = ["python3", "verify_draw.py", "pool.txt", draw.public_id, draw.digits]
    words += ["--pool-hash", draw.pool_hash, "--count", str(max(1, len(shown.winners)))]
    if shown.winners:
        words += ["--expect", "result.txt"]
    return shlex.join(words)


@router.get("/f/{slug}/draws/{public_id}/pool.txt")
async def draw_pool_file(request: Request, slug: Slug, public_id: DrawId) -> Response:
    """The frozen pool, one ticket a line."""
    return await _file(request, slug, public_id, "pool.txt", draw_views.pool_file)


@router.get("/f/{slug}/draws/{public_id}/result.txt")
async def draw_result_file(request: Request, slug: Slug, public_id: DrawId) -> Response:
    """The tickets drawn, in order."""
    return await _file(request, slug, public_id, "result.txt", draw_views.result_file)


@router.get("/f/{slug}/draws/{public_id}/log.txt")
async def draw_log_file(request: Request, slug: Slug, public_id: DrawId) -> Response:
    """The log, one act a line: seq, time, kind, body, previous hash, hash, between tabs."""
    return await _file(request, slug, public_id, "log.txt", draw_views.log_file)


async def _file(
    request: Request, slug: str, public_id: str, name: str, make: Callable[[Reader, Draw], Awaitable[str]]
) -> Response:
    services = entrants_of(request)
    async with services.db.read() as reader:
        festival = await festivals.by_slug(reader, slug)
        draw = await draw_model.by_public_id(reader, festival.id, public_id)
        if draw.state is DrawState.DRAFT:
            raise NotFound("draw_unknown")
        content = await make(reader, draw)
    response = Asset.of(content.encode(), name).response(request, cache=CACHE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
