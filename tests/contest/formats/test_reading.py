"""The door for files: what they are is told by their content, and what they are not has its own code."""

import contextlib
import io
import json
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contest import catalogue
from contest.errors import Invalid, TooLarge
from contest.formats.reading import decode, read, read_async
from contest.formats.report import sentence

AIKEN = "Câu 1: Thủ phủ?\nA. Huế\nB. Buôn Ma Thuột\nĐáp án: B\n"
GIFT = "Thủ phủ? {~Huế =Buôn Ma Thuột}\n"
ENTRY = {"type": "single", "stem_vi": "Hỏi?", "options": [{"id": "a", "text_vi": "1"}, {"id": "b", "text_vi": "2"}]}


@pytest.mark.parametrize(
    ("name", "text", "format_name"),
    [
        ("a.txt", AIKEN, "aiken"),
        ("a.docx.txt", AIKEN, "aiken"),
        ("a.txt", GIFT, "gift"),
        ("a.gift", GIFT, "gift"),
        ("a", json.dumps([ENTRY | {"answer": ["b"]}]), "json"),
        ("a.txt", "Câu hỏi;Đáp án\nMột cộng một?;2\n", "table"),
        ("bai.txt", "[html]Hỏi <b>gì</b>? {=a ~b}", "gift"),
        ("a.csv", AIKEN, "aiken"),
    ],
)
async def test_content_decides(name: str, text: str, format_name: str) -> None:
    report = await read_async(name, text.encode())
    assert report.format == format_name
    assert len(report.questions) == 1


def word_file() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "file_empty"),
        ("a.csv", b"\xef\xbb\xbf \r\n", "file_empty"),
        ("a.xlsx", AIKEN.encode(), "not_xlsx"),
        ("a.xlsx", word_file(), "not_xlsx"),
        ("a.docx", word_file(), "not_xlsx"),
        ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "xls_old"),
        ("a.xlsx", b"PK\x03\x04" + bytes(50), "xlsx_damaged"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06\0\0\0", "not_text"),
        ("a.txt", bytes(range(1, 256)) * 9, "encoding_unknown"),
        ("a.json", b"[{]", "json_broken"),
        ("a.json", b"[" * 3_000_000, "json_broken"),
        ("a.json", b'{"a": NaN}', "json_broken"),
        ("a.json", b'{"title": "x"}', "json_without_questions"),
        ("a.json", b"[]", "no_questions"),
        ("a.json", b"[" + b"1," * 2_000 + b"1]", "too_many_rows"),
        ("a.txt", "Một lá thư, không có câu hỏi nào.\n".encode(), "format_unknown"),
        ("a.csv", b'Question,Answer\n"' + b"x" * 200_000 + b'",2', "csv_broken"),
        ("a.csv", "Câu hỏi,Đáp án\n".encode() + b"x,2\n" * 2_001, "too_many_rows"),
        ("a.gift", b"".join(b"Q%d? {T}\n\n" % n for n in range(501)), "too_many_questions"),
    ],
)
def test_what_a_file_is_not_has_a_code(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(name, content)
    assert refusal.value.code == code
    assert isinstance(refusal.value, TooLarge) is (code.startswith("too_many"))


def test_decoding() -> None:
    assert decode("\ufeffĐắk Lắk".encode())[0] == "Đắk Lắk"
    assert decode("Đắk Lắk\x00".encode("utf-16"))[0] == "Đắk Lắk"
    assert decode("A\u0306\u0301".encode())[0] == "Ắ"


def test_json_entries_that_break_the_model_are_skipped_with_the_reason() -> None:
    entries: list[object] = [
        ENTRY | {"answer": ["b"]},
        ENTRY | {"answer": ["c"]},
        ENTRY | {"answer": []},
        ENTRY | {"answer": ["a"], "colour": "red"},
        ENTRY | {"answer": ["a"], "seconds": 1},
        ENTRY | {"answer": ["a"], "stem_vi": "\u0007"},
        {"type": "numeric", "stem_vi": "Số?", "answer": 1e300},
        {"type": "numeric", "stem_vi": "Số?", "answer": True},
        {"type": "numeric", "stem_vi": "Số?", "answer": 0.1},
        "không phải câu hỏi",
        {"stem_vi": "Thiếu loại"},
        {"type": "true_false", "stem_vi": "Đúng không?", "answer": "T"},
        ENTRY | {"answer": ["b"]},
    ]
    report = read("Đề_thi.json", json.dumps({"title": " Đề  thi ", "questions": entries}).encode())
    assert report.title == "Đề thi"
    assert [(item.row, item.code) for item in report.skipped] == [
        (2, "answer_not_among_options"),
        (3, "one_right_option_needed"),
        (4, "field_unknown"),
        (5, "seconds_out_of_range"),
        (6, "stem_empty"),
        (7, "number_too_large"),
        (8, "answer_must_be_number"),
        (10, "not_an_object"),
        (11, "field_missing"),
    ]
    assert [item.row for item in report.questions] == [1, 9, 12, 13]
    assert str(report.questions[1].question.answer) == "0.1"
    assert [note.code for note in report.questions[3].notes] == ["stem_repeated"]
    assert sentence("vi", report.questions[3].notes[0]) == "Trùng nội dung với câu ở dòng 1."


def test_every_code_has_its_sentence() -> None:
    import re
    from pathlib import Path

    from contest import formats

    source = "".join(path.read_text() for path in Path(formats.__path__[0]).glob("*.py"))
    # Of the model what is a question; how a round is played is no matter of imports.
    source += Path(__file__).parents[3].joinpath("contest", "model.py").read_text().split("class Mode(")[0]
    reasons = set(re.findall(r'(?:Reason|Note|ValueError)\(\s*"(\w+)"', source))
    refusals = set(re.findall(r'(?:Invalid|TooLarge|_Refused)\(\s*"(\w+)"', source))
    assert len(reasons) > 40
    assert len(refusals) > 15
    for lang in catalogue.LANGUAGES:
        words = catalogue.load(lang)
        assert [code for code in sorted(reasons) if f"import.{code}" not in words] == []
        assert [code for code in sorted(refusals) if f"error.{code}" not in words] == []


HOSTILE = {
    "spaces": ("a.txt", b"Hoi\nA. x\nB. " + b" " * 4_000_000 + b"y\nANSWER: B"),
    "line feeds": ("a.txt", b"\n" * 4_900_000 + b"x"),
    "one choice for ever": ("a.txt", b"Cau 1: x\nA. x\nB. y\n" + b"zz\n" * 40_000 + b"ANSWER: B"),
    "marks": ("a.txt", "Câu 1: a".encode() + "\u0301".encode() * 2_000_000 + b"\nA. a\nB. b\nANSWER: A"),
    "tildes": ("a.gift", b"Q {=" + b"~a" * 2_400_000 + b"}"),
    "tags": ("a.gift", b"Q " + b"<a" * 2_400_000 + b"{T}"),
    "braces": ("a.txt", b"{ " * 2_400_000),
    "quotes": ("a.csv", b'"' * 4_900_000),
    "commas": ("a.csv", "Câu hỏi,Đáp án".encode() + b"," * 4_800_000),
    "digits": ("a.json", b'[{"type":"numeric","stem_vi":"x","answer":' + b"1" * 4_800_000 + b"}]"),
    "decimals": ("a.json", b'[{"type":"numeric","stem_vi":"x","answer":1.' + b"1" * 4_800_000 + b"}]"),
    "exponent": ("a.json", b'[{"type":"numeric","stem_vi":"x","answer":1e99999999999999999999999}]'),
    "long stem": ("a.json", b'[{"type":"text","stem_vi":"' + b"x " * 2_400_000 + b'","answer":["1"]}]'),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_text_made_to_be_slow_is_not(kind: str) -> None:
    name, content = HOSTILE[kind]
    started = time.monotonic()
    try:
        report = read(name, content)
    except Invalid:
        pass
    else:
        assert len(report.questions) <= (kind == "spaces")
        assert all(len(item.excerpt) <= 80 for item in report.skipped)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "numeric", "stem_vi": "x", "answer": 1, "tolerance": "NaN"},
        {"type": "numeric", "stem_vi": "x", "answer": 1, "tolerance": "Infinity"},
        {"type": "numeric", "stem_vi": "x", "answer": "NaN"},
        {"type": "numeric", "stem_vi": "x", "answer": 1e-300},
        {"type": [1], "stem_vi": {}, "answer": {}},
        {"type": "single", "stem_vi": "x", "options": [1, 2], "answer": [1]},
        {"type": "single", "stem_vi": "x", "options": {"a": 1}, "answer": ["a"]},
        {"type": "single", "stem_vi": "x", "seconds": 1e30, "answer": ["a"]},
        {"type": "text", "stem_vi": "x", "answer": None},
        {"type": "text", "stem_vi": "x", "answer": ["a", None]},
        {"type": "text", "stem_vi": "x" * 1001, "answer": ["a"]},
        None,
        [],
    ],
)
def test_any_entry_of_a_bank_ends_in_a_reason(entry: object) -> None:
    report = read("a.json", json.dumps([entry]).encode())
    assert report.questions == ()
    assert len(report.skipped) == 1
    assert not sentence("en", report.skipped[0]).startswith("import.")


