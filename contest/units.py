"""The communes and wards people belong to: the list that ships, its table in SQL, and finding one by any spelling.

Old names (before the mergers of 1/7/2025) find the unit they went into. Never changes the official list.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property, lru_cache

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from contest import data, tables
from contest.database import Reader, Writer
from contest.ids import UnitCode
from scoring.folding import fold, sort_key_vi

_OLD_TYPES = re.compile(r"^(?:Xã|Phường|Thị trấn)\s+(?=\D)")
_KINDS = re.compile(r"^(?:xa|phuong|thi tran|tt) (?=.*[a-z])")
_MAX_QUERY = 80


@dataclass(frozen=True)
class Unit:
    """One commune or ward. `type` is xa, phuong or dac_khu; `fold` the folded short name; `merged_from` as decreed."""

    code: UnitCode
    province_code: str
    type: str
    name: str
    short_name: str
    fold: str
    old_province: str = ""
    merged_from: str = ""

    @property
    def old_names(self) -> tuple[str, ...]:
        """The names of the units merged into this one, without their kind: Ea Pốk, Phường 1."""
        return _old_names(self.merged_from)

    @cached_property
    def keys(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What searching compares: the folded own names, and the folded old ones."""
        own = (self.fold, fold(self.name))
        return own, tuple(dict.fromkeys(key for name in self.old_names if (key := fold(name)) not in own))


@lru_cache(maxsize=512)
def _old_names(merged_from: str) -> tuple[str, ...]:
    plain = merged_from
    while (shorter := re.sub(r"\s*\([^()]*\)", "", plain)) != plain:
        plain = shorter
    names = (name.strip() for name in plain.split(","))
    return tuple(dict.fromkeys(_OLD_TYPES.sub("", name) for name in names if name and name != "giữ nguyên"))


@cache
def shipped() -> tuple[Unit, ...]:
    """The units of the list that comes with the platform, in Vietnamese order of the short name."""
    return tuple(in_order(Unit(**row) for row in data.load("units.json")["units"]))


def list_version() -> tuple[str, str]:
    """The decision the shipped codes come from and the date it took effect (ISO)."""
    value = data.load("units.json")
    return value["version"], value["effective"]


def in_order(units: Iterable[Unit]) -> list[Unit]:
    """Sorted by short name as Vietnamese dictionaries do."""
    return sorted(units, key=lambda unit: (sort_key_vi(unit.short_name), unit.code))


async def seed(writer: Writer, units: Sequence[Unit] | None = None) -> int:
    """Stores the shipped units (or `units`), replacing those with the same code; returns how many.

    May be repeated and run by two processes at once. Units of other lists stay.
    """
    rows = [asdict(unit) | {"sort_key": sort_key_vi(unit.short_name).hex()[:400]} for unit in units or shipped()]
    dialect = postgresql if writer.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(tables.units)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "code"}
    await writer.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changed), rows)
    return len(rows)


async def all_units(reader: Reader) -> list[Unit]:
    """Every unit stored, in Vietnamese order of the short name."""
    columns = [column for column in tables.units.columns if column.name != "sort_key"]
    rows = await reader.execute(select(*columns))
    return in_order(Unit(**row) for row in rows.mappings())


def by_code(units: Iterable[Unit]) -> dict[UnitCode, Unit]:
    """The units by their code."""
    return {unit.code: unit for unit in units}


def search(units: Sequence[Unit], query: str, limit: int = 10) -> list[Unit]:
    """The units a person may mean, best first: tones, case, signs and spaces make no difference.

    The whole name comes before its beginning before the beginning of a word; own names before those of merged communes;
    any part of a name comes last. An empty query finds nothing; a code finds its unit.
    """
    key = fold(query[:_MAX_QUERY])
    if not key:
        return []
    ranked = [(rank, place) for place, unit in enumerate(units) if (rank := _rank(unit, key)) is not None]
    return [units[place] for _, place in sorted(ranked)[:limit]]


# Exact, beginning, beginning of a word, any part. A part is the weakest, even of an own name.
_OWN_RANKS, _OLD_RANKS = (1, 2, 3, 7), (4, 5, 6, 8)


def _rank(unit: Unit, key: str) -> int | None:
    if key == unit.code:
        return 0
    own, old = unit.keys
    bare = _KINDS.sub("", key)
    ranks = [_OWN_RANKS[place] for name in own if (place := _place(name, key)) is not None]
    ranks += [_OLD_RANKS[place] for name in old for asked in {key, bare} if (place := _place(name, asked)) is not None]
    return min(ranks, default=None)


def _place(name: str, key: str) -> int | None:
    if name == key:
        return 0
    if name.startswith(key):
        return 1
    if f" {key}" in name:
        return 2
    if key in name or key.replace(" ", "") in name.replace(" ", ""):
        return 3
    return None


def phone_listing(units: Iterable[Unit]) -> list[tuple[UnitCode, str, str, str]]:
    """Rows for searching on the phone: code, name, folded short name, folded old names joined by commas.

    The whole list is about 4 KB when compressed.
    """
    return [(unit.code, unit.name, unit.fold, ",".join(unit.keys[1])) for unit in units]
