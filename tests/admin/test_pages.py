"""The organiser's pages, as plain forms and as htmx asks for parts of them."""

import html
import json
import re
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import FormData

from admin import templating
from admin.forms import fields_of, read
from admin.permissions import routes_of
from admin.roles import Role
from contest import question_bank
from contest.catalogue import load
from contest.ids import QuizId
from contest.model import Question
from scoring.answer_key import QuestionType
from tests.admin.conftest import Staff
from tests.contest.support import EVERY_TYPE, T0

HTMX = {"HX-Request": "true", "Accept": "*/*"}
TEMPLATES = Path(templating.__file__).parent / "web" / "templates"


def form_of(question: Question, **changes: str) -> list[tuple[str, str]]:
    """What a browser sends for the question's form."""
    fields = fields_of(question)
    plain = {name: str(value) for name, value in fields.items() if name != "options"} | changes
    pairs = list(plain.items())
    for option in fields["options"]:
        pairs += [("option_id", option["id"]), ("option_text", option["text"])]
        pairs += [("right", option["id"])] if option["right"] else []
    return pairs


async def quiz_with(staff: Staff, *items: Question) -> int:
    async with staff.services.db.write() as writer:
        return await question_bank.create(writer, title="Bộ thử", items=items, owner_id=None, now_ms=T0)


async def stored(staff: Staff, quiz_id: int) -> question_bank.Quiz:
    async with staff.services.db.read() as reader:
        return await question_bank.get(reader, QuizId(quiz_id))


async def post(client: httpx.AsyncClient, url: str, pairs: list[tuple[str, str]], **headers: str) -> httpx.Response:
    body = httpx.QueryParams(pairs)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return await client.post(url, content=str(body), headers={**kind, **headers})


@pytest.mark.parametrize("question", EVERY_TYPE, ids=lambda question: question.type.value)
def test_form_gives_the_same_question_back(question: Question) -> None:
    got, _, problems = read(FormData(form_of(question)), question)
    assert problems == []
    assert got is not None
    if question.type is QuestionType.ORDERING:
        assert got.answer == question.answer
        assert set(got.options) == set(question.options)
    else:
        assert got == question


@pytest.mark.parametrize(
    ("typed", "number"), [("3,5", "3.5"), ("3.5", "3.5"), ("1.500,5", "1500.5"), ("1500", "1500"), ("-2", "-2")]
)
def test_numbers_as_they_are_typed(typed: str, number: str) -> None:
    got, _, _ = read(FormData(form_of(EVERY_TYPE[4], number=typed)))
    assert got is not None
    assert str(got.answer) == number


@pytest.mark.parametrize("typed", ["nhiều", "NaN", "1e999999999", "Infinity", "1,2,3"])
def test_what_is_no_number(typed: str) -> None:
    got, fields, problems = read(FormData(form_of(EVERY_TYPE[4], number=typed)))
    assert got is None
    assert fields["number"] == typed, "what was typed is shown again"
    assert problems[0].code in ("not_a_number", "answer_must_be_number")


