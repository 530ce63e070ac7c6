"""Killing each process in an open question: phones are back within 5 s, nothing acknowledged is lost or doubled."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.flows.commands import Up, running_up
from tests.flows.playing import Host, any_choice, playing, questions

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

PHONES = 40
BACK_S = 5.0 if (os.getloadavg()[0] < 4) else 20.0
"""The promise is 5 s; on a machine that is busy with other things only the order of events can be tested."""


def kill(name: str) -> Callable[[Up], None]:
    def act(up: Up) -> None:
        pids = [pid for process, pid in up.state["pids"].items() if process.startswith(name)]
        assert pids, f"no process {name}"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    return act


async def flush(up: Up) -> None:
    sockets = list((up.data_dir / "redis").glob("*.sock")) or [Path(up.state["redis"].removeprefix("unix://"))]
    redis = Redis(unix_socket_path=str(sockets[0]))
    await redis.flushall()
    await redis.aclose()


async def test_every_process_may_die_in_an_open_question(tmp_path: Path) -> None:
    faults: list[tuple[str, Callable[[Up], None] | None]] = [
        ("players", kill("players")),
        ("redis", kill("redis")),
        ("worker", kill("worker")),
        ("admin", kill("admin")),
        ("FLUSHALL", None),
    ]
    with running_up(tmp_path / "data") as up:
        async with Host.of(up) as host:
            await host.new_round(questions(len(faults), seconds=12))
            async with playing(host, PHONES, any_choice, think_s=0.5) as phones:
                for number, (name, act) in enumerate(faults, 1):
                    await host.command("next")
                    await host.phase("open")
                    await asyncio.sleep(0.4)  # some have answered, some have not
                    await asyncio.to_thread(act, up) if act else await flush(up)
                    killed_at = asyncio.get_running_loop().time()
                    async with asyncio.timeout(BACK_S):
                        await asyncio.gather(*(phone.answered[number].wait() for phone in phones))
                    assert asyncio.get_running_loop().time() - killed_at < BACK_S, name
                    revealed = await host.phase("revealed")
                    assert revealed["question"] == number
                    await host.command("next")
                await host.command("next")
                await host.command("next")

            answers = await host.answers()
            stored = {(answer["question"], answer["seat"]): answer["choice"] for answer in answers}
            assert len(stored) == len(answers) == PHONES * len(faults)
            for phone in phones:
                for number, receipts in phone.receipts.items():
                    assert receipts[0]["status"] in ("accepted", "same"), receipts
                    assert {str(receipt["kept"]) for receipt in receipts} == {str(stored[number, phone.seat])}
            standings = await host.get(f"/standings?limit={PHONES}")
            points = {row["seat"]: row["points"] for row in standings}
            awarded = dict.fromkeys(points, 0)
            for answer in answers:
                awarded[answer["seat"]] += answer["points"]
            assert points == awarded
