"""Results by the API, as a program and a second person do them; and a program's own maker is no second person."""

import json
from typing import Any

import httpx
import pytest

from admin.roles import Role
from contest.provincial import attempts
from tests.admin.conftest import Staff
from tests.contest.provincial.contest_fixture import DAY, OPENS
from tests.contest.provincial.results_support import HOUR, NAMES, OVER, Staged, first_round, prize_rules, stage

pytestmark = pytest.mark.timeout(60)


class Programs:
    """A contest, an administrator with a token of their own making, and another organiser."""

    def __init__(self, staged: Staged, maker: httpx.AsyncClient, token: httpx.AsyncClient, other: httpx.AsyncClient):
        self.staged, self.maker, self.token, self.other = staged, maker, token, other
        self.base = f"/api/contests/{staged.contest}"

    async def get(self, path: str, status: int = 200) -> Any:
        reply = await self.token.get(self.base + path)
        assert reply.status_code == status, (path, reply.text)
        return reply.json()

    async def post(self, path: str, status: int = 200, who: httpx.AsyncClient | None = None, **body: Any) -> Any:
        reply = await (who or self.token).post(self.base + path, json=body)
        assert reply.status_code == status, (path, reply.text)
        return reply.json() if reply.content else None


async def programs(staff: Staff, now: int, rules: Any = None, people: int = 6) -> Programs:
    staged = await stage(staff.services.db, rules, people=people)
    staff.clock.advance(now - staff.clock.wall_ms())
    maker = await staff.signed_in(Role.ADMINISTRATOR, "Lan")
    secret = (await maker.post("/api/tokens", json={"name": "máy", "role": "organiser"})).json()["token"]
    other = await staff.signed_in(Role.ORGANISER, "Minh")
    return Programs(staged, maker, staff.client(Authorization=f"Bearer {secret}"), other)


async def test_a_result_is_taken_to_its_end_by_the_api(staff: Staff) -> None:
    made = await programs(staff, OVER)
    await first_round(made.staged)
    lines = await made.get("/results")
    assert [(one["key"], one["state"], one["act"]) for one in lines] == [
        ("r1", "closed", "compute"),
        ("r2", "closed", "compute"),
    ]
    for act, state in (("compute", "provisional"), ("verify", "verified"), ("sign", "verified")):
        assert (await made.post("/results/r1", act=act))["state"] == state
    for same in (made.token, made.maker):
        refused = await made.post("/results/r1", 403, same, act="publish")
        assert refused["code"] == "second_person_needed"
    published = await made.post("/results/r1", 200, made.other, act="publish")
    assert published["state"] == "complaint"
    assert published["digest"] == published["recount_digest"]
    assert (await made.post("/results/r1", 409, act="finalise"))["code"] == "complaint_window_open"
    assert (await made.post("/results/r1", 409, act="compute"))["code"] == "result_state"
    await made.post("/results/r9", 404, act="compute")
    rows = await made.get("/results/r1/standings?limit=2")
    assert (rows["total"], [row["entry"] for row in rows["rows"]]) == (5, made.staged.ids[:2])
    a, b = made.staged.ids[:2]
    why = await made.get(f"/results/r1/why?a={b}&b={a}")
    assert (why["above"], why["step"], why["before"]) == (a, "duration", ["score"])
    effect = await made.get(f"/effect-of-void?kind=entry&id={made.staged.public[0]}")
    (one,) = [key for key in effect["keys"] if key["key"] == "r1"]
    assert one["truths"] == {"r1": ["5", "4"]}
    body = {"kind": "entry", "id": made.staged.public[0], "ground": "proxy", "note": "Thi hộ."}
    assert (await made.post("/voids", **body)) == effect
    assert (await made.get("/results/r1"))["state"] == "closed"
    (old,) = await made.get("/results/r1/revisions")
    assert (old["revision"], old["document"]) == (1, published["document"])
    await made.post("/restores", kind="entry", id=made.staged.public[0], note="Nhầm.")
    again = await made.post("/results/r1", act="compute")
    assert (again["digest"], again["revision"]) == (published["digest"], 2)
    complaint = await made.post("/complaints", 201, text="Sai giờ.", result_key="r1", by=made.staged.public[1])
    assert (await made.post("/complaints", 422, text="x", result_key="r9"))["code"] == "result_unknown"
    decided = await made.post(f"/complaints/{complaint['id']}/decision", state="rejected", decision="Đúng giờ.")
    assert decided["state"] == "rejected"
    assert len(await made.get("/complaints?state=open")) == 0
    assert (await made.post("/key-previews", 422, number=1, answer=["z"]))["code"] == "key_invalid"
    assert (await made.post("/key-corrections", number=5, answer=6, reason="In sai."))["forbidden"] is None
    assert (await made.get("/effect-of-strike?code=24133"))["sent_back"] == []
    await made.post("/round-keys/r1", 204)
    assert [one["published_at"] is not None for one in await made.get("/round-keys")] == [True, False]


async def test_ties_and_signals_by_the_api(staff: Staff) -> None:
    made = await programs(staff, OVER, prize_rules(prediction=None, ranking={"chain": ["score", "duration"]}), people=3)
    for person in range(3):
        await made.staged.sit(person, at=OPENS + HOUR + person, seconds=3)
    await made.post("/results/r1", act="compute")
    found = await made.get("/results/r1/ties")
    assert sum(one["seats"] for one in found["open"]) == 3
    tied = found["open"][0]["tied"]
    assert (await made.post("/results/r1/ties", 422, order=tied[:2], reason="BB", signer="Bà Lan"))[
        "code"
    ] == "tie_order"
    pool = await made.post("/results/r1/pools", 201, members=tied, source="Xổ số 25/11", signer="Bà Lan")
    effect = await made.post(f"/pools/{pool['id']}/draw", digits="31415926535897932384626433832795028841971")
    assert effect["sent_back"] == ["r1"]
    assert not (await made.post("/results/r1", act="compute"))["undecided"]
    assert (await made.post("/review/scan"))["found"] >= 3
    cases = await made.get("/review")
    await made.post(f"/review/{cases[0]['id']}", state="cleared", note="Đã hỏi.")
    assert len(await made.get("/review?state=open")) == len(cases) - 1


async def test_no_answer_of_the_api_counts_while_a_prediction_is_open(staff: Staff) -> None:
    """Neither numbers nor names: everything that can be read is read in the middle of the first round."""
    made = await programs(staff, OPENS + 5 * HOUR)
    await first_round(made.staged)
    await made.post("/review/scan")
    texts = [json.dumps(await made.get(path)) for path in ("/results", "/results/r1", "/review", "/complaints")]
    for path in ("/results/r1/standings", "/results/r1/ties", f"/results/r1/why?a={made.staged.ids[0]}&b=1"):
        assert (await made.get(path, 409))["code"] == "result_not_closed"
    effect = await made.get(f"/effect-of-void?kind=entry&id={made.staged.public[0]}")
    assert [(one["waiting"], one["truths"], one["moved_count"]) for one in effect["keys"]] == [(True, {}, 0)] * 2
    told = " ".join(texts)
    assert "entries" not in told
    assert not any(name in told for name in NAMES)
    # A running attempt holds its round back even when the clock does not.
    await made.staged.start(0, OPENS + DAY - 1)
    staff.clock.advance(OPENS + DAY + HOUR - staff.clock.wall_ms())
    assert (await made.post("/results/r1", 409, act="compute"))["code"] == "attempts_running"
    await attempts.expire(staff.services.db, staff.clock.wall_ms())
    assert (await made.post("/results/r1", act="compute"))["state"] == "provisional"
