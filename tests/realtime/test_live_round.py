"""A live round over real sockets: joining, answering, receipts, results."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.realtime.conftest import Stack, question
from tests.support.redis_server import running_redis, server_programs


@pytest.fixture(scope="module", params=("valkey", "redis"))
def redis_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """A whole round works with either server."""
    with running_redis(server_programs()[request.param]) as url:
        yield url


async def test_a_round_from_lobby_to_results(any_stack: Stack) -> None:
    stack = any_stack
    server = await stack.start()
    record = await stack.round(question(), question(answer=["c"]))
    lan, hung = await server.phone(), await server.phone()
    welcome = await lan.join(record.code, "Lan")
    assert (welcome["seat"], welcome["name"], welcome["of"]) == (1, "Lan", 1)
    assert (await hung.join(record.code, "Lan"))["name"] == "Lan 2"

    await stack.do(record, "next", "next")
    shown = await lan.expect("state", phase="open")
    assert [option["id"] for option in shown["q"]["options"]] == ["a", "b", "c"]
    assert "right" not in shown
    first = await lan.answer(["b"], id="answer-0001")
    assert first == {"t": "receipt", "id": "answer-0001", "q": 1, "status": "accepted", "kept": ["b"]}
    again = await lan.answer(["b"], id="answer-0001")
    assert again["status"] == "same"
    assert (await lan.answer(["a"]))["status"] == "kept_other"
    assert (await hung.answer(["a"]))["status"] == "accepted"
    await stack.do(record, "close", "settle")
    shown = await lan.expect("state", phase="revealed")
    assert (shown["right"], shown["counts"]) == (["b"], {"a": 1, "b": 1, "c": 0})
    mine = await lan.expect("you")
    assert (mine["verdict"], mine["rank"], mine["gap"], mine["kept"]) == ("right", 1, None, ["b"])
    assert mine["points"] == mine["award"] > 0
    theirs = await hung.expect("you")
    assert (theirs["verdict"], theirs["rank"], theirs["points"], theirs["gap"]) == ("wrong", 2, 0, mine["points"])
    assert (await hung.answer(["b"]))["status"] == "kept_other"
    assert not any("right" in frame for frame in hung.frames if frame.get("phase") in ("open", "closing", "lobby"))


async def test_an_answer_before_the_opening_is_refused_and_after_the_close_late(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round(question())
    phone, other = await server.phone(), await server.phone()
    await phone.join(record.code)
    await other.join(record.code)
    assert (await phone.answer(["b"]))["status"] == "refused"
    await stack.do(record, "next", "next", "close")
    await phone.expect("state", phase="closing")
    await asyncio.sleep(1)
    assert (await phone.answer(["b"]))["status"] == "late"
    assert (await phone.answer(["nonsense"]))["status"] == "refused"
