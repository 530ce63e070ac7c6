"""What organisers take away, through the server: true to SQL, safe to open, silent about what is not public."""

import asyncio
import io
import re
import subprocess
import time
import zipfile
from dataclasses import replace
from typing import Any

import httpx
import openpyxl
import pytest
from sqlalchemy import select

from admin.accounts import Account
from admin.contests import document_desk, documents_certificates, takeaways
from admin.contests.document_words import DocumentWords
from admin.documents.typesetting import typeset
from admin.roles import Role
from contest.provincial import awards, turnout
from contest.provincial.awards import Award
from contest.provincial.rules import Collective, CollectiveLevel, Formula
from contest.provincial.tables import attempts, contest_awards, contest_results, entries, participants
from contest.tables import audit_log
from tests.admin.conftest import Staff
from tests.admin.contests.takeaway_support import (
    CLOSED,
    FORMULA,
    LAN,
    reckon,
    staged_round,
    takeaway_rules,
    to_final,
    to_published,
)
from tests.contest.provincial.contest_fixture import DAY, OPENS
from tests.contest.provincial.results_support import HOUR, NAMES, Staged

HTML = {"Accept": "text/html"}


class Desk:
    """An organiser's browser and a contest whose first round is over."""

    http: httpx.AsyncClient

    def __init__(self, staff: Staff, account: Account, staged: Staged) -> None:
        self.staff, self.account, self.staged = staff, account, staged
        self.base = f"/api/contests/{staged.contest}/documents"

    async def at(self, moment: int) -> None:
        """Goes on at that moment, in a session of that day."""
        self.staff.clock.advance(moment - self.staff.clock.wall_ms())
        self.http = await self.staff.session_of(self.account)

    async def get(self, what: str, status: int = 200) -> bytes:
        reply = await self.http.get(f"{self.base}/{what}")
        assert reply.status_code == status, reply.text[:500]
        return reply.content

    async def text(self, what: str) -> str:
        return text_of(await self.get(what))


@pytest.fixture
async def desk(staff: Staff) -> Desk:
    staged = await staged_round(staff.services.db)
    desk = Desk(staff, await staff.account(Role.ORGANISER, "Lan"), staged)
    await desk.at(CLOSED)
    return desk


def text_of(pdf: bytes) -> str:
    """The words of a PDF as a reader of it gets them, in lines joined by blanks."""
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def pages_of(pdf: bytes) -> int:
    done = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True)
    return int(re.search(rb"Pages:\s+(\d+)", done.stdout)[1])  # type: ignore[index]


def rows_of(book: bytes, sheet: int = 0) -> list[dict[str, Any]]:
    """A sheet as rows by heading."""
    first, *rest = openpyxl.load_workbook(io.BytesIO(book)).worksheets[sheet].values
    return [dict(zip(map(str, first), row, strict=True)) for row in rest]


async def test_winners_are_those_of_sql_and_no_formulas(desk: Desk) -> None:
    after = await to_final(desk.staged)
    await desk.at(after)
    found = rows_of(book := await desk.get("winners.xlsx"))
    # Best attempt of each by score and time, first three: reckoned here from the tables alone.
    async with desk.staff.services.db.read() as reader:
        rows = (
            await reader.execute(
                select(attempts.c.score, attempts.c.duration_ms, participants.c.full_name, entries.c.public_id)
                .join(entries, entries.c.id == attempts.c.entry_id)
                .join(participants, participants.c.id == entries.c.participant_id)
                .where(attempts.c.contest_id == desk.staged.contest)
                .order_by(attempts.c.score.desc(), attempts.c.duration_ms)
                .limit(3)
            )
        ).all()
        codes = (await reader.execute(select(contest_awards.c.certificate).order_by(contest_awards.c.id))).scalars()
        digest = await reader.scalar(select(contest_results.c.digest))
    told = [(row["Điểm"], row["Thời gian (giây)"], row["Họ và tên"], row["Mã dự thi"]) for row in found]
    assert told == [(row.score, row.duration_ms / 1000, row.full_name, row.public_id) for row in rows]
    assert [row["Giải"] for row in found] == ["Giải Nhất", "Giải Nhì", "Giải Nhì"]
    assert [row["Giá trị (đồng)"] for row in found] == [2_000_000, 1_000_000, 1_000_000]
    assert [row["Mã giấy chứng nhận"] for row in found] == list(codes)
    assert str(digest) in str(rows_of(book, 1))
    # The name stays the text it is: no formula in the workbook, an apostrophe in the CSV.
    assert found[2]["Họ và tên"] == FORMULA
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
    csv = (await desk.get("winners.csv")).decode("utf-8-sig")
    assert "'=HYPERLINK" in csv
    assert ",=" not in csv


