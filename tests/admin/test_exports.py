"""Exports of live rounds on both databases: equal to the stored answers, safe to open, silent about open keys."""

import csv
import hashlib
import io
import json
import random
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select

from admin import export_data, export_sheets, exports, round_views
from admin.export_tables import Column, Kind, Table
from admin.services import Services
from contest import closing, rounds, seats
from contest.answering import accept
from contest.catalogue import load
from contest.database import Database, Reader
from contest.errors import Invalid, NotFound
from contest.ids import RoundId, Seat
from contest.model import Question
from contest.phases import CommandName
from contest.question_list import with_copy
from contest.round_state import Command, RoundState, advance
from contest.rounds import RoundRecord
from contest.tables import answers
from contest.tables import seats as seats_table
from scoring.answer_key import QuestionType
from tests.contest.support import MULTI, NUMERIC, POLL, SINGLE, T0, TEXT, arrival, new_round, seat, step

FORMULAS = ("=HYPERLINK(1)", "+84912345678", "-1+1", "@SUM(A1)", "＝1+1", "＠x", "0912345678", "1e5", "https://a.vn")
ODD = ("<r>x</r>", "<r><t>1</t></r>", "_x0041_", "a & b <i>", "TRUE", "#N/A", "{=1}", "'x", "H’Thi Ê Nuôl ơ̆")


@pytest.fixture(autouse=True)
def english_keys() -> None:
    assert load("vi").keys() == load("en").keys()


async def settle(db: Database, round_id: RoundId) -> RoundRecord:
    await step(db, round_id, CommandName.CLOSE)
    async with db.write() as writer:
        before = await rounds.load(Reader(writer), round_id, lock=True)
        await closing.close_question(writer, before, before.state.question or 0)
    return await step(db, round_id, CommandName.SETTLE)


async def void(db: Database, round_id: RoundId, number: int) -> None:
    async with db.write() as writer:
        before = await rounds.load(Reader(writer), round_id, lock=True)
        state = advance(before.plan, before.state, Command(CommandName.VOID, question=number), T0)
        assert isinstance(state, RoundState)
        assert await rounds.save_state(writer, before, state, T0)
        await closing.recount(writer, await rounds.load(Reader(writer), round_id))


async def kick(db: Database, round_id: RoundId, who: int) -> None:
    async with db.write() as writer:
        await seats.change(writer, round_id, Seat(who), kicked=True)


async def exported(db: Database, round_id: RoundId, fmt: str, lang: str = "vi", **more: Any) -> bytes:
    name, media_type, path = await exports.export(db, round_id, fmt, lang, now_ms=T0 + 999, **more)
    assert name.isascii()
    assert name.endswith(f".{fmt}")
    assert media_type == exports.MEDIA_TYPES[fmt]
    assert path.stat().st_mode & 0o077 == 0
    content = path.read_bytes()
    path.unlink()
    return content


async def workbook(db: Database, round_id: RoundId, lang: str = "vi") -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(await exported(db, round_id, "xlsx", lang)), rich_text=False)


def rows(book: openpyxl.Workbook, title: str) -> list[tuple[Any, ...]]:
    return list(book[title].iter_rows(min_row=2, values_only=True))


def facts(book: openpyxl.Workbook) -> dict[str, Any]:
    return {row[0]: row[1] for row in rows(book, "Thông tin")}


def worth(scoring: str, question: Question, choice: Any, fair_ms: int, limit_ms: int) -> tuple[int, bool, bool]:
    """The rule written a second time: points, whether right, whether its time counts."""
    key = question.answer
    if question.type is QuestionType.POLL:
        return 0, False, False
    if question.type is QuestionType.SINGLE:
        part = Fraction(int(choice == list(cast(tuple[str, ...], key))))
    elif question.type is QuestionType.NUMERIC:
        part = Fraction(int(11 <= choice <= 13))
    elif question.type is QuestionType.TEXT:
        part = Fraction(int(choice == "đắk lắk"))
    else:
        good = len(set(choice) & {"a", "c"})
        part = Fraction(max(0, good - (len(choice) - good)), 2)
    loss = {"exact": Fraction(0), "gentle": Fraction(1, 5), "kahoot": Fraction(1, 2)}[scoring]
    spent = Fraction(0) if fair_ms <= 500 else Fraction(min(fair_ms, limit_ms), limit_ms)
    full = int(1000 * question.weight * (1 - loss * spent) + Fraction(1, 2))
    counts = question.weight > 0
    return int(full * part), counts and part == 1, counts and part > 0


