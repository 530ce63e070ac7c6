"""Lists of who may not win, of units, and of how many people each unit has.

Every row of a file is answered for. Never shows a page; `contest.provincial.people_import` reads rosters.
"""

from typing import Any

from sqlalchemy import delete, insert, select

from contest.database import Database, Reader, Writer
from contest.errors import Invalid
from contest.formats.cells import whole
from contest.ids import ContestId
from contest.provincial import contest_units
from contest.provincial.contest_units import ContestUnit
from contest.provincial.entry_form import Wrong
from contest.provincial.import_rows import (
    ADDED,
    LEFT_OUT,
    SAME,
    ImportResult,
    RowResult,
    code_or_fold,
    commune_names,
    id_number,
    left_out,
    note,
    noted,
    phone_in,
    told,
    unit_names,
)
from contest.provincial.people_rows import id_hash, phone_hash
from contest.provincial.secrets_box import FieldBox
from contest.provincial.sheet_reading import Line, read_async
from contest.provincial.tables import contest_exclusions
from scoring.folding import fold, nfc


async def import_exclusions(
    db: Database, box: FieldBox, contest_id: ContestId, filename: str, data: bytes, *, actor: str, now_ms: int
) -> ImportResult:
    """Adds who may not win, by phone or identity number; only keyed hashes and the reason are kept."""
    lines = await _exclusion_lines(filename, data)
    columns = contest_exclusions.c
    async with db.write() as writer:
        stored = await writer.execute(
            select(columns.phone_hash, columns.id_hash).where(columns.contest_id == contest_id)
        )
        known = {(row.phone_hash, row.id_hash) for row in stored}
        results: list[RowResult] = []
        rows: list[dict[str, Any]] = []
        for line in lines:
            try:
                phone, number = _identity(line)
            except Wrong as wrong:
                results.append(left_out(line, wrong))
                continue
            key = (phone_hash(box, phone) if phone else None, id_hash(box, number) if number else None)
            if key in known:
                results.append(RowResult(line.number, SAME, line.get("full_name")))
                continue
            known.add(key)
            reason = nfc(line.get("reason"))[:200]
            rows.append(
                {
                    "contest_id": contest_id, "phone_hash": key[0], "id_hash": key[1], "reason": reason,
                    "added_by": actor, "added_at": now_ms,
                }
            )  # fmt: skip
            results.append(RowResult(line.number, ADDED, line.get("full_name")))
        if rows:
            await writer.execute(insert(contest_exclusions), rows)
        outcome = ImportResult(tuple(results))
        await note(writer, contest_id, "exclusions", outcome, actor, now_ms)
    return outcome


async def clear_exclusions(writer: Writer, contest_id: ContestId, *, actor: str, now_ms: int) -> int:
    """Empties the list; how many there were."""
    gone = await writer.execute(delete(contest_exclusions).where(contest_exclusions.c.contest_id == contest_id))
    await noted(writer, contest_id, "exclusions.clear", {"rows": gone.rowcount}, actor, now_ms)
    return gone.rowcount


async def import_units(
    db: Database, contest_id: ContestId, filename: str, data: bytes, *, actor: str, now_ms: int
) -> ImportResult:
    """The contest's list of units becomes this one, whole or not at all. Without a code the name makes one."""
    lines = await read_async(filename, data, ["unit"])
    results: list[RowResult] = []
    found: dict[str, ContestUnit] = {}
    for line in lines:
        try:
            unit = _unit(line)
            if unit.code in found:
                raise Wrong("repeats")
        except Wrong as wrong:
            results.append(left_out(line, wrong, line.get("unit")))
            continue
        found[unit.code] = unit
        results.append(RowResult(line.number, ADDED, unit.name))
    outcome = ImportResult(tuple(results), saved=bool(found) and not any(row.status == LEFT_OUT for row in results))
    if outcome.saved:
        async with db.write() as writer:
            await contest_units.replace_all(writer, contest_id, list(found.values()))
            await note(writer, contest_id, "units", outcome, actor, now_ms)
    return outcome


async def import_denominators(
    db: Database, contest_id: ContestId, by: str, filename: str, data: bytes, *, actor: str, now_ms: int
) -> ImportResult:
    """A new version of the people per commune or unit (`by`), whole or not at all."""
    lines = await read_async(filename, data, ["value"])
    async with db.read() as reader:
        names = commune_names() if by == "commune" else await unit_names(reader, contest_id)
    results: list[RowResult] = []
    values: dict[str, tuple[str, int, str]] = {}
    for line in lines:
        shown = (line.get("commune") if by == "commune" else line.get("unit")) or line.get("unit_code")
        try:
            code = names.get(line.get("unit_code")) or names.get(fold(shown))
            if code is None:
                raise Wrong("commune_unknown" if by == "commune" else "unit_unknown")
            if code in values:
                raise Wrong("repeats")
            values[code] = (code, _people(line.get("value")), nfc(line.get("source"))[:200])
        except Wrong as wrong:
            results.append(left_out(line, wrong, shown))
            continue
        results.append(RowResult(line.number, ADDED, shown))
    if not values or any(row.status == LEFT_OUT for row in results):
        return ImportResult(tuple(results), saved=False)
    communes = set(commune_names().values())
    async with db.write() as writer:
        # Sizes of schools must not take those of the communes away, nor the other way round.
        kept = {
            size[0]: size
            for size in await contest_units.sized(Reader(writer), contest_id)
            if (size[0] in communes) != (by == "commune")
        }
        version = await contest_units.set_denominators(
            writer, contest_id, list((kept | values).values()), actor=actor, now_ms=now_ms
        )
        outcome = ImportResult(tuple(results), version=version)
        await note(writer, contest_id, "denominators", outcome, actor, now_ms)
    return outcome


async def _exclusion_lines(filename: str, data: bytes) -> list[Line]:
    try:
        return await read_async(filename, data, ["phone"])
    except Invalid as refusal:
        if refusal.code != "header_missing":
            raise
        return await read_async(filename, data, ["id_number"])


def _identity(line: Line) -> tuple[str | None, str | None]:
    typed, number = line.get("phone"), line.get("id_number")
    if not typed and not number:
        raise Wrong("identity_missing")
    # Whoever may not win must not win because a spreadsheet ate a 0.
    return phone_in(typed, restore_zero=True), id_number(number)


def _unit(line: Line) -> ContestUnit:
    name = nfc(line.get("unit"))
    if not name:
        raise Wrong("required")
    if len(name) > 160:
        raise Wrong("unit_long", limit=160)
    code = nfc(line.get("unit_code")) or fold(name).replace(" ", "-")[:32]
    if not code or len(code) > 32:
        raise Wrong("unit_code_long", limit=32)
    return ContestUnit(code, name, told(commune_names(), code_or_fold(line.get("commune")), "commune_unknown"))


def _people(text: str) -> int:
    value = whole(text)
    if value is None or not 0 <= value <= 100_000_000:
        raise Wrong("value_invalid")
    return value
