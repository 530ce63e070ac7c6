"""The attempts of one players' process on their way to SQL: group commit for starts, answers and papers.

Never answers before the commit, and never decides a rule: `contest.provincial.attempts` does.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from contest.clock import Clock
from contest.database import Database
from contest.errors import Refused
from contest.provincial import attempts, contests
from contest.provincial.attempts import (
    Lane,
    NotStarted,
    NotSubmitted,
    Saved,
    SaveWish,
    Shelf,
    Started,
    StartWish,
    Submitted,
    SubmitWish,
)
from contest.provincial.contests import ContestRecord
from realtime.batching import Batcher

_log = structlog.get_logger(__name__)
STARTS, SAVES, PAPERS = 100, 300, 100
BEHIND = 4
"""So many times as much goes into one transaction while more waits: its commit and its turn cost the same."""
QUEUE = 20_000
SPACING_S = 0.04
"""A transaction costs its commit however little is in it: at most 25 a second of each kind."""
PATIENCE_S = 8.0
CONTEST_KEPT_S = 2.0
STOP_S = 8.0


class AttemptDesk:
    """One per process; `running()` while it serves. None as an answer: storage is too busy now, send it again."""

    def __init__(self, db: Database, clock: Clock, hold: Callable[[], bool] | None = None) -> None:
        self._db = db
        self._clock = clock
        self.shelf = Shelf()
        self._lanes = [Lane(db) for _ in range(3)]
        self._contests: dict[str, tuple[ContestRecord, float]] = {}
        self._reading = asyncio.Lock()
        self.starts: Batcher[StartWish, Started | NotStarted] = Batcher(
            "starts",
            self._start,
            most=STARTS,
            most_behind=STARTS * BEHIND,
            queue=QUEUE,
            spacing_s=SPACING_S,
            patience_s=PATIENCE_S,
            hold=hold,
        )
        self.saves: Batcher[SaveWish, Saved] = Batcher(
            "saves",
            self._save,
            most=SAVES,
            most_behind=SAVES * BEHIND,
            queue=QUEUE,
            spacing_s=SPACING_S,
            patience_s=PATIENCE_S,
        )
        self.papers: Batcher[SubmitWish, Submitted | NotSubmitted] = Batcher(
            "papers",
            self._submit,
            most=PAPERS,
            most_behind=PAPERS * BEHIND,
            queue=QUEUE,
            spacing_s=SPACING_S,
            patience_s=PATIENCE_S,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works while the block lasts; at its end what is in line is committed."""
        batchers = (self.starts, self.saves, self.papers)
        tasks = [asyncio.create_task(one.run(), name=one.name) for one in batchers]
        stopping = False

        def ended(task: asyncio.Task[None]) -> None:
            # As for every part of a players' process: better a new one than one that looks alive.
            if not stopping and not task.cancelled():
                _log.critical("part_died", part=task.get_name(), exc_info=task.exception())
                os.kill(os.getpid(), signal.SIGTERM)

        for task in tasks:
            task.add_done_callback(ended)
        try:
            yield
        finally:
            stopping = True
            for one in batchers:
                one.stop()
            _, late = await asyncio.wait(tasks, timeout=STOP_S)
            for task in late:
                _log.warning("stopped_with_work_left", part=task.get_name())
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for lane in self._lanes:
                await lane.close()

    def contest_at_hand(self, slug: str) -> ContestRecord | None:
        """The contest of an address when it was read a moment ago."""
        known, read_at = self._contests.get(slug, (None, 0.0))
        return known if time.monotonic() - read_at < CONTEST_KEPT_S else None

    async def contest(self, slug: str) -> ContestRecord:
        """The contest of an address, at most some seconds old. Raises NotFound("contest_unknown")."""
        known = self.contest_at_hand(slug)
        if known is not None:
            return known
        # One reads and all others wait for it: a contest that opens is asked for by hundreds in the same moment.
        async with self._reading:
            known = self.contest_at_hand(slug)
            if known is not None:
                return known
            try:
                async with self._db.read() as reader:
                    found = await contests.by_slug(reader, slug)
            except Refused:
                self._contests.pop(slug, None)
                raise
            self._contests[slug] = (found, time.monotonic())
            return found

    async def _start(self, wishes: Sequence[StartWish]) -> Sequence[Started | NotStarted]:
        return await attempts.start(self._lanes[0], wishes, self._clock.wall_ms(), shelf=self.shelf)

    async def _save(self, wishes: Sequence[SaveWish]) -> Sequence[Saved]:
        return await attempts.save(self._lanes[1], wishes, self._clock.wall_ms(), shelf=self.shelf)

    async def _submit(self, wishes: Sequence[SubmitWish]) -> Sequence[Submitted | NotSubmitted]:
        return await attempts.submit(self._lanes[2], wishes, self._clock.wall_ms(), shelf=self.shelf)