async def recount(db: Database, record: RoundRecord) -> list[tuple[int, ...]]:
    """(rank, seat, points, correct, time, answered) straight from the table of answers."""
    async with db.read() as reader:
        people = (await reader.execute(select(seats_table).where(seats_table.c.round_id == record.id))).all()
        given = (await reader.execute(select(answers).where(answers.c.round_id == record.id))).all()
    totals = {one.seat: [0, 0, 0, 0] for one in people if not one.kicked}
    for row in given:
        if row.seat not in totals:
            continue
        total = totals[row.seat]
        total[3] += 1
        if row.question in record.state.voided or row.question > closing.judged_count(record):
            continue
        question = record.questions[row.question - 1]
        points, right, timed = worth(
            record.settings.scoring.value, question, json.loads(row.choice), row.fair_ms, question.seconds * 1000
        )
        for place, more in enumerate((points, int(right), row.fair_ms if timed else 0)):
            total[place] += more
    result = []
    for who, (points, correct, time, answered) in totals.items():
        better = sum((-p, -c, t) < (-points, -correct, time) for p, c, t, _ in totals.values())
        result.append((better + 1, who, points, correct, time, answered))
    return sorted(result)


def some_choice(rng: random.Random, question: Question) -> Any:
    match question.type:
        case QuestionType.NUMERIC:
            return rng.choice([12, 12.5, 3, 13, -4])
        case QuestionType.TEXT:
            return rng.choice(["đắk lắk", "=1+1", "Phú Yên", "<r>a</r>"])
        case QuestionType.MULTI:
            return sorted(rng.sample("abcd", rng.randint(1, 4)))
    return [rng.choice("abcd")]


async def play(db: Database, seed: int, scoring: str) -> RoundRecord:
    """A round with ties, late joiners, people sent out and a void; stops inside its last question when seed is odd."""
    rng = random.Random(seed)
    quiz = (SINGLE, MULTI, NUMERIC, SINGLE.model_copy(update={"weight": 2}), TEXT, POLL, SINGLE)
    record = await new_round(db, *quiz, scoring=scoring, shuffle=False)
    for code in (None, "24133", "22015"):
        await seat(db, record, *[f"Người {code or 'lạ'} {n}" for n in range(7)], unit=code)
    number_of_people = 21
    for number in range(1, len(quiz) + 1):
        await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
        if number == 3:
            await seat(db, record, "Đến muộn", "Đến muộn nữa")
            number_of_people += 2
        arriving = [
            arrival(
                record, who, some_choice(rng, quiz[number - 1]), question=number, fair_ms=rng.choice((500, 700, 3_140))
            )
            for who in range(1, number_of_people + 1)
            if rng.random() < 0.8
        ]
        await accept(db, arriving)
        if number in (2, 5):
            await kick(db, record.id, rng.randint(1, 9))
        if number == len(quiz) and seed % 2:
            break
        await settle(db, record.id)
        if number == 4:
            await void(db, record.id, rng.randint(1, 4))
        await step(db, record.id, CommandName.NEXT)
    async with db.read() as reader:
        return await rounds.load(reader, record.id)


