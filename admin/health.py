"""Whether this server is alive, can do its work, and what it has counted.

Never says anything that helps an attacker: no versions, no addresses.
"""

import asyncio
import ipaddress

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from starlette.responses import JSONResponse, Response

from admin.permissions import Permission, authorise
from admin.services import Services, services_of
from contest.tables import rounds

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Alive: the event loop turns."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """200 when staff can work. Without Redis they can: it only makes things fast, so that is told but not fatal."""
    checks = await check(services_of(request))
    ready = checks["database"] == "ok"
    return JSONResponse({"ready": ready, "checks": checks}, 200 if ready else 503)


async def check(services: Services) -> dict[str, str]:
    """What can be reached: ok or down, by name."""
    checks = {"database": "ok", "redis": "ok"}
    try:
        async with services.db.read() as reader:
            await reader.execute(text("SELECT 1"))
    except Exception:
        # Whatever the driver says, the answer is the same: it does not work.
        checks["database"] = "down"
    try:
        await services.redis.ping()
    except (RedisError, OSError):
        checks["redis"] = "down"
    return checks


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text; from elsewhere than this machine only with a token."""
    if not _from_here(request):
        await authorise(request, Permission.METRICS_READ)
    services = services_of(request)
    counted = select(rounds.c.phase, func.count(), func.sum(rounds.c.seat_count)).group_by(rounds.c.phase)
    async with services.db.read() as reader:
        rows = (await reader.execute(counted)).all()
    services.metrics.rounds.clear()
    for phase, count, _ in rows:
        services.metrics.rounds.labels(phase).set(count)
    services.metrics.seats.set(
        sum(int(seats or 0) for phase, _, seats in rows if phase not in ("finished", "cancelled"))
    )
    exposed = await asyncio.to_thread(services.metrics.text, services.settings.data_dir)
    return Response(exposed, media_type="text/plain; version=0.0.4; charset=utf-8")


def _from_here(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
