"""Entering, coming back and leaving over HTTP, and what nobody learns by trying."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from contest.provincial import contest_units
from contest.provincial.contest_units import ContestUnit
from contest.provincial.people import register_many
from contest.provincial.people_model import EntryData
from contest.provincial.tables import consents, entries, phone_codes
from realtime.entrants import people_limits
from realtime.throttle import Limit
from tests.realtime.entrants.conftest import Site, form

API = "/api/contests/cds"


def codes(site: Site) -> list[tuple[str, str]]:
    """What was sent: number and digits."""
    path: Path = site.settings.data_dir / "codes.txt"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    return [(line["to"], "".join(c for c in line["text"].split(",")[0] if c.isdigit())) for line in lines]


async def sent(site: Site, number: int) -> list[tuple[str, str]]:
    """The messages, once there are so many: they are sent behind the answer."""
    async with asyncio.timeout(5):
        while len(codes(site)) < number:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # another thread writes the file
    return codes(site)


async def post(browser: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
    return await browser.post(f"{API}{path}", json=body)


async def test_entering_and_coming_back_on_another_phone(site: Site) -> None:
    contest = await site.contest()
    async with site.browser() as phone, site.browser() as other:
        asked = (await phone.get(f"{API}/form")).json()
        assert asked["contest"]["phase"] == "open"
        assert asked["fields"]["phone"] == "required"
        assert [one["required"] for one in asked["consents"]] == [True, False, False, False]
        assert (await phone.get(f"{API}/me")).json()["signed_in"] is False
        made = await post(phone, "/entries", form())
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        cookie = made.headers["set-cookie"].lower()
        assert "hoithi_entrant=" in cookie
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        entry, code = made.json()["entry"], made.json()["code"]
        assert (entry["state"], entry["phone_tail"], entry["commune"]["code"]) == ("active", "678", "24133")
        assert entry["consents"] == {"contest": True, "publish_name": True, "photo": False, "contact": False}
        assert (await phone.get(f"{API}/me")).json()["entry"] == entry
        again = await post(phone, "/entries", form())
        assert (again.status_code, again.json()["code"]) == (409, "already_entered")
        back = await post(other, "/sign-in", {"code": f"{code[:5].lower()}-{code[5:]}", "phone": "+84 912 345 678"})
        assert back.status_code == 200
        assert back.json()["entry"]["id"] == entry["id"]
        assert (await post(other, "/sign-out", {})).status_code == 204
        assert (await other.get(f"{API}/me")).json()["signed_in"] is False
        assert (await phone.get(f"{API}/me")).json()["signed_in"] is True
    async with site.db.read() as reader:
        texts = list(await reader.scalars(select(consents.c.text).where(consents.c.contest_id == contest)))
    assert "“Tìm hiểu chuyển đổi số”" in texts[0]
    assert codes(site) == []


async def test_another_spelling_of_the_phone_is_the_same_person(site: Site) -> None:
    await site.contest()
    async with site.browser() as first, site.browser() as second:
        assert (await post(first, "/entries", form())).status_code == 201
        for spelling in ("+84912345678", "0084 912.345.678", "(+84) 0912-345-678"):
            told = await post(second, "/entries", form(phone=spelling, full_name="Y Mek Ê Nuôl"))
            other = await post(second, "/entries", form(phone=spelling, full_name="Ai Khác"))
            assert told.status_code == other.status_code == 409
            assert told.json() == other.json()
            assert told.json()["code"] == "phone_used_up"
    async with site.db.read() as reader:
        assert await reader.scalar(select(func.count()).select_from(entries)) == 1


async def test_problems_are_told_at_their_fields_with_words(site: Site) -> None:
    await site.contest(min_age=14)
    async with site.browser() as phone:
        told = await post(phone, "/entries", form(phone="912345678", birth_date="01/01/2020", consents={}, lang="en"))
    assert told.status_code == 422
    assert told.json()["code"] == "entry_invalid"
    rows = {one["field"]: one for one in told.json()["problems"]}
    assert rows["phone"]["suggestion"] == "0912345678"
    assert rows["birth_date"]["text"] == "The rules admit people from 14 years."
    assert {"consents.contest", "guardian_name", "guardian_phone", "guardian_consent"} < set(rows)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"values": {"full_name": 7}, "consents": {}},
        {"values": {}, "consents": {}, "x": 1},
        {"values": {"unit": "a\0b"}, "consents": {}},  # PostgreSQL would fail, not refuse
    ],
)
async def test_what_is_no_form_is_refused(site: Site, body: Any) -> None:
    await site.contest()
    async with site.browser() as phone:
        told = await post(phone, "/entries", body)
        assert (told.status_code, told.json()["code"]) == (422, "request_invalid")
        evil = await phone.post(f"{API}/entries", json=form(), headers={"Origin": "https://evil.example"})
        assert evil.status_code == 403


async def test_a_code_by_phone_confirms_and_signs_in(site: Site) -> None:
    await site.contest(confirm_phone=True)
    async with site.browser() as phone, site.browser() as other:
        made = (await post(phone, "/entries", form())).json()
        assert (made["entry"]["state"], made["confirm"]["phone_tail"]) == ("unconfirmed", "678")
        [(number, digits)] = await sent(site, 1)
        assert number == "0912345678"
        wrong = "000000" if digits != "000000" else "111111"
        told = await post(phone, "/confirm", {"code": wrong})
        assert (told.status_code, told.json()["code"], told.json()["tries_left"]) == (422, "code_wrong", 4)
        confirmed = await post(phone, "/confirm", {"code": f"{digits[:3]} {digits[3:]}"})
        assert confirmed.json()["entry"]["state"] == "active"
        used = await post(other, "/sign-in", {"phone": "0912345678", "phone_code": digits})
        assert (used.status_code, used.json()["code"]) == (403, "sign_in_failed")
        soon = await post(other, "/phone-code", {"purpose": "sign_in", "phone": "0912345678"})
        assert soon.status_code == 429
        assert int(soon.headers["retry-after"]) > 0


async def test_a_family_says_who_it_is(site: Site) -> None:
    await site.contest(entries_per_phone=2)
    async with site.browser() as phone, site.browser() as other:
        await post(phone, "/entries", form())
        second = await post(phone, "/entries", form(full_name="H’Thi Rya"))
        assert second.status_code == 201
        await post(other, "/phone-code", {"purpose": "sign_in", "phone": "0912345678"})
        [(_, digits)] = await sent(site, 1)
        asked = await post(other, "/sign-in", {"phone": "0912345678", "phone_code": digits})
        assert (asked.status_code, asked.json()["code"]) == (409, "several_people")
        people = {one["name"]: one["id"] for one in asked.json()["people"]}
        assert set(people) == {"Y Mek Ê Nuôl", "H’Thi Rya"}
        body = {"phone": "0912345678", "phone_code": digits, "person": people["H’Thi Rya"]}
        signed = await post(other, "/sign-in", body)
        assert signed.json()["entry"]["name"] == "H’Thi Rya"
        assert (await post(other, "/sign-in", body)).status_code == 403


async def test_nobody_learns_by_trying_who_is_here(site: Site) -> None:
    await site.contest()
    async with site.browser() as phone, site.browser() as stranger:
        code = (await post(phone, "/entries", form())).json()["code"]
        for path, known, unknown in (
            (
                "/phone-code",
                {"purpose": "sign_in", "phone": "0912345678"},
                {"purpose": "sign_in", "phone": "0912345679"},
            ),
            ("/sign-in", {"phone": "0912345678", "phone_code": "12"}, {"phone": "0912345679", "phone_code": "12"}),
            ("/sign-in", {"code": code, "phone": "0912345679"}, {"code": "ABCDE23456", "phone": "0912345679"}),
            ("/sign-in", {"code": code}, {"code": "ABCDE23456"}),
        ):
            ours, theirs = await post(stranger, path, known), await post(stranger, path, unknown)
            assert ours.status_code == theirs.status_code
            assert ours.content == theirs.content
            assert set(ours.headers) == set(theirs.headers)
    assert [number for number, _ in await sent(site, 1)] == ["0912345678"]
    async with site.db.read() as reader:
        assert await reader.scalar(select(func.count()).select_from(phone_codes)) == 2


async def test_entering_with_made_up_numbers_sends_no_more_than_the_budget(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_limits, "CODES_BY_PREFIX", Limit("sms-prefix-few", 2, 3_600_000))
    await site.contest(confirm_phone=True)
    async with site.browser() as phone, site.browser() as other:
        made = [
            await post(phone, "/entries", form(phone=f"0966000{n:03}", full_name=f"Y Mek {n * 'a'}")) for n in range(4)
        ]
        assert [one.status_code for one in made] == [201] * 4
        assert [one.json()["confirm"]["expires_in_ms"] > 0 for one in made] == [True, True, False, False]
        assert made[3].json()["confirm"]["resend_in_ms"] > 0
        elsewhere = await post(other, "/entries", form(phone="0977111222"))
        assert elsewhere.json()["confirm"]["expires_in_ms"] > 0
    assert len(await sent(site, 3)) == 3


async def test_guessing_codes_comes_to_an_end(site: Site) -> None:
    await site.contest()
    async with site.browser() as phone, site.browser() as thief:
        code = (await post(phone, "/entries", form(phone="0987000111"))).json()["code"]
        answers = [
            await post(thief, "/sign-in", {"code": f"ABCDE2345{n % 8 + 2}", "phone": "0987000111"}) for n in range(20)
        ]
        assert [one.status_code for one in answers].count(403) == 15
        assert answers[-1].status_code == 429
        right = await post(thief, "/sign-in", {"code": code, "phone": "0987000111"})
        assert right.status_code == 429


async def test_people_of_a_roster_complete_their_entry(site: Site) -> None:
    contest = await site.contest(admission="roster", unit="required", unit_other=False)
    async with site.db.write() as writer:
        await contest_units.replace_all(writer, contest, [ContestUnit("cb-1", "Chi bộ 1", "24133")])
        [made] = await register_many(
            writer, site.box, contest, [EntryData("Nguyễn Thị Hòa", unit_code="cb-1")],
            now_ms=1_790_000_000_000, state="invited", with_codes=True,
        )  # fmt: skip
    async with site.browser() as phone, site.browser() as stranger:
        assert (await post(stranger, "/entries", form(unit="cb-1"))).json()["code"] == "not_on_roster"
        found = (await stranger.get(f"{API}/units", params={"q": "CHI BO"})).json()["units"]
        assert [one["code"] for one in found] == ["cb-1"]
        signed = (await post(phone, "/sign-in", {"code": made.personal_code})).json()
        assert (signed["entry"]["state"], signed["entry"]["values"]["full_name"]) == ("invited", "Nguyễn Thị Hòa")
        entered = await post(phone, "/entries", form(full_name="Nguyễn Thị Hòa", unit="cb-1"))
        assert (entered.status_code, entered.json()["code"]) == (201, None)
        assert entered.json()["entry"]["id"] == made.entry.public_id
        assert (await phone.get(f"{API}/me")).json()["entry"]["state"] == "active"


async def test_drafts_and_unknown_contests_are_not_there(site: Site) -> None:
    async with site.browser() as phone:
        for path in ("/me", "/form", "/units"):
            told = await phone.get(f"{API}{path}")
            assert (told.status_code, told.json()["code"]) == (404, "contest_unknown")


async def test_my_data_is_mine_alone(site: Site) -> None:
    await site.contest()
    async with site.browser() as phone, site.browser() as stranger:
        await post(phone, "/entries", form(phone="0977000222"))
        for path in ("/api/me/data", "/api/me/requests"):
            assert (await stranger.get(path)).status_code == 401
        told = await phone.get("/api/me/data")
        assert told.json()["person"]["phone"] == "+84977000222"
        assert "attachment" in told.headers["content-disposition"]
        asked = await phone.post("/api/me/requests", json={"kind": "delete", "detail": "Xóa giúp tôi"})
        assert (asked.status_code, asked.json()["state"]) == (201, "open")
        assert [one["kind"] for one in (await phone.get("/api/me/requests")).json()["requests"]] == ["delete"]
        wish = {"contest": "cds", "purpose": "publish_name", "granted": False}
        changed = await phone.post("/api/me/consents", json=wish)
        assert changed.json()["consents"]["publish_name"] is False
        refused = await phone.post("/api/me/consents", json=wish | {"purpose": "contest"})
        assert (refused.status_code, refused.json()["code"]) == (422, "consent_unknown")
