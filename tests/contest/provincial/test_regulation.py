"""The readable regulation: complete for every rule set, in both languages, with the settings' own figures in it."""

import re

import pytest

from contest.provincial.frozen import Entry, Frozen
from contest.provincial.local_time import day_bounds
from contest.provincial.prizes import explain, reckon
from contest.provincial.regulation import Regulation, regulation
from contest.provincial.rules import Blueprint, Cell
from contest.provincial.templates import instantiate, templates
from contest.provincial.wording import closing, duration, exact, opening, ranking_name, reason_of
from tests.contest.provincial.crowds import crowd, rules

KEYS = [one.key for one in templates()]


def everything(text: Regulation) -> list[str]:
    cells = [cell for one in text.sections for table in one.tables for row in (table.head, *table.rows) for cell in row]
    return [text.title, text.heading, *(one.title for one in text.sections), *cells] + [
        line for one in text.sections for line in one.paragraphs
    ]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("key", KEYS)
def test_no_sentence_is_missing_and_no_placeholder_is_left(key: str, lang: str) -> None:
    text = regulation(instantiate(key), lang, version=1, public_url="https://thi.example/c/x")
    for line in everything(text):
        assert not re.search(r"[{}]|regulation\.|wording\.", line), line
    assert all(one.title and one.paragraphs for one in text.sections)
    assert all(len(row) == len(table.head) for one in text.sections for table in one.tables for row in table.rows)


def test_thanh_khe_reads_as_its_articles_do() -> None:
    text = "\n".join(everything(regulation(instantiate("thanh_khe_2026"), "vi", version=2)))
    for said in (
        "24 giờ 00 ngày 6/10/2026",
        "Mỗi đề thi có 40 câu hỏi và 1 câu dự đoán, làm trong tối đa 40 phút.",
        "Số mã đề: 3.",
        "Số lượt tối đa trong toàn cuộc thi: 1.",
        "3. Dự đoán gần đáp số hơn xếp trước",
        "700.000 đồng",
        "từ 70 % trở lên",
        "phiên bản 2",
        "Chỉ người có tên trong danh sách",
    ):
        assert said in text


def test_topics_are_called_by_their_names() -> None:
    known = rules(
        blueprint=Blueprint(cells=(Cell(category="online_payment", count=3), Cell(category="Biên giới", count=2)))
    )
    for lang, name in (("vi", "Thanh toán trực tuyến"), ("en", "Online payment")):
        rows = [
            row[0] for section in regulation(known, lang).sections for table in section.tables for row in table.rows
        ]
        assert {name, "Biên giới"} <= set(rows)
        assert "online_payment" not in rows


def test_what_is_not_asked_is_not_said() -> None:
    plain = regulation(rules(prediction=None, ranking={"chain": ["score"]}, prizes=[]), "vi")
    said = "\n".join(everything(plain))
    assert "dự đoán" not in said.lower()
    assert "Giải thưởng cá nhân" not in said
    assert "bản dự thảo" in said


def test_moments_and_lengths_are_said_as_people_say_them() -> None:
    start, end = day_bounds("2025-09-16")
    assert opening("vi", start) == "00 giờ 00 ngày 16/9/2025"
    assert closing("vi", end) == "24 giờ 00 ngày 16/9/2025"
    assert closing("en", end - 60_000) == "23:59 on 16/9/2025"
    assert [duration("vi", ms) for ms in (600_000, 450_000, 45_250, 0)] == [
        "10 phút",
        "7 phút 30 giây",
        "45,250 giây",
        "0 giây",
    ]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_pair_of_neighbours_gets_a_sentence(lang: str) -> None:
    chain = ["prediction_exact", "score", "duration", "prediction", "full_marks", "best_two", "started", "submitted"]
    case = crowd(rules(ranking={"chain": chain, "window": "week"}), people=30, attempts=90, seed=3)
    outcome = reckon(case)
    for table in outcome.rankings:
        assert ranking_name(case.rules, table.key, lang) != table.key
        for above, below in zip(table.rows, table.rows[1:], strict=False):
            sentence = reason_of(lang, explain(case, outcome, table.key, "", above.entry, below.entry))
            assert not re.search(r"[{}]|wording\.", sentence)
    assert exact("vi", reckon(Frozen(rules(), 1, (Entry(1),), ())).truths["contest"]) == "0"
