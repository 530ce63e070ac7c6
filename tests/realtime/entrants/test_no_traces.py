"""What people tell of themselves is nowhere but where it belongs: not in logs, Redis, the audit log or addresses."""

import logging

import httpx
import pytest
import structlog
from sqlalchemy import select

from contest.provincial.tables import contest_log, contests, entries
from contest.tables import audit_log, installation
from scoring.redis_client import connect
from tests.realtime.entrants.conftest import Site, form
from tests.realtime.entrants.test_people_http import API, post, sent

NAME, PHONE, NUMBER, MAIL = "Hờ Canary Bkrông", "0933000777", "066190055512", "canary.bkrong@example.vn"
TRACES = ("Canary", "canary", "933000777", "933 000 777", NUMBER, "bkrong", "1990-03-17", "17/03/1990", "Buôn Canh Gà")


async def test_nothing_personal_leaves_its_place(
    site: Site, one_redis: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    asked: list[str] = []

    async def keep(request: httpx.Request) -> None:
        asked.append(str(request.url))

    await site.contest(confirm_phone=True, id_number="required", email="required", address="required", sex="required")
    async with site.browser(event_hooks={"request": [keep]}) as phone:
        filled = form(
            full_name=NAME, phone=PHONE, id_number=NUMBER, email=MAIL, address="Buôn Canh Gà", sex="female",
            birth_date="17/03/1990",
        )  # fmt: skip
        assert (
            await post(phone, "/entries", filled | {"values": {**filled["values"], "email": "x"}})
        ).status_code == 422
        made = await post(phone, "/entries", filled)
        assert made.status_code == 201, made.text
        [(_, digits)] = await sent(site, 1)
        assert (await post(phone, "/confirm", {"code": "12"})).status_code == 422
        assert (await post(phone, "/confirm", {"code": digits})).status_code == 200
        assert (await post(phone, "/sign-in", {"code": "WRONG23456", "phone": PHONE})).status_code == 403
        assert (await phone.get("/api/me/data")).json()["person"]["email"] == MAIL
        await phone.post("/api/me/requests", json={"kind": "correct", "detail": f"Tôi là {NAME}"})
        await phone.put(f"{API}/entries", json=filled)
        structlog.get_logger("test").info("a line of the log, to see that lines are seen")
    out = capfd.readouterr()
    lines = out.out + out.err + caplog.text
    assert "to see that lines are seen" in lines
    redis = connect(one_redis)
    stored = []
    async for key in redis.scan_iter():
        stored.append(repr(key))
        if await redis.type(key) in (b"string", "string"):
            stored.append(repr(await redis.get(key)))
    await redis.aclose()
    assert stored
    tables = (audit_log, contest_log, installation, contests, entries)
    async with site.db.read() as reader:
        rows = [repr(tuple(row)) for table in tables for row in await reader.execute(select(table))]
    for trace in (*TRACES, digits):
        assert trace not in lines
        assert trace not in " ".join(asked)
    for trace in TRACES:
        assert trace not in " ".join(stored)
        assert trace not in " ".join(rows)
