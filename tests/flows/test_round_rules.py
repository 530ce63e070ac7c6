"""The rules of a live round as phones and hosts meet them, on both kinds of storage; and how fair its times are."""

import asyncio
import contextlib
import random
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.flows.commands import Up, hoithi, running_up
from tests.flows.playing import QUESTIONS, Host, any_choice, playing, questions
from tests.flows.scripted import Tab, server_of, slow_network
from tests.support.postgres import Cluster
from tests.support.redis_server import running_redis, server_programs

pytestmark = [pytest.mark.flow, pytest.mark.timeout(150)]


@dataclass
class Platform:
    """One that runs, with a token for its host's API; `cluster` and `database` when it is on PostgreSQL."""

    up: Up
    token: str
    cluster: Cluster | None = None
    database: str = ""

    def host(self) -> Host:
        return Host(self.up, self.token)

    def tab(self, host: Host, **options: Any) -> contextlib.AbstractAsyncContextManager[Tab]:
        return Tab.opened(host.players, **options)


def token(up: Up, **env: str) -> str:
    up.wait_ready()
    made = hoithi("token", "create", "rules", "--data-dir", up.data_dir, env=env)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """SQLite, the private Redis, one players' process."""
    with running_up(tmp_path_factory.mktemp("rules") / "data") as up:
        yield Platform(up, token(up))


@pytest.fixture(scope="module")
def by_url(tmp_path_factory: pytest.TempPathFactory, postgres_cluster: Cluster) -> Iterator[Platform]:
    """PostgreSQL, Debian's redis-server, two players' processes."""
    name = f"rules_{secrets.token_hex(4)}"
    url = postgres_cluster.create_database(name)
    with running_redis(server_programs()["redis"]) as redis:
        env = {"HOITHI_DATABASE_URL": url, "HOITHI_REDIS_URL": redis}
        folder = tmp_path_factory.mktemp("rules") / "data"
        processes = ("--players-processes", "2")
        with running_up(folder, *processes, HOITHI_DATABASE_URL=url, HOITHI_REDIS_URL=redis) as up:
            yield Platform(up, token(up, **env), postgres_cluster, name)
    postgres_cluster.drop_database(name)


@pytest.fixture(params=["embedded", "by_url"])
def platform(request: pytest.FixtureRequest) -> Platform:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Platform)
    return found


@contextlib.asynccontextmanager
async def new_round(platform: Platform, asked: list[dict[str, Any]], **settings: Any) -> AsyncIterator[Host]:
    host = platform.host()
    await host.new_round(asked, **settings)
    try:
        yield host
    finally:
        await host.http.aclose()


SINGLE, MULTI = QUESTIONS[0], QUESTIONS[1]


async def pausing(platform: Platform) -> None:
    """A pause stops the clock and the taking of answers; what comes in it is told so and may come again."""
    async with (
        new_round(platform, [{**SINGLE, "seconds": 25}]) as host,
        platform.tab(host) as lan,
        platform.tab(host) as mai,
        platform.tab(host) as late,
    ):
        await lan.join(host.code, "Lan")
        await mai.join(host.code, "Mai")
        await host.command("next")
        await lan.shown("open")
        await mai.shown("open")
        assert await lan.answer(1, ["b"]) == "accepted"
        await host.command("pause")
        paused = await mai.shown("paused")
        assert paused["q"]["options"] == []
        left = paused["q"]["left"]
        await asyncio.sleep(0.5)
        assert await mai.answer(1, ["a"]) == "refused"
        assert await lan.answer(1, ["b"]) == "same", "what is stored is told at any time"
        await late.join(host.code, "Nam")
        assert (late.state["phase"], late.state["q"]["left"]) == ("paused", left)
        await host.command("extend", seconds=10)
        await asyncio.sleep(1)
        assert (await host.get())["seconds_left"] == pytest.approx(left + 10, abs=0.2)
        await host.command("resume")
        for tab in (lan, mai, late):
            shown = await tab.shown("open")
            assert shown["q"]["seconds"] == 35
            assert shown["q"]["left"] == pytest.approx(left + 10, abs=1)
        assert await mai.answer(1, ["a"]) == "accepted"
        elapsed = {answer["seat"]: answer["elapsed_ms"] for answer in await host.answers()}
        assert elapsed[mai.seat] < 8_000, "the clock stood still for a second and a half"
        # Nobody is left who could answer but Nam: with him the question closes, long before its time.
        assert (await host.get())["phase"] == "open"
        assert await late.answer(1, ["b"]) == "accepted"
        closed = await host.phase("closing", "revealed", within_s=14)
        assert closed["answered"] == 3
        revealed = await late.shown("revealed")
        assert revealed["counts"] == {"a": 1, "b": 2, "c": 0, "d": 0}
        assert (await late.hears("you", verdict="right"))["award"] == 1000


