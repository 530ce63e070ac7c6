"""Units: found by any spelling and any old name, stored once."""

import gzip
import json
from dataclasses import replace

import pytest

from contest import units
from contest.database import Database
from contest.ids import UnitCode


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("buon ma thuot", "Phường Buôn Ma Thuột"),
        ("BUÔN MA THUỘT", "Phường Buôn Ma Thuột"),
        ("phường buôn ma", "Phường Buôn Ma Thuột"),
        ("ea hleo", "Xã Ea H’Leo"),
        ("Ea H'leo", "Xã Ea H’Leo"),
        ("eahleo", "Xã Ea H’Leo"),
        ("hleo", "Xã Ea H’Leo"),
        ("mdrak", "Xã M’Drắk"),
        ("ea pok", "Xã Quảng Phú"),
        ("thị trấn phước an", "Xã Krông Pắc"),
        ("buon trap", "Xã Krông Ana"),
        ("phuong 7", "Phường Tuy Hòa"),
        ("24133", "Phường Buôn Ma Thuột"),
        ("ho\u0300a my\u0303", "Xã Hòa Mỹ"),
    ],
)
def test_search_finds_first(query: str, first: str) -> None:
    assert units.search(units.shipped(), query)[0].name == first


def test_search_ranks_beginnings_before_words_before_parts_and_own_names_before_old_ones() -> None:
    found = [unit.short_name for unit in units.search(units.shipped(), "hoa", limit=102)]
    assert found[:6] == ["Hòa Hiệp", "Hòa Mỹ", "Hòa Phú", "Hòa Sơn", "Hòa Thịnh", "Hòa Xuân"]
    assert found[6:13] == ["Đông Hòa", "Phú Hòa 1", "Phú Hòa 2", "Sơn Hòa", "Tây Hòa", "Tuy Hòa", "Vân Hòa"]
    assert "Bình Kiến" in found[13:]
    assert units.search(units.shipped(), "hoa", limit=3) == units.search(units.shipped(), "hoa", limit=102)[:3]


@pytest.mark.parametrize("query", ["", "   ", "???", "không có xã này", "x" * 100_000])
def test_search_finds_nothing(query: str) -> None:
    assert units.search(units.shipped(), query) == []


def test_old_names_are_split_and_bared() -> None:
    by_name = {unit.short_name: unit for unit in units.shipped()}
    assert by_name["Tuy Hòa"].old_names[-2:] == ("Hòa An", "Hòa Trị")
    assert "Phường 1" in by_name["Tuy Hòa"].old_names
    assert by_name["Quảng Phú"].old_names == ("Quảng Phú", "Ea Pốk", "Cư Suê", "Quảng Tiến")
    assert by_name["Ea H’Leo"].old_names == ()


def test_units_come_in_vietnamese_order() -> None:
    names = [unit.short_name for unit in units.shipped()]
    order = ["Bình Kiến", "Buôn Đôn", "Cuôr Đăng", "Cư Bao", "Dang Kang", "Dur Kmăl", "Đắk Liêng", "Ea Bá", "Ô Loan"]
    assert [name for name in names if name in order] == order


def test_the_phone_listing_is_small() -> None:
    rows = units.phone_listing(units.shipped())
    assert len(rows) == 102
    assert len(gzip.compress(json.dumps(rows, ensure_ascii=False).encode())) < 12_000
    row = next(row for row in rows if row[0] == "24259")
    assert row == ("24259", "Xã Quảng Phú", "quang phu", "ea pok,cu sue,quang tien")


async def test_seeding_twice_keeps_one_of_each_and_brings_corrections(db: Database) -> None:
    async with db.write() as writer:
        assert await units.seed(writer) == 102
    changed = replace(units.shipped()[0], name="Phường Tên Mới")
    other = units.Unit(UnitCode("00004"), "01", "phuong", "Phường Ba Đình", "Ba Đình", "ba dinh")
    async with db.write() as writer:
        assert await units.seed(writer, [changed, other]) == 2
    async with db.read() as reader:
        stored = await units.all_units(reader)
    assert len(stored) == 103
    assert stored[0] == other
    assert units.by_code(stored)[changed.code] == changed
    assert [unit for unit in stored if unit not in (other, changed)] == list(units.shipped()[1:])
