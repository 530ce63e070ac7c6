"""Group commit: what arrives while one transaction runs goes into the next.

Never acknowledges before the work of a batch has returned, and never knows what the work is. When storage fails nothing
is told to anybody: the items wait and are tried again, so an answer keeps the moment it really came.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
R = TypeVar("R")

_log = structlog.get_logger(__name__)
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.05, 1.0


@dataclass(slots=True)
class _Item(Generic[T, R]):
    value: T
    done: Callable[[R | None], None]
    wanted: Callable[[], bool] | None
    at: float


class Batcher(Generic[T, R]):
    """One writer task over a bounded queue. `run()` it in a task group; `stop()` lets it finish what is queued."""

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        most: int,
        most_behind: int | None = None,
        queue: int = 20_000,
        patience_s: float = 10.0,
        gather_s: float = 0.0,
        spacing_s: float = 0.0,
        hold: Callable[[], bool] | None = None,
        told: Callable[[], None] | None = None,
    ) -> None:
        """`work` gives one result for each item, in order.

        A batch has at most `most` items, `most_behind` when more wait. Items older than `patience_s` are given up
        (`done(None)`) when storage fails. `gather_s` waits that long for company first. `spacing_s` is the least time
        from the start of one batch to the next while less than a whole batch waits: a lone item goes at once, a stream
        pays for fewer commits. While `hold()` is true nothing is begun. `told` is called when everybody in a batch has
        been told.
        """
        self.name = name
        self._work = work
        self._most = most
        self._most_behind = most_behind or most
        self._limit = queue
        self._patience_s = patience_s
        self._gather_s = gather_s
        self._spacing_s = spacing_s
        self._hold = hold
        self._told = told
        self._queue: deque[_Item[T, R]] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self.last_error: str | None = None

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, value: T, done: Callable[[R | None], None], *, wanted: Callable[[], bool] | None = None) -> bool:
        """Queues an item; false when the queue is full. `done` is called once, with None when it was given up.

        An item that is no longer `wanted()` when its turn comes is dropped before any work, with `done(None)`.
        """
        if self._stopping or len(self._queue) >= self._limit:
            return False
        self._queue.append(_Item(value, done, wanted, time.monotonic()))
        self._wake.set()
        return True

    async def ask(self, value: T) -> R | None:
        """`put` for callers that can wait. None: the queue is full, or it was given up."""
        answer: asyncio.Future[R | None] = asyncio.get_running_loop().create_future()
        if not self.put(value, lambda result: None if answer.done() else answer.set_result(result)):
            return None
        return await answer

    async def run(self) -> None:
        """Works until `stop()`; returns when the queue is empty then."""
        failures = 0
        size = 0
        began = 0.0
        while True:
            if not self._queue:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
                if self._gather_s and not self._stopping:
                    await asyncio.sleep(self._gather_s)
                continue
            if self._hold is not None and not self._stopping and self._hold():
                await asyncio.sleep(0.02)
                continue
            early = began + self._spacing_s - time.monotonic()
            if early > 0 and len(self._queue) < self._most and not self._stopping:
                await asyncio.sleep(early)
            began = time.monotonic()
            allowed = self._most if len(self._queue) <= self._most else self._most_behind
            batch = self._take(min(allowed, size or allowed))
            if not batch:
                continue
            try:
                results = await self._work([item.value for item in batch])
                if len(results) != len(batch):
                    raise RuntimeError(f"{len(results)} results for {len(batch)} items")
            except asyncio.CancelledError:
                raise
            except Exception as error:
                failures += 1
                self.last_error = type(error).__name__
                _log.warning("batch_failed", batch=self.name, items=len(batch), failures=failures, exc_info=error)
                # Halving finds the one item that storage will not have; alone, it goes to the end of the line.
                size = max(1, len(batch) // 2)
                if len(batch) == 1 and self._queue:
                    self._queue.append(batch[0])
                else:
                    self._queue.extendleft(reversed(batch))
                self._give_up_old(stopping=self._stopping)
                await asyncio.sleep(min(_LAST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(failures, 6)))
                continue
            failures, size, self.last_error = 0, 0, None
            for item, result in zip(batch, results, strict=True):
                self._tell(item, result)
            if self._told is not None:
                self._told()

    def stop(self) -> None:
        """No more items; what is queued is still worked off."""
        self._stopping = True
        self._wake.set()

    def _take(self, most: int) -> list[_Item[T, R]]:
        batch: list[_Item[T, R]] = []
        while self._queue and len(batch) < most:
            item = self._queue.popleft()
            if item.wanted is None or item.wanted():
                batch.append(item)
            else:
                self._tell(item, None)
        return batch

    def _tell(self, item: _Item[T, R], result: R | None) -> None:
        try:
            item.done(result)
        except Exception as error:
            # Whoever asked has failed; the others in line have not.
            _log.error("batch_answer_failed", batch=self.name, exc_info=error)

    def _give_up_old(self, *, stopping: bool) -> None:
        oldest = time.monotonic() - (2.0 if stopping else self._patience_s)
        old = [item for item in self._queue if item.at < oldest]
        self._queue = deque(item for item in self._queue if item.at >= oldest)
        for item in old:
            self._tell(item, None)
