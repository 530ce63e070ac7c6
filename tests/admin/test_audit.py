"""Who did what, in words people read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin import audit
from admin.audit import AuditEntry
from admin.roles import Role
from contest.catalogue import LANGUAGES, load
from contest.phases import AUTOMATIC, CommandName
from tests.admin.conftest import Staff

ROOT = Path(audit.__file__).parents[1]
PACKAGES = ("admin", "realtime", "contest")
ACTION = re.compile(r"(?:account|quiz|round|session|setup|token)(?:\.[a-z_]+)+")


def spoken_of() -> Iterator[str]:
    """Every action that the code names where it records one."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(call, ast.Call):
                    continue
                called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                if called not in ("record", "record_act", "note"):
                    continue
                for constant in ast.walk(call):
                    if isinstance(constant, ast.Constant) and ACTION.fullmatch(str(constant.value)):
                        yield str(constant.value)


def test_every_action_has_its_words_in_every_language() -> None:
    named = set(spoken_of())
    assert {"round.create", "quiz.question.move", "quiz.draw", "account.close", "session.start", "setup.link"} <= named
    # The round runner makes these of the command's name.
    commands = {f"round.{name}" for name in CommandName if name not in AUTOMATIC}
    for lang in LANGUAGES:
        worded = {key.removeprefix("audit.did.") for key in load(lang) if key.startswith("audit.did.")}
        # Acts on contests are named where they are carried out; their own tests look for the words.
        assert {one for one in worded if ACTION.fullmatch(one)} == named | commands


def test_a_sentence_names_roles_seats_and_people() -> None:
    act = AuditEntry(1, 0, "account:1", "Lan", "account.role", "account:2", {"from": "host", "to": "organiser"})
    assert audit.sentence("vi", act) == "Đổi vai trò từ Người dẫn sang Ban Tổ chức"
    assert audit.subject_name("vi", act, {"account:2": "Hoà"}) == "Hoà"
    act = AuditEntry(2, 0, "account:1", "Lan", "round.rename", "round:7", {"seat": 12})
    assert audit.sentence("en", act) == "Renamed player 12"
    assert audit.subject_name("vi", act, {}) == "Lượt chơi 7"
    assert audit.sentence("vi", AuditEntry(3, 0, "system", "", "round.extend", "round:1", {})) == "Thêm … giây"
    assert audit.sentence("vi", AuditEntry(4, 0, "system", "", "later.thing", "x:1", {})) == "later.thing"


async def test_the_page_tells_in_words(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR, "Chị Lan")
    quiz = {"title": "Bộ", "questions": [{"type": "true_false", "stem_vi": "Đúng?", "answer": ["T"]}]}
    quiz_id = (await client.post("/api/quizzes", json=quiz)).json()["id"]
    made = (await client.post("/api/rounds", json={"quiz_id": quiz_id})).json()
    command = {"command": "extend", "seconds": 10}
    await client.post(f"/api/rounds/{made['id']}/commands", json={"command": "lock"})
    await client.post(f"/api/rounds/{made['id']}/commands", json={"command": "next"})
    await client.post(f"/api/rounds/{made['id']}/commands", json=command)
    page = (await client.get("/audit")).text
    words = re.sub(r"<[^>]+>", " ", page)
    for sentence in ("Tạo tài khoản Quản trị", "Mở lượt chơi 1 câu", "Khóa phòng", "Bấm bước tiếp theo"):
        assert sentence in words
    assert f'<a href="/rounds/{made["id"]}">Lượt chơi {made["id"]}</a>' in page
    assert "{" not in words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_acts_on_people_and_all_their_subjects_have_words(lang: str) -> None:
    sources = [path.read_text("utf-8") for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    acts = {act for source in sources for act in re.findall(r'"((?:participant|data_request)\.[a-z]+)"', source)}
    acts |= {"people.search", "people.view"}
    assert {"participant.erase", "data_request.done"} <= acts
    kinds = {kind for source in sources for kind in re.findall(r'subject=f?"([a-z_]+)', source)}
    assert {"participant", "participants", "request", "contest"} <= kinds
    words = load(lang)
    assert [act for act in acts if f"audit.did.{act}" not in words] == []
    assert [kind for kind in kinds if not {f"audit.kind_{kind}", f"audit.subject_{kind}"} & words.keys()] == []
