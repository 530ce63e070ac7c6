"""The worker's part in the feed: webhooks and the stream in Redis, turn by turn.

Opens the box of secrets when there is something to send, so that a worker starts without database or key. Never decides
what is sent.
"""

import asyncio

import structlog
from redis.asyncio import Redis

from admin.movement import feed_sending
from admin.movement.feed_sending import FeedSender
from contest.clock import Clock
from contest.database import Database
from contest.provincial.secrets_box import FieldBox, recognises
from contest.settings import Settings, load_field_key
from contest.statistics import feed

_log = structlog.get_logger(__name__)


class FeedWork:
    """One per worker process. Any number of workers may do it."""

    def __init__(self, settings: Settings, db: Database, redis: Redis, clock: Clock) -> None:
        self._settings, self._db, self._redis, self._clock = settings, db, redis, clock
        self._sender: FeedSender | None = None
        self._told = False

    async def send(self) -> None:
        """One turn of webhooks."""
        if (sender := await self._ready()) is not None and (sent := await sender.tend()):
            _log.info("feed sent", events=sent)

    async def relay(self) -> None:
        """Passes new facts on to the stream in Redis; one worker at a time."""
        async with self._db.read() as reader:
            behind = await feed.relay_behind(reader, feed_sending.RELAY)
        if not behind or (sender := await self._ready()) is None:
            return
        if passed := await feed_sending.relay(self._db, self._redis, sender.box, sender.owner, self._clock):
            _log.info("feed relayed", events=passed)

    async def _ready(self) -> FeedSender | None:
        """None without the key that sealed this database: nothing can be signed, and the rest of the worker goes on."""
        if self._sender is None and (box := await self._box()) is not None:
            self._sender = FeedSender(self._db, box, self._clock)
        return self._sender

    async def _box(self) -> FieldBox | None:
        try:
            box = FieldBox(await asyncio.to_thread(load_field_key, self._settings))
            if await recognises(self._db, box):
                return box
        except (OSError, ValueError):
            pass
        if not self._told:
            _log.critical("feed not sent: the field key is not the one that sealed the database")
        self._told = True
        return None
