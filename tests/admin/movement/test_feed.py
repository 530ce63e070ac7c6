"""The feed from end to end: pulled with a cursor, pushed to receivers that fail in every way, read by the example."""

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from admin import tokens
from admin.contests import editing
from admin.movement import feed_sending
from admin.movement.feed_sending import FeedSender
from admin.movement.feed_work import FeedWork
from admin.roles import Role
from contest.clock import ManualClock, SystemClock
from contest.statistics import counting, feed, ledger, webhooks
from contest.statistics.cloudevents import TYPES, VOIDED
from contest.statistics.facts import Fact, FactKind
from contest.statistics.webhook_signing import MAX_TRIES
from scoring import keys
from tests.admin.conftest import Staff

CONSUMER = Path(__file__).parents[3] / "deploy" / "examples" / "feed_consumer.py"


async def tell(staff: Staff, *sources: str) -> None:
    now = staff.clock.wall_ms()
    async with staff.services.db.write() as writer:
        facts = [Fact(FactKind.GUIDANCE, one, now, commune="24133", headcount=2) for one in sources]
        await ledger.record(writer, facts, now_ms=now)
    await counting.run(staff.services.db, now)


async def subscribe(staff: Staff, url: str, *, batch: int = 1, types: tuple[str, ...] = TYPES) -> tuple[int, str]:
    box = await editing.box_of(staff.services)
    async with staff.services.db.write() as writer:
        values = webhooks.checked("Trung tâm", url, types, batch, private=True)
        return await webhooks.create(
            writer, box, values, from_start=True, actor="account:1", now_ms=staff.clock.wall_ms()
        )


async def sender(staff: Staff) -> FeedSender:
    return FeedSender(staff.services.db, await editing.box_of(staff.services), staff.clock)


async def state(staff: Staff, number: int) -> webhooks.Subscription:
    async with staff.services.db.read() as reader:
        return await webhooks.load(reader, number)


@dataclass
class Receiver:
    """A receiver that answers as it is told and keeps what it got."""

    url: str = ""
    answer: Callable[[int], str] = lambda number: "204 No Content"
    got: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Receiver"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?x=1"
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
                body = json.loads(await reader.readexactly(int(headers["content-length"])))
                self.headers.append(headers)
                told = self.answer(len(self.headers))
                if told.startswith("2"):
                    self.got += body if isinstance(body, list) else [body]
                writer.write(
                    f"HTTP/1.1 {told}\r\nContent-Length: 6\r\nLocation: /x\r\nRetry-After: 30\r\n\r\nsecret".encode()
                )
                await writer.drain()
        writer.close()


async def test_programs_follow_with_a_cursor(staff: Staff) -> None:
    _, secret = await tokens.create(
        staff.services.db, name="ioc", role=Role.ORGANISER, actor="system", now_ms=staff.clock.wall_ms()
    )
    await tell(staff, "a", "b", "c")
    async with staff.client(Authorization=f"Bearer {secret}") as client:
        first = await client.get("/api/feed/facts?limit=2")
        assert first.headers["content-type"] == "application/cloudevents-batch+json"
        assert [event["data"]["headcount"] for event in first.json()] == [2, 2]
        link = first.headers["link"].partition(">")[0].removeprefix("<")
        assert link.endswith(f"after={first.headers['feed-cursor']}&limit=2")
        rest = await client.get(link)
        assert len(rest.json()) == 1
        last = rest.headers["feed-cursor"]
        empty = await client.get(f"/api/feed/facts?after={last}")
        assert (empty.json(), empty.headers["feed-cursor"]) == ([], last)
        assert (await client.get("/api/feed/facts?after=latest")).headers["feed-cursor"] == last
        waiting = asyncio.create_task(client.get(f"/api/feed/facts?after={last}&wait=10"))
        await asyncio.sleep(0.1)
        await tell(staff, "d")
        assert len((await asyncio.wait_for(waiting, 5)).json()) == 1
        assert (await client.get("/api/feed/facts?after=5")).json()["code"] == "feed_cursor"
        schema = (await client.get("/api/feed/schema.json")).json()
        assert set(first.json()[0]) <= set(schema["properties"])
    host = await staff.signed_in(Role.HOST)
    assert (await host.get("/api/feed/facts")).status_code == 403
    assert (await staff.client().get("/api/feed/facts")).status_code == 401


