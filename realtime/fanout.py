"""Shows a picture to every phone of a room: encoded once, the same bytes to each, never waiting for a slow one.

Never decides what is shown (`realtime.picture`). Yields to the loop between slices, so answers are stamped on time
while a large room is being served.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence

from contest.clock import Clock
from contest.phases import Phase
from realtime import picture as pictures
from realtime.connection import Stamp
from realtime.metrics import FANOUT, FANOUT_CPU, FANOUT_PICTURES
from realtime.rooms import Phone, Room
from realtime.wire import json_frame, ping_frame, ping_nonce, text_frame

SLICE = 128


def state_frame(room: Room, clock: Clock) -> bytes:
    """The `state` frame of the room's present picture."""
    return text_frame(pictures.player_frame(room.picture, clock.wall_ms()))


def opening(room: Room, phone: Phone, now_ms: float, nonce: bytes, *, own_send: bool) -> bytes:
    """What goes right behind the options in the same write: the ping that measures their way; else nothing.

    The stamp is made at a seat's first showing only, so a reconnect does not restart anybody's time.
    """
    if not room.stamping or phone.seat.seat in room.stamps:
        return b""
    stamp = room.stamp_for(phone.seat.seat, now_ms, own_send=own_send)
    if stamp is None:
        return b""
    stamp.nonce, stamp.pinged_ms = nonce, now_ms
    return ping_frame(nonce)


async def fan_out(room: Room, clock: Clock, read_results: Callable[[Room], Awaitable[bool]]) -> None:
    """Shows the room's newest picture until every phone has seen it; one runs per room, news may come meanwhile."""
    if room.fanning_out:
        return
    room.fanning_out = True
    try:
        while room.behind:
            if room.results_wanted:
                if await read_results(room):
                    room.you_wanted = True
                elif room.shown_version == room.picture.version:
                    return  # The hub's next beat tries again.
            with FANOUT.time():
                await _show(room, clock)
    finally:
        room.fanning_out = False


async def _show(room: Room, clock: Clock) -> None:
    picture, personal = room.picture, room.you_wanted
    frame = state_frame(room, clock)
    cpu, sent = FANOUT_CPU.labels(picture.phase), FANOUT_PICTURES.labels(picture.phase)
    # Unforeseeable, but one for all: who learns it from a neighbour can only make the own way look shorter.
    ping = ping_frame(os.urandom(8)) if room.stamping else b""
    phones = list(room.phones.items())
    if picture.phase == Phase.CLOSING:
        # Whose answer is kept waits for the reveal anyway: when all have answered, stopping costs nothing.
        phones = [(seat, phone) for seat, phone in phones if seat not in room.kept]
    for start in range(0, len(phones), SLICE):
        part = phones[start : start + SLICE]
        began = time.thread_time()
        if ping:
            _open(room, part, clock, frame, ping)
        elif personal:
            for seat, phone in part:
                phone.show(frame + json_frame(room.you(seat)))
        else:
            for _, phone in part:
                phone.show(frame)
        cpu.inc(time.thread_time() - began)
        sent.inc(len(part))
        await asyncio.sleep(0)
        if room.picture is not picture:
            return  # A newer picture is the whole truth: nobody needs this one any more.
    for watcher in room.watchers:
        watcher.set()
    room.shown_version = picture.version
    if personal:
        room.you_wanted = False


def _open(room: Room, phones: Sequence[tuple[int, Phone]], clock: Clock, frame: bytes, ping: bytes) -> None:
    """The options and the ping behind them in one write; whose time runs already gets the options alone."""
    stamps, running = room.stamps, room.clock
    assert running is not None
    question, paused_ms, nonce, asking = running.question, running.paused_ms, ping_nonce(ping), frame + ping
    for seat, phone in phones:
        if seat in stamps:
            phone.show(frame)
            continue
        now_ms = clock.monotonic_ms()
        # A phone that is behind is skipped: its time begins when it is shown the options.
        if phone.show(asking):
            stamps[seat] = Stamp(question, now_ms, paused_ms, True, None, nonce, now_ms)
