"""A hall goes on, over real sockets: everybody is in the next round at once, and nobody has connected anew."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from contest import rounds, seats
from contest.clock import SystemClock
from contest.games.next_round import Wanted
from contest.ids import Seat
from contest.joining import Hello, join
from contest.model import RoundSettings
from contest.phases import CommandName
from contest.rounds import RoundRecord
from contest.tickets import digest
from realtime.round_runner import RoundRunner
from scoring.redis_client import connect as connect_redis
from tests.realtime.conftest import Phone, Server, Stack, question


def wanted(scores: str = "fresh", *, title: str = "Vòng hai", **settings: Any) -> Wanted:
    given = {"reading_seconds": 0, "shuffle": False, **settings}
    return Wanted(title, None, (question(answer=["c"]),), RoundSettings.model_validate(given), scores)  # type: ignore[arg-type]


async def hall(server: Server, record: RoundRecord, names: list[str], **more: Any) -> list[Phone]:
    phones = [await server.phone() for _ in names]
    for phone, name in zip(phones, names, strict=True):
        await phone.join(record.code, name, **more)
    return phones


async def test_a_hall_of_two_processes_goes_on_and_nobody_is_lost(stack: Stack) -> None:
    one, two = await stack.start(), await stack.start()
    record = await stack.round(question())
    phones = await hall(one, record, [f"Một {n}" for n in range(10)])
    phones += await hall(two, record, [f"Hai {n}" for n in range(10)])
    async with httpx.AsyncClient(base_url=two.url) as http, connect(f"ws://127.0.0.1:{one.port}/ws/stage") as stage:
        joined = (await http.post("/api/hello", json={"t": "hello", "code": record.code, "name": "Ba"})).json()
        ticket = {"Authorization": f"Bearer {joined['welcome']['ticket']}"}
        async with stack.db.write() as writer:
            await rounds.set_stage_token(writer, record.id, digest("sân khấu"))
        await stage.send(json.dumps({"t": "stage", "token": "sân khấu"}))
        await stack.do(record, "next", "next")
        await phones[0].expect("state", phase="open")
        assert (await phones[0].answer(["b"]))["status"] == "accepted"
        await phones[10].expect("state", phase="open")
        assert (await phones[10].answer(["a"]))["status"] == "accepted"
        await stack.do(record, "close", "settle")
        async with stack.db.write() as writer:
            await seats.change(writer, record.id, Seat(5), kicked=True)
        assert await phones[4].closed() == 4501
        before = await phones[0].expect("you", q=1, verdict="right")

        new = await stack.runner.move_on(record.id, wanted("carried"), actor="system")
        staying = [phone for phone in phones if phone is not phones[4]]
        for phone in staying:
            shown = await phone.expect("state", round=new.id)
            mine = await phone.expect("you")
            assert (shown["phase"], shown["title"], shown["code"]) == ("lobby", "Vòng hai", record.code)
            assert (mine["v"], mine["of"]) == (shown["v"], 20)
        assert shown["v"] > before["v"]
        assert all(not one.players.hub.rooms[record.id].phones for one in (one, two))
        assert len(one.players.hub.rooms[new.id].phones) + len(two.players.hub.rooms[new.id].phones) == 19
        polled = (await http.get("/api/state", headers=ticket)).json()
        assert (polled["state"]["round"], polled["you"]["points"]) == (new.id, 0)
        while (told := json.loads(await asyncio.wait_for(stage.recv(), 5))).get("round") != new.id:
            pass
        assert (told["phase"], told["seats"]) == ("lobby", 20)

        await stack.do(new, "next", "next")
        await phones[0].expect("state", phase="open", round=new.id)
        # Kept on the phone since the old round: it must not become an answer to this one.
        stale = await phones[0].answer(["c"], round=record.id)
        assert (stale["status"], stale["kept"]) == ("refused", None)
        assert (await phones[0].answer(["c"], round=new.id))["status"] == "accepted"
        late = await http.post(
            "/api/answer", headers=ticket, json={"t": "answer", "id": "x", "q": 1, "choice": ["c"], "round": record.id}
        )
        assert late.json()["status"] == "refused"
        await stack.do(new, "close", "settle")
        mine = await phones[0].expect("you", verdict="right")
        assert mine["points"] == before["points"] + mine["award"]
        assert (mine["correct"], mine["rank"]) == (2, 1)

    # A process that has just begun knows nothing but what SQL says.
    third = await stack.start()
    back = await third.phone()
    assert (await back.resume(phones[0].ticket))["points"] == mine["points"]
    assert back.frames[-2]["round"] == new.id
    gone = await third.phone()
    await gone.send(t="resume", ticket=phones[4].ticket, v=0)
    assert await gone.closed() == 4501


async def test_who_missed_the_notice_is_moved_by_the_comparison(stack: Stack, tmp_path: Path) -> None:
    server = await stack.start()
    record = await stack.round(question())
    phones = await hall(server, record, ["Lan", "Hoa"])
    nobody = connect_redis(f"unix://{tmp_path}/nobody.sock")
    silent = RoundRunner(stack.db, nobody, SystemClock(), "http://thi.example.vn")
    second = await silent.move_on(record.id, wanted(), actor="system")
    third = await silent.move_on(second.id, wanted(title="Vòng ba"), actor="system")
    for phone in phones:
        assert (await phone.expect("state", round=third.id))["title"] == "Vòng ba"
    await nobody.aclose()


async def test_whoever_sits_down_while_the_hall_moves_is_taken_along(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round(question())
    await hall(server, record, ["Lan"])
    room = server.players.hub.rooms[record.id]
    (admitted,) = await join(stack.db, [Hello(record.code, "Hoa")], SystemClock().wall_ms())
    new = await stack.runner.move_on(record.id, wanted(), actor="system")
    phone = await server.phone()
    await phone.join(record.code, "Mai")
    assert phone.frames[-2]["round"] == new.id
    # The seat was looked up before the move, and the phone sits down after it.
    assert room.moved_to is server.players.hub.rooms[new.id]
    back = await server.phone()
    assert (await back.resume(admitted.ticket))["of"] == 3  # type: ignore[union-attr]


async def test_a_team_is_asked_for_at_the_door_or_chosen_later(stack: Stack) -> None:
    server = await stack.start()
    given = {"mode": "teams", "team_source": "list", "team_names": ["Buôn Kô", "Buôn Ea"], "min_team_size": 1}
    record = await stack.round(question(), **given)
    async with httpx.AsyncClient(base_url=server.url) as http:
        door = (await http.get(f"/api/codes/{record.code}")).json()
        assert door == {
            "mode": "teams",
            "team_source": "list",
            "teams": [{"key": "1", "name": "Buôn Kô"}, {"key": "2", "name": "Buôn Ea"}],
        }
        assert (await http.get("/api/codes/000000")).status_code == 404
        body = {"t": "hello", "code": record.code, "name": "Ba", "team": "2"}
        polled = (await http.post("/api/hello", json=body)).json()
        assert polled["you"]["team"] == {"key": "2", "name": "Buôn Ea"}
        wrong = await http.post("/api/hello", json={**body, "team": "7"})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "round_team_unknown")
        lan, hoa = await server.phone(), await server.phone()
        await lan.join(record.code, "Lan", team="1")
        await hoa.join(record.code, "Hoa")
        assert lan.frames[-1]["team"] == {"key": "1", "name": "Buôn Kô"}
        assert "team" not in hoa.frames[-1]
        await hoa.send(t="team", team="9")
        assert (await hoa.expect("error"))["code"] == "round_team_unknown"
        await hoa.send(t="team", team="1")
        assert (await hoa.expect("you"))["team"]["name"] == "Buôn Kô"
        await hoa.send(t="team", team="2")  # Nobody changes teams.
        assert (await hoa.expect("you"))["team"]["name"] == "Buôn Kô"
        await stack.do(record, "next", "next")
        await lan.expect("state", phase="open")
        await lan.answer(["b"])
        await stack.do(record, "close", "settle")
        mine = await lan.expect("you", verdict="right")
        assert mine["team"] == {
            "key": "1", "name": "Buôn Kô", "rank": 1, "mean": mine["points"] / 2, "size": 2, "of": 2
        }  # fmt: skip
        ticket = {"Authorization": f"Bearer {polled['welcome']['ticket']}"}
        assert (await http.get("/api/state", headers=ticket)).json()["you"]["team"]["rank"] == 2


async def test_the_standings_of_the_hall_are_shown_when_the_host_wants_them(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round(question(), mode="teams", min_team_size=1)
    phones = await hall(server, record, ["Lan", "Hoa"], unit="24133")

    async def play(record: RoundRecord, phone: Phone, choice: str) -> None:
        await stack.do(record, "next", "next")
        await phone.expect("state", phase="open", round=record.id)
        assert (await phone.answer([choice]))["status"] == "accepted"
        await stack.do(record, "close", "settle", "next")

    await play(record, phones[0], "b")
    new = await stack.runner.move_on(record.id, wanted("carried", mode="teams", min_team_size=1), actor="system")
    await play(new, phones[1], "c")
    await stack.do(new, "next", "overall")
    shown = await phones[0].expect("state", overall=True)
    mine = await phones[0].expect("you", v=shown["v"])
    if "overall" not in mine:
        mine = await phones[0].expect("you", v=shown["v"])
    assert mine["overall"] == {"rank": 1, "points": 1000, "of": 2}
    picture = server.players.hub.rooms[new.id].picture
    assert picture.stage["hall"]["rounds"] == 2
    assert [(row["name"], row["points"], row["rank"]) for row in picture.stage["hall"]["top"]] == [
        ("Lan", 1000, 1),
        ("Hoa", 1000, 1),
    ]
    # Each round's own mean is 500: what was carried is not counted twice.
    assert [(row["rank"], row["mean"], row["size"]) for row in picture.stage["hall"]["teams"]] == [(1, 1000, 2)]
    assert picture.stage["teams"][0]["mean"] == 1000
    record = await stack.do(new, CommandName.OVERALL)
    assert not record.state.overall
