"""Who is there and who still has to answer: a short gap in the radio or a dead process closes no question."""

import asyncio

import pytest

from realtime import presence
from realtime.presence import FRESH_MS, MISSED_MS, Entry, everybody_answered
from realtime.rooms import AWAY_MS, KNOWN_AFTER_MS, Room
from tests.realtime.conftest import Server, Stack

NOW = 1_790_000_000_000
DONE = Entry(at=NOW, v=3, online=5, answered=5, unanswered=0)


@pytest.mark.parametrize(
    ("other", "all_done"),
    [
        (Entry(at=NOW, v=3, online=2, answered=1, unanswered=1), False),
        (Entry(at=NOW, v=3, online=2, answered=2, unanswered=None), False),
        (Entry(at=NOW, v=2, online=2, answered=2, unanswered=0), False),
        (Entry(at=NOW, v=3, online=2, answered=2, unanswered=0), True),
        # Died with phones that had not answered, or had not even seen the question: they are coming back.
        (Entry(at=NOW - FRESH_MS - 1, v=3, online=2, answered=1, unanswered=1), False),
        (Entry(at=NOW - MISSED_MS, v=2, online=2, answered=0, unanswered=2), False),
        (Entry(at=NOW - MISSED_MS, v=3, online=2, answered=0, unanswered=None), False),
        (Entry(at=NOW - FRESH_MS - 1, v=3, online=2, answered=2, unanswered=0), True),
        (Entry(at=NOW - FRESH_MS - 1, v=2, online=0, answered=0, unanswered=0), True),
        (Entry(at=NOW - MISSED_MS - 1, v=2, online=2, answered=0, unanswered=2), True),
    ],
)
def test_a_question_is_over_only_when_nobody_can_be_missing(other: Entry, all_done: bool) -> None:
    assert everybody_answered([DONE, other], 3, NOW) is all_done


def test_an_empty_hall_has_not_answered() -> None:
    assert not everybody_answered([], 3, NOW)
    assert not everybody_answered([Entry(at=NOW, v=3, online=0, answered=40, unanswered=0)], 3, NOW)


def told(server: Server, room: Room, later_ms: float = 0) -> tuple[int, int | None, int]:
    """What the process says of online, unanswered and lost some time from now, its start long past."""
    room.loaded_ms = -2 * KNOWN_AFTER_MS
    entry = room.entry(server.players.clock.monotonic_ms() + later_ms, NOW)
    return entry.online, entry.unanswered, entry.lost


async def test_who_dropped_a_moment_ago_is_waited_for(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round()
    stays, drops, reloads, leaves = [await server.phone() for _ in range(4)]
    for phone in (stays, drops, reloads, leaves):
        await phone.join(record.code)
    await stack.do(record, "next", "next")
    for phone in (stays, drops, reloads, leaves):
        await phone.expect("state", phase="open")
    await stays.answer(["b"])
    room = server.players.hub.rooms[record.id]
    assert told(server, room) == (4, 3, 0)
    drops.link.transport.abort()
    await reloads.link.close(1001)
    await leaves.send(t="leave")
    await leaves.closed()
    # Also no answer is awaited of who left.
    assert told(server, room) == (1, 2, 1)
    assert told(server, room, AWAY_MS) == (1, 0, 1)
    back = await server.phone()
    await back.resume(drops.ticket)
    # It lost its link in this question, however soon it came back.
    assert told(server, room) == (2, 1, 1)
    assert (await back.answer(["b"]))["status"] == "accepted"
    assert told(server, room) == (2, 0, 1)


async def test_the_host_sees_who_is_there_and_who_is_gone(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await stack.start()
    hub = server.players.hub
    record = await stack.round()
    phones = [await server.phone(), await server.phone()]
    for phone in phones:
        await phone.join(record.code)

    async def becomes(expected: set[int] | None) -> bool:
        async with asyncio.timeout(12):
            while True:
                if await presence.online_seats(stack.redis, record.id, hub.clock.wall_ms()) == expected:
                    return True
                await asyncio.sleep(0.05)

    assert await becomes({1, 2})
    await phones[0].link.close()
    assert await becomes({2})
    # Silent for too long: dead, whatever it said last.
    late_ms = hub.clock.wall_ms() + FRESH_MS + 5_000
    assert await presence.online_seats(stack.redis, record.id, late_ms) == set()
    await stack.redis.flushall()
    assert await becomes({2})
    # Of a room that is too large only the counts are told.
    monkeypatch.setattr(presence, "SEATS_TOLD", 0)
    assert await becomes(None)
