"""A quiz filled from a bank, by the page and by the API."""

import re

import httpx
import pytest

from admin.roles import Role
from tests.admin.conftest import Staff

STEMS = ("Mật khẩu mạnh?", "Lộ mã OTP?", "Cập nhật máy?", "Khóa màn hình?", "Mua hàng?", "Đổi trả?")
BANK = [
    {
        "type": "true_false",
        "stem_vi": stem,
        "answer": ["T"],
        "difficulty": 1 + n % 3,
        "category": "an_toan" if n < 4 else "khác",
    }
    for n, stem in enumerate(
        ("Mật khẩu mạnh?", "Lộ mã OTP?", "Cập nhật máy?", "Khóa màn hình?", "Mua hàng?", "Đổi trả?")
    )
]


@pytest.fixture
async def organiser(staff: Staff) -> httpx.AsyncClient:
    return await staff.signed_in(Role.ORGANISER)


async def quiz(client: httpx.AsyncClient, questions: list[dict[str, object]], *, is_bank: bool = False) -> int:
    body = {"title": "Ngân hàng" if is_bank else "Bộ mới", "questions": questions, "is_bank": is_bank}
    return int((await client.post("/api/quizzes", json=body)).json()["id"])


async def stems(client: httpx.AsyncClient, quiz_id: int) -> list[str]:
    return [one["stem_vi"] for one in (await client.get(f"/api/quizzes/{quiz_id}")).json()["questions"]]


async def test_the_api_draws_what_is_not_there_yet(organiser: httpx.AsyncClient) -> None:
    bank = await quiz(organiser, BANK, is_bank=True)
    mine = await quiz(organiser, BANK[:1])
    url = f"/api/quizzes/{mine}/draw"
    drawn = await organiser.post(url, json={"bank": bank, "count": 3, "categories": ["an_toan"]})
    assert (drawn.status_code, drawn.json()) == (200, {"id": mine, "version": 2, "questions": 4})
    assert sorted(await stems(organiser, mine)) == sorted(one["stem_vi"] for one in BANK[:4])
    short = await organiser.post(url, json={"bank": bank, "count": 1, "categories": ["an_toan"]})
    assert (short.status_code, short.json()["code"]) == (422, "bank_too_small")
    again = await organiser.post(url, json={"bank": bank, "count": 1, "q": "mat khau", "repeats": True})
    assert again.json()["questions"] == 5
    assert (await stems(organiser, mine)).count("Mật khẩu mạnh?") == 2
    acts = (await organiser.get("/api/audit?action=quiz.draw")).json()
    assert [act["detail"] for act in acts] == [{"from": bank, "questions": 1}, {"from": bank, "questions": 3}]


async def test_the_api_takes_named_questions_or_none(organiser: httpx.AsyncClient, staff: Staff) -> None:
    bank = await quiz(organiser, BANK, is_bank=True)
    mine = await quiz(organiser, [])
    url = f"/api/quizzes/{mine}/draw"
    page = (await organiser.get(f"/quizzes/{mine}/draw?bank={bank}")).text
    ids = [int(found) for found in re.findall(r'name="question" value="(\d+)"', page)]
    assert len(ids) == len(BANK)
    taken = await organiser.post(url, json={"bank": bank, "questions": [ids[5], ids[0]]})
    assert taken.json()["questions"] == 2
    assert await stems(organiser, mine) == ["Mật khẩu mạnh?", "Đổi trả?"]
    for bad, status in (
        ({"bank": bank, "questions": [ids[1], 987654]}, 404),
        ({"bank": 987654, "questions": ids[:1]}, 404),
        ({"bank": 987654, "count": 1}, 404),
        ({"bank": bank}, 422),
        ({"bank": bank, "count": 1, "questions": ids[:1]}, 422),
        ({"bank": bank, "count": 0}, 422),
        ({"bank": bank, "questions": []}, 422),
    ):
        assert (await organiser.post(url, json=bad)).status_code == status, bad
    assert len(await stems(organiser, mine)) == 2


async def test_the_page_finds_draws_and_picks(organiser: httpx.AsyncClient) -> None:
    bank = await quiz(organiser, BANK, is_bank=True)
    mine = await quiz(organiser, BANK[:1])
    page = await organiser.get(f"/quizzes/{mine}/draw")
    assert "6 câu phù hợp, 5 câu chưa có trong bộ này." in page.text
    assert page.text.count('type="checkbox"') == 6
    assert page.text.count(" disabled>") == 1
    found = await organiser.get(f"/quizzes/{mine}/draw?q=ma+otp", headers={"HX-Request": "true"})
    assert "Lộ mã OTP?" in found.text
    assert "Mua hàng?" not in found.text
    assert "<html" not in found.text

    drawn = await organiser.post(f"/quizzes/{mine}/draw", data={"bank": bank, "count": "2", "category": "khác"})
    assert (drawn.status_code, drawn.headers["location"]) == (303, f"/quizzes/{mine}?added=2")
    assert set((await stems(organiser, mine))[1:]) == {"Mua hàng?", "Đổi trả?"}
    assert "Đã thêm 2 câu" in (await organiser.get(drawn.headers["location"])).text
    for form, words in (
        ({"bank": bank, "count": "9"}, "Ngân hàng chỉ có 3 câu phù hợp."),
        ({"bank": bank, "count": ""}, "Số câu phải từ 1"),
        ({"bank": bank, "count": "²"}, "Số câu phải từ 1"),
    ):
        refused = await organiser.post(f"/quizzes/{mine}/draw", data=form)
        assert refused.status_code == 422
        assert words in refused.text
    nothing = await organiser.post(f"/quizzes/{mine}/pick", data={"bank": bank})
    assert nothing.status_code == 422
    assert "Bạn chưa đánh dấu câu nào." in nothing.text
    (otp,) = re.findall(r'name="question" value="(\d+)"', found.text)
    picked = await organiser.post(f"/quizzes/{mine}/pick", data={"bank": bank, "question": [otp]})
    assert picked.status_code == 303
    assert (await stems(organiser, mine))[-1] == "Lộ mã OTP?"


async def test_with_no_other_quiz_the_page_says_what_to_do(organiser: httpx.AsyncClient) -> None:
    mine = await quiz(organiser, BANK)
    assert "Chưa có bộ nào khác" in (await organiser.get(f"/quizzes/{mine}/draw")).text