async def test_webhooks_arrive_in_order_once_though_two_workers_send(staff: Staff) -> None:
    await tell(staff, *(f"s{n}" for n in range(30)))
    async with Receiver().running() as one, Receiver().running() as many, Receiver().running() as picky:
        await subscribe(staff, one.url)
        number, _ = await subscribe(staff, many.url, batch=20)
        await subscribe(staff, picky.url, types=(VOIDED,))
        senders = [await sender(staff) for _ in range(3)]
        sent = await asyncio.gather(*(each.tend() for each in senders))
        assert sum(sent) == 60
        async with staff.services.db.write() as writer:
            await ledger.void(
                writer, FactKind.GUIDANCE, "s3", reason="nhầm", actor="account:1", now_ms=staff.clock.wall_ms()
            )
        await counting.run(staff.services.db, staff.clock.wall_ms())
        await senders[0].tend()
        assert await senders[1].tend() == 0
    assert one.got == many.got
    assert len({event["id"] for event in one.got}) == len(one.got) == 31
    assert [len(each.headers) for each in (one, many)] == [31, 3]
    assert [event["data"]["recorded_id"] for event in picky.got] == [one.got[3]["id"]]
    assert {each["content-type"] for each in many.headers[:2]} == {"application/cloudevents-batch+json"}
    assert one.headers[0]["webhook-id"] == one.got[0]["id"]
    told = await state(staff, number)
    assert (told.delivered, told.state, told.last_result) == (31, "fine", "ok")


async def test_failures_are_tried_again_and_redirects_are_not_followed(staff: Staff) -> None:
    await tell(staff, "a", "b")
    answers = iter(["204 No Content", "500 Oh", "302 Found", "204 No Content"])
    async with Receiver(answer=lambda number: next(answers)).running() as receiver:
        number, _ = await subscribe(staff, receiver.url)
        work = await sender(staff)
        assert await work.tend() == 1
        failing = await state(staff, number)
        assert (failing.tries, failing.last_result, failing.state) == (1, "http_500", "failing")
        assert failing.next_try_at - staff.clock.wall_ms() == 30_000, "as Retry-After asks"
        assert await work.tend() == 0
        staff.clock.advance(30_000)
        assert await work.tend() == 0
        assert (await state(staff, number)).last_result == "http_302"
        staff.clock.advance(60_000)
        assert await work.tend() == 1
    assert len(receiver.headers) == 4
    assert (await state(staff, number)).state == "fine"


