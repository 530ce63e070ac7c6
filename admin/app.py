"""The composition root of the admin server: settings in, a FastAPI app out.

Holds no behaviour of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from admin import (
    api_docs,
    api_halls,
    api_quizzes,
    api_rounds,
    api_staff,
    api_words,
    health,
    host_socket,
    pages_drawing,
    pages_halls,
    pages_import,
    pages_questions,
    pages_quizzes,
    pages_rounds,
    pages_sign_in,
    pages_staff,
    problem_pages,
    qr,
)
from admin.addresses import public_url
from admin.contests.routes import PARTS as CONTESTS
from admin.festivals.routes import PARTS as FESTIVALS
from admin.metrics import Metrics
from admin.movement.routes import PARTS as MOVEMENT
from admin.passwords import Passwords
from admin.permissions import check_routes
from admin.security import Guard
from admin.services import Services
from admin.templating import WEB
from admin.throttle import Throttle
from contest.clock import Clock, SystemClock
from contest.database import Database
from contest.settings import Settings
from realtime import __path__ as realtime_folders
from realtime.round_runner import RoundRunner
from scoring.redis_client import connect


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """The admin server. `settings.redis_url` must be set by now; the database must have been migrated.

    Connections open and close with the app's lifespan.
    """
    if settings.redis_url is None:
        raise ValueError("redis_url is not set")
    metrics = Metrics()
    redis_url = settings.redis_url

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.sql_url)
        redis = connect(redis_url)
        used_clock = clock or SystemClock()
        phones = public_url(settings)
        app.state.services = Services(
            settings=settings,
            db=database,
            redis=redis,
            clock=used_clock,
            passwords=Passwords(),
            throttle=Throttle(redis),
            runner=RoundRunner(database, redis, used_clock, phones),
            metrics=metrics,
            public_url=phones,
        )
        try:
            yield
        finally:
            await redis.aclose()
            await database.close()

    app = FastAPI(
        title="Hội Thi",
        version="0.1.0",
        description="The staff's side of Hội Thi: quizzes, live rounds, exports, accounts.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    for part in (
        api_docs,
        api_quizzes,
        api_halls,
        api_rounds,
        api_staff,
        api_words,
        health,
        host_socket,
        pages_drawing,
        pages_halls,
        pages_import,
        pages_questions,
        pages_quizzes,
        pages_rounds,
        pages_sign_in,
        pages_staff,
        qr,
        *CONTESTS,
        *FESTIVALS,
        *MOVEMENT,
    ):
        # Not include_router: it hides the routes behind a node that the table of permissions could not see into.
        app.router.routes.extend(part.router.routes)
    app.mount("/static", _static(), name="static")
    problem_pages.install(app)
    check_routes(app)
    app.add_middleware(Guard, settings=settings, metrics=metrics)
    return app


def _static() -> StaticFiles:
    """Our own files, then the host console, then what the players' pages are made of (previews show the real ones)."""
    files = StaticFiles(directory=WEB / "static")
    players = f"{next(iter(realtime_folders))}/web"
    files.all_directories = [WEB / "static", WEB / "dist", f"{players}/dist", f"{players}/static"]
    return files
