"""Vietnamese text: one stored form, one folded key, the dictionary's order."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.folding import fold, nfc, signs, sort_key_vi


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Buôn Ma Thuột", "buon ma thuot"),
        ("Ea H’leo", "ea hleo"),
        ("Ea H'leo", "ea hleo"),
        ("Cư M\u02bcgar", "cu mgar"),
        ("Đắk Lắk", "dak lak"),
        ("ĐẮK LẮK", "dak lak"),
        ("Ƀuôn Đôn ƀ", "buon don b"),
        ("Y Mek Ê Nuôl", "y mek e nuol"),
        ("H’Thi Rya Ô̆", "hthi rya o"),
        ("  hai\u00a0khoảng \t trắng ", "hai khoang trang"),
        ("Hoà", "hoa"),
        ("Hòa", "hoa"),
        ("Wi-Fi", "wifi"),
        ("投票", ""),
    ],
)
def test_fold_gives_the_key_of_the_language_rules(text: str, key: str) -> None:
    assert fold(text) == key
    assert fold(unicodedata.normalize("NFD", text)) == key


@given(st.text())
def test_folding_is_stable_and_clean(text: str) -> None:
    key = fold(text)
    assert fold(key) == key
    assert set(key) <= set("0123456789abcdefghijklmnopqrstuvwxyz ")
    assert key == " ".join(key.split())


def test_a_flood_of_characters_does_not_break_folding() -> None:
    flood = "".join(map(chr, range(0x4E00, 0x4E00 + 9000)))
    assert fold(flood + "a") == "a"
    assert fold("ế" + chr(0x9000)) == "e"


def test_nfc_unites_all_three_ways_to_type_vietnamese() -> None:
    composed, decomposed, mixed = "\u1ebf", "e\u0302\u0301", "\u00ea\u0301"
    assert nfc(composed) == nfc(decomposed) == nfc(mixed) == composed
    assert nfc("  a \n  b\u00a0") == "a b"
    assert nfc("Hoà") != nfc("Hòa")  # spelling stays as typed


def test_signs_are_what_folding_must_not_lose() -> None:
    assert signs("C++") == ("+", "+")
    assert signs("3,5") == (",",)
    assert signs("20/11/1982") == ("/", "/")
    assert signs("-5 °C") == ("-",)
    assert signs("Wi-Fi, 1.500.000 đồng!") == ()


def test_the_order_is_the_dictionarys() -> None:
    stated = (
        "1 9 a A à ả ã á ạ ai ă Ă ằ ẳ ẵ ắ ặ â ầ ẩ ẫ ấ ậ b ƀ c d đ e ĕ ê ề ệ g h i í k l m n ñ o ò ó ŏ ô ồ ộ ơ ờ ợ p "
        "q s t u ủ ư ừ ự v x y z 投"
    ).split(" ")
    shuffled = stated[:]
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=sort_key_vi) == stated


def test_tones_only_matter_when_the_letters_are_equal() -> None:
    names = ["Hoà Bình", "Hoa Lư", "Hoà", "Hoa", "hoa", "Hòa An", "!", " ", "Đắk Lắk", "Dak", "Zô"]
    expected = [" ", "!", "Dak", "Đắk Lắk", "hoa", "Hoa", "Hoà", "Hòa An", "Hoà Bình", "Hoa Lư", "Zô"]
    assert sorted(names, key=sort_key_vi) == expected


@given(st.text(st.characters()))
def test_every_text_has_a_sort_key_and_its_spelling_form_does_not_matter(text: str) -> None:
    assert sort_key_vi(text) == sort_key_vi(unicodedata.normalize("NFD", text))
