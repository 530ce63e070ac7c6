"""Numbers, percents, days and places as organisers write them."""

import pytest

from contest import units
from contest.errors import Invalid
from contest.provincial import sheet_reading
from contest.provincial.sheet_reading import Line
from contest.statistics import movement_sheet, movement_values
from contest.statistics.movement_sheet import LAYOUTS, Kind
from contest.statistics.movement_values import Note

UNITS = units.shipped()


def typed(text: str, number: float | None = None) -> Line:
    return Line(1, {"v": text}, {} if number is None else {"v": number})


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (typed(""), None),
        (typed("1.234"), 1234),
        (typed("1 234"), 1234),
        (typed("1234 người"), 1234),
        (typed("≥ 200"), 200),
        (typed("ít nhất 50 hộ kinh doanh"), 50),
        (typed("1234", 1234.0), 1234),
        (typed("0"), 0),
    ],
)
def test_amounts(line: Line, value: int | None) -> None:
    assert movement_values.amount(line, "v") == value


# A workbook's 1.234 is one and a bit; as text it would be a thousand.
@pytest.mark.parametrize("line", [typed("1.234", 1.234), typed("1,5"), typed("1.234,5"), typed("mười"), typed("=1+1")])
def test_what_is_no_amount_is_refused(line: Line) -> None:
    with pytest.raises(Invalid, match="number_invalid"):
        movement_values.amount(line, "v")


@pytest.mark.parametrize(
    ("line", "value", "noted"),
    [
        (typed("62 %"), 6200, []),
        (typed("62,5"), 6250, []),
        (typed("0,5 %"), 50, []),
        (typed("> 80%"), 8000, []),
        (typed("100", 100.0), 10_000, []),
        (typed("0.62", 0.62), 6200, ["rate_from_fraction"]),
        (typed("1", 1.0), 10_000, ["rate_from_fraction"]),
        (typed("0"), 0, []),
        (typed("62.34567", 62.34567), 6235, []),
        (typed("33,333 %"), 3333, ["rate_rounded"]),
    ],
)
def test_percents(line: Line, value: int, noted: list[str]) -> None:
    notes: list[Note] = []
    assert movement_values.percent(line, "v", notes) == value
    assert [note.code for note in notes] == noted


@pytest.mark.parametrize("text", ["0,5", "0.62", "1"])
def test_half_a_percent_is_not_taken_for_fifty(text: str) -> None:
    with pytest.raises(Invalid, match="rate_unclear"):
        movement_values.percent(typed(text), "v", [])


@pytest.mark.parametrize(
    ("line", "day"),
    [
        (typed("25/10/2025"), "2025-10-25"),
        (typed("5-7-2025"), "2025-07-05"),
        (typed("2025-10-25T00:00:00"), "2025-10-25"),
        (typed("45955", 45955.0), "2025-10-25"),
        (typed(""), None),
    ],
)
def test_days(line: Line, day: str | None) -> None:
    assert movement_values.day(line, "v") == day


@pytest.mark.parametrize("text", ["10/2025", "31/02/2025", "hôm qua", "25/10/25", "45955"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="day_unreadable"):
        movement_values.day(typed(text), "v")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Dray Bhăng", "c:24561"),
        ("xa dray bhang", "c:24561"),
        ("24561", "c:24561"),
        ("PHƯỜNG BUÔN MA THUỘT", "c:24133"),
        ("Toàn tỉnh", "p"),
        ("Tỉnh Đắk Lắk", "p"),
        ("Mọi xã, phường", "c:*"),
    ],
)
def test_places(text: str, place: str) -> None:
    assert movement_values.place(text, UNITS, [], every=True) == place


def test_a_former_name_finds_the_one_commune_it_went_into_and_says_so() -> None:
    notes: list[Note] = []
    assert movement_values.place("xã Ea Púk", UNITS, notes) == "c:24364"
    assert notes[0].params["name"] == "Xã Phú Xuân"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "place_missing"),
        ("Hà Nội", "place_not_found"),
        ("99999", "place_not_found"),
        ("Dray", "place_like"),
        ("Mọi xã, phường", "place_not_found"),
    ],
)
def test_places_that_are_not_clear_are_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        movement_values.place(text, UNITS, [])
    assert refused.value.code == code


def test_a_former_name_of_two_communes_names_both() -> None:
    names: dict[str, int] = {}
    for unit in UNITS:
        for key in unit.keys[1]:
            names[key] = names.get(key, 0) + 1
    own = {key for unit in UNITS for key in unit.keys[0]}
    shared = next(key for key, many in names.items() if many > 1 and key not in own)
    with pytest.raises(Invalid) as refused:
        movement_values.place(shared, UNITS, [])
    assert refused.value.code == "place_ambiguous"
    assert len(refused.value.params["names"].split(", ")) > 1


@pytest.mark.parametrize(
    ("kind", "headings"),
    [
        (Kind.TARGETS, "pham vi,Chỉ tiêu,GIÁ TRỊ,Đơn vị tính,Từ ngày,Thời hạn,Văn bản"),
        (Kind.TARGETS, "Xã/Phường,Mã chỉ tiêu,Nội dung chỉ tiêu,Mục tiêu,ĐVT,Ngày bắt đầu,Đến ngày,Căn cứ"),
        (Kind.DENOMINATORS, "Tên xã (phường),Nhóm đối tượng,Số người,Thời điểm,Nguồn số liệu"),
        (Kind.FIGURES, "Đơn vị,ma chi tieu,Số lượng,Tỷ lệ (%),Từ ngày,Đến ngày,Nguồn,Người cung cấp,Ghi chú"),
        (Kind.VILLAGES, "Xã,Thôn/buôn"),
        (Kind.VILLAGES, "commune,village"),
    ],
)
def test_headings_are_known_by_many_names(kind: Kind, headings: str) -> None:
    wide = ";".join(headings.split(","))
    data = f"{wide}\n{';'.join('x' for _ in headings.split(','))}\n".encode()
    [line] = sheet_reading.read("a.csv", data, LAYOUTS[kind].needed, LAYOUTS[kind].headings)
    assert len([name for name in LAYOUTS[kind].headings if line.get(name)]) == len(headings.split(","))


def test_rows_survive_being_carried_by_the_page() -> None:
    lines = [Line(3, {"place": "Ea Kao", "name": 'Thôn "1" </x>'}, {"place": 2.5})]
    assert movement_sheet.unpacked(Kind.VILLAGES, movement_sheet.packed(lines)) == lines
    for forged in ("", "{}", "[]", "[[1]]", '[["x",{},{}]]', "[[1,[],{}]]", "[" * 9_999):
        with pytest.raises(Invalid):
            movement_sheet.unpacked(Kind.VILLAGES, forged)