async def repeating(platform: Platform) -> None:
    """Resent, changed, late, from a second tab and from another process: one answer, and everybody is told which."""
    async with (
        new_round(platform, [{**MULTI, "seconds": 40}, {**SINGLE, "seconds": 40}]) as host,
        platform.tab(host) as lan,
        platform.tab(host) as mai,
    ):
        await lan.join(host.code, "Lan")
        await mai.join(host.code, "Mai")
        await host.command("next")
        await lan.shown("open")
        assert await lan.answer(1, ["c", "a"], id="tapped-once") == "accepted"
        homes = set()
        current, was = contextlib.AsyncExitStack(), lan
        async with current:
            # Each time a new page; the kernel deals them out to the processes.
            for _ in range(12):
                tab = await current.enter_async_context(platform.tab(host))
                assert sorted((await tab.resume(lan.ticket))["kept"]) == ["a", "c"]
                assert await was.closed() == 4500
                assert await tab.answer(1, ["c", "a"], id="tapped-once") == "same"
                assert await tab.answer(1, ["b"]) == "kept_other"
                homes.add(server_of(platform.up, tab))
                was = tab
                if len(homes) == (2 if platform.cluster else 1):
                    break
            assert len(homes) == (2 if platform.cluster else 1), "chance never led to the other process"
            assert await was.answer(2, ["b"]) == "refused", "not open yet"
            await host.command("close")
            await host.phase("revealed")
            assert await mai.answer(1, ["a", "c"]) == "late"
            assert await was.answer(1, ["c", "a"], id="tapped-once") == "same"
            await host.command("next")
            await host.command("next")
            await was.shown("open", 2)
            assert await was.answer(1, ["c", "a"], id="tapped-once") == "same"
            assert await mai.answer(1, ["c", "a"]) == "late"
        assert [answer["seat"] for answer in await host.answers()] == [lan.seat]
        await host.command("finish")
        over = await host.get()
        assert (over["phase"], over["voids"]) == ("finished", [2]), "nobody saw the key of the second one"


async def hosting(platform: Platform) -> None:
    """Locking, renaming, sending away, taking a question out, and two hosts at once."""
    async with (
        new_round(platform, [{**SINGLE, "seconds": 40}] * 2) as host,
        platform.tab(host) as lan,
        platform.tab(host) as mai,
        platform.tab(host) as nam,
    ):
        await lan.join(host.code, "Lan")
        await mai.join(host.code, "Mai")
        await host.command("lock")
        await nam.send(t="hello", code=host.code, name="Nam")
        assert (await nam.hears("error"))["code"] == "round_locked"
        await host.command("unlock")
        await nam.join(host.code, "Nam")
        renaming = {"command": "rename", "seat": mai.seat, "name": "Mai Anh"}
        url = f"/api/rounds/{host.round_id}/commands"
        assert (await host.http.post(url, json=renaming)).status_code == 200
        await mai.hears("welcome", name="Mai Anh")
        version = (await host.get())["version"]
        both = [host.http.post(url, json={"command": "next", "version": version}) for _ in range(2)]
        replies = await asyncio.gather(*both)
        assert sorted(reply.status_code for reply in replies) == [200, 409]
        assert {reply.json().get("code") for reply in replies} == {None, "stale"}
        for tab in (lan, mai, nam):
            await tab.shown("open", 1)
            assert await tab.answer(1, ["b"]) == "accepted"
        await host.command("kick", seat=nam.seat)
        assert await nam.closed() == 4501
        async with platform.tab(host) as again:
            await again.send(t="resume", ticket=nam.ticket, v=0)
            assert await again.closed() == 4501
        # What was refused has changed nothing.
        before = await host.get()
        for wrong in ({"command": "resume"}, {"command": "void", "question": 2}, {"command": "kick", "seat": 99}):
            assert (await host.http.post(url, json=wrong)).status_code in (404, 409), wrong
        assert (await host.get())["version"] == before["version"]
        if before["phase"] == "open":
            await host.command("close")
        await host.phase("revealed")
        assert {(row["seat"], row["points"]) for row in await host.get("/standings")} == {
            (lan.seat, 1000),
            (mai.seat, 1000),
        }
        await host.command("void", question=1)
        assert {row["points"] for row in await host.get("/standings")} == {0}
        told = await lan.hears("state", phase="revealed", voided=True)
        assert told["right"] is None
        await lan.hears("you", points=0, since=lan.frames.index(told))


