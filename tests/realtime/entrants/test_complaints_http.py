"""Complaints over HTTP: written by who entered, decided by the committee, read by their author alone."""

from contest.clock import SystemClock
from contest.provincial import complaints
from contest.provincial.complaints import ComplaintState
from realtime.entrants.api_complaints import BY_PERSON
from tests.realtime.entrants.conftest import Site, form

API = "/api/contests/cds"


async def test_a_complaint_is_taken_down_and_its_decision_comes_back(site: Site) -> None:
    contest = await site.contest()
    async with site.browser() as phone, site.browser() as other:
        assert (await phone.get(f"{API}/complaints")).status_code == 401
        await phone.post(f"{API}/entries", json=form())
        await other.post(f"{API}/entries", json=form(full_name="H’Thi Rya", phone="0912345679"))
        assert (await phone.get(f"{API}/complaints")).json() == {"complaints": []}
        sent = await phone.post(f"{API}/complaints", json={"text": " Mất điện giữa giờ. ", "evidence": "ảnh 9 giờ"})
        assert sent.status_code == 201
        assert sent.json()["late"] is False
        (listed,) = (await phone.get(f"{API}/complaints")).json()["complaints"]
        assert (listed["id"], listed["text"], listed["state"]) == (sent.json()["id"], "Mất điện giữa giờ.", "open")
        async with site.db.read() as reader:
            stored = await complaints.get(reader, contest, sent.json()["id"])
        assert stored.evidence == {"said": "ảnh 9 giờ"}
        async with site.db.write() as writer:
            await complaints.decide(
                writer, contest, stored.public_id, state=ComplaintState.UPHELD.value, decision="Cho thi lại.",
                effect="", actor="user:1", now_ms=SystemClock().wall_ms(),
            )  # fmt: skip
        (listed,) = (await phone.get(f"{API}/complaints")).json()["complaints"]
        assert (listed["state"], listed["decision"]) == ("upheld", "Cho thi lại.")
        assert (await other.get(f"{API}/complaints")).json() == {"complaints": []}


async def test_an_attempt_named_must_be_ones_own_and_nobody_buries_the_committee(site: Site) -> None:
    await site.contest()
    async with site.browser() as phone, site.browser() as other:
        await phone.post(f"{API}/entries", json=form())
        await other.post(f"{API}/entries", json=form(full_name="H’Thi Rya", phone="0912345679"))
        wrong = await phone.post(f"{API}/complaints", json={"text": "Sai đáp án", "attempt": "A" * 22})
        assert (wrong.status_code, wrong.json()["code"]) == (404, "attempt_unknown")
        for _ in range(BY_PERSON.attempts - 1):
            assert (await phone.post(f"{API}/complaints", json={"text": "Sai đáp án"})).status_code == 201
        assert (await phone.post(f"{API}/complaints", json={"text": "Sai đáp án"})).status_code == 429
        assert (await other.post(f"{API}/complaints", json={"text": "Sai đáp án"})).status_code == 201