async def test_every_type_through_the_editor(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    created = await client.post("/quizzes", data={"title": "Bảy loại"})
    url = created.headers["location"]
    quiz_id = int(url.rpartition("/")[2])
    assert "chưa có câu nào" in (await client.get(url)).text
    for question in EVERY_TYPE:
        form = await client.get(f"{url}/questions/new?type={question.type.value}")
        assert form.status_code == 200
        made = await post(client, f"{url}/questions", form_of(question))
        assert made.status_code == 303, made.text
        page = await client.get(made.headers["location"])
        assert question.stem_vi in page.text
    quiz = await stored(staff, quiz_id)
    assert [item.type for item in quiz.plain] == [item.type for item in EVERY_TYPE]
    bad = await post(client, f"{url}/questions", form_of(EVERY_TYPE[0], stem_vi=""))
    assert bad.status_code == 422
    assert "Phương án a" in bad.text, "nothing typed is lost"


async def test_autosave_says_saved_stale_or_why_not(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    quiz_id = await quiz_with(staff, *EVERY_TYPE)
    first = (await stored(staff, quiz_id)).questions[0]
    url = f"/quizzes/{quiz_id}/questions/{first.id}"
    saved = await post(client, url, form_of(first.question, stem_vi="Của tôi?", tag=first.tag), **HTMX)
    assert "Đã lưu" in saved.text
    new_tag = (await stored(staff, quiz_id)).questions[0].tag
    assert f'value="{new_tag}"' in saved.text, "the page goes on from what is stored"
    stale = await post(client, url, form_of(first.question, stem_vi="Của họ?", tag=first.tag), **HTMX)
    assert "Người khác vừa sửa" in stale.text
    broken = await post(client, url, form_of(first.question, seconds="1", tag=new_tag), **HTMX)
    assert "Số nhỏ quá" in broken.text
    assert (await stored(staff, quiz_id)).questions[0].question.stem_vi == "Của tôi?"


async def test_questions_are_moved_deleted_and_put_back(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    quiz_id = await quiz_with(staff, *EVERY_TYPE[:3])
    first, second, _ = (item.id for item in (await stored(staff, quiz_id)).questions)
    base = f"/quizzes/{quiz_id}/questions"
    part = await client.post(f"{base}/{first}/move", data={"position": 2}, headers=HTMX)
    assert "<html" not in part.text
    assert [item.id for item in (await stored(staff, quiz_id)).questions][:2] == [second, first]
    gone = await client.post(f"{base}/{second}/delete", headers=HTMX)
    assert len((await stored(staff, quiz_id)).questions) == 2
    strip = gone.text.partition("</form>")[0]
    undo = dict(re.findall(r'name="(position|body)" value="([^"]*)"', strip))
    back = await client.post(f"{base}/restore", data={name: html.unescape(value) for name, value in undo.items()})
    assert back.status_code == 303
    quiz = await stored(staff, quiz_id)
    assert [item.question.stem_vi for item in quiz.questions] == ["Nhiều?", "Một?", "Đúng không?"]


async def test_import_stores_nothing_before_it_is_confirmed(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    bank = [question.model_dump(mode="json", exclude_defaults=True) for question in EVERY_TYPE[:2]]
    bank = [{**one, "answer": list(question.answer)} for one, question in zip(bank, EVERY_TYPE, strict=False)]  # type: ignore[call-overload]
    content = json.dumps([*bank, {"type": "single", "stem_vi": "=HYPERLINK(1)", "answer": []}]).encode()
    report = await client.post("/import", files={"file": ("bộ nhập.json", content)})
    assert report.status_code == 200
    assert "2 câu nhập được, 1 bỏ qua" in report.text
    async with staff.services.db.read() as reader:
        assert await question_bank.listing(reader) == []
    hidden = {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(questions|table)" value="([^"]*)"', report.text)
    }
    table = await client.post("/import/report", data={"table": hidden["table"]})
    assert table.headers["content-disposition"].startswith("attachment")
    assert "=HYPERLINK" not in table.text.replace("'=HYPERLINK", "")
    done = await client.post("/import/confirm", data={"questions": hidden["questions"], "title": "Đã nhập"})
    quiz_id = int(done.headers["location"].rpartition("/")[2])
    assert [item.stem_vi for item in (await stored(staff, quiz_id)).plain] == ["Một?", "Nhiều?"]
    refused = await client.post("/import", files={"file": ("x.xlsx", b"not a workbook")})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text


async def test_the_example_on_the_import_page_can_be_imported(staff: Staff) -> None:
    """In both languages, as a table: what the page teaches must work."""
    client = await staff.signed_in(Role.ORGANISER)
    for lang in ("vi", "en"):
        words = load(lang)
        lines = [[words[f"import.{part}_{n}"] for n in range(1, 8)] for part in ("example_head", "example")]
        content = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines).encode()
        made = await client.post("/api/quizzes/import", files={"file": ("ví dụ.csv", content)})
        assert made.status_code == 201, made.text
        (question,) = (await stored(staff, made.json()["id"])).plain
        assert question.type is QuestionType.SINGLE
        assert [option.text_vi for option in question.options] == ["112", "113", "114", "115"]
        assert question.answer == (question.options[3].id,)


async def test_previews_carry_the_frame_of_a_round(staff: Staff) -> None:
    """And only the revealed one has the key."""
    client = await staff.signed_in(Role.HOST)
    quiz_id = await quiz_with(staff, *EVERY_TYPE)
    for number in range(1, len(EVERY_TYPE) + 1):
        for surface in ("phone", "stage"):
            for revealed in (False, True):
                url = f"/quizzes/{quiz_id}/preview/{number}/{surface}?revealed={revealed}"
                page = (await client.get(url)).text
                shown = json.loads(html.unescape(page.partition("data-preview='")[2].partition("'></div>")[0]))
                assert shown["surface"] == surface
                assert shown["state"]["q"]["n"] == number
                assert ("right" in shown["state"]) is revealed
    assert (await client.get(f"/quizzes/{quiz_id}/preview/99")).status_code == 404


async def test_a_round_is_opened_from_the_form(staff: Staff) -> None:
    client = await staff.signed_in(Role.HOST)
    quiz_id = await quiz_with(staff, *EVERY_TYPE)
    form = {"quiz_id": quiz_id, "scoring": "gentle", "fairness": "prize", "reading_seconds": "5", "seconds": ""}
    made = await client.post("/rounds", data=form)
    assert made.headers["location"].startswith("/host/")
    console = (await client.get(made.headers["location"])).text
    assert 'src="/static/host.js"' in console
    round_id = made.headers["location"].rpartition("/")[2]
    settings = (await client.get(f"/api/rounds/{round_id}")).json()["settings"]
    assert (settings["scoring"], settings["fairness"], settings["reading_seconds"]) == ("gentle", "prize", 5)
    assert settings["seconds"] is None
    bad = await client.post("/rounds", data={**form, "seconds": "1"}, headers={"Accept": "text/html"})
    assert bad.status_code == 422
    assert "thời gian trả lời" in bad.text


async def test_search_and_filters_are_in_the_address(staff: Staff) -> None:
    client = await staff.signed_in(Role.HOST)
    await quiz_with(staff, *EVERY_TYPE)
    page = (await client.get("/quizzes?q=bo+thu&kind=quiz")).text
    assert 'value="bo thu"' in page
    assert "Bộ thử" in page
    assert "/duplicate" not in page, "a host may not"
    part = (await client.get("/quizzes?q=khong+co", headers=HTMX)).text
    assert "<html" not in part
    assert "Không tìm thấy" in part


KEY = re.compile(
    r"\b(nav|quiz|field|act|round|import|login|error|type|festival|item|gate|acts|draws|dash|target|teams?)\.[a-z_]+\b"
)


async def test_pages_speak_both_languages(staff: Staff) -> None:
    """Every page in English too, and no key or placeholder is left in any."""
    client = await staff.signed_in(Role.ADMINISTRATOR)
    quiz_id = await quiz_with(staff, *EVERY_TYPE)
    question_id = (await stored(staff, quiz_id)).questions[0].id
    made = await client.post("/rounds", data={"quiz_id": quiz_id})
    round_id = made.headers["location"].rpartition("/")[2]
    outline = {"title": "Ngày hội thử", "first_day": "2026-09-21", "plan": "day"}
    festival_id = (await client.post("/api/festivals", json=outline)).json()["id"]
    ids = {"quiz_id": quiz_id, "question_id": question_id, "round_id": round_id, "number": 1, "surface": "phone"}
    ids |= {"festival_id": festival_id, "code": "24133"}
    session = client.headers["Cookie"]
    seen = 0
    for lang in ("vi", "en"):
        client.headers["Cookie"] = f"{session}; hoithi_lang={lang}"
        for method, path, _ in routes_of(staff.app):
            if method != "GET" or path.startswith(("/api/", "/qr", "/metrics")) or "{fmt}" in path:
                continue
            if set(re.findall(r"\{([a-z_]+)\}", path)) - ids.keys():
                continue  # Looked at by the tests of its own part, in the state it is for.
            response = await client.get(path.format(**ids), headers={"Accept": "text/html"})
            if not response.headers.get("content-type", "").startswith("text/html"):
                continue
            assert response.status_code == 200, path
            assert f'<html lang="{lang}"' in response.text, path
            words = re.sub(r"<code>.*?</code>|<[^>]*>", " ", response.text)
            assert not KEY.search(words), path
            assert not re.search(r"(?<!\{)\{[a-z_]+\}", words), path
            seen += 1
    assert seen > 80


def test_every_key_the_templates_name_is_written() -> None:
    known = load("vi").keys()
    assert known == load("en").keys()
    for template in TEMPLATES.glob("*.html"):
        for key in re.findall(r"""\bt\(["']([a-z0-9_.]+)["'][,)]""", template.read_text("utf-8")):
            assert key in known, (template.name, key)
        for prefix in re.findall(r"""\bt\(["']([a-z0-9_.]+)["'] ~""", template.read_text("utf-8")):
            assert any(key.startswith(prefix) for key in known), (template.name, prefix)


def test_every_problem_has_its_words() -> None:
    """Also those the model raises by name."""
    import contest.model as model

    raised = set(re.findall(r'ValueError\("([a-z_]+)"\)', Path(model.__file__).read_text("utf-8")))
    codes = raised | set(question_bank._PYDANTIC_CODES.values()) | {"field_invalid", "not_a_number"}
    assert {f"problem.{code}" for code in codes} <= load("vi").keys()


async def test_an_import_tells_that_it_was_done_before(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    text = "Câu 1. Số cấp cứu y tế là số nào?\nA. 113\nB. 115\nĐáp án: B\n\nCâu 2. Không có đáp án?\nA. Có\nB. Không\n"
    file = {"file": ("de-thi.txt", text.encode("utf-8-sig"))}
    first = await client.post("/import", files=file)
    assert "1 câu nhập được, 1 bỏ qua." in first.text
    assert "Chưa có đáp án." in first.text
    assert "đã có trong" not in first.text
    # All the words of the question, but in others.
    decoy = [{"type": "true_false", "stem_vi": "Số cấp cứu y tế?", "answer": ["T"]}]
    decoy += [{"type": "true_false", "stem_vi": "Là số nào?", "answer": ["T"]}]
    await client.post("/api/quizzes", json={"title": "Khác", "questions": decoy})
    assert "đã có trong" not in (await client.post("/import", files=file)).text
    await client.post("/api/quizzes/import", files=file)
    again = await client.post("/import", files=file)
    assert '1 câu của tệp này đã có trong <a href="/quizzes/2">de-thi</a>' in again.text
