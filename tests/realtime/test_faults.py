"""Two players' processes, and Redis that is emptied, killed or never there: nothing acknowledged is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event

from contest import answering
from contest.ids import QuestionNumber
from realtime.protocol import CloseCode
from scoring.redis_client import connect
from tests.realtime.conftest import Stack, make_stack, question
from tests.support import redis_server as redis_support


async def test_two_processes_are_one_room(stack: Stack) -> None:
    one, two = await stack.start(), await stack.start()
    record = await stack.round()
    here, there = await one.phone(), await two.phone()
    await here.join(record.code, "Lan")
    await there.join(record.code, "Lan")
    await stack.do(record, "next", "next")
    for phone in (here, there):
        await phone.expect("state", phase="open", within_s=3)
    assert (await here.answer(["b"]))["status"] == "accepted"
    # The same seat at the other process: told what is kept, and the first connection ends.
    moved = await two.phone()
    assert (await moved.resume(here.ticket))["kept"] == ["b"]
    assert await here.closed() == CloseCode.REPLACED
    assert (await moved.answer(["a"]))["status"] == "kept_other"
    assert (await there.answer(["a"]))["status"] == "accepted"
    await stack.do(record, "close", "settle")
    assert (await moved.expect("you"))["verdict"] == "right"
    assert (await there.expect("you"))["rank"] == 2


async def test_a_process_started_in_the_middle_serves_everybody(stack: Stack) -> None:
    first = await stack.start()
    record = await stack.round(question(), question())
    phones = [await first.phone() for _ in range(5)]
    for phone in phones:
        await phone.join(record.code)
    await stack.do(record, "next", "next")
    await phones[0].expect("state", phase="open")
    await phones[0].answer(["b"])
    second = await stack.start()
    queries = 0

    def count(*_: object) -> None:
        nonlocal queries
        queries += 1

    event.listen(second.players.hub.db.engine.sync_engine, "before_cursor_execute", count)
    back = [await second.phone() for _ in phones]
    yous = await asyncio.gather(*(new.resume(old.ticket) for new, old in zip(back, phones, strict=True)))
    assert [you["kept"] for you in yous] == [["b"], None, None, None, None]
    # One look-up of tickets, one load of the room, what is kept for all at once; not one query per phone.
    assert queries < 5 * len(phones)
    assert (await back[1].answer(["b"]))["status"] == "accepted"
    async with stack.db.read() as reader:
        assert await answering.kept(reader, record.id, QuestionNumber(1)) == {1: ["b"], 2: ["b"]}


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[tuple[Stack, contextlib.ExitStack]]:
    """A stack whose Redis is this test's own to kill."""
    program = redis_support.server_programs()["valkey"]
    with contextlib.ExitStack() as life:
        url = life.enter_context(redis_support.running_redis(program))
        async for stack in make_stack(f"sqlite+aiosqlite:///{tmp_path / 'live.sqlite3'}", url, tmp_path):
            yield stack, life


async def test_flushall_in_the_middle_of_a_question_costs_nothing(mortal: tuple[Stack, contextlib.ExitStack]) -> None:
    stack, _ = mortal
    server = await stack.start()
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    other = connect(str(stack.settings.redis_url))
    await other.flushall()
    await other.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
    await other.aclose()
    assert (await phone.answer(["b"]))["status"] == "accepted"
    await stack.do(record, "close", "settle")
    await phone.expect("state", phase="revealed", within_s=3)
    assert (await phone.expect("you"))["verdict"] == "right"


async def test_a_round_goes_on_without_redis(mortal: tuple[Stack, contextlib.ExitStack]) -> None:
    stack, redis = mortal
    server = await stack.start()
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    redis.close()
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open", within_s=4)
    assert (await phone.answer(["b"]))["status"] == "accepted"
    await stack.do(record, "close", "settle")
    await phone.expect("state", phase="revealed", within_s=4)
    assert (await phone.expect("you", within_s=4))["verdict"] == "right"
    assert (await phone.answer(["b"]))["status"] == "same"


