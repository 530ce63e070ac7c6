"""A launch on the players' server and the desk: what is held (Redis), what counts (SQL), and firing when it is time.

Never keeps state of its own: any process may take any beat. Losing Redis delays a launch, losing SQL refuses the beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

from contest.clock import Clock
from contest.database import Database, Reader, Writer
from contest.festival import act_settings, acts, festivals, launches
from contest.festival.act_settings import LaunchSettings
from contest.festival.acts import Act, ActState
from contest.festival.guests import guest_record
from contest.festival.launches import CALLED, IDLE, Delegate
from contest.festival.launching import Standing, standing
from contest.festival.model import Guest, LiveEvent
from contest.festival.tables import guests
from realtime.festival import holds
from realtime.festival.holds import Holds

_AT_ONCE = 500
_NOTHING = Standing(frozenset(), frozenset(), 0, None, 0, False)


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything there is to know of one launch. `holds` None: Redis cannot be asked at the moment."""

    item: LiveEvent
    settings: LaunchSettings
    act: Act
    delegates: Sequence[Delegate]
    holds: Holds | None
    crowd: int

    @property
    def standing(self) -> Standing:
        """How far it is."""
        if self.holds is None:
            return _NOTHING
        called = {one.id for one in self.delegates if one.part == CALLED}
        found = self.holds
        return standing(found.by_delegate, called, self.act.needed, self.settings.hold_ms, found.now)

    def view(self) -> dict[str, Any]:
        """As stage, desk and programs are told."""
        now = self.standing
        armed = self.act.state is ActState.ARMED
        return {
            "state": self.act.state,
            "run": self.act.run,
            "hold_s": self.settings.hold_s,
            "slogan": self.settings.slogan or self.item.title,
            "needed": self.act.needed,
            "called": sum(one.part == CALLED for one in self.delegates),
            "missing": now.missing if armed else 0,
            "share": now.share if armed else 0,
            "crowd": self.crowd if armed and self.settings.crowd else None,
            "launched_at": self.act.launched_at,
            "known": self.holds is not None,
            "delegates": [
                {
                    "id": one.id,
                    "number": one.number,
                    "name": one.name,
                    "place": one.place,
                    "paired": one.staff_phone_id is not None,
                    "part": one.part,
                    "present": one.id in now.present,
                    "holding": one.id in now.holding,
                    "share": self._own_share(one.id) if one.id in now.holding else 0,
                }
                for one in self.delegates
            ],
        }

    def _own_share(self, delegate: int) -> int:
        assert self.holds is not None
        hold = self.holds.by_delegate[delegate]
        return min(1000, 1000 * (hold.last - hold.since) // self.settings.hold_ms)


async def look(db: Database, redis: Redis, item: LiveEvent) -> Launch:
    """How a launch stands now."""
    async with db.read() as reader:
        act = await acts.load(reader, item.id)
        people = await launches.delegates(reader, item.id)
    return await _with_holds(redis, item, act, people)


async def _with_holds(redis: Redis, item: LiveEvent, act: Act, people: Sequence[Delegate]) -> Launch:
    found = act_settings.settings_of(item)
    settings = found if isinstance(found, LaunchSettings) else LaunchSettings()
    held: Holds | None = None
    crowd = 0
    try:
        held = await holds.look(redis, item.id, act.run)
        if settings.crowd and act.state is ActState.ARMED:
            crowd = await holds.crowd_size(redis, item.id, act.run)
    except RedisError:
        # The next beat begins anew; until then nobody is seen.
        pass
    return Launch(item, settings, act, people, held, crowd)


async def beat(db: Database, redis: Redis, clock: Clock, delegate: Delegate, press: str, *, down: bool) -> Launch:
    """A delegate's beat: noted, looked at, and the launch fired when this beat was the one that proved it."""
    async with db.read() as reader:
        item = await festivals.live_event(reader, delegate.live_event_id)
        act = await acts.load(reader, item.id)
        people = await launches.delegates(reader, item.id)
    armed = act.state is ActState.ARMED
    if armed and any(one.id == delegate.id and one.part == IDLE for one in people):
        async with db.write() as writer:
            await launches.call(writer, delegate.id)
        async with db.read() as reader:
            people = await launches.delegates(reader, item.id)
    try:
        # Before it is armed a press shows nothing but that somebody is there.
        await holds.beat(redis, item.id, act.run, delegate.id, press if armed else "", down=down and armed)
    except RedisError:
        pass
    launch = await _with_holds(redis, item, act, people)
    if not armed or not launch.standing.fires:
        return launch
    await _fire(db, redis, clock, launch)
    return await look(db, redis, item)


async def _fire(db: Database, redis: Redis, clock: Clock, launch: Launch) -> bool:
    crowd = await _crowd(db, redis, launch)
    holding = launch.standing.holding
    holders = [one for one in launch.delegates if one.id in holding]
    async with db.write() as writer:
        now_ms = clock.wall_ms()
        run = launch.act.run
        return await launches.fire(writer, launch.item, run=run, holders=holders, crowd=crowd, now_ms=now_ms)


async def fire_by_hand(db: Database, redis: Redis, item: LiveEvent, *, actor: str, now_ms: int) -> bool:
    """The host launches, whatever is held. False when it had been fired. Raises as `acts.check_running`."""
    launch = await look(db, redis, item)
    crowd = await _crowd(db, redis, launch)
    holders = [one for one in launch.delegates if one.id in launch.standing.holding]
    async with db.write() as writer:
        await acts.check_running(Reader(writer), item)
        return await launches.fire(
            Writer(writer), item, run=None, holders=holders, crowd=crowd, by=actor, now_ms=now_ms
        )


async def _crowd(db: Database, redis: Redis, launch: Launch) -> list[Guest]:
    if not launch.settings.crowd:
        return []
    try:
        numbers = await holds.crowd(redis, launch.item.id, launch.act.run)
    except RedisError:
        return []
    found: list[Guest] = []
    async with db.read() as reader:
        for first in range(0, len(numbers), _AT_ONCE):
            query = select(guests).where(guests.c.id.in_(numbers[first : first + _AT_ONCE]))
            found += [guest_record(row) for row in await reader.execute(query)]
    return [guest for guest in found if guest.erased_at is None]
