"""Lists organisers bring: every row is answered for, and a file may come twice."""

import io
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from contest.database import Database
from contest.errors import Invalid, TooLarge
from contest.provincial import contest_units, list_import, people, people_import
from contest.provincial.import_rows import ADDED, LEFT_OUT, SAME
from contest.provincial.secrets_box import FieldBox, new_key
from contest.provincial.tables import contest_exclusions, entries, participants
from tests.contest.provincial.people_support import NOW, make_contest, rules, somebody

ROSTER = """Danh sách đảng viên dự thi
STT;Họ và tên;Ngày sinh;Số điện thoại;Mã đơn vị;Xã/phường;Đối tượng
1;Nguyễn Thị Hòa;28/02/1990;0912345678;cb-1;Buôn Ma Thuột;Cán bộ, công chức
2;Y Mek Ê Nuôl;1990-02-28;912345679;cb-1;24133;
3;H’Thi Rya;;;cb-2;;Người dân
4;A;;;;;
5;Trần Văn Bình;31/02/1990;;;;
6;NGUYỄN THỊ HOÀ;28/02/1990;+84 912 345 678;cb-1;;
7;Lê Thị Cúc;;0912345678;không có;;
"""


@pytest.fixture
def box() -> FieldBox:
    return FieldBox(new_key())


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def test_every_row_of_a_roster_is_answered_for(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    listed = "Mã đơn vị,Tên đơn vị\ncb-1,Chi bộ 1\ncb-2,Chi bộ 2\n".encode()
    assert (await list_import.import_units(db, contest, "u.csv", listed, actor="system", now_ms=NOW)).saved
    first = await people_import.import_roster(
        db, box, contest, "r.csv", ROSTER.encode(), actor="system", now_ms=NOW, restore_zero=True
    )
    told = {row.number: (row.status, row.code) for row in first.rows}
    assert told == {
        3: (ADDED, ""),
        4: (ADDED, ""),
        5: (ADDED, ""),
        6: (LEFT_OUT, "name_short"),
        7: (LEFT_OUT, "birth_date_invalid"),
        8: (SAME, ""),
        9: (LEFT_OUT, "unit_unknown"),
    }
    assert all(row.code_to_print for row in first.rows if row.status == ADDED)
    again = await people_import.import_roster(
        db, box, contest, "r.csv", ROSTER.encode(), actor="system", now_ms=NOW, restore_zero=True
    )
    assert (again.count(ADDED), again.count(SAME), again.count(LEFT_OUT)) == (0, 4, 3)
    async with db.read() as reader:
        rows = (await reader.execute(select(entries.c.state, entries.c.unit_code, entries.c.commune))).all()
        assert sorted(map(tuple, rows), key=str) == [
            ("invited", "cb-1", "24133"), ("invited", "cb-1", "24133"), ("invited", "cb-2", None),
        ]  # fmt: skip
        assert await contest_units.count(reader, contest) == 2


async def test_numbers_without_their_zero_need_the_organisers_word(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    data = workbook(["Họ tên", "Điện thoại"], ["Lê Thị Cúc", 912345678])
    told = await people_import.import_roster(db, box, contest, "r.xlsx", data, actor="system", now_ms=NOW)
    [row] = told.rows
    assert (row.status, row.code, row.suggestion) == (LEFT_OUT, "phone_nine_digits", "0912345678")


async def test_somebody_known_from_another_contest_keeps_the_code(db: Database, box: FieldBox) -> None:
    first, second = await make_contest(db), await make_contest(db, "cds-2")
    made = await people.register(db, box, first, rules().entry, somebody(), now_ms=NOW)
    data = b"Ho va ten,So dien thoai,Ngay sinh\nY Mek E Nuol,0912345678,28/02/1990\n"
    told = await people_import.import_roster(db, box, second, "r.csv", data, actor="system", now_ms=NOW)
    assert [(row.status, row.code_to_print) for row in told.rows] == [(ADDED, None)]
    async with db.read() as reader:
        entry = await people.entry_of(reader, second, made.participant_id)
        assert entry is not None
        assert entry.state == "invited"
        assert await reader.scalar(select(func.count()).select_from(participants)) == 1


async def test_exclusions_are_kept_as_hashes_only(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    data = "Họ tên;Số điện thoại;CCCD;Lý do\nA B;912345678;;Ban Tổ chức\nC D;;66090012345;Tổ thư ký\n"
    data += "E;;;\nA B;0912 345 678;;\n"
    told = await list_import.import_exclusions(db, box, contest, "x.csv", data.encode(), actor="system", now_ms=NOW)
    assert [(row.status, row.code) for row in told.rows] == [
        (ADDED, ""), (ADDED, ""), (LEFT_OUT, "identity_missing"), (SAME, ""),
    ]  # fmt: skip
    async with db.write() as writer:
        stored = (await writer.execute(select(contest_exclusions.c.phone_hash, contest_exclusions.c.id_hash))).all()
        assert {tuple(row) for row in stored} == {
            (people.phone_hash(box, "+84912345678"), None), (None, people.id_hash(box, "066090012345")),
        }  # fmt: skip
        assert await list_import.clear_exclusions(writer, contest, actor="system", now_ms=NOW) == 2


async def test_denominators_come_whole_and_in_versions(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    good = "Xã/phường,Số người,Nguồn\nPhường Buôn Ma Thuột,12.345,Công an\n24163,800,\n".encode()
    bad = "Xã,Số người\nBuôn Ma Thuột,nhiều\nKhông đâu,1\n".encode()
    for version in (1, 2):
        told = await list_import.import_denominators(db, contest, "commune", "d.csv", good, actor="system", now_ms=NOW)
        assert (told.saved, told.version) == (True, version)
    told = await list_import.import_denominators(db, contest, "commune", "d.csv", bad, actor="system", now_ms=NOW)
    assert (told.saved, [row.code for row in told.rows]) == (False, ["value_invalid", "commune_unknown"])
    async with db.read() as reader:
        assert await contest_units.denominators(reader, contest) == {"24133": 12345, "24163": 800}
    async with db.write() as writer:
        await contest_units.replace_all(writer, contest, [contest_units.ContestUnit("TA", "Trường A")])
    schools = "Đơn vị,Số người\nTrường A,90\n".encode()
    await list_import.import_denominators(db, contest, "unit", "d.csv", schools, actor="system", now_ms=NOW)
    fewer = "Xã/phường,Số người\nPhường Buôn Ma Thuột,12.000\n".encode()
    await list_import.import_denominators(db, contest, "commune", "d.csv", fewer, actor="system", now_ms=NOW)
    async with db.read() as reader:
        assert await contest_units.denominators(reader, contest) == {"24133": 12000, "TA": 90}


async def test_units_are_found_without_diacritics(db: Database) -> None:
    contest = await make_contest(db)
    names = ["Trường THCS Lương Thế Vinh", "Trường THPT Buôn Ma Thuột", "Sở Y tế", "THCS Y Jut"]
    data = ("Đơn vị\n" + "\n".join(names)).encode()
    assert (await list_import.import_units(db, contest, "u.csv", data, actor="system", now_ms=NOW)).saved
    async with db.read() as reader:
        for asked, found in (("luong the vinh", 0), ("THCS vinh", 0), ("so y te", 2), ("Y JUT", 3)):
            assert (await contest_units.search(reader, contest, asked))[0].name == names[found]
        assert await contest_units.search(reader, contest, "đại học") == []
        assert await contest_units.search(reader, contest, "  ") == []


async def test_what_is_no_list_is_refused(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    bomb = Path(__file__).with_name("no.xlsx")
    for name, data, kind, code in (
        ("r.csv", b"a,b\n1,2\n", Invalid, "header_missing"),
        ("r.xlsx", b"PKno", Invalid, "not_xlsx"),
        (bomb.name, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Invalid, "xls_old"),
        ("r.csv", b"", Invalid, "file_empty"),
        ("r.csv", b"x" * 5_000_001, TooLarge, "file_too_large"),
        ("r.csv", b"ho ten\n" + b"An Binh\n" * 20_100, TooLarge, "too_many_rows"),
    ):
        with pytest.raises(kind, match=code):
            await people_import.import_roster(db, box, contest, name, data, actor="system", now_ms=NOW)


async def test_long_workbooks_of_people_are_read_whole(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    data = workbook(
        ["Họ tên"],
        *[[f"Nguyễn Văn {chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}"] for n in range(3_000)],
    )
    told = await people_import.import_roster(db, box, contest, "r.xlsx", data, actor="system", now_ms=NOW)
    assert told.count(ADDED) == 3_000