async def test_an_answer_that_drips_for_ever_keeps_nobody_waiting(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_sending, "_LONGEST_CALL_S", 0.4)
    await tell(staff, "a")

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(b"HTTP/1.1 200 OK\r\nX: ")
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    slow, _ = await subscribe(staff, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    async with server, Receiver().running() as receiver:
        await subscribe(staff, receiver.url)
        async with asyncio.timeout(5):
            assert await (await sender(staff)).tend() == 1
        assert (await state(staff, slow)).last_result == "timeout"
        await asyncio.sleep(0.1)


async def test_what_never_arrives_is_dead_until_somebody_sends_it_again(staff: Staff) -> None:
    await tell(staff, "a", "b")
    client = await staff.signed_in(Role.ADMINISTRATOR)
    async with Receiver(answer=lambda n: "500 No" if n <= MAX_TRIES else "200 OK").running() as receiver:
        number, _ = await subscribe(staff, receiver.url)
        work = await sender(staff)
        for _ in range(MAX_TRIES + 1):
            await work.tend()
            staff.clock.advance(5 * 3_600_000)
        assert [event["data"]["kind"] for event in receiver.got] == ["guidance"]
        client = await staff.signed_in(Role.ADMINISTRATOR, "Sau này")
        page = (await client.get(f"/movement/feed/{number}")).text
        assert "Đang chờ quyết định" in page
        assert "HTTP 500" in page
        assert "secret" not in page.replace('value="secret"', "")
        await client.post(f"/movement/feed/{number}/letters", data={"act": "again"})
        await work.tend()
        assert len({event["id"] for event in receiver.got}) == 2
        assert "Đã gửi lại" in (await client.get(f"/movement/feed/{number}")).text
    async with Receiver(answer=lambda n: "410 Gone").running() as gone:
        number, _ = await subscribe(staff, gone.url)
        await work.tend()
    assert (await state(staff, number)).pause_reason == "gone"


async def test_no_address_within_the_network_is_called_unless_it_was_allowed(staff: Staff) -> None:
    await tell(staff, "a")
    box = await editing.box_of(staff.services)
    async with staff.services.db.write() as writer:
        values = webhooks.checked("x", "https://localhost:9/", TYPES, 1, private=False)
        number, _ = await webhooks.create(writer, box, values, from_start=True, actor="account:1", now_ms=1)
    await (await sender(staff)).tend()
    assert (await state(staff, number)).last_result == "address"


async def test_the_stream_in_redis_follows_and_refuses_repeats(staff: Staff) -> None:
    services = staff.services
    await tell(staff, "a", "b")
    work = FeedWork(services.settings, services.db, services.redis, ManualClock())
    await work.relay()
    await work.relay()
    await tell(staff, "c")
    await work.relay()
    entries = await services.redis.xrange(keys.feed_stream())
    events = [json.loads(entry[b"event"]) for _, entry in entries]
    assert len(events) == 3
    box = await editing.box_of(services)
    async with services.db.read() as reader:
        again = await feed.after(reader, 0, 10)
    assert await feed_sending._add(services.redis, again, box)
    assert await services.redis.xlen(keys.feed_stream()) == 3
    await work.send()


async def test_administrators_add_test_and_remove_receivers(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR)
    assert (await (await staff.signed_in(Role.ORGANISER)).get("/movement/feed")).status_code == 403
    assert "Chưa có nơi nhận nào" in (await client.get("/movement/feed")).text
    bad = await client.post("/movement/feed", data={"name": "x", "url": "http://example.vn/"})
    assert bad.status_code == 422
    assert "Cần địa chỉ https" in bad.text
    async with Receiver().running() as receiver:
        form = {"name": "IOC", "url": receiver.url, "private": "true", "types": list(TYPES), "batch": "5"}
        made = await client.post("/movement/feed", data=form)
        assert "whsec_" in made.text
        assert "whsec_" not in (await client.get("/movement/feed/1")).text
        assert "nhận được" in (await client.post("/movement/feed/1/act", data={"act": "test"})).text
        assert receiver.got[0]["type"] == "vn.hoithi.feed.test.v1"
    assert "whsec_" in (await client.post("/movement/feed/1/act", data={"act": "secret"})).text
    for act in ("pause", "resume"):
        assert (await client.post("/movement/feed/1/act", data={"act": act})).status_code == 303
    changed = await client.post("/movement/feed/1", data=form | {"name": "Trung tâm", "batch": "0"})
    assert changed.status_code == 422
    assert (await client.post("/movement/feed/1", data=form | {"name": "Trung tâm"})).status_code == 303
    assert "Trung tâm" in (await client.get("/movement/feed")).text
    assert (await client.post("/movement/feed/1/act", data={"act": "remove"})).status_code == 303
    assert (await client.get("/movement/feed/1")).status_code == 404


@contextlib.asynccontextmanager
async def served(staff: Staff) -> AsyncIterator[str]:
    """The same app over a real socket."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(staff.app, lifespan="off", log_level="error"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def stored(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]


async def test_the_example_pulls_and_receives(staff: Staff, tmp_path: Path) -> None:
    _, token = await tokens.create(
        staff.services.db, name="ioc", role=Role.ORGANISER, actor="system", now_ms=staff.clock.wall_ms()
    )
    (tmp_path / "token").write_text(token + "\n")
    await tell(staff, "a", "b")

    async def pulled(url: str) -> str:
        child = await asyncio.create_subprocess_exec(
            sys.executable, str(CONSUMER), "pull", "--once", "--url", url, "--token-file", str(tmp_path / "token"),
            "--store", str(tmp_path / "pulled"), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await asyncio.wait_for(child.communicate(), 30)
        assert child.returncode == 0
        return out.decode().strip()

    async with served(staff) as url:
        assert await pulled(url) == "2"
        with (tmp_path / "pulled" / "events.jsonl").open("a") as torn:
            torn.write('{"id": "half')
        await tell(staff, "c")
        assert await pulled(url) == "1"
        assert await pulled(url) == "0"

    number, secret = await subscribe(staff, "http://127.0.0.1:9/", batch=2)
    (tmp_path / "secret").write_text(secret)
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(CONSUMER), "serve", "--port", "0", "--secret-file", str(tmp_path / "secret"),
        "--store", str(tmp_path / "served"), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        address = (await asyncio.wait_for(child.stdout.readline(), 20)).decode().strip()
        async with staff.services.db.write() as writer:
            values = webhooks.checked("IOC", address, TYPES, 2, private=True)
            await webhooks.change(writer, number, values, actor="account:1", now_ms=1)
        # The example looks at its own clock.
        live = FeedSender(staff.services.db, await editing.box_of(staff.services), SystemClock())
        assert await live.tend() == 3
        async with httpx.AsyncClient(trust_env=False) as stranger:
            forged = await stranger.post(address, json={"type": "x"}, headers={"webhook-timestamp": "1"})
        assert forged.status_code == 401
    finally:
        child.kill()
        await child.wait()
    assert stored(tmp_path / "served") == stored(tmp_path / "pulled")
    assert len(stored(tmp_path / "served")) == 3
