"""What the host learns of links: how good they are, who lost theirs in this question, and when a server was late."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import cast

import pytest

from realtime.gateway import Gateway
from realtime.links import MOST_LOOKED_AT, STAGE_AT_MOST_MS, Links, look, stage_waits_s, usual_ms
from realtime.presence import Entry, summary
from realtime.protocol import CloseCode
from realtime.rooms import GAP_MS, LINKS_EVERY_MS
from tests.realtime.conftest import Stack


class Measured:
    def __init__(self, *samples: float) -> None:
        self.samples: Sequence[float] = deque(samples)  # type: ignore[assignment]


def test_one_lost_packet_makes_no_slow_link() -> None:
    assert usual_ms(deque()) is None  # type: ignore[arg-type]
    assert [usual_ms(given) for given in ([900], [40, 900], [40, 900, 50], [1, 2, 800, 900, 50])] == [900, 40, 50, 800]


def test_links_are_counted_by_their_usual_round_trip() -> None:
    phones = [Measured(), Measured(20), Measured(300), Measured(301), Measured(800), Measured(801)]
    assert look(phones) == Links(good=2, weak=2, slow=1, ahead_ms=400.5)
    assert look([]) == Links()


def test_of_a_large_room_a_part_stands_for_all() -> None:
    phones = [Measured(20), Measured(900)] * MOST_LOOKED_AT + [Measured(20)]
    found = look(phones)
    assert abs(found.good + found.slow - len(phones)) <= 3
    assert found.good > 0


def test_the_stage_waits_for_the_slowest_process_but_not_for_ever() -> None:
    assert stage_waits_s([]) == 0
    assert stage_waits_s([12.0, 80.0]) == 0.08
    assert stage_waits_s([9_000.0]) == STAGE_AT_MOST_MS / 1000


def test_processes_add_up_and_the_latest_one_is_told() -> None:
    one = Entry(at=0, v=1, online=3, answered=0, unanswered=3, good=1, weak=1, slow=1, lost=2, lag_ms=140)
    other = Entry(at=0, v=1, online=1, answered=0, unanswered=1, good=1, lag_ms=20)
    found = summary([one, other])
    assert (found.good, found.weak, found.slow, found.lost, found.lag_ms) == (2, 1, 1, 2, 140)


@pytest.mark.parametrize("by_farewell", [False, True])
async def test_a_lost_link_is_counted_once_whichever_process_it_comes_back_to(stack: Stack, by_farewell: bool) -> None:
    first, second = await stack.start(), await stack.start()
    record = await stack.round()
    phone = await first.phone()
    await phone.join(record.code)
    elsewhere = await second.phone()
    await elsewhere.join(record.code, "Hoa")
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    rooms = [server.players.hub.rooms[record.id] for server in (first, second)]
    if by_farewell:  # A page that is loaded again has lost nothing, where that is known.
        await phone.link.close(1001)
    else:
        phone.link.transport.abort()
    back = await first.phone()
    await back.resume(phone.ticket)
    assert [room.lost for room in rooms] == [set() if by_farewell else {1}, set()]
    back.link.transport.abort()
    moved = await second.phone()
    await moved.resume(phone.ticket)
    async with asyncio.timeout(5):
        while [room.lost for room in rooms] != [set(), {1}]:  # noqa: ASYNC110 (rooms have no signal)
            await asyncio.sleep(0.01)  # until the word of its move has come to the first process
    await stack.do(record, "replay")
    await moved.expect("state", phase="get_ready", again=True)
    assert rooms[1].lost == set()


async def test_a_gap_in_the_radio_is_a_lost_link_though_no_connection_breaks(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round()
    beside, gives_up, silent = [await server.phone() for _ in range(3)]
    for phone in (beside, gives_up, silent):
        await phone.join(record.code)
    await stack.do(record, "next", "next")
    await silent.expect("state", phase="open")
    room = server.players.hub.rooms[record.id]
    # It comes back while the server still takes its old connection for whole.
    await (await server.phone()).resume(beside.ticket)
    # Its page takes the link for dead and drops it without a code.
    async with gives_up.link.send_context():
        gives_up.link.protocol.send_close()
    # It does not read, or owes its pongs.
    cast(Gateway, room.phones[3]).close(CloseCode.SLOW)
    async with asyncio.timeout(5):
        while room.lost != {1, 2, 3}:  # noqa: ASYNC110 (rooms have no signal)
            await asyncio.sleep(0.01)


async def test_who_owes_the_pong_of_the_options_is_out_of_reach(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round()
    near, far = await server.phone(), await server.phone()
    for phone in (near, far):
        await phone.join(record.code)
    far.link.transport.pause_reading()
    await stack.do(record, "next", "next")
    await near.expect("state", phase="open")
    room = server.players.hub.rooms[record.id]
    async with asyncio.timeout(5):
        while room.stamps[1].rtt_ms is None or 2 not in room.stamps:  # noqa: ASYNC110 (rooms have no signal)
            await asyncio.sleep(0.01)
    now_ms = server.players.clock.monotonic_ms()
    assert room.entry(now_ms, 0).lost == 0
    assert room.entry(now_ms + GAP_MS + LINKS_EVERY_MS, 0).lost == 1
    assert room.phones.keys() == {1, 2}
    far.link.transport.resume_reading()


async def test_a_late_loop_marks_the_question_it_was_late_in(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    room = server.players.hub.rooms[record.id]
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    time.sleep(0.25)  # noqa: ASYNC251 (the stall itself)
    await phone.answer(["b"])
    entry = room.entry(server.players.clock.monotonic_ms(), 0)
    assert 150 < entry.lag_ms < 2_000
