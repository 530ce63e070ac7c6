"""A real Cluster of three masters and three replicas, and a real Sentinel: rooms are heard, boards written, through the
death of a master too."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from admin.doctor_redis import examine_redis
from contest.festival.launching import Hold
from loadtests.redis_nodes import Cluster, Server, running_cluster, running_sentinels, wait_for
from realtime import presence
from realtime.broker import Broker
from realtime.festival import holds
from realtime.throttle import Limit, Throttle, Throttled
from scoring import contest_board, keys, leaderboard
from scoring.channels import listen
from scoring.contest_board import Placed
from scoring.redis_client import connect
from scoring.standings import Total
from tests.realtime.conftest import make_stack
from tests.support.redis_server import server_programs

PASSWORD = "m%E1%BA%ADt"
PLAIN = "mật"
ROUNDS = range(1, 13)
FAILOVER_S = 8.0
"""Node time-out 0.8 s, then the vote and this program's own search; the rest is a busy machine's."""


@pytest.fixture(scope="module", params=("valkey", "redis"))
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with running_cluster(server_programs()[request.param], password=PLAIN) as running:
        yield running


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.url.replace(PLAIN, PASSWORD)


@pytest.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    client = connect(url)
    yield client
    await client.aclose()


class Listener:
    """A broker that keeps what it hears."""

    def __init__(self, redis: Redis) -> None:
        self.heard: list[bytes] = []
        self.gaps = 0
        self.broker = Broker(redis, self.heard.append, self._gap)

    def _gap(self) -> None:
        self.gaps += 1

    async def hear(self, said: bytes) -> None:
        await until(lambda: said in self.heard)

    async def connected(self, *, after_gaps: int = -1) -> None:
        """Everything is heard, after something may have been missed."""
        await until(lambda: self.gaps > after_gaps and self.broker.connected)


async def until(ready: Callable[[], bool], within_s: float = FAILOVER_S) -> None:
    async with asyncio.timeout(within_s):
        while not ready():  # noqa: ASYNC110 (servers signal nothing)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(*clients: Redis) -> AsyncIterator[list[Listener]]:
    listeners = [Listener(client) for client in clients]
    tasks = [asyncio.create_task(one.broker.run()) for one in listeners]
    try:
        for one in listeners:
            for round_id in ROUNDS:
                await one.broker.subscribe(round_id)
            await one.connected()
        yield listeners
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_two_processes_hear_each_other_whichever_node_a_room_is_on(cluster: Cluster, url: str) -> None:
    assert len({cluster.owner(keys.room_channel(round_id)).port for round_id in ROUNDS}) == 3
    one, two = connect(url), connect(url)
    async with listening(one, two) as (here, there):
        for round_id in ROUNDS:
            assert await here.broker.publish(round_id, b"%d" % round_id)
        for round_id in ROUNDS:
            await there.hear(b"%d" % round_id)
        here.broker.unsubscribe(1)
        await asyncio.sleep(0)
        console = await listen(two, keys.room_channel(1))
        assert await console.next(3) == (True, None)
        await there.broker.publish(1, b"for the console")
        assert await console.next(3) == (True, b"for the console")
        await console.aclose()
    await one.aclose()
    await two.aclose()


async def test_what_is_kept_for_rounds_contests_and_festivals_needs_one_slot_at_a_time(
    cluster: Cluster, redis: Redis
) -> None:
    rows = [(Total(seat=seat, points=seat, correct=1, time_ms=5), "24001" if seat % 2 else None) for seat in range(99)]
    for round_id in ROUNDS:
        assert await leaderboard.write_totals(redis, round_id, 3, rows)
        assert not await leaderboard.write_totals(redis, round_id, 2, rows)
        assert (await leaderboard.top(redis, round_id, 1))[0].total.seat == 98
        assert (await leaderboard.unit_top(redis, round_id, "24001", 1))[0].total.seat == 97
    for one in cluster.masters():
        one.ask("SCRIPT", "FLUSH")
    assert [await leaderboard.rank_of(redis, round_id, 90) for round_id in ROUNDS] == [9] * len(ROUNDS)
    entry = presence.Entry(at=1, v=1, online=1, answered=0, unanswered=0)
    await presence.write(redis, "a", dict.fromkeys(ROUNDS, entry), {one: {7} for one in ROUNDS})
    for round_id in ROUNDS:
        assert await presence.read_all(redis, round_id) == [entry]
        assert await presence.online_seats(redis, round_id, 1) == {7}
        await presence.forget(redis, "a", round_id)
        await leaderboard.drop(redis, round_id)
        assert await leaderboard.board_version(redis, round_id) is None
    await contest_board.update(redis, 5, {"all": [Placed("a", 3, 9)], "unit-1": [Placed("a", 3, 9), Placed("b", 1, 1)]})
    await contest_board.update(redis, 5, {}, {"unit-1": ["b"]})
    assert await contest_board.size(redis, 5, "unit-1") == 1
    await contest_board.drop(redis, 5)
    held = await holds.beat(redis, 3, 1, 8, "press", down=True)
    assert (await holds.look(redis, 3, 1)).by_delegate == {8: Hold("press", held.now, held.now)}
    await holds.crowd_beat(redis, 3, 1, 44, down=True)
    assert (await holds.crowd(redis, 3, 1), await holds.crowd_size(redis, 3, 1)) == ([44], 1)
    await holds.crowd_beat(redis, 3, 1, 44, down=False)
    assert await holds.crowd_size(redis, 3, 1) == 0
    throttle = Throttle(redis)
    for name in "abcdefgh":
        await throttle.attempt([(Limit("test", 1, 60_000), name)])
        with pytest.raises(Throttled):
            await throttle.attempt([(Limit("test", 1, 60_000), name)])


@pytest.mark.parametrize(
    "url", ["redis+cluster://:mat@127.0.0.1:1,127.0.0.1:2", "redis+sentinel://:mat@127.0.0.1:1/thi"]
)
async def test_a_redis_nobody_answers_for_costs_about_a_second(url: str) -> None:
    nobody = connect(url)
    began = time.monotonic()
    for use in (
        lambda: nobody.get("a"),
        lambda: presence.write(nobody, "a", {}, {1: {7}}),
        lambda: leaderboard.top(nobody, 1, 3),
        lambda: leaderboard.drop(nobody, 1),
        lambda: listen(nobody, "a"),
    ):
        with pytest.raises(RedisError) as caught:
            await use()
        assert "mat" not in str(caught.value)
    assert time.monotonic() - began < 5 * 2
    await nobody.aclose()


async def test_a_room_follows_its_slot(cluster: Cluster, redis: Redis) -> None:
    async with listening(redis) as (here,):
        moved = next(round_id for round_id in ROUNDS if round_id > 3)
        gaps = here.gaps
        before = cluster.owner(keys.room_channel(moved))
        after = next(one for one in cluster.masters() if one is not before)
        _move(cluster, keys.room_channel(moved), before, after)
        other = connect(cluster.url.replace(PLAIN, PASSWORD))
        await here.connected(after_gaps=gaps)
        await other.publish(keys.room_channel(moved), b"at its new place")
        await here.hear(b"at its new place")
        await other.aclose()
        _move(cluster, keys.room_channel(moved), after, before)


def _move(cluster: Cluster, key: str, before: Server, after: Server) -> None:
    slot = before.ask("CLUSTER", "KEYSLOT", key)
    here, there = before.ask("CLUSTER", "MYID"), after.ask("CLUSTER", "MYID")
    after.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", here)
    before.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", there)
    for name in before.ask("CLUSTER", "GETKEYSINSLOT", slot, 100):
        before.ask("MIGRATE", after.host, after.port, name, 0, 1000, "AUTH", cluster.password)
    for one in (after, before):
        one.ask("CLUSTER", "SETSLOT", slot, "NODE", there)
    wait_for("the word of the move", lambda: all(cluster.owner_by(one, key) == after.port for one in cluster.living()))


async def test_the_doctor_tells_who_is_there(cluster: Cluster, url: str) -> None:
    ((level, code, shown),) = await examine_redis(url)
    assert (level, code, shown["masters"], shown["replicas"]) == ("ok", "redis_cluster", 3, 3)


async def test_the_death_of_a_master_costs_a_second_and_its_rooms_go_on(
    cluster: Cluster, url: str, tmp_path: Path
) -> None:
    async for stack in make_stack(f"sqlite+aiosqlite:///{tmp_path / 'live.sqlite3'}", url, tmp_path):
        one, two = await stack.start(), await stack.start()
        record = await stack.round()
        here, there = await one.phone(), await two.phone()
        await here.join(record.code, "Lan")
        await there.join(record.code, "Mai")
        await stack.do(record, "next", "next")
        for phone in (here, there):
            await phone.expect("state", phase="open", within_s=4)
        channel = keys.room_channel(record.id)
        victim = cluster.owner(channel)
        victim.kill()
        died = time.monotonic()
        assert (await here.answer(["b"]))["status"] == "accepted"
        assert (await there.answer(["b"]))["status"] == "accepted"
        await stack.do(record, "close", "settle")
        for phone in (here, there):
            await phone.expect("state", phase="revealed", within_s=5)
            assert (await phone.expect("you", within_s=5))["verdict"] == "right"
        found = await examine_redis(url)
        assert f"{victim.host}:{victim.port}" in str(found)
        assert PLAIN not in str(found)
        assert PASSWORD not in str(found)
        # Its replica takes over: heard again, written again.
        broker = one.players.hub.broker
        said = False
        while not (said and broker.connected and two.players.hub.broker.connected):
            assert time.monotonic() - died < FAILOVER_S
            said = await broker.publish(record.id, b"{}")
            await asyncio.sleep(0.05)
        assert await leaderboard.write_totals(two.players.hub.redis, record.id, 99, [])
        victim.start()
        await stack.do(record, "next", "next")
        await here.expect("state", phase="podium", within_s=0.9)
    await asyncio.to_thread(wait_for, "the cluster's recovery", cluster.healthy)


async def test_a_master_behind_a_sentinel_may_die() -> None:
    with running_sentinels(server_programs()["redis"], password=PLAIN) as watched:
        url = watched.url.replace(PLAIN, PASSWORD)
        redis = connect(url)
        async with listening(redis) as (here,):
            levels = [(level, code) for level, code, _ in await examine_redis(url)]
            assert levels[:2] == [("ok", "redis_sentinel"), ("warn", "redis_sentinels")]
            assert await here.broker.publish(1, b"before")
            await here.hear(b"before")
            gaps = here.gaps
            watched.master.kill()
            await here.connected(after_gaps=gaps)
            async with asyncio.timeout(FAILOVER_S):
                while b"after" not in here.heard:
                    await here.broker.publish(2, b"after")
                    await asyncio.sleep(0.05)
        await redis.aclose()
