"""Sending codes to phones without letting anybody wait: requests are answered at once, messages sent in the background.

Never logs a number or a code.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from contest.catalogue import text
from contest.provincial.senders import Sender

_log = structlog.get_logger(__name__)
_MOST_WAITING = 1_000
_STOP_S = 5.0


class Outbox:
    """One per process. Messages are sent one after the other; what a provider will not take is dropped and logged."""

    def __init__(self, sender: Sender | None) -> None:
        self._sender = sender
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_MOST_WAITING)

    @property
    def sends(self) -> bool:
        """Whether there is a way to send anything."""
        return self._sender is not None

    def put(self, phone: str, code: str, lang: str) -> None:
        """Puts a code in line; a full line drops it, as a lost message would be."""
        try:
            self._waiting.put_nowait((phone, text(lang, "people.message", code=code)))
        except asyncio.QueueFull:
            _log.error("outbox_full")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sends while the block lasts, and for a moment after it what is still in line."""
        task = asyncio.create_task(self._run(), name="outbox")
        try:
            yield
        finally:
            try:
                async with asyncio.timeout(_STOP_S):
                    await self._waiting.join()
            except TimeoutError:
                _log.warning("outbox_stopped_with_work_left", left=self._waiting.qsize())
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            phone, message = await self._waiting.get()
            try:
                if self._sender is not None:
                    await asyncio.to_thread(self._sender.send, phone, message)
            except Exception as error:
                # The text of a provider's exception may hold the number.
                _log.error("message_not_sent", reason=type(error).__name__)
            finally:
                self._waiting.task_done()