@pytest.mark.parametrize(("seed", "scoring"), [(1, "exact"), (2, "gentle"), (3, "kahoot"), (4, "exact")])
async def test_the_workbook_equals_a_recount_of_the_stored_answers(db: Database, seed: int, scoring: str) -> None:
    record = await play(db, seed, scoring)
    expected = await recount(db, record)
    assert len({rank for rank, *_ in expected}) < len(expected), "a round without a tie proves too little"
    book = await workbook(db, record.id)
    standings = rows(book, "Bảng xếp hạng")
    assert [(r[0], r[9], r[5], r[6], round(r[8] * 1000), r[7]) for r in standings] == expected
    assert facts(book)["Tính lại từ câu trả lời đã lưu"].startswith("Khớp")

    async with db.read() as reader:
        stored = (await reader.execute(select(answers).where(answers.c.round_id == record.id))).all()
    long = rows(book, "Câu trả lời")
    assert {(r[0], r[1]): (r[8], r[10]) for r in long} == {(a.question, a.seat): (a.fair_ms, a.points) for a in stored}
    in_play = {r[9] for r in standings}
    assert {r[1] for r in long if r[18]} == {a.seat for a in stored} - in_play
    sent_out = rows(book, "Đã mời ra")
    assert Counter(r[0] for r in sent_out) == Counter(a.seat for a in stored if a.seat not in in_play)

    by_seat = {r[1]: r for r in rows(book, "Người chơi × câu hỏi")}
    assert list(by_seat) == [r[9] for r in standings]
    cells = {(a.question, a.seat): (a.points, a.fair_ms) for a in stored}
    for who, row in by_seat.items():
        for number in range(1, 8):
            choice, _, points, fair_s = row[5 + 4 * (number - 1) : 9 + 4 * (number - 1)]
            kept = cells.get((number, who))
            assert (choice is not None) == (kept is not None)
            if kept:
                assert (points, round(fair_s * 1000)) == kept

    for title, first in (("Theo xã, phường", 2), ("Theo đối tượng", 1)):
        *parts, total = rows(book, title)
        for place in (first, first + 2, first + 4, first + 6):
            assert total[place] == sum(part[place] for part in parts)
        assert total[first] == len(in_play)
        assert total[first + 4] == sum(r[7] for r in standings)
        assert total[first + 6] == sum(r[5] for r in standings)
    codes = [r[1] for r in rows(book, "Theo xã, phường")]
    assert {"24133", "22015"} < set(codes)

    for row in rows(book, "Câu hỏi"):
        scored = [a for a in stored if a.question == row[0] and a.seat in in_play]
        verdicts = Counter(a.verdict for a in scored)
        assert row[6] + row[10] == len(in_play)
        if row[5] is None and row[2] != "Bình chọn":
            assert row[7:10] == (verdicts["right"], verdicts["partial"], verdicts["wrong"])


async def test_the_fingerprint_is_that_of_the_list_of_answers(db: Database) -> None:
    record = await play(db, 2, "exact")
    services = cast(Services, SimpleNamespace(db=db))
    listed = b"".join([line async for line in round_views.answer_lines(services, record)])
    assert facts(await workbook(db, record.id))["SHA-256 của các câu trả lời"] == hashlib.sha256(listed).hexdigest()
    document = json.loads(await exported(db, record.id, "json"))
    assert document["about"]["sha256"] == hashlib.sha256(listed).hexdigest()
    assert len(document["answers"]) == listed.count(b"\n")


async def test_a_difference_from_the_stored_answers_is_told(db: Database) -> None:
    record = await play(db, 2, "exact")
    async with db.write() as writer:
        await writer.execute(
            seats_table.update().where(seats_table.c.round_id == record.id, seats_table.c.seat == 20).values(points=7)
        )
    assert facts(await workbook(db, record.id))["Tính lại từ câu trả lời đã lưu"].startswith("LỆCH ở 1 người")


