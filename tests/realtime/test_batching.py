"""Group commit: order, bounds, failures and the end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial

from realtime.batching import Batcher


@contextlib.asynccontextmanager
async def running(batcher: Batcher[int, int]) -> AsyncIterator[None]:
    task = asyncio.create_task(batcher.run())
    yield
    batcher.stop()
    await task


async def test_what_arrives_during_a_commit_goes_into_the_next_in_order() -> None:
    batches: list[list[int]] = []
    done: list[int | None] = []
    gate = asyncio.Event()

    async def work(items: Sequence[int]) -> Sequence[int]:
        batches.append(list(items))
        await gate.wait()
        return [item * 10 for item in items]

    batcher: Batcher[int, int] = Batcher("test", work, most=3, most_behind=5)
    async with running(batcher):
        batcher.put(0, done.append)
        await asyncio.sleep(0.01)
        for item in range(1, 9):
            batcher.put(item, done.append)
        assert done == []
        gate.set()
    assert batches == [[0], [1, 2, 3, 4, 5], [6, 7, 8]]
    assert done == [item * 10 for item in range(9)]


async def test_a_full_queue_takes_nothing_more_and_the_unwanted_is_dropped() -> None:
    async def work(items: Sequence[int]) -> Sequence[int]:
        return items

    batcher: Batcher[int, int] = Batcher("test", work, most=10, queue=2)
    done: list[int | None] = []
    assert batcher.put(1, done.append, wanted=lambda: False)
    assert batcher.put(2, done.append)
    assert not batcher.put(3, done.append)
    assert await asyncio.wait_for(batcher.ask(4), 1) is None
    async with running(batcher):
        pass
    assert done == [None, 2]


async def test_failures_acknowledge_nothing_and_one_bad_item_does_not_hold_the_rest() -> None:
    done: dict[int, int | None] = {}
    attempts = 0

    async def work(items: Sequence[int]) -> Sequence[int]:
        nonlocal attempts
        attempts += 1
        if 7 in items:
            raise OSError("storage")
        return items

    batcher: Batcher[int, int] = Batcher("test", work, most=20, patience_s=4.0)
    task = asyncio.create_task(batcher.run())
    full = asyncio.Event()

    def note(item: int, result: int | None) -> None:
        done[item] = result
        if len(done) == 16:
            full.set()

    for item in range(16):
        batcher.put(item, partial(note, item))
    async with asyncio.timeout(20):
        await full.wait()
    batcher.stop()
    await task
    assert done == {item: None if item == 7 else item for item in range(16)}
    assert attempts > 2


async def test_spacing_lets_a_lone_item_through_at_once() -> None:
    starts: list[float] = []
    loop = asyncio.get_running_loop()

    async def work(items: Sequence[int]) -> Sequence[int]:
        starts.append(loop.time())
        return items

    batcher: Batcher[int, int] = Batcher("test", work, most=50, spacing_s=0.1)
    began = loop.time()
    async with running(batcher):
        await batcher.ask(1)
        await asyncio.gather(*(batcher.ask(item) for item in range(5)))
    assert starts[0] - began < 0.05
    assert len(starts) == 2
    assert starts[1] - starts[0] >= 0.099
