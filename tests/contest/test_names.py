"""Names: what is shown, what is refused, and what the host should look at."""

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from contest import units
from contest.names import MAX_CODE_POINTS, Cleaned, clean, is_offensive


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Nguyễn   Văn\tAn ", "Nguyễn Văn An"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Ánh"), "Nguyễn Thị Ánh"),
        ("Y Mek Ê Nuôl", "Y Mek Ê Nuôl"),
        ("H’Thi Rya", "H’Thi Rya"),
        ("K'Brơi ô\u0306 ơ\u0306 ư\u0306", "K'Brơi ô̆ ơ̆ ư̆"),
        ("Hđơ\u0306\u0300", "Hđơ\u0306\u0300".replace("ơ\u0306\u0300", unicodedata.normalize("NFC", "ơ\u0306\u0300"))),
        ("\u202eAn\u202c", "An"),
        ("A\u200bn\u00ad\ufeff", "An"),
        ("An\x00\x07", "An"),
        ("An\u2028Bình", "An Bình"),
        ("A" + "\u0300\u0301\u0302\u0303" * 5, unicodedata.normalize("NFC", "À\u0301\u0302")),
        ("\u0301An", "An"),
        ("Đội 🎉 5", "Đội 🎉 5"),
        ("ư\u0306" * 24, "ư\u0306" * 24),
        ("李明", "李明"),
        ("7", "7"),
    ],
)
def test_clean(typed: str, shown: str) -> None:
    assert clean(typed) == Cleaned(shown)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name_empty"),
        (" \t\n\u3000", "name_empty"),
        ("\u200b\u200d", "name_unprintable"),
        ("\u3164\u2800", "name_unprintable"),
        ("!!! ???", "name_unprintable"),
        ("🎉🎉", "name_unprintable"),
        ("\U000e0041\ue000\ud800", "name_unprintable"),
        ("a" * 25, "name_too_long"),
        ("ê" * 25, "name_too_long"),
        ("a" + "👍\U0001f3fb\U0001f3fb\U0001f3fb\U0001f3fb\U0001f3fb" * 22, "name_too_long"),
        ("x" * 10_000_000, "name_too_long"),
    ],
)
def test_clean_refuses(typed: str, code: str) -> None:
    assert clean(typed) == Cleaned(None, code)


@given(st.text(max_size=60))
def test_a_cleaned_name_is_printable_bounded_and_stays(typed: str) -> None:
    cleaned = clean(typed)
    assert (cleaned.name is None) is (cleaned.code is not None)
    if cleaned.name is not None:
        assert clean(cleaned.name) == cleaned
        assert 1 <= len(regex.findall(r"\X", cleaned.name)) <= 24
        assert len(cleaned.name) <= MAX_CODE_POINTS
        assert unicodedata.is_normalized("NFC", cleaned.name)
        assert not {unicodedata.category(char) for char in cleaned.name} & {"Cc", "Cf", "Cn", "Co", "Cs"}


INNOCENT = """
Long; Dũng; Dung; Phúc; Phuc; Bưởi; Bùi Thị Bưởi; Lồng; Lon; Lớn; Lộn; Lợn con; Các; Cắc; Các Mác; Cát; Buổi; Đèo; Đeo
Điệp; Đình; Đức; Duc; Dịu; Cúc; Cư Pui; Cư Kuin; Ea Drông; Đụng; H’Lon; Y Mek Ê Nuôl; H’Thi Rya; Y Sưng Phê Ja
Ra Lan Trương Thanh Hà; L O N G; N.V.A; Đ.C.M.; V.C.L; Nguyễn Văn Long; Thắng Ngũ; Đỗ Ngữ; Do Ngu; Tổ 4A1; Nhóm C4
Lớp 10C3; Hoàng Địch; Đích; Đĩnh; Đồng; Cẩn; Căn; Đạt; Điểm; Diễm; Điềm; Điệu; Mẹ Mít; Má Bảy; Bố Đậu; Con Mèo
Chó Bông; Ngu Công; Y Du Mlô; H’Dit; Siu Black; Ksor H’Lan; Đinh Y Dit; Hồ Thị Kỷ; Cún; Cu Tí; Cu Bi; Bé Na; Shita
Essex; Dickens; Bích; Ngọc Bich; K’Brơi; Ama Kông; Y Ngông Niê Kdăm; A.Lon; Đĩa; Cặp; Cút Kít; Bộ Máy; Bulông
Thành Lồng; Phạm Thị Lụa; Đặng Thùy Trâm; Trần Đại Nghĩa; Võ Thị Sáu; Hà Nhì; Mùa A Sình; Giàng A Pháo; Y Dơn Byă
"""


@pytest.mark.parametrize("name", [name.strip() for name in INNOCENT.replace("\n", ";").split(";") if name.strip()])
def test_innocent_names_pass(name: str) -> None:
    assert not is_offensive(name)


def test_units_and_their_old_names_pass() -> None:
    shipped = units.shipped()
    names = [name for unit in shipped for name in (unit.name, unit.short_name, unit.fold, *unit.old_names)]
    assert len(names) > 400
    assert [name for name in names if is_offensive(name)] == []


OFFENSIVE = """
địt mẹ; ĐỊT; đ!t; l0n; l.ồ.n; lồnnn; l ồ n; đ ị t m ẹ; d.i.t.m.e; fuck; FUUUCK; f*ck; c@c; c4c; cặc; con cặc; buồi
b.u.o.i; đụ má; dit me; d1t me; ditme; djt; vkl; vãi lồn; vailon; óc chó; oc cho; đồ ngu; ｆｕｃｋ; sh1t; s3x
đéo; đĩ; cứt; mẹ mày; thằng chó; bitch; pornhub; LO0N; bu0i; con đĩ; Nguyễn Văn Cặc
thằng ngu; lo\u0302\u0300n; f.u.c.k; ѕех
"""


@pytest.mark.parametrize("name", [name.strip() for name in OFFENSIVE.replace("\n", ";").split(";") if name.strip()])
def test_offensive_spellings_are_pointed_out(name: str) -> None:
    assert is_offensive(name)
    assert is_offensive(f"{name[:1]}\u200b{name[1:]}")
    assert is_offensive(f"Bạn {name}")


@given(st.text(max_size=40))
def test_the_filter_never_fails(name: str) -> None:
    assert is_offensive(name) in (True, False)