async def test_nothing_of_a_withdrawn_question_is_shown(db: Database) -> None:
    """Its copy is being asked; even a recount must not write a verdict that would tell."""
    secret = "đáp án bí mật"
    quiz = (SINGLE, TEXT.model_copy(update={"stem_vi": "Rút?", "answer": (secret,)}))
    record = await new_round(db, *quiz, shuffle=False)
    await seat(db, record, "Lan", "Hoa")
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
    await accept(db, [arrival(record, 1, ["b"])])
    await settle(db, record.id)
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT, CommandName.NEXT)
    await accept(db, [arrival(record, 1, secret, question=2), arrival(record, 2, "không", question=2)])
    async with db.write() as writer:
        before = await rounds.load(Reader(writer), record.id, lock=True)
        state = advance(before.plan, before.state, Command(CommandName.REPLAY, question=2), T0)
        assert isinstance(state, RoundState)
        asked = with_copy(before.questions, 2, random.Random(1))
        assert await rounds.save_state(writer, before, state, T0, questions=asked)
    await step(db, record.id, CommandName.BEGIN)
    await void(db, record.id, 1)
    document = json.loads(await exported(db, record.id, "json"))
    withdrawn = [row for row in document["answers"] if row["question"] == 2]
    assert [(row["verdict"], row["points"]) for row in withdrawn] == [(None, None), (None, None)]
    assert document["questions"][1]["key"] is None
    assert document["questions"][1]["voided"] in (True, "yes")
    assert document["about"]["recount_differs"] == 0
    for book in (await workbook(db, record.id), await workbook(db, record.id, "en")):
        shown = [str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line]
        assert sum(secret in text for text in shown) <= 2, "what somebody answered, never the key"


async def test_nothing_of_an_open_question_is_shown(db: Database) -> None:
    secret = "đáp án bí mật"
    quiz = (SINGLE, TEXT.model_copy(update={"stem_vi": "Mở?", "answer": (secret,)}))
    record = await new_round(db, *quiz, shuffle=False)
    await seat(db, record, "Lan", "Hoa")
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
    await accept(db, [arrival(record, 1, ["b"])])
    await settle(db, record.id)
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
    everything = b"".join([await exported(db, record.id, "csv", table=name) for name in exports.TABLES])
    assert "Mở?" not in everything.decode(), "announced, and not yet open"
    await step(db, record.id, CommandName.NEXT)
    await accept(db, [arrival(record, 1, "ai biết", question=2), arrival(record, 2, "không", question=2)])
    await void(db, record.id, 2)
    everything = b"".join([await exported(db, record.id, "csv", table=name) for name in exports.TABLES])
    everything += await exported(db, record.id, "json")
    assert secret not in everything.decode()
    document = json.loads(await exported(db, record.id, "json"))
    assert [row["question"] for row in document["questions"]] == [1]
    opened = [row for row in document["answers"] if row["question"] == 2]
    assert [(row["choice"], row["verdict"], row["points"]) for row in opened] == [
        ("ai biết", None, None),
        ("không", None, None),
    ]
    assert document["players"][0]["q2_verdict"] is None
    for book in (await workbook(db, record.id), await workbook(db, record.id, "en")):
        shown = {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line}
        assert not any(secret in text for text in shown)
    # Finished inside the question: its key was never revealed, and stays so.
    await step(db, record.id, CommandName.FINISH)
    async with db.write() as writer:
        await closing.recount(writer, await rounds.load(Reader(writer), record.id))
    document = json.loads(await exported(db, record.id, "json"))
    assert [row["key"] for row in document["questions"]] == ["B. Phương án b", None]
    assert secret not in json.dumps(document, ensure_ascii=False)


async def test_a_revealed_question_shows_its_key_even_when_void(db: Database) -> None:
    record = await new_round(db, SINGLE, SINGLE, shuffle=False)
    await seat(db, record, "Lan")
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
    await accept(db, [arrival(record, 1, ["b"])])
    await settle(db, record.id)
    await void(db, record.id, 1)
    (row,) = rows(await workbook(db, record.id), "Câu hỏi")
    assert (row[3], row[5], row[6]) == ("B. Phương án b", "Có", 1)


async def put_names(db: Database, record: RoundRecord, names: tuple[str, ...]) -> None:
    """Names as SQL might hold them, whatever joining would say."""
    async with db.write() as writer:
        for number, name in enumerate(names, 1):
            await writer.execute(
                insert(seats_table).values(
                    round_id=record.id,
                    seat=number,
                    ticket_hash=f"{record.id}-{number}",
                    name=name,
                    name_key=f"{number}",
                    unit="24133",
                    joined_at=T0,
                )
            )


