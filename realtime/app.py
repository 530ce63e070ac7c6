"""The players' web server: the composition root of phones, stage and everything public.

Never holds a rule: it reads the settings, puts the parts together and says which path leads where.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib.metadata import version
from typing import Annotated, Any, TypedDict

import msgspec
import segno
import structlog
from fastapi import APIRouter, FastAPI, Path, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from contest import units
from contest.clock import Clock, SystemClock
from contest.database import Database
from contest.settings import Settings
from realtime import asyncapi, codes, fallback, pages_fair, problems, stage
from realtime.api_description import describe_refusals
from realtime.assets import Asset, Assets
from realtime.entrants.opening import opened
from realtime.entrants.routes import routers as entrants_routers
from realtime.entrants.services import Entrants
from realtime.festival.routes import routers as festival_routers
from realtime.handshake import Policy
from realtime.http_shedding import Shed, players_rank
from realtime.origins import origin_of
from realtime.players import Players
from realtime.security import Guard
from realtime.shedding import Measure, Priority
from scoring.redis_client import connect

_log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api")
POOL_SIZE = 5


class State(TypedDict):
    """What requests and sockets find of the process."""

    players: Players
    assets: Assets
    entrants: Entrants


def players_address(settings: Settings) -> str:
    """What phones type, without a slash at the end. The supervisor puts the LAN address into the settings."""
    return (settings.public_url or f"http://{settings.host}:{settings.players_port}").rstrip("/")


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """The app. `settings.redis_url` must be set; its Redis may be absent at any time. The schema must be there."""
    url = players_address(settings)
    origins = frozenset({origin_of(url), *(origin.rstrip("/") for origin in settings.allowed_origins)})

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        db = Database(settings.sql_url, pool_size=POOL_SIZE)
        redis = connect(settings.redis_url or "redis://127.0.0.1:6379")
        players = Players(
            db,
            redis,
            clock or SystemClock(),
            join_url=url,
            policy=Policy(
                origins=origins, proxies=frozenset(settings.trusted_proxies), rtt_told=settings.proxy_tells_rtt
            ),
            max_connections=settings.max_connections,
            drain_s=settings.drain_seconds,
        )
        app.state.players = players
        try:
            async with (
                players.running(),
                opened(settings, db, redis, players.clock, url, players.hold_joins) as entrants,
            ):
                yield {"players": players, "assets": await asyncio.to_thread(Assets), "entrants": entrants}
        finally:
            await redis.aclose()
            await db.close()

    app = FastAPI(
        title="Hội Thi: players",
        version=version("hoithi"),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    problems.install(app)
    _describe_refusals_of(app)
    app.include_router(fallback.router)
    app.include_router(codes.router)
    app.include_router(api)
    for part in [*entrants_routers(), *festival_routers()]:
        app.include_router(part)
    app.include_router(stage.router)
    app.include_router(pages_fair.router)
    app.include_router(router)
    app.add_middleware(Shed, rank=players_rank, now_measure=_measure)
    app.add_middleware(Guard, origins=origins)
    return app


def _describe_refusals_of(app: FastAPI) -> None:
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            describe_refusals(described())
        return described()

    app.openapi = openapi  # type: ignore[method-assign]


def _measure(scope: Scope, priority: Priority) -> Measure:
    players: Players = scope["state"]["players"]
    return players.hub.measure(priority)


# Pages and files.


@router.get("/")
async def phone_page(request: Request) -> Response:
    """The phone's page."""
    return _page(request, "play")


@router.get("/stage")
async def stage_page(request: Request) -> Response:
    """The projector's page; its token is in the fragment, which no server sees."""
    return _page(request, "stage")


@router.get("/static/{name:path}")
async def static_file(request: Request, name: str) -> Response:
    """A script, style, font or picture."""
    assets: Assets = request.state.assets
    found = assets.file(name, request.query_params.get("v"))
    if found is None:
        return problems.problem(404, "not_found", problems.accepted_language(request))
    asset, cache = found
    return asset.response(request, cache=cache)


@router.get("/favicon.ico")
async def favicon() -> Response:
    """Browsers ask for it unasked."""
    return RedirectResponse("/static/icon.svg", 308)


def _page(request: Request, name: str) -> Response:
    assets: Assets = request.state.assets
    page = assets.page(name)
    if page is None:
        return problems.problem(404, "not_found", problems.accepted_language(request))
    return page.response(request)


# What phones and projectors ask for besides.


@router.get("/qr/{code}.svg")
async def qr_code(request: Request, code: Annotated[str, Path(pattern=r"^[0-9]{6}$")]) -> Response:
    """The join address of a round as a QR code."""
    players: Players = request.state.players
    asset = await asyncio.to_thread(_qr, f"{players.join_url}/{code}")
    return asset.response(request, cache="public, max-age=3600")


@lru_cache(maxsize=256)
def _qr(url: str) -> Asset:
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True)
    return Asset.of(out.getvalue(), "qr.svg")


@api.get("/units", tags=["units"], summary="Communes and wards for the phone")
async def listed_units(request: Request) -> Response:
    """`[{"code","name","fold","old"}]` in Vietnamese order; `old` are folded former names, joined by commas."""
    return _units().response(request, cache="public, max-age=300")


@lru_cache(maxsize=1)
def _units() -> Asset:
    rows = [
        {"code": code, "name": name, "fold": fold, "old": old}
        for code, name, fold, old in units.phone_listing(units.shipped())
    ]
    return Asset.of(msgspec.json.encode(rows), "units.json")


# What machines ask for.


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Whether it can do its work; 503 says what it cannot."""
    players: Players = request.state.players
    lacking = await players.unready()
    # Without Redis rounds go on, a second slower: that is told, but not a reason to send phones elsewhere.
    able = not (lacking.keys() - {"redis"})
    content: dict[str, Any] = {"status": "ready" if able else "not ready", "cannot": lacking}
    return JSONResponse(content, 200 if able else 503, {"Cache-Control": "no-store"})


@router.get("/asyncapi.json")
async def asyncapi_document(request: Request) -> Response:
    """The sockets' description."""
    return _asyncapi().response(request)


@lru_cache(maxsize=1)
def _asyncapi() -> Asset:
    return Asset.of(msgspec.json.encode(asyncapi.document(version("hoithi"))), "asyncapi.json")


@router.get("/{code}")
async def phone_page_with_code(request: Request, code: str) -> Response:
    """The phone's page with the code of the link filled in."""
    if len(code) == 6 and code.isascii() and code.isdigit():
        return _page(request, "play")
    return problems.problem(404, "not_found", problems.accepted_language(request))
