"""Takes everybody of a room along when its hall goes on to the next round: in memory, without a new connection.

Runs when a picture says that the hall has gone on, whoever brought it: a notice, or the comparison of versions. Whoever
is missed comes by ticket, which SQL has moved. Never decides that a hall goes on.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from itertools import islice

from contest.clock import Clock
from contest.ids import RoundId
from realtime.fanout import SLICE, opening, state_frame
from realtime.protocol import CloseCode
from realtime.rooms import Phone, Room
from realtime.wire import json_frame

Load = Callable[[RoundId], Awaitable[Room]]


async def move(room: Room, load: Load, clock: Clock) -> None:
    """Moves the phones here into the round the hall has gone on to, and shows it to them; done once.

    Raises what loading raises; then nobody has moved, and it may be tried again.
    """
    number = room.picture.next_round
    if number is None or room.moved_to is not None:
        return
    new = await load(RoundId(number))
    if room.moved_to is not None:
        return  # Two began; the other one was faster.
    room.moved_to = new
    # From now on tickets are looked up in the new room; only those who were sent away still hear of it here.
    room.tickets = {mark: seat for mark, seat in room.tickets.items() if seat in room.sent_away}
    new.polled |= {seat: at_ms for seat, at_ms in room.polled.items() if seat in new.people}
    new.home |= new.polled.keys()
    room.polled.clear()
    room.away.clear()
    phones = iter(list(room.phones.values()))
    while part := list(islice(phones, SLICE)):
        for phone in part:
            _take(phone, room, new, clock)
        await asyncio.sleep(0)
    for watcher in room.watchers:
        watcher.set()
    if not room.phones:
        room.idle_since_ms = clock.monotonic_ms()
    await move(new, load, clock)  # It may have been long ago.


def _take(phone: Phone, room: Room, new: Room, clock: Clock) -> None:
    seat = int(phone.seat.seat)
    person = new.people.get(seat)  # A number is one person in all rounds of a hall, and never given twice.
    if room.phones.get(seat) is not phone or person is None or person.kicked:
        return
    del room.phones[seat]
    room.home.discard(seat)
    phone.seat, phone.room = person, new
    older = new.enter(phone)
    if older is not None and older is not phone:
        older.goodbye(CloseCode.REPLACED)
    frames = state_frame(new, clock) + json_frame(new.you(seat))
    phone.show(frames + opening(new, phone, clock.monotonic_ms(), os.urandom(8), own_send=True))
