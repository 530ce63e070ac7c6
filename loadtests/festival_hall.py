"""What the hall of a festival day does together: a live round, a poll, pledges, the launch.

Each part adds what it was acknowledged to what the day must come to. Never counts what the platform says.
"""

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect

from loadtests.trial import TrialFailed, make_questions

if TYPE_CHECKING:
    from loadtests.festival_day import Day, Visitor

POLL = {
    "mode": "options",
    "question": "Bà con muốn học gì trước?",
    "options": [{"id": "a", "text": "Dịch vụ công"}, {"id": "b", "text": "Thanh toán"}, {"id": "c", "text": "Mua sắm"}],
}


async def play(day: "Day") -> None:
    """A live round: most players came by the festival's link, so that their seats count for them."""
    item = day.items["live_round"][0]
    await day.lead(item, "live")
    round_id, code = await asyncio.to_thread(day.server.make_round, make_questions(2))
    await day.admin("POST", f"{day.base}/items/{item['id']}/round", {"round_id": round_id})
    players = day.rng.sample(day.visitors, min(day.players, len(day.visitors)))
    seated, done = asyncio.Semaphore(0), asyncio.Event()

    async def one(place: int, visitor: "Visitor") -> None:
        with_card = place % 5 != 0
        answered = await _sit(day, code, visitor, with_card, seated, done)
        if not answered:
            return
        if with_card:
            day.expected.add("live_round", visitor.number)
        else:
            day.expected.nameless["live_round"] += 1

    async with asyncio.TaskGroup() as group:
        for place, visitor in enumerate(players):
            group.create_task(one(place, visitor))
            if place % 50 == 49:
                await asyncio.sleep(0.2)
        for _ in players:
            await asyncio.wait_for(seated.acquire(), 60)
        for phase in ("revealed", "revealed"):
            await asyncio.to_thread(day.server.command, round_id, "next")
            await asyncio.to_thread(day.server.wait_phase, round_id, phase, within_s=90)
            await asyncio.to_thread(day.server.command, round_id, "next")
        await asyncio.to_thread(day.server.command, round_id, "finish")
        done.set()
    await day.lead(item, "done")


async def _sit(
    day: "Day", code: str, visitor: "Visitor", tie: bool, seated: asyncio.Semaphore, done: asyncio.Event
) -> bool:
    answered: set[int] = set()
    async with connect(day.server.socket_url, open_timeout=60, compression=None) as socket:
        hello = {
            "t": "hello",
            "code": code,
            "name": f"K{visitor.number}",
            "unit": None,
            "group": None,
            "lang": "vi",
        }
        await socket.send(json.dumps(hello))
        sent: set[int] = set()
        while not done.is_set():
            try:
                frame = json.loads(await asyncio.wait_for(socket.recv(), 1.0))
            except TimeoutError:
                continue
            if frame["t"] == "welcome":
                if tie:
                    body = {"ticket": frame["ticket"]}
                    await day.player("POST", f"{day.public}/seat", body, visitor.number, visitor.cookie)
                seated.release()
            elif frame["t"] == "state" and frame["phase"] == "open" and frame["q"]["n"] not in sent:
                question = frame["q"]
                sent.add(question["n"])
                await asyncio.sleep(day.rng.random())
                choice = [question["options"][0]["id"]] if question["options"] else 7
                answer = {"t": "answer", "id": secrets.token_hex(8), "q": question["n"], "choice": choice}
                await socket.send(json.dumps(answer))
            elif frame["t"] == "receipt" and frame["status"] in ("accepted", "same"):
                answered.add(frame["q"])
    return bool(answered)


async def vote(day: "Day") -> None:
    """A poll in which two of five vote, some of them twice."""
    item = day.items["poll"][0]
    acts = f"{day.base}/items/{item['id']}"
    await day.admin("PUT", f"{acts}/act/settings", {"settings": POLL})
    await day.lead(item, "live")
    await day.admin("POST", f"{acts}/open")
    voters = day.rng.sample(day.visitors, len(day.visitors) * 2 // 5)

    async def one(place: int) -> None:
        visitor = voters[place]
        for choice in "ab" if place % 7 == 0 else "a":
            body = {"id": secrets.token_hex(8), "choices": [choice]}
            path = f"{day.public}/acts/{item['id']}/vote"
            await day.player("POST", path, body, visitor.number, visitor.cookie)
        day.expected.add("poll", visitor.number)

    await day.crowd(one, range(len(voters)), at_once=24)
    await day.admin("POST", f"{acts}/close")
    await day.lead(item, "done")


async def sign(day: "Day") -> None:
    """Pledges of one guest in ten, and of five units."""
    item = day.items["pledge"][0]
    acts = f"{day.base}/items/{item['id']}"
    await day.admin("PUT", f"{acts}/act/settings", {"settings": {"texts": ["Tôi cam kết học kỹ năng số."]}})
    await day.lead(item, "live")
    await day.admin("POST", f"{acts}/open")
    signers = day.rng.sample(day.visitors, len(day.visitors) // 10)

    async def one(place: int) -> None:
        visitor = signers[place]
        path = f"{day.public}/acts/{item['id']}/pledge"
        await day.player("POST", path, {"id": secrets.token_hex(8)}, visitor.number, visitor.cookie)
        day.expected.add("pledge", visitor.number)

    await day.crowd(one, range(len(signers)), at_once=16)
    for number in range(5):
        body = {"id": secrets.token_hex(8), "unit_name": f"Thôn {number + 1}", "representative": "Y Bhăm"}
        await day.admin("POST", f"{acts}/pledges", body)
        day.expected.nameless["pledge"] += 1
    await day.admin("POST", f"{acts}/close")
    await day.lead(item, "done")


async def launch(day: "Day") -> None:
    """Three delegates hold their buttons together until the stage bursts."""
    item = day.items["launch"][0]
    acts = f"{day.base}/items/{item['id']}"
    named = {"delegates": [{"name": f"Đại biểu {n}"} for n in (1, 2, 3)]}
    listed = await day.admin("PUT", f"{acts}/delegates", named)
    await day.lead(item, "live")
    links = [await day.admin("POST", f"{acts}/delegates/{one['id']}/link") for one in listed["launch"]["delegates"]]
    tokens = [link["url"].rsplit("#", 1)[1] for link in links]

    async def beat(token: str, press: str, down: bool) -> dict[str, Any]:
        body = {"press": press, "down": down}
        answer = await day.player("POST", f"{day.public}/launch/beat", body, 0, token=token)
        return dict(answer.json())

    for token in tokens:
        await beat(token, "", False)
    await day.admin("POST", f"{acts}/arm", {})
    presses = [secrets.token_hex(6) for _ in tokens]
    for _ in range(40):
        await asyncio.gather(*(beat(token, press, True) for token, press in zip(tokens, presses, strict=True)))
        if (await day.admin("GET", f"{acts}/act"))["state"] == "fired":
            break
        await asyncio.sleep(0.4)
    else:
        raise TrialFailed("the launch did not fire")
    day.expected.nameless["launch"] += len(tokens)
    await day.lead(item, "done")
