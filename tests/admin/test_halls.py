"""Halls and teams by HTTP and on pages: the next round, combined standings, exports, who may see them."""

import io
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from admin.roles import Role
from contest import closing, rounds
from contest.answering import accept
from contest.database import Database, Reader
from contest.ids import QuizId, RoundId
from contest.joining import Hello, join
from contest.phases import CommandName
from tests.admin.conftest import Staff
from tests.contest.support import T0, arrival, step

C = CommandName
QUESTION = {
    "type": "single",
    "stem_vi": "Tỉnh lỵ ở đâu?",
    "options": [{"id": one, "text_vi": one.upper()} for one in "abc"],
    "answer": ["b"],
}


async def quiz(staff: Staff, title: str) -> int:
    async with await staff.signed_in(Role.ORGANISER, f"Người soạn {title}") as organiser:
        made = await organiser.post("/api/quizzes", json={"title": title, "questions": [QUESTION]})
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


async def play(db: Database, round_id: int, choices: dict[int, str]) -> None:
    """Asks the round's one question to its end."""
    async with db.read() as reader:
        record = await rounds.load(reader, RoundId(round_id))
    await step(db, record.id, C.NEXT, C.NEXT)
    await accept(db, [arrival(record, seat, [choice]) for seat, choice in choices.items()])
    await step(db, record.id, C.CLOSE)
    async with db.write() as writer:
        before = await rounds.load(Reader(writer), record.id, lock=True)
        await closing.close_question(writer, before, 1)
    await step(db, record.id, C.SETTLE, C.NEXT, C.NEXT)


async def two_rounds(staff: Staff, host: httpx.AsyncClient) -> tuple[int, int]:
    """A round in teams and the one after it with carried scores; Lan and Hoa against Mai and Tí."""
    first = await quiz(staff, "Vòng một")
    settings = {"mode": "teams", "team_source": "list", "team_names": "Buôn Kô\n\nBuôn Ea\n", "min_team_size": 2}
    made = await host.post("/api/rounds", json={"quiz_id": first, "shuffle": False, **settings})
    assert made.status_code == 201, made.text
    old, code = made.json()["id"], made.json()["code"]
    people = [("Lan", "1"), ("Hoa", "1"), ("Mai", "2"), ("Tí", "2")]
    await join(staff.services.db, [Hello(code, name, team=team) for name, team in people], T0)
    await play(staff.services.db, old, {1: "b", 2: "a", 3: "a"})
    second = await quiz(staff, "Vòng hai")
    body = {"quiz_id": second, "shuffle": False, "scores": "carried", **settings}
    made = await host.post(f"/api/rounds/{old}/next", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["code"] == code
    new = made.json()["id"]
    await play(staff.services.db, new, {1: "b", 3: "b", 4: "b"})
    return old, new


async def test_a_hall_adds_up_what_each_round_gave(staff: Staff) -> None:
    async with await staff.signed_in(Role.HOST) as host:
        old, new = await two_rounds(staff, host)
        teams = (await host.get(f"/api/rounds/{new}/teams")).json()
        assert [(t["rank"], t["name"], t["mean"], t["size"]) for t in teams] == [
            (1, "Buôn Kô", 1000, 2),
            (1, "Buôn Ea", 1000, 2),
        ]
        first = (await host.get(f"/api/rounds/{old}")).json()
        assert (first["phase"], first["next_round"], first["seats"]) == ("finished", new, 4)
        hall = (await host.get(f"/api/halls/{first['hall_id']}")).json()
        assert [(one["title"], one["mode"]) for one in hall["rounds"]] == [("Vòng một", "teams"), ("Vòng hai", "teams")]
        standings = (await host.get(f"/api/halls/{hall['id']}/standings")).json()
        assert [(row["rank"], row["name"], row["points"], row["correct"]) for row in standings] == [
            (1, "Lan", 2000, 2),
            (2, "Mai", 1000, 1),
            (2, "Tí", 1000, 1),
            (4, "Hoa", 0, 0),
        ]
        combined = (await host.get(f"/api/halls/{hall['id']}/teams")).json()
        assert [(t["rank"], t["name"], t["mean"]) for t in combined] == [(1, "Buôn Ea", 1000), (1, "Buôn Kô", 1000)]

        again = await host.post(f"/api/rounds/{old}/next", json={"quiz_id": first["quiz_id"]})
        assert (again.status_code, again.json()["code"]) == (409, "hall_moved_on")
        page = await host.get(f"/rounds/{old}")
        assert f"/rounds/{new}" in page.text
        assert f"/halls/{hall['id']}" in page.text
        page = await host.get(f"/halls/{hall['id']}")
        assert page.status_code == 200
        assert "Buôn Kô" in page.text
        # Two thousand points are 2.000 in Vietnamese, which in English would be two.
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in host.cookies.jar)
        english = await host.get(f"/halls/{hall['id']}", headers={"Cookie": f"{cookies}; hoithi_lang=en"})
        assert ["2.000" in page.text, "2,000" in page.text] == [True, False]
        assert ["2.000" in english.text, "2,000" in english.text] == [False, True]
        book = load_workbook(io.BytesIO((await host.get(f"/api/halls/{hall['id']}/export.xlsx")).content))
        assert book.sheetnames == ["Tổng kết cả buổi", "Các đội", "Các vòng"]
        rows = list(book["Tổng kết cả buổi"].iter_rows(values_only=True))
        assert [cell for cell in rows[1] if cell is not None][:2] == [1, "Lan"]
        assert rows[0][7:9] == ("Điểm vòng 1: Vòng một", "Điểm vòng 2: Vòng hai")
        csv = (await host.get(f"/api/halls/{hall['id']}/export.csv?table=teams")).text
        assert "Buôn Ea" in csv
        book = load_workbook(io.BytesIO((await host.get(f"/api/rounds/{new}/export.xlsx")).content))
        assert [row[:4] for row in book["Các đội"].iter_rows(min_row=2, values_only=True)] == [
            (1, "Buôn Kô", 2, 1000),
            (1, "Buôn Ea", 2, 1000),
        ]
        told = (await host.get(f"/api/rounds/{new}/export.json")).json()
        # The recount of the stored answers and what was carried along give the stored totals.
        assert told["about"]["recount_differs"] == 0
        assert [row["team"] for row in told["teams"]] == ["1", "2"]
    async with await staff.signed_in(Role.HOST, "Người khác") as other:
        for path in ("", "/standings", "/teams", "/export.xlsx"):
            assert (await other.get(f"/api/halls/{hall['id']}{path}")).status_code == 404
        assert (await other.post(f"/api/rounds/{new}/next", json={"quiz_id": 1})).status_code == 404


