"""Lists of teams: every row answered for, a file may come twice, a province's worth at once."""

import io
import time

import pytest
import xlsxwriter
from sqlalchemy import func, select

from contest import units
from contest.database import Database
from contest.errors import Invalid
from contest.provincial.import_rows import ADDED, LEFT_OUT, SAME, ImportResult
from contest.provincial.secrets_box import FieldBox
from contest.statistics.tables import villages
from contest.teams import members, teams
from contest.teams.model import MemberRole, TeamKind
from contest.teams.tables import team_members, team_villages
from contest.teams.tables import teams as team_table
from contest.teams.team_import import CHANGED, import_teams

NOW = 1_790_000_000_000
BOX = FieldBox(b"k" * 32)
HEAD = "Xã, phường;Tên tổ công nghệ số;Loại tổ;Thôn, buôn phụ trách;Họ và tên;Số điện thoại;Vai trò\n"


async def bring(db: Database, text: str, **options: bool) -> ImportResult:
    return await import_teams(db, BOX, "to.csv", (HEAD + text).encode(), actor="account:1", now_ms=NOW, **options)


async def test_every_row_is_answered_for(db: Database) -> None:
    first = await bring(
        db,
        "24133;Tổ buôn Ea Mta;;Buôn Ea Mta;Y Mek Ê Nuôl;0905123456;Tổ trưởng\n"
        "buon ma thuot;Tổ buôn Ea Mta;;;Lan;;\n"
        "Phường Buôn Ma Thuột;Tổ buôn Ea Mta;;;H’Thi Rya;912345678;\n"
        "Xã Không Có;Tổ 1;;;Lan Anh;;\n"
        "24133;;;;Lan Anh;;\n"
        "24133;Tổ 2;lạ;;Lan Anh;;\n"
        "24133;Tổ 2;;;Lan Anh;;giám đốc\n"
        "24133;Đội 3;Đội thanh niên;;;;\n",
        make_villages=True,
    )
    found = [(one.number, one.status, one.code) for one in first.rows]
    assert [status for _, status, _ in found].count(ADDED) >= 2, found
    assert [(n, code) for n, _, code in found if code] == [
        (4, "phone_nine_digits"), (5, "commune_unknown"), (6, "team_name"), (7, "team_kind"), (8, "team_role"),
    ]  # fmt: skip
    async with db.read() as reader:
        listed = await teams.find(reader)
        assert [(one.name, one.kind, len(one.villages)) for one in listed] == [
            ("Đội 3", TeamKind.YOUTH, 0),
            ("Tổ buôn Ea Mta", TeamKind.COMMUNITY, 1),
        ]
        people = await members.of_team(reader, listed[1].id, BOX)
        assert [(one.member.name, one.member.role, one.phone) for one in people] == [
            ("Y Mek Ê Nuôl", MemberRole.LEADER, "0905123456"),
            ("Lan", MemberRole.MEMBER, ""),
        ]


async def test_a_file_may_come_again_and_know_more(db: Database) -> None:
    row = "24133;Tổ 1;;;Trần Thị Bé;;\n24133;tổ 1;;;Lê Văn Cu;0912345678;\n"
    assert (await bring(db, row)).count(ADDED) == 2
    assert (await bring(db, row)).count(SAME) == 2
    more = await bring(
        db,
        "24133;Tổ 1;;;TRẦN THỊ BÉ;0905111222;tổ trưởng\n"
        "24133;Tổ 1;;;Lê Văn Cu;0912345679;\n"
        "24133;Tổ 1;;;Lê Văn Cu;0912345678;\n"
        "24133;Tổ 1;;Buôn Lạ;Lê Văn Cu;0912345678;\n",
    )
    assert [(one.status, one.code) for one in more.rows] == [
        (CHANGED, ""), (ADDED, ""), (SAME, ""), (LEFT_OUT, "village_unknown"),
    ]  # fmt: skip
    async with db.read() as reader:
        assert await reader.scalar(select(func.count()).select_from(team_table)) == 1
        phones = [one.phone for one in await members.of_team(reader, 1, BOX)]
    assert sorted(phones) == ["0905111222", "0912345678", "0912345679"]


async def test_a_file_without_the_columns_is_refused(db: Database) -> None:
    with pytest.raises(Invalid, match="header_missing"):
        await import_teams(db, BOX, "to.csv", b"a;b\n1;2\n", actor="account:1", now_ms=NOW)


def _text(rows: list[list[str]]) -> bytes:
    return "\n".join(";".join(row) for row in rows).encode()


def _workbook(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


async def test_the_province_in_one_file(db: Database) -> None:
    """18,328 members of every village's team as text, and fewer as a workbook, which takes its time to make."""
    codes = [str(unit.code) for unit in units.shipped()]
    many = 18_328 if db.is_sqlite else 2_000  # once at full size is enough
    rows = [HEAD.strip().split(";")]
    for row in range(1, many + 1):
        commune, village = codes[row % len(codes)], row // len(codes) // 7
        name = "Nguyễn Văn " + "".join("abcdefghij"[int(digit)] for digit in str(row))
        rows.append([commune, f"Tổ thôn {village}", "", f"Thôn {village}", name, f"09{row:08d}", ""])
    name, data = ("to.csv", _text(rows)) if db.is_sqlite else ("to.xlsx", _workbook(rows))
    started = time.perf_counter()
    done = await import_teams(db, BOX, name, data, actor="account:1", now_ms=NOW, make_villages=True)
    took = time.perf_counter() - started
    assert done.count(ADDED) == many, done.rows[:3]
    assert took < 30
    async with db.read() as reader:
        counts = [
            await reader.scalar(select(func.count()).select_from(table))
            for table in (team_members, team_table, villages, team_villages)
        ]
    assert counts[0] == many
    assert counts[1] == counts[2] == counts[3]