def test_a_long_aiken_file_is_no_table() -> None:
    report = read(
        "a.txt", b"".join(b"So %d, mot hay hai?\nA. mot\nB. hai\nC. ba\nANSWER: A\n\n" % n for n in range(480))
    )
    assert (report.format, len(report.questions), report.skipped) == ("aiken", 480, ())


@given(
    st.sampled_from(["a.txt", "a.csv", "a.gift", "a.json", "a.xlsx"]), st.text(max_size=300) | st.binary(max_size=300)
)
@settings(deadline=None)
def test_anything_is_a_report_or_a_refusal(name: str, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    try:
        report = read(name, data)
    except Invalid as refusal:
        told = f"error.{refusal.code}" in catalogue.load("vi")
    else:
        told = bool(report.questions or report.skipped)
    assert told


_PIECES = [
    "Câu 1: ",
    "A. ",
    "B. ",
    "*C. ",
    "Đáp án: ",
    "ANSWER: B",
    "{",
    "}",
    "=",
    "~",
    "#",
    "->",
    "::",
    "T",
    "%50%",
    "\n",
]
_PIECES += ["\n\n", ",", ";", "Câu hỏi,Đáp án\n", "x", "1,3", "####", "\\", "$CATEGORY: a/b", "//", '"', "Giải thích: "]


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join), st.sampled_from(["a.txt", "a.gift", "a.csv"]))
@settings(deadline=None, max_examples=300)
def test_pieces_of_every_format_in_any_order(text: str, name: str) -> None:
    with contextlib.suppress(Invalid):
        read(name, text.encode())