async def test_the_pages_lead_on_to_the_next_round(staff: Staff) -> None:
    async with await staff.signed_in(Role.HOST) as host:
        number = await quiz(staff, "Vòng một")
        form: dict[str, Any] = {
            "quiz_id": number, "mode": "teams", "team_source": "list", "team_names": "Thôn 1\r\nThôn 2",
            "scores": "x",
        }  # fmt: skip
        made = await host.post("/rounds", data=form)
        assert made.status_code == 303, made.text
        old = int(made.headers["location"].rsplit("/", 1)[1])
        page = await host.get(f"/rounds/{old}/next")
        assert "Thôn 1\nThôn 2" in page.text
        assert 'value="carried"' in page.text
        assert (await host.post(f"/rounds/{old}/next", data=form)).status_code == 422
        # One team is none: the form comes back as it was filled in, and says so.
        alone = {**form, "scores": "carried", "team_names": "Thôn <1>", "reading_seconds": "9"}
        for path in ("/rounds", f"/rounds/{old}/next"):
            again = await host.post(path, data=alone)
            assert again.status_code == 422, path
            assert "Cần tên của ít nhất hai đội" in again.text, path
            assert ["Thôn &lt;1&gt;" in again.text, 'name="reading_seconds" value="9"' in again.text] == [True, True]
            assert 'value="teams" checked' in again.text, path
        moved = await host.post(f"/rounds/{old}/next", data={**form, "scores": "carried"})
        assert moved.status_code == 303, moved.text
        # A second press, or the form opened again, leads to where everybody is.
        twice = await host.post(f"/rounds/{old}/next", data={**form, "scores": "carried"})
        opened = await host.get(f"/rounds/{old}/next")
        assert [one.status_code for one in (twice, opened)] == [303, 303]
        assert twice.headers["location"] == opened.headers["location"] == moved.headers["location"]
        async with staff.services.db.read() as reader:
            before = await rounds.load(reader, RoundId(old))
            after = await rounds.load(reader, RoundId(before.state.next_round or 0))
        assert (after.quiz_id, after.settings.team_names) == (QuizId(number), ("Thôn 1", "Thôn 2"))


@pytest.mark.parametrize(
    "settings",
    [
        {"team_source": "list", "team_names": ["Một mình"]},
        {"team_source": "list", "team_names": ["Thôn 1", "thôn 1"]},
        {"team_source": "drawn", "team_count": 1},
        {"min_team_size": 0},
    ],
)
async def test_teams_that_cannot_be_are_refused(staff: Staff, settings: dict[str, Any]) -> None:
    async with await staff.signed_in(Role.HOST) as host:
        number = await quiz(staff, "Vòng một")
        made = await host.post("/api/rounds", json={"quiz_id": number, "mode": "teams", **settings})
        assert made.status_code == 422