async def test_units_of_the_collective_prize(desk: Desk) -> None:
    over = OPENS + 4 * DAY
    await desk.at(over)
    for key in ("r1", "r2", "collective"):
        await reckon(desk.staged, key, over)
    (row,) = rows_of(await desk.get("winners.xlsx?key=collective"), 1)
    # 24133 and 24154 have two people each: a tie that nobody has settled.
    assert (row["Giải"], row["Hạng"]) == ("Tập thể Nhất", None)
    assert "Chưa phân định giữa 2" in row["Đơn vị"]
    assert "Chưa phân định giữa 2" in await desk.text("annex.pdf?key=collective")


async def test_documents_are_drafts_until_published(desk: Desk) -> None:
    await desk.get("annex.pdf?key=r1", 409)
    await reckon(desk.staged)
    before = await desk.text("annex.pdf?key=r1")
    assert "DỰ THẢO" in before
    await desk.get("public-annex.pdf?key=r1", 409)
    await desk.get("certificates.pdf?key=r1", 409)
    await to_published(desk.staged)
    after = await desk.text("annex.pdf?key=r1")
    assert "DỰ THẢO" not in after
    for words in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Đợt 1", "17/05/1970", NAMES[0]):
        assert words in after
    assert "4.000.000 đồng" in after
    await desk.get("annex.pdf?key=r9", 404)


async def test_what_the_public_gets_masks(desk: Desk) -> None:
    """One agreed, a minor without a guardian's word and one who said nothing: only the first has a name."""
    await to_published(desk.staged)
    annex = await desk.text("public-annex.pdf?key=r1")
    book = await desk.get("public-winners.xlsx?key=r1")
    names = [row["Họ và tên"] for row in rows_of(book)]
    assert names == [NAMES[0], "T. V. B.", "=."]
    assert NAMES[0] in annex
    for secret in (NAMES[1], "HYPERLINK", "17/05/197"):
        assert secret not in annex
        assert secret not in str([list(row.values()) for row in rows_of(book)])
    assert "Mã dự thi" not in rows_of(book)[0]


async def test_the_minutes_say_what_was_done(desk: Desk) -> None:
    base = f"/contests/{desk.staged.contest}"
    sent = {
        "parent": "UBND tỉnh Đắk Lắk",
        "agency": "Sở KHCN",
        "place": "Đắk Lắk",
        "signer_role": "Trưởng ban",
        "signer_name": "Y Thịnh Êban",
        "committee": "Ông A – Trưởng ban\n\n  Bà B –  Thư ký ",
    }
    reply = await desk.http.post(f"{base}/letterhead", data=sent, headers=HTML)
    assert reply.status_code == 303
    published = await to_published(desk.staged)
    told = await desk.text("minutes.pdf?key=r1")
    for words in (
        "BIÊN BẢN XÉT GIẢI",
        "UBND TỈNH ĐẮK LẮK",
        "Bà B – Thư ký",
        "Y Thịnh Êban",
        "Kế hoạch số 12/KH-UBND",
        "Có 5 người dự thi với 5 bài thi hợp lệ, trong đó 2 người",
        "“Thành viên Tổ giúp việc”: 1 người",
        "- Đợt 1: 5",
        str(published.digest),
        "Hai chương trình cho cùng một kết quả",
        "Lan, 21/11/2026",
        NAMES[0],
    ):
        assert words in told, words
    assert "+8491" not in told
    assert "09100" not in told
    too_long = await desk.http.post(f"{base}/letterhead", data={"agency": "x" * 201}, headers=HTML)
    assert too_long.status_code == 422
    await desk.get("minutes.pdf?key=_all", 404)