async def test_whatever_a_text_begins_with_it_stays_a_text(db: Database) -> None:
    rng = random.Random(5)
    signs = "=+-@\t\r＝＋－＠<r>'\"&;,|_x004 0a\u200e\u202e\u0303"
    names = (*FORMULAS, *ODD, *("".join(rng.choices(signs, k=rng.randint(1, 12))) for _ in range(150)))
    quiz = (TEXT, SINGLE.model_copy(update={"stem_vi": "=cmd|' /C calc'!A0"}))
    record = await new_round(db, *quiz, shuffle=False)
    await put_names(db, record, names)
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
    await accept(db, [arrival(record, who, name) for who, name in enumerate(names, 1)])
    await settle(db, record.id)
    await kick(db, record.id, 1)
    book = await workbook(db, record.id)
    for sheet in book:
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.data_type in ("s", "n", "d"), (sheet.title, cell.coordinate, cell.value)
                assert cell.hyperlink is None
    long = {row[1]: (row[2], row[4]) for row in rows(book, "Câu trả lời")}
    assert len(long) == len(names)
    for who, name in enumerate(names, 1):
        if "\r" not in name and "\t" not in name and "_x" not in name:
            assert long[who] == (name, name)
    assert rows(book, "Bảng xếp hạng")[0][3] == "24133"

    text = (await exported(db, record.id, "csv", table="answers")).decode()
    assert text.startswith("\ufeffCâu,")
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(read) == len(names) + 1
    for row in read[1:]:
        for value in (row[2], row[4]):
            assert value.lstrip()[:1] not in tuple("=+-@＝＋－＠")
            assert value[:1] not in tuple("\t\r\0")
            assert value.removeprefix("'") in names or value in names


async def test_evidence_is_put_into_words_and_times_are_local(db: Database) -> None:
    record = await new_round(db, SINGLE, shuffle=False)
    await seat(db, record, "Lan", "Hoa")
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
    told = arrival(record, 1, ["b"], fair_ms=1_234)
    evidence = '{"via":"ws","rtt":41.5,"base":40.0,"think":1100.0,"bucket":300,"flags":5}'
    changed = msgspec.structs.replace(told, evidence=evidence)
    broken = msgspec.structs.replace(told, seat=Seat(2), evidence="[oops")
    await accept(db, [changed, broken])
    await settle(db, record.id)
    book = await workbook(db, record.id)
    first, second = rows(book, "Câu trả lời")
    assert first[3:5] == ("B", "Phương án b")
    assert first[9:17] == ("Đúng", 1000, "Kết nối trực tiếp", 41.5, 40, None, 1100, 300)
    assert first[17].startswith("Câu trả lời đến trước tín hiệu đo")
    assert ";" in first[17]
    assert second[11:18] == (None,) * 7
    expected = datetime(1970, 1, 1) + timedelta(milliseconds=T0 + 1_234, hours=7)  # noqa: DTZ001
    assert abs(first[5] - expected) < timedelta(milliseconds=1)
    text = (await exported(db, record.id, "csv", table="answers")).decode()
    assert expected.strftime("%Y-%m-%d %H:%M:%S.") + "234" in text
    document = json.loads(await exported(db, record.id, "json"))
    assert document["answers"][0]["flags"] == "no_pong; bucket_empty"
    assert document["answers"][0]["accepted_at"] == expected.isoformat(timespec="milliseconds") + "+07:00"


async def test_sheets_are_ready_to_read_and_print_in_both_languages(db: Database) -> None:
    record = await play(db, 2, "exact")
    book = await workbook(db, record.id)
    english = await workbook(db, record.id, "en")
    assert book.sheetnames[0] == "Bảng xếp hạng"
    assert book.sheetnames[-1] == "Đã mời ra"
    assert english.sheetnames[0] == "Standings"
    for sheet in (*book, *english):
        assert sheet.freeze_panes
        assert sheet.print_title_rows == "$1:$1"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert "Vòng thử" in (sheet.oddHeader.left.text or "")
        assert all(cell.value and not cell.value.startswith("exports.") for cell in sheet[1])
    for name in book.sheetnames:
        assert (book[name].auto_filter.ref is None) == (name == "Thông tin")
        for line in book[name].iter_rows():
            assert not any(isinstance(cell.value, str) and cell.value.startswith("exports.") for cell in line)


