"""Keeps a cancelled task cancelled: before Python 3.12 `asyncio.wait_for`, which the Redis library sends with, may
swallow that.

A task that goes round for ever would then never end, and the process would not stop.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


def _cancels() -> int:
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


@contextmanager
def heeding_cancel() -> Iterator[None]:
    """Raises CancelledError at its end when somebody has asked this task to stop meanwhile."""
    before = _cancels()
    yield
    if _cancels() > before:
        raise asyncio.CancelledError