async def playing_by_http(platform: Platform) -> None:
    """Without a socket: the same frames, no credit, the same once-only."""
    async with new_round(platform, [{**SINGLE, "seconds": 40}]) as host, httpx.AsyncClient(timeout=20) as http:
        hello = {"code": host.code, "name": "Hoa", "unit": None, "group": None, "lang": "vi"}
        welcome = (await http.post(f"{host.players}/api/hello", json=hello)).json()["welcome"]
        bearer = {"Authorization": f"Bearer {welcome['ticket']}"}
        await host.command("next")
        async with asyncio.timeout(8):
            while True:
                # A connection of its own each time: whichever process it comes to.
                async with httpx.AsyncClient(headers={**bearer, "Connection": "close"}) as once:
                    seen = (await once.get(f"{host.players}/api/state")).json()
                if seen["state"]["phase"] == "open":
                    break
                await asyncio.sleep(0.2)
        answer = {"id": "by-http-01", "q": 1, "choice": ["b"]}
        for expected in ("accepted", "same", "same", "same"):
            async with httpx.AsyncClient(headers={**bearer, "Connection": "close"}) as once:
                assert (await once.post(f"{host.players}/api/answer", json=answer)).json()["status"] == expected
        for _ in range(6):
            async with httpx.AsyncClient(headers={**bearer, "Connection": "close"}) as once:
                assert (await once.get(f"{host.players}/api/state")).json()["you"]["kept"] == ["b"]
        nobody = await http.get(f"{host.players}/api/state", headers={"Authorization": "Bearer nobody"})
        assert nobody.status_code == 401
        [stored] = await host.answers()
        assert (stored["credit_ms"], stored["choice"]) == (0, ["b"])


async def left_alone(platform: Platform) -> None:
    """Autopilot: after the first touch nobody has to do anything until the podium, which it leaves to the host."""
    async with new_round(platform, questions(2, seconds=4), auto=True) as host:
        async with playing(host, 5, think_s=0.2) as phones:
            await host.command("next")
            async with asyncio.timeout(60):
                while True:
                    now = await host.phase("standings", within_s=60)
                    if now["question"] == 2:
                        break
                    await asyncio.sleep(0.3)
            assert now["seconds_left"] is None
            await host.command("next")
            await host.command("next")
        assert all(set(phone.receipts) == {1, 2} for phone in phones)
        assert len(await host.answers()) == 10


async def storage_cut(platform: Platform) -> None:
    """Connections to PostgreSQL are cut again and again in open questions: no receipt without its answer."""
    assert platform.cluster is not None
    count = 25
    async with new_round(platform, questions(2, seconds=8)) as host:
        async with playing(host, count, any_choice, think_s=1.0) as phones:
            for number in (1, 2):
                await host.command("next")
                await host.phase("open")
                for _ in range(6):
                    await asyncio.to_thread(
                        platform.cluster.execute,
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                        f"WHERE datname = '{platform.database}'",
                    )
                    await asyncio.sleep(0.3)
                revealed = await host.phase("revealed")
                assert revealed["question"] == number
                await host.command("next")
            await host.command("next")
            await host.command("next")
        stored = {(answer["question"], answer["seat"]): answer["choice"] for answer in await host.answers()}
        for phone in phones:
            assert set(phone.receipts) == {1, 2}
            for number, receipts in phone.receipts.items():
                assert receipts[0]["status"] in ("accepted", "same"), receipts
                assert {str(receipt["kept"]) for receipt in receipts} == {str(stored[number, phone.seat])}
        assert len(stored) == 2 * count


