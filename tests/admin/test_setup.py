"""The one-time link of the first start."""

import asyncio

from admin import setup
from admin.roles import Role
from tests.admin.conftest import ORIGIN, Staff


async def link_of(staff: Staff) -> str:
    link = await setup.ensure_setup_link(staff.services.db, "http://localhost:8001/", staff.clock)
    assert link is not None
    return link


async def test_the_link_makes_one_administrator(staff: Staff) -> None:
    replaced = await link_of(staff)
    link = await link_of(staff)
    address, _, secret = link.partition("#")
    assert address == "http://localhost:8001/setup"
    assert len(secret) >= 32
    body = {"name": "Lê Văn Tám", "password": "mot cau de nho"}
    async with staff.client(Origin=ORIGIN) as client:
        assert "<form" in (await client.get("/setup")).text
        for wrong in ("", "guess", replaced.partition("#")[2]):
            assert (await client.post("/setup", data={**body, "secret": wrong})).status_code == 403
        weak = await client.post("/setup", data={**body, "secret": secret, "password": "ngan"})
        assert weak.status_code == 422
        assert secret in weak.text, "the link stays good, and the form still knows it"
        # Sent twice at once: one wins.
        answers = await asyncio.gather(*(client.post("/setup", data={**body, "secret": secret}) for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [303, 403]
        done = next(answer for answer in answers if answer.status_code == 303)
        session = done.headers["set-cookie"].partition(";")[0]
        me = (await client.get("/api/me", headers={"Cookie": session})).json()
    assert me == {"name": "Lê Văn Tám", "role": "administrator", "lang": "vi"}
    assert await setup.ensure_setup_link(staff.services.db, "http://localhost:8001") is None


async def test_no_link_when_there_is_an_administrator(staff: Staff) -> None:
    await staff.account(Role.ORGANISER)
    assert await setup.ensure_setup_link(staff.services.db, "http://x") is not None, "an organiser is not enough"
    await staff.account(Role.ADMINISTRATOR)
    assert await setup.ensure_setup_link(staff.services.db, "http://x") is None
    async with staff.client() as client:
        assert "<input" not in (await client.get("/setup")).text.partition("<main")[2]


async def test_guessing_the_link_is_throttled(staff: Staff) -> None:
    await link_of(staff)
    async with staff.client(Origin=ORIGIN) as client:
        codes = [(await client.post("/setup", data={"secret": f"guess {n}"})).status_code for n in range(25)]
    assert codes == [403] * 20 + [429] * 5
