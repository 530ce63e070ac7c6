"""The admin API as outside programs use it: a quiz, a round, its answers and standings."""

import io
import json

import httpx
import jsonschema
import openpyxl
import pytest

from admin.roles import Role
from contest import rounds
from contest.answering import Arrival, accept
from contest.ids import QuestionNumber, RoundId, Seat
from contest.joining import Admitted, Hello, join
from contest.model import Mode
from contest.phases import CommandName
from contest.round_state import Command
from scoring.answer_key import Choice
from tests.admin.conftest import Staff

QUESTIONS = [
    {
        "type": "single",
        "stem_vi": "Tỉnh lỵ ở đâu?",
        "options": [{"id": name, "text_vi": name.upper()} for name in "abcd"],
        "answer": ["b"],
        "seconds": 10,
    },
    {"type": "numeric", "stem_vi": "Cấp cứu gọi số nào?", "answer": 115, "tolerance": 0, "unit_vi": "số"},
]


async def program(staff: Staff) -> httpx.AsyncClient:
    """What automation has: a bearer token and nothing else."""
    client = await staff.signed_in(Role.ADMINISTRATOR, "người phát mã")
    token = (await client.post("/api/tokens", json={"name": "máy", "role": "organiser"})).json()["token"]
    return staff.client(Authorization=f"Bearer {token}")


async def new_round(client: httpx.AsyncClient, **settings: object) -> dict[str, int | str]:
    quiz = await client.post("/api/quizzes", json={"title": "Bộ thử", "questions": QUESTIONS})
    assert quiz.json()["questions"] == 2
    body = {"quiz_id": quiz.json()["id"], "mode": "points", "scoring": "exact", "fairness": "show", **settings}
    made = await client.post("/api/rounds", json=body)
    assert made.status_code == 201
    answer: dict[str, int | str] = made.json()
    return answer


async def seats_of(staff: Staff, code: str, *names: str, unit: str | None = None) -> list[int]:
    outcomes = await join(staff.services.db, [Hello(code, name, unit) for name in names], staff.clock.wall_ms())
    return [outcome.seat.seat for outcome in outcomes if isinstance(outcome, Admitted)]


async def answered(staff: Staff, round_id: int, question: int, seat: int, choice: Choice, fair_ms: int = 1000) -> None:
    arrival = Arrival(
        round_id=RoundId(round_id),
        question=QuestionNumber(question),
        seat=Seat(seat),
        answer_id=f"id-{question}-{seat}",
        choice=choice,
        accepted_at=staff.clock.wall_ms(),
        elapsed_ms=fair_ms + 50,
        credit_ms=50,
        fair_ms=fair_ms,
        evidence="{}",
    )
    (stored,) = await accept(staff.services.db, [arrival])
    assert stored.status == "accepted"


async def settled(staff: Staff, round_id: int) -> None:
    """What the timekeeper does when the time of closing is over."""
    staff.clock.advance(60_000)
    await staff.services.runner.apply(RoundId(round_id), Command(CommandName.SETTLE), actor="system")


