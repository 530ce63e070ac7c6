"""What many ask for in the same moment is made once."""

import asyncio

import pytest

from realtime.entrants.recent import Recent


async def test_a_crowd_costs_one_making_and_the_next_moment_another() -> None:
    moment, made = 0.0, 0
    recent: Recent[int] = Recent(5.0, most=2, monotonic=lambda: moment)

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0.01)
        return made

    assert await asyncio.gather(*(recent.get("page", make) for _ in range(50))) == [1] * 50
    moment = 4.9
    assert await recent.get("page", make) == 1
    moment = 5.0
    assert await recent.get("page", make) == 2
    # No more than so many are kept: the oldest goes.
    await recent.get("other", make)
    await recent.get("third", make)
    assert await recent.get("page", make) == 5


async def test_a_failure_is_told_to_all_who_wait_and_not_kept() -> None:
    recent: Recent[int] = Recent(5.0)
    fails = True

    async def make() -> int:
        await asyncio.sleep(0.01)
        if fails:
            raise LookupError("no")
        return 7

    told = await asyncio.gather(*(recent.get("page", make) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [LookupError] * 3
    fails = False
    assert await recent.get("page", make) == 7


async def test_the_first_who_gives_up_does_not_take_the_others_along() -> None:
    recent: Recent[int] = Recent(5.0)
    going = asyncio.Event()

    async def make() -> int:
        await going.wait()
        return 7

    first, second = (asyncio.create_task(recent.get("page", make)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    going.set()
    assert await second == 7
