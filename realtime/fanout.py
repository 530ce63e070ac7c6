"""Shows a picture to every phone of a room: encoded once, the same bytes to each, never waiting for a slow one.

Never decides what is shown (`realtime.picture`). Yields to the loop between slices, so answers are stamped on time
while a large room is being served.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from itertools import islice

from contest.clock import Clock
from realtime import picture as pictures
from realtime.metrics import FANOUT
from realtime.rooms import Phone, Room
from realtime.wire import json_frame, ping_frame, text_frame

SLICE = 128


def state_frame(room: Room, clock: Clock) -> bytes:
    """The `state` frame of the room's present picture."""
    return text_frame(pictures.player_frame(room.picture, clock.wall_ms()))


def opening(room: Room, phone: Phone, now_ms: float, nonce: bytes, *, own_send: bool) -> bytes:
    """What goes right behind the options in the same write: the ping that measures their way; else nothing.

    The stamp is made at a seat's first showing only, so a reconnect does not restart anybody's time.
    """
    return _opening(room, phone, now_ms, nonce, own_send=own_send) if room.stamping else b""


def _opening(room: Room, phone: Phone, now_ms: float, nonce: bytes, *, own_send: bool) -> bytes:
    seat = phone.seat.seat
    known = room.stamps.get(seat)
    stamp = room.stamp_for(seat, now_ms, own_send=own_send)
    if stamp is None or stamp is known:
        return b""
    phone.talk.ping_sent(nonce, now_ms, stamp)
    return ping_frame(nonce)


async def fan_out(room: Room, clock: Clock, read_results: Callable[[Room], Awaitable[bool]]) -> None:
    """Shows the room's newest picture until every phone has seen it; one runs per room, news may come meanwhile."""
    if room.fanning_out:
        return
    room.fanning_out = True
    try:
        while room.shown_version != room.picture.version or room.you_wanted or room.results_wanted:
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
    phones = iter(list(room.phones.values()))
    while part := list(islice(phones, SLICE)):
        nonces = os.urandom(8 * len(part)) if room.stamping else b""
        for index, phone in enumerate(part):
            now_ms = clock.monotonic_ms()
            frames, stamped = frame, len(room.stamps)
            if personal:
                frames += json_frame(room.you(phone.seat.seat))
            if nonces:
                frames += _opening(room, phone, now_ms, nonces[index * 8 : index * 8 + 8], own_send=True)
            if not phone.show(frames) and len(room.stamps) > stamped:
                # Nothing went out: its time begins, and its ping goes, when it is shown the options.
                del room.stamps[phone.seat.seat]
                phone.talk.awaited.pop(nonces[index * 8 : index * 8 + 8], None)
        await asyncio.sleep(0)
        if room.picture is not picture:
            return  # A newer picture is the whole truth: nobody needs this one any more.
    for watcher in room.watchers:
        watcher.set()
    room.shown_version = picture.version
    if personal:
        room.you_wanted = False
