"""Seats that take a team of the host's list after they sat down: gathered, stored together, told afterwards.

At the door most people choose before they sit; this is for those whom a hall brought along from a round without teams,
and for pages that know of no teams. Never gives a team to a seat that has one.
"""

from collections.abc import Sequence
from typing import Protocol

from contest.games.teams import Choice, choose
from contest.seats import SeatRecord
from realtime import rooms
from realtime.batching import Batcher
from realtime.hub import Hub
from realtime.rooms import Room
from realtime.wire import json_frame

SPACING_S = 0.2
MOST, QUEUE = 500, 30_000


class Chooser(rooms.Phone, Protocol):
    """A phone that chooses."""

    room: Room | None
    alive: bool

    def complain(self, code: str) -> None:
        """An error frame; nothing else changes."""
        ...


class Choosing:
    """The choices of this process on their way to SQL. `run()` it beside the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._choices: Batcher[Choice, SeatRecord | None] = Batcher(
            "teams", self._store, most=MOST, queue=QUEUE, spacing_s=SPACING_S
        )

    async def run(self) -> None:
        """Works until `stop()`."""
        await self._choices.run()

    def stop(self) -> None:
        """Stores what is in line and takes no more."""
        self._choices.stop()

    def from_socket(self, phone: Chooser, room: Room, team: str) -> None:
        """A phone's choice: answered by `you` with its team, or by an error; by nothing when storage is too busy."""

        def told(changed: SeatRecord | None) -> None:
            self._take(room, changed)
            if phone.alive and phone.room is room:
                if changed is None and team not in room.picture.teams:
                    phone.complain("round_team_unknown")
                else:
                    phone.write(json_frame(room.you(int(phone.seat.seat))))

        self._choices.put(Choice(room.round_id, int(phone.seat.seat), team), told, wanted=lambda: phone.alive)

    async def from_http(self, room: Room, seat: int, team: str) -> bool:
        """The same without a socket; false when there is no such team or the seat has another."""
        self._take(room, await self._choices.ask(Choice(room.round_id, seat, team)))
        return room.people[seat].team == team

    def _take(self, room: Room, changed: SeatRecord | None) -> None:
        if changed is not None:
            room.meet(changed)

    async def _store(self, choices: Sequence[Choice]) -> Sequence[SeatRecord | None]:
        return await choose(self._hub.db, choices)