def test_people_are_counted_whole_and_rates_keep_their_decimals() -> None:
    for formula, shown in ((Formula.PARTICIPANTS, "11"), (Formula.COMPLETION_RATE, "11,00")):
        rules = takeaway_rules()
        collective = Collective(formula=formula, levels=(CollectiveLevel(name="Nhất", count=1),))
        words = DocumentWords("vi", rules.model_copy(update={"collective": collective}), {})
        assert words.figure("11.00") == shown


def test_numbers_wait_for_the_prediction_that_covers_them() -> None:
    rules = takeaway_rules()
    assert document_desk.numbers_told(rules, "r1", CLOSED)
    whole = rules.model_copy(update={"prediction": rules.prediction.model_copy(update={"scope": "contest"})})
    assert not document_desk.numbers_told(whole, "r1", CLOSED)
    assert document_desk.numbers_told(whole, "r1", OPENS + 4 * DAY)


async def test_certificates_verify_and_leave_revoked_prizes_out(desk: Desk) -> None:
    after = await to_final(desk.staged)
    db = desk.staff.services.db
    async with db.read() as reader:
        given = await awards.listing(reader, desk.staged.contest)
    pdf = await desk.get("certificates.pdf?key=r1")
    assert pages_of(pdf) == 3
    told = text_of(pdf)
    for one in given:
        assert f"https://thi.example.vn/certificates/{one.certificate}" in told
    assert "ngày 25 tháng 11 năm 2026" in told
    await awards.revoke(db, desk.staged.contest, given[1].id, reason="Thi hộ.", actor=LAN, now_ms=after)
    left = await desk.text("certificates.pdf?key=r1")
    assert given[1].certificate not in left
    assert "Giải Nhì (đã thu hồi)" in await desk.text("annex.pdf?key=r1")
    with zipfile.ZipFile(io.BytesIO(await desk.get("certificates.zip"))) as archive:
        assert archive.namelist() == ["0001-nguyen-thi-anh.pdf", "0002-hyperlinkhttpxx.pdf"]
        assert given[0].certificate in text_of(archive.read("0001-nguyen-thi-anh.pdf"))
    sample = await desk.text("certificate-sample.pdf")
    assert "Họ và tên người đạt giải" in sample
    assert "/certificates/" not in sample


async def test_a_thousand_certificates_in_seconds_beside_other_work(desk: Desk) -> None:
    """And the loop goes on serving meanwhile."""
    await to_final(desk.staged)
    db = desk.staff.services.db
    async with db.read() as reader:
        gathered = await takeaways.gather(reader, desk.staged.contest, "r1")
    (first, *_) = gathered.seats
    assert isinstance(first.award, Award)
    seats = tuple(
        replace(first, award=replace(first.award, certificate=f"mã-{n:020d}"), place=n) for n in range(1, 1001)
    )
    many = replace(gathered, seats=seats)

    def make() -> bytes:
        data = documents_certificates.certificates(many, "vi", "https://thi.example.vn")
        return typeset("certificate", data)

    gaps: list[float] = []

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            gaps.append(time.perf_counter() - before)

    watching = asyncio.create_task(watch())
    began = time.process_time()
    pdf = await takeaways.made(db, make)
    worked = time.process_time() - began
    watching.cancel()
    assert pages_of(pdf) == 1000
    # Of the processor, so that whatever else runs here does not count: about 3 s.
    assert worked < 12
    assert max(gaps) < 0.5
    assert len(gaps) > 20


async def test_the_dossier_has_attempts_seconds_and_decisions(desk: Desk) -> None:
    after = await to_final(desk.staged)
    who = desk.staged.public[0]
    told = await desk.text(f"dossiers/{who}.pdf")
    for words in (NAMES[0], who, "Giải Nhất, Đợt 1", "01:00,000", "20/11/2026 01:01:00.000", "5/5"):
        assert words in told, words
    assert "+8491" not in told
    book = await desk.get(f"dossiers/{who}.xlsx")
    (line,) = rows_of(book, 1)
    assert (line["Điểm"], line["Thời gian (giây)"], line["Dự đoán"]) == (10, 60, "5")
    assert [row["Câu"] for row in rows_of(book, 2)] == [1, 2, 3, 4, 5]
    assert desk.staff.clock.wall_ms() < after
    await desk.get("dossiers/nobody.pdf", 404)


