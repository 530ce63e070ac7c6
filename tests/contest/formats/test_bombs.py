"""Files made to hurt: each has its clear refusal within two seconds and costs this process nothing."""

import io
import resource
import struct
import time
import zipfile
from collections.abc import Callable

import pytest

from contest.errors import Invalid, TooLarge
from contest.formats import limits
from contest.formats.reading import read, read_async

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/%s" Target="%s"/>%s</Relationships>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORKBOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>'
    "</workbook>"
)


def workbook(sheet: str, strings: str = "", head: str = "", extra: dict[str, bytes] | None = None) -> bytes:
    """A minimal workbook with this sheet data; deflated as hard as it goes."""
    shared = f'<Relationship Id="rId2" Type="{_RELATION}/sharedStrings" Target="sharedStrings.xml"/>' if strings else ""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELS % ("officeDocument", "xl/workbook.xml", ""))
        archive.writestr("xl/workbook.xml", _WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", _RELS % ("worksheet", "worksheets/sheet1.xml", shared))
        if strings:
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{strings}</sst>')
        sheet = f'{head}<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER = f"<row r='1'>{inline('A1', 'Câu hỏi')}{inline('B1', 'Đáp án')}</row>"


def zip_bomb() -> bytes:
    return workbook(HEADER, extra={"xl/media/zeros.bin": bytes(300_000_000)})


def many_small_bombs() -> bytes:
    return workbook(HEADER, extra={f"xl/media/{n}.bin": bytes(250_000) for n in range(450)})


def lying_header() -> bytes:
    """The directory says 1,000 bytes, the sheet unpacks to 30 MB."""
    data = bytearray(workbook(HEADER + "<row/>" * 5_000_000))
    name = b"xl/worksheets/sheet1.xml"
    local, central = data.find(name), data.rfind(name)
    struct.pack_into("<I", data, local - 30 + 22, 1_000)
    struct.pack_into("<I", data, central - 46 + 24, 1_000)
    return bytes(data)


def million_rows() -> bytes:
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>{n * 7919 % 1000003}</v></c></row>' for n in range(2, 1_000_001))
    data = workbook(HEADER + cells)
    return data


def some_rows_too_many() -> bytes:
    return workbook(HEADER + "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 2_100)))


def wide_sheet() -> bytes:
    row = "".join(f'<c r="{column}2"><v>1</v></c>' for column in ("A", "XFD"))
    return workbook(f"{HEADER}<row r='2'>{row}</row>" + "<row r='3'>" + "<c><v>1</v></c>" * 16_000 + "</row>")


def far_corner() -> bytes:
    """Two cells, and a grid of 17 thousand million between them."""
    return workbook(f"{HEADER}<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>")


def shared_string_bomb() -> bytes:
    # Different styles keep the ratio honest: nothing in the directory tells this from a real workbook.
    cells = "".join(
        f"<row r='{n}'>" + "".join(f"<c s='{n * 7919 * k % 991}' t='s'><v>0</v></c>" for k in range(60)) + "</row>"
        for n in range(2, 1_500)
    )
    text = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(100_000))
    return workbook(HEADER + cells, strings=f"<si><t>{text}</t></si>")


def billion_laughs() -> bytes:
    tens = [(n, f"&l{n - 1};" * 10) for n in range(1, 10)]
    entities = "".join(f'<!ENTITY l{n} "{ten}">' for n, ten in tens)
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>'
    return workbook(f"<row r='1'>{inline('A1', '&l9;')}</row>", head=head)


def nested() -> bytes:
    return workbook(HEADER, extra={"xl/embeddings/again.zip": b"PK\x03\x04"})


def many_entries() -> bytes:
    return workbook(HEADER, extra={f"xl/x/{n}": b"" for n in range(2_001)})


def symlink() -> bytes:
    data = io.BytesIO(workbook(HEADER))
    with zipfile.ZipFile(data, "a") as archive:
        link = zipfile.ZipInfo("xl/link")
        link.external_attr = 0xA1FF << 16
        archive.writestr(link, "/etc/passwd")
    return data.getvalue()


def truncated() -> bytes:
    return workbook(HEADER)[:-30]


BOMBS: list[tuple[Callable[[], bytes], set[str]]] = [
    (zip_bomb, {"unpacks_too_large"}),
    (many_small_bombs, {"unpacks_too_large"}),
    (lying_header, {"xlsx_damaged"}),
    (million_rows, {"file_too_large", "too_many_rows"}),
    (some_rows_too_many, {"too_many_rows"}),
    (wide_sheet, {"too_many_columns"}),
    (far_corner, {"too_many_columns", "file_too_heavy"}),
    (shared_string_bomb, {"file_too_heavy"}),
    (billion_laughs, {"xlsx_unsafe"}),
    (nested, {"xlsx_unsafe"}),
    (symlink, {"xlsx_unsafe"}),
    (many_entries, {"too_many_entries"}),
    (truncated, {"xlsx_damaged"}),
]


@pytest.mark.parametrize(("make", "codes"), BOMBS, ids=[make.__name__ for make, _ in BOMBS])
def test_bomb_is_refused_within_two_seconds(make: Callable[[], bytes], codes: set[str]) -> None:
    data = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    with pytest.raises(Invalid) as refusal:
        read("quiz.xlsx", data)
    assert time.monotonic() - started < 2
    assert refusal.value.code in codes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kilobytes


def test_a_file_over_the_limit_is_not_even_opened() -> None:
    with pytest.raises(TooLarge, match="file_too_large"):
        read("quiz.json", b" " * (limits.MAX_FILE_BYTES + 1))


def test_an_ordinary_workbook_of_this_kind_is_read() -> None:
    rows = f"{HEADER}<row r='2'>{inline('A2', '1 + 1 = ?')}<c r='B2'><v>2</v></c></row>"
    report = read("quiz.xlsx", workbook(rows))
    assert [item.question.answer for item in report.questions] == [2]


async def test_the_loop_goes_on_while_a_bomb_is_opened() -> None:
    import asyncio

    data = far_corner()
    longest, last = 0.0, time.monotonic()
    task = asyncio.create_task(read_async("quiz.xlsx", data))
    while not task.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    with pytest.raises(Invalid):
        await task
    assert longest < 0.5
