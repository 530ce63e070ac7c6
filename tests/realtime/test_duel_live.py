"""Duels and word clouds over real sockets: who may press, what stays secret, and what phone and stage are told."""

import json

import pytest
from websockets.asyncio.client import connect

from contest import rounds
from contest.tickets import digest
from tests.realtime.conftest import Stack, question

CLOUD = {"type": "cloud", "stem_vi": "Một từ?", "options": [], "answer": [], "words": 2}


@pytest.mark.parametrize("redis_server", ["valkey"], indirect=True)
async def test_only_finalists_have_a_buzzer_and_nobody_reads_the_key(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round(question(explanation_vi="Vì thế"), mode="duel", duel="buzzer")
    lan, mai, sen = [await server.phone() for _ in range(3)]
    for phone, name in ((lan, "Lan"), (mai, "Mai"), (sen, "Sen")):
        await phone.join(record.code, name)
    await stack.do(record, "finalists", seats=(1, 2))
    faces = (await sen.expect("state", phase="lobby", v=2))["duel"]["faces"]
    assert [(face["seat"], face["name"]) for face in faces] == [(1, "Lan"), (2, "Mai")]
    await stack.do(record, "next", "next")
    for phone in (lan, mai, sen):
        assert (await phone.expect("state", phase="open"))["duel"]["now"]
    assert (await sen.answer("bell"))["status"] == "refused"
    assert (await lan.answer(["b"]))["status"] == "refused", "a press is a word"
    assert (await mai.answer("bell"))["status"] == "accepted"
    assert (await lan.answer("bell"))["status"] == "accepted"
    await stack.do(record, "all_answered", "settle")
    shown = await sen.expect("state", phase="revealed")
    assert "Vì thế" not in json.dumps(shown, ensure_ascii=False)
    assert {shot["seat"] for shot in shown["duel"]["shots"]} == {1, 2}
    for seat in shown["duel"]["turn"][:1]:
        await stack.do(record, "judge", seat=seat, right=True)
    shown = await sen.expect("state", phase="revealed", right=["b"])
    assert (shown["why"], shown["counts"], len(shown["duel"]["took"])) == ("Vì thế", {}, 1)


@pytest.mark.parametrize("redis_server", ["valkey"], indirect=True)
async def test_the_stage_hears_of_a_cloud_what_the_host_allows(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round(question(**CLOUD))
    async with stack.db.write() as writer:
        await rounds.set_stage_token(writer, record.id, digest("bí mật"))
    lan = await server.phone()
    await lan.join(record.code, "Lan")
    await stack.do(record, "next", "next")
    assert (await lan.expect("state", phase="open"))["q"]["words"] == 2
    assert (await lan.answer(["một", "hai", "ba"]))["status"] == "refused"
    receipt = await lan.answer(["Một  từ", "MỘT TỪ", "đồ chó"])
    assert (receipt["status"], receipt["kept"]) == ("accepted", ["Một từ", "đồ chó"])
    await stack.runner.words(record.id, None, ["mot tu"], True, actor="test")
    async with connect(f"ws://127.0.0.1:{server.port}/ws/stage", compression=None) as stage:
        await stage.send(json.dumps({"t": "stage", "token": "bí mật"}))
        while not (told := json.loads(await stage.recv())).get("words"):
            assert "chó" not in json.dumps(told, ensure_ascii=False)
        assert told["words"] == [{"text": "Một từ", "people": 1}]
    await stack.do(record, "all_answered", "settle")
    assert (await lan.expect("state", phase="revealed"))["words"] == [{"text": "Một từ", "people": 1}]