async def test_participation_is_rounded_while_a_prediction_is_open(desk: Desk) -> None:
    db, contest = desk.staff.services.db, desk.staged.contest
    second = OPENS + DAY + 2 * HOUR
    await desk.at(second)
    page = f"/contests/{contest}/participation"
    assert "Chưa có số liệu" in (await desk.http.get(page, headers=HTML)).text
    async with db.write() as writer:
        await turnout.take(writer, contest, "2026-11-20", OPENS + 11 * HOUR)
    hidden = await desk.http.get(page, headers=HTML)
    assert "dưới 10" in hidden.text
    rows = rows_of(await desk.get("participation.xlsx"))
    assert {row["Số người (từ)"] for row in rows} == {0}
    refused = await desk.http.get(f"{page}?day=now", headers=HTML)
    assert refused.status_code == 403
    await desk.get("participation.xlsx?day=now", 403)
    await desk.get("participation.csv?day=2026-11-19", 404)
    await desk.at(OPENS + 9 * DAY)
    exact = {row["Tên"]: row["Số người"] for row in rows_of(await desk.get("participation.xlsx")) if row["Số người"]}
    async with db.read() as reader:
        people = (
            (await reader.execute(select(entries.c.commune).where(entries.c.contest_id == contest))).scalars().all()
        )
    assert exact["Toàn cuộc thi"] == len(people) == 5
    assert exact["Phường Buôn Ma Thuột"] == people.count("24133") == 2
    async with db.read() as reader:
        acts = (await reader.execute(select(audit_log.c.action, audit_log.c.detail))).all()
    assert ("contest.counts_read", {"what": "turnout:"}) in [tuple(act) for act in acts]
    noted = str([act for act in acts if act.action == "contest.document"])
    assert "participation_xlsx" in noted
    assert not any(name in noted for name in NAMES)


async def test_the_page_teaches_and_lists(desk: Desk) -> None:
    page = f"/contests/{desk.staged.contest}/documents"
    waiting = (await desk.http.get(page, headers=HTML)).text
    assert "chưa tính kết quả" in waiting
    assert "minutes.pdf" not in waiting
    await reckon(desk.staged)
    draft = (await desk.http.get(page, headers=HTML)).text
    assert "DỰ THẢO" in draft
    assert "minutes.pdf?key=r1" in draft
    assert "public-annex" not in draft
    assert "certificates.pdf" not in draft
    await to_final(desk.staged)
    final = (await desk.http.get(page, headers=HTML)).text
    assert "certificates.zip?key=r1" in final
    assert f"dossiers/{desk.staged.public[0]}.xlsx" in final


async def test_hosts_see_nothing_of_it(desk: Desk) -> None:
    await to_published(desk.staged)
    async with await desk.staff.signed_in(Role.HOST) as host:
        for what in ("annex.pdf", "public-annex.pdf", "winners.xlsx", "participation.csv", "minutes.pdf?key=r1"):
            assert (await host.get(f"{desk.base}/{what}")).status_code == 403
        assert (await host.get(f"/contests/{desk.staged.contest}/documents", headers=HTML)).status_code == 403


def test_any_letter_can_be_typeset() -> None:
    """A letter that no font has becomes a box; none makes the document impossible."""
    data = {
        "title": "Ƀ ƀ Ê Đê ô̆ ơ̆ ư̆",
        "subtitle": "",
        "agency": "x",
        "dated": "",
        "words": {"country": "", "motto": "", "sign-here": ""},
        "opening": ["😀 한 #set text(red) $x$ *b* \u200d\u0007 👩‍👧 ☐"],
        "parts": [],
        "closing": [],
        "signers": [{"role": "", "name": ""}],
    }
    told = text_of(typeset("minutes", data))
    assert "□ □ #set text(red) $x$ *b* □□ ☐" in told
    assert "Ƀ ƀ Ê ĐÊ" in told.replace("Ƀ Ƀ", "Ƀ ƀ")