async def test_a_round_from_quiz_to_export(staff: Staff) -> None:
    client = await program(staff)
    made = await new_round(client)
    round_id, base = int(made["id"]), f"/api/rounds/{made['id']}"
    assert len(str(made["code"])) == 6
    lan, minh, ha = await seats_of(staff, str(made["code"]), "Lan", "Minh", "Hà", unit=None)

    async def command(name: str, **more: object) -> httpx.Response:
        return await client.post(f"{base}/commands", json={"command": name, **more})

    assert (await command("next")).json()["phase"] == "get_ready"
    opened = (await command("next")).json()
    assert opened["phase"] == "open"
    await answered(staff, round_id, 1, lan, ["b"])
    await answered(staff, round_id, 1, minh, ["b"])
    await answered(staff, round_id, 1, ha, ["a"])
    now = (await client.get(base)).json()
    assert (now["phase"], now["question"], now["seats"], now["answered"]) == ("open", 1, 3, 3)
    assert now["version"] == opened["version"]
    response = await client.get(f"{base}/answers")
    assert response.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [(line["question"], line["seat"], line["choice"]) for line in lines] == [
        (1, lan, ["b"]),
        (1, minh, ["b"]),
        (1, ha, ["a"]),
    ]
    assert {(line["verdict"], line["points"]) for line in lines} == {(None, None)}, "not before the reveal"

    assert (await command("close")).json()["phase"] == "closing"
    await settled(staff, round_id)
    lines = [json.loads(line) for line in (await client.get(f"{base}/answers")).text.splitlines()]
    assert [(line["verdict"], line["points"]) for line in lines] == [("right", 1000), ("right", 1000), ("wrong", 0)]
    standings = (await client.get(f"{base}/standings")).json()
    assert [(row["rank"], row["name"], row["points"]) for row in standings] == [
        (1, "Lan", 1000),
        (1, "Minh", 1000),
        (3, "Hà", 0),
    ]
    assert len((await client.get(f"{base}/standings?limit=1")).json()) == 1

    assert (await command("next")).json()["phase"] == "standings"
    assert [row["state"] for row in (await client.get(f"{base}/questions")).json()] == ["now", "ahead"]
    await command("void", question=1)
    assert (await client.get(base)).json()["voids"] == [1]
    assert {row["points"] for row in (await client.get(f"{base}/standings")).json()} == {0}

    sheet = await client.get(f"{base}/export.xlsx")
    assert sheet.status_code == 200
    assert "attachment" in sheet.headers["content-disposition"]
    assert openpyxl.load_workbook(io.BytesIO(sheet.content)).sheetnames
    assert (await client.get(f"{base}/export.json")).json()
    assert (await client.get(f"{base}/export.csv")).content.startswith(b"\xef\xbb\xbf")
    assert (await client.get(f"{base}/export.exe")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"command": "resume"}, 409, "not_now"),
        ({"command": "next", "version": 99}, 409, "stale"),
        ({"command": "rescue", "count": 3}, 409, "golden_bell_only"),
        ({"command": "extend"}, 422, "request_invalid"),
        ({"command": "void"}, 422, "request_invalid"),
        ({"command": "rename", "name": "Lan"}, 422, "request_invalid"),
        ({"command": "settle"}, 422, "command_unknown"),
        ({"command": "dance"}, 422, "command_unknown"),
        ({"command": "kick", "seat": 44}, 404, "seat_unknown"),
        ({"command": "kick"}, 422, "request_invalid"),
        ({"command": "next", "extra": 1}, 422, "request_invalid"),
        ({"command": ["next"]}, 422, "request_invalid"),
    ],
)
async def test_refused_commands_change_nothing(staff: Staff, body: object, status: int, code: str) -> None:
    client = await program(staff)
    made = await new_round(client)
    before = (await client.get(f"/api/rounds/{made['id']}")).json()
    response = await client.post(f"/api/rounds/{made['id']}/commands", json=body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert (await client.get(f"/api/rounds/{made['id']}")).json() == before


@pytest.mark.parametrize("number", ["none", "-1", "99999999999999999999", "77"])
async def test_what_nobody_made_is_not_found(staff: Staff, number: str) -> None:
    client = await program(staff)
    for path in ("", "/standings", "/answers", "/export.xlsx"):
        assert (await client.get(f"/api/rounds/{number}{path}")).status_code == 404
    assert (await client.post(f"/api/rounds/{number}/commands", json={"command": "next"})).status_code == 404


async def test_a_file_of_broken_questions_is_told_row_by_row(staff: Staff) -> None:
    client = await program(staff)
    file = {"file": ("a.csv", "Câu hỏi,Đáp án\nMột?,\n".encode())}
    response = await client.post("/api/quizzes/import", files=file)
    assert (response.status_code, response.json()["code"]) == (422, "import_nothing")
    (skipped,) = response.json()["skipped"]
    assert skipped["row"] == 2
    assert " " in skipped["reason"], "a sentence"


async def test_modes_to_come_are_refused(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "PLAYABLE", frozenset({Mode.POINTS}))
    client = await program(staff)
    quiz = (await client.post("/api/quizzes", json={"title": "x", "questions": QUESTIONS})).json()
    response = await client.post("/api/rounds", json={"quiz_id": quiz["id"], "mode": "golden_bell"})
    assert (response.status_code, response.json()["code"]) == (422, "mode_not_available")


async def test_people_are_found_renamed_and_sent_out(staff: Staff) -> None:
    client = await program(staff)
    made = await new_round(client)
    base = f"/api/rounds/{made['id']}"
    async with staff.services.db.read() as reader:
        unit = str((await reader.exec_driver_sql("SELECT code FROM units WHERE fold LIKE '%hleo%'")).scalars().first())
    (lan,) = await seats_of(staff, str(made["code"]), "Nguyễn Thị Lan", unit=unit)
    (minh,) = await seats_of(staff, str(made["code"]), "Minh")
    for query, expected in (("nguyen", {lan}), ("hleo", {lan}), (str(minh), {minh}), ("", {lan, minh}), ("zz", set())):
        found = (await client.get(f"{base}/seats", params={"q": query})).json()
        assert {row["seat"] for row in found["seats"]} == expected, query
        assert found["total"] == len(expected)
    renamed = await client.post(f"{base}/commands", json={"command": "rename", "seat": minh, "name": "Minh Anh"})
    assert renamed.status_code == 200
    await client.post(f"{base}/commands", json={"command": "kick", "seat": lan})
    assert [row["name"] for row in (await client.get(f"{base}/standings")).json()] == ["Minh Anh"]


async def test_bad_questions_are_refused_row_by_row(staff: Staff) -> None:
    client = await program(staff)
    bad = [QUESTIONS[0], {**QUESTIONS[0], "answer": ["z"]}, {**QUESTIONS[0], "colour": "red"}]
    response = await client.post("/api/quizzes", json={"title": "x", "questions": bad})
    assert response.status_code == 422
    problem = response.json()
    assert problem["code"] == "questions_invalid"
    assert [(row["row"], row["code"]) for row in problem["rows"]] == [
        (2, "answer_not_among_options"),
        (3, "field_unknown"),
    ]
    assert (await client.get("/api/quizzes")).json() == []


async def test_import_says_what_became_of_every_row(staff: Staff) -> None:
    client = await program(staff)
    bank = json.dumps([*QUESTIONS, {**QUESTIONS[0], "answer": []}], ensure_ascii=False).encode()
    response = await client.post("/api/quizzes/import", files={"file": ("bộ.json", bank)}, data={"title": "Nhập"})
    assert response.status_code == 201
    imported = response.json()
    assert imported["imported"] == 2
    assert [row["row"] for row in imported["skipped"]] == [3]
    assert imported["skipped"][0]["reason"]
    quiz = (await client.get(f"/api/quizzes/{imported['id']}")).json()
    assert quiz["title"] == "Nhập"
    again = await client.post("/api/quizzes", json={"title": "y", "questions": quiz["questions"]})
    assert again.json()["questions"] == 2, "what is read can be sent back"
    for content in (b"", b"\x00\x01\x02", b"PK\x03\x04broken"):
        refused = await client.post("/api/quizzes/import", files={"file": ("x.xlsx", content)})
        assert refused.status_code == 422, content
        assert refused.headers["content-type"] == "application/problem+json"
    large = await client.post("/api/quizzes/import", files={"file": ("x.json", b" " * 5_000_001)})
    assert large.status_code == 413


async def test_whole_quiz_saves_name_their_version(staff: Staff) -> None:
    client = await program(staff)
    made = (await client.post("/api/quizzes", json={"title": "x", "questions": QUESTIONS})).json()
    url = f"/api/quizzes/{made['id']}"
    saved = await client.put(url, json={"version": 1, "title": "Mới", "questions": QUESTIONS[:1]})
    assert saved.json()["questions"] == 1
    stale = await client.put(url, json={"version": 1, "questions": []})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert len((await client.get(url)).json()["questions"]) == 1


async def test_stage_token_is_in_the_fragment_and_replaced(staff: Staff) -> None:
    client = await program(staff)
    made = await new_round(client)
    first = (await client.post(f"/api/rounds/{made['id']}/stage-token")).json()
    second = (await client.post(f"/api/rounds/{made['id']}/stage-token")).json()
    assert first["url"] == f"https://thi.example.vn/stage#{first['token']}"
    assert first["token"] != second["token"]
    assert first["token"] not in (await client.get("/api/audit")).text


async def test_openapi_is_valid_and_complete(staff: Staff) -> None:
    async with staff.client() as client:
        document = (await client.get("/api/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
        page = (await client.get("/api/docs", headers={"Accept": "text/html"})).text
    paths = {"/api/quizzes", "/api/quizzes/import", "/api/rounds", "/api/rounds/{round_id}"}
    under = {"commands", "standings", "answers", "export.{fmt}", "seats", "questions", "stage-token"}
    assert paths | {f"/api/rounds/{{round_id}}/{name}" for name in under} <= document["paths"].keys()
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        jsonschema.Draft202012Validator.check_schema(document["components"]["schemas"][name])
    references = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert references <= document["components"]["schemas"].keys()
    assert all(path in page for path in paths)
    for path in document["paths"]:
        assert path.startswith("/api/"), "pages are not part of the API"


async def test_units_are_the_ones_phones_get(staff: Staff) -> None:
    client = await program(staff)
    listed = (await client.get("/api/units")).json()
    assert len(listed) == 102
    assert {"code", "name", "fold", "old"} == set(listed[0])
    assert any(one["fold"] == "buon ma thuot" for one in listed)


async def test_health_metrics_and_audit(staff: Staff) -> None:
    client = await program(staff)
    made = await new_round(client)
    await client.post(f"/api/rounds/{made['id']}/commands", json={"command": "lock"})
    async with staff.client() as nobody:
        assert (await nobody.get("/healthz")).json() == {"status": "ok"}
        ready = (await nobody.get("/readyz")).json()
        assert ready == {"ready": True, "checks": {"database": "ok", "redis": "ok"}}
        counted = (await nobody.get("/metrics")).text
    assert 'hoithi_commands_total{command="lock",outcome="done"} 1.0' in counted
    assert 'hoithi_rounds{phase="lobby"} 1.0' in counted
    elsewhere = httpx.ASGITransport(staff.app, client=("192.168.1.9", 5))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://localhost") as far:
        assert (await far.get("/metrics")).status_code == 401
    acts = [entry["action"] for entry in (await client.get("/api/audit?action=round")).json()]
    assert acts == ["round.lock", "round.create"]