async def test_storage_that_fails_acknowledges_nothing_and_loses_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await stack.start()
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    blocked = stack.db.write()
    writer = await blocked.__aenter__()
    await writer.exec_driver_sql("ALTER TABLE answers RENAME TO answers_away")
    await blocked.__aexit__(None, None, None)
    await phone.send(t="answer", id="while-broken", q=1, choice=["b"])
    with pytest.raises(TimeoutError):
        await phone.expect("receipt", within_s=0.5)
    assert "storing" in await server.players.unready()
    async with stack.db.write() as writer:
        await writer.exec_driver_sql("ALTER TABLE answers_away RENAME TO answers")
    assert (await phone.expect("receipt", id="while-broken"))["status"] == "accepted"
    assert "storing" not in await server.players.unready()


async def test_a_ticket_that_cannot_be_looked_up_now_is_not_called_bad(stack: Stack) -> None:
    first, second = await stack.start(), await stack.start()
    record = await stack.round()
    phone = await first.phone()
    await phone.join(record.code)
    async with stack.db.write() as writer:
        await writer.exec_driver_sql("ALTER TABLE seats RENAME TO seats_away")
    second.players.seating._tickets._patience_s = 0.2
    back = await second.phone()
    await back.send(t="resume", ticket=phone.ticket, v=0)
    async with httpx.AsyncClient(base_url=second.url, headers={"Authorization": f"Bearer {phone.ticket}"}) as client:
        busy = await client.get("/api/state")
        assert (busy.status_code, busy.json()["code"]) == (503, "busy")
        assert int(busy.headers["retry-after"]) > 0
        # Told to stop, a phone throws its ticket away; this one is told to come again.
        assert await back.closed() == CloseCode.TRY_LATER
        async with stack.db.write() as writer:
            await writer.exec_driver_sql("ALTER TABLE seats_away RENAME TO seats")
        assert (await client.get("/api/state")).status_code == 200
    # Writing tracebacks for people takes its time.
    while second.players.hub.lag_ms > 100:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    again = await second.phone()
    await again.resume(phone.ticket)
    nobody = await second.phone()
    await nobody.send(t="resume", ticket="nobody-has-this-one", v=0)
    assert await nobody.closed() == CloseCode.BAD_TICKET


async def test_nothing_a_phone_may_send_breaks_the_batch_of_the_others(any_stack: Stack) -> None:
    server = await any_stack.start()
    record = await any_stack.round()
    honest, other = await server.phone(), await server.phone()
    await honest.join(record.code)
    await other.send(t="hello", code=record.code, name="Lan", unit="\0")
    assert (await other.next())["t"] == "error"
    evil = await server.phone()
    await evil.join(record.code)
    await any_stack.do(record, "next", "next")
    await honest.expect("state", phase="open")
    await evil.send(t="answer", id="abcdefgh\0", q=1, choice=["b"])
    assert (await honest.answer(["b"]))["status"] == "accepted"
    assert (await evil.expect("error"))["code"] == "bad_frame"
    assert await server.players.unready() == {}


async def test_an_answer_that_is_ahead_of_its_process_is_not_refused(
    mortal: tuple[Stack, contextlib.ExitStack],
) -> None:
    stack, redis = mortal
    one, two = await stack.start(), await stack.start()
    record = await stack.round()
    here, there = await one.phone(), await two.phone()
    await here.join(record.code)
    await there.join(record.code)
    # Without Redis each process learns of the opening by itself, up to a second apart.
    redis.close()
    await stack.do(record, "next")
    await there.expect("state", phase="get_ready")
    await stack.do(record, "next")
    await there.send(t="answer", id="ahead-of-it", q=1, choice=["b"])
    await there.expect("state", phase="open", within_s=0.9)
    assert not [frame for frame in there.frames if frame["t"] == "receipt"]
    assert (await there.answer(["b"], id="ahead-of-it"))["status"] == "accepted"
    # What nobody has opened is refused, once SQL has said so.
    assert (await there.answer(["b"], q=2))["status"] == "refused"