async def test_a_lobby_can_be_exported_in_every_format(db: Database) -> None:
    record = await new_round(db, SINGLE)
    book = await workbook(db, record.id)
    assert "Đã mời ra" not in book.sheetnames
    assert rows(book, "Bảng xếp hạng") == []
    for name in exports.TABLES:
        read = list(csv.reader(io.StringIO((await exported(db, record.id, "csv", table=name)).decode())))
        assert read
    document = json.loads(await exported(db, record.id, "json"))
    assert set(document) == set(exports.TABLES) - {"teams", "polls", "clouds"}


async def test_what_does_not_exist_is_refused_and_leaves_nothing_behind(db: Database, tmp_path: Path) -> None:
    record = await new_round(db, SINGLE)
    with pytest.raises(NotFound):
        await exports.export(db, RoundId(999_999), "xlsx", "vi")
    with pytest.raises(NotFound):
        await exports.export(db, record.id, "pdf", "vi")
    with pytest.raises(Invalid) as refused:
        await exports.export(db, record.id, "csv", "vi", table="seats")
    assert refused.value.code == "export_table_unknown"


async def test_an_export_shows_one_moment(db: Database) -> None:
    record = await new_round(db, SINGLE, shuffle=False)
    await seat(db, record, "Lan", "Hoa")
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
    await accept(db, [arrival(record, 1, ["b"])])
    async with db.read() as reader:
        await export_data.snapshot(db, reader)
        gathered = await export_data.begin(reader, record.id)
        await accept(db, [arrival(record, 2, ["b"])])
        await settle(db, record.id)
        async for page in export_data.pages(reader, record.id, 1):
            gathered.take(page)
        gathered.close(1)
        gathered.compare()
    assert (gathered.total_answers, gathered.asked, gathered.judged, gathered.differing) == (1, 1, 0, 0)


async def test_more_answers_than_a_sheet_holds_go_on_in_the_next(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    record = await new_round(db, *[SINGLE] * 5, shuffle=False)
    await seat(db, record, *[f"Người {n}" for n in range(20)])
    for number in range(1, 6):
        await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
        await accept(db, [arrival(record, who, ["b"], question=number) for who in range(1, 21)])
        await settle(db, record.id)
        await step(db, record.id, CommandName.NEXT)
    monkeypatch.setattr(export_data, "PAGE", 7)
    monkeypatch.setattr(export_sheets, "MAX_ROWS", 45)
    book = await workbook(db, record.id)
    split = [rows(book, title) for title in ("Câu trả lời", "Câu trả lời (2)", "Câu trả lời (3)")]
    assert [len(part) for part in split] == [45, 45, 10]
    assert [row[:2] for part in split for row in part] == [(q, who) for q in range(1, 6) for who in range(1, 21)]


def test_texts_come_back_letter_by_letter(tmp_path: Path) -> None:
    texts = ["_x0041_", "a\tb", "a\rb", " lead ", "x_x000D_y", "\x01z", *ODD, *FORMULAS]
    book = export_sheets.Workbook(tmp_path / "t.xlsx", "t", "t & t", "Trang")
    book.fill(Table("t", "T[1]", (Column("a", "A", Kind.TEXT, 9),), lambda: [(text,) for text in texts]))
    book.close()
    sheet = CalamineWorkbook.from_path(str(tmp_path / "t.xlsx")).get_sheet_by_index(0)
    assert [row[0] for row in sheet.to_python()] == ["A", *texts]


def test_a_printed_header_takes_any_title() -> None:
    assert export_sheets.header_text("A & B\n&C", 20) == "A && B &&C"
    assert len(export_sheets.header_text("&" * 500, 100)) == 200
