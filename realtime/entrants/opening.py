"""Starting and ending what contests need in a players' process.

Never serves anything itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError

from contest.clock import Clock
from contest.database import Database
from contest.provincial.secrets_box import FieldBox, recognises
from contest.provincial.senders import sender_of
from contest.settings import Settings, load_field_key
from realtime.entrants.attempt_desk import AttemptDesk
from realtime.entrants.codes import Outbox
from realtime.entrants.oidc import CALLBACK, Provider
from realtime.entrants.services import Entrants
from realtime.throttle import Throttle

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def opened(
    settings: Settings, db: Database, redis: Redis, clock: Clock, public_url: str, hold: Callable[[], bool]
) -> AsyncIterator[Entrants]:
    """The services, for as long as the block lasts. Without the right key live rounds go on, contests do not.

    While `hold()` is true nobody starts an attempt; those who are in one go on.
    """
    desk = AttemptDesk(db, clock, hold)
    outbox = Outbox(sender_of(settings))
    async with desk.running(), outbox.running():
        yield Entrants(
            settings=settings,
            db=db,
            redis=redis,
            clock=clock,
            box=await _box(settings, db),
            throttle=Throttle(redis),
            public_url=public_url,
            attempts=desk,
            outbox=outbox,
            provider=Provider(settings, public_url + CALLBACK) if settings.oidc_issuer else None,
        )


async def _box(settings: Settings, db: Database) -> FieldBox | None:
    try:
        box = FieldBox(await asyncio.to_thread(load_field_key, settings))
    except (OSError, ValueError) as error:
        _log.critical("field_key_unusable", reason=type(error).__name__)
        return None
    try:
        if not await recognises(db, box):
            _log.critical("field_key_wrong")
            return None
    except (SQLAlchemyError, OSError) as error:
        # The database will be back; every seal says by itself whether it is of this key.
        _log.warning("field_key_unchecked", reason=type(error).__name__)
    return box