async def test_the_rules_hold_for_everybody(platform: Platform) -> None:
    """Several rounds at once on one platform: they do not know of each other."""
    async with asyncio.TaskGroup() as group:
        for rule in (pausing, repeating, hosting, playing_by_http):
            group.create_task(rule(platform), name=rule.__name__)
        if platform.cluster is None:
            group.create_task(left_alone(platform))


async def test_connections_to_the_database_may_be_cut_at_any_moment(by_url: Platform) -> None:
    await storage_cut(by_url)


ROUND_TRIPS_MS = (20, 80, 250, 600)
EACH, ASKED = 5, 4


async def test_who_sits_behind_a_slow_network_is_measured_fairly(embedded: Platform) -> None:
    """Fair time against the thinking time really spent, behind four networks, with the limits of the preset `show`."""
    thought: dict[tuple[int, int], float] = {}
    behind: dict[int, int] = {}

    async def play(host: Host, url: str, round_trip_ms: int, name: str) -> None:
        # As behind the proxy that ends TLS: then the kernel's round trip says nothing about the phone.
        async with Tab.opened(url, additional_headers={"X-Forwarded-For": "203.0.113.9"}) as tab:
            await tab.join(host.code, name)
            behind[tab.seat] = round_trip_ms
            for number in range(1, ASKED + 1):
                await tab.shown("open", number, within_s=30)
                painted = time.monotonic()
                await asyncio.sleep(random.uniform(0.6, 1.6))
                think = (time.monotonic() - painted) * 1000
                thought[number, tab.seat] = think
                assert await tab.answer(number, ["b"], think=think) == "accepted"
            await tab.shown("standings", ASKED, within_s=20)

    async with new_round(embedded, [{**SINGLE, "seconds": 5}] * ASKED, fairness="show") as host:
        async with contextlib.AsyncExitStack() as networks, asyncio.TaskGroup() as phones:
            for round_trip_ms in ROUND_TRIPS_MS:
                url = await networks.enter_async_context(slow_network(host.players, round_trip_ms))
                for n in range(EACH):
                    phones.create_task(play(host, url, round_trip_ms, f"Máy {round_trip_ms} {n}"))
            # Time for the pings at random moments that tell how slow each network usually is.
            await asyncio.sleep(9)
            for number in range(1, ASKED + 1):
                await host.command("next")
                async with asyncio.timeout(15):
                    while len([1 for asked, _ in thought if asked == number]) < EACH * len(ROUND_TRIPS_MS):  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                await asyncio.sleep(0.8)
                if (await host.get())["phase"] == "open":
                    await host.http.post(f"/api/rounds/{host.round_id}/commands", json={"command": "close"})
                await host.phase("revealed")
                await host.command("next")
        answers = await host.answers()

    assert len(answers) == EACH * ASKED * len(ROUND_TRIPS_MS)
    errors: dict[int, list[float]] = {round_trip_ms: [] for round_trip_ms in ROUND_TRIPS_MS}
    for answer in answers:
        error = abs(answer["fair_ms"] - thought[answer["question"], answer["seat"]])
        errors[behind[answer["seat"]]].append(error)
    everything = sorted(error for group in errors.values() for error in group)
    told = {round_trip_ms: [round(error) for error in sorted(group)] for round_trip_ms, group in errors.items()}
    # The goal is 30 and 150 ms, and an idle machine stays within 10 and 50. These bounds allow for a machine with two
    # cores and other work: a stall of the phone's own loop looks like network that the server did not see.
    assert statistics.median(everything) <= 30, told
    assert everything[int(0.95 * len(everything))] <= 150, told
    for round_trip_ms, group in errors.items():
        # Nobody is judged by the network they have: without the credit these would be the round trips themselves.
        assert statistics.median(group) <= 40 + round_trip_ms / 20, told
