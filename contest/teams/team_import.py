"""Lists of teams and their members as communes keep them: a row a member, and every row of the file answered for.

A file may come twice: who is there stays. Never gives out a link, never shows a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from contest import audit
from contest.database import Database, Reader, Writer
from contest.provincial.entry_form import Wrong
from contest.provincial.import_rows import (
    ADDED,
    LEFT_OUT,
    SAME,
    ImportResult,
    RowResult,
    commune_names,
    left_out,
)
from contest.provincial.secrets_box import FieldBox
from contest.provincial.sheet_reading import read_async
from contest.statistics import villages as village_list
from contest.teams.members import member_key, member_row, phone_hash
from contest.teams.model import MemberRole
from contest.teams.tables import team_members, team_villages, teams
from contest.teams.team_rows import HEADINGS, NEEDED, TeamRow, read_row
from contest.teams.teams import MAX_NAME, team_row
from scoring.folding import fold

CHANGED = "changed"
"""The member was there; what was missing or another role was written."""
_CHUNK = 500


@dataclass(slots=True)
class _Known:
    """A member who is there, by the file or before it."""

    id: int | None
    phone: str | None
    role: MemberRole
    active: bool = True
    row: dict[str, Any] = field(default_factory=dict)


async def import_teams(
    db: Database,
    box: FieldBox,
    filename: str,
    data: bytes,
    *,
    actor: str,
    now_ms: int,
    restore_zero: bool = False,
    make_villages: bool = False,
) -> ImportResult:
    """Takes teams and members in. `make_villages`: villages that the commune does not have yet are made.

    Raises what reading a file raises.
    """
    lines = await read_async(filename, data, NEEDED, HEADINGS)
    communes = commune_names()
    results: list[RowResult] = []
    rows: list[TeamRow] = []
    for line in lines:
        try:
            rows.append(read_row(line, communes, restore_zero=restore_zero))
        except Wrong as wrong:
            results.append(left_out(line, wrong, line.get("full_name") or line.get("team")))
    async with db.write() as writer:
        places = await _Places.load(writer, rows, make=make_villages)
        kept: list[TeamRow] = []
        for row in rows:
            if (missing := places.missing(row)) is not None:
                unknown = Wrong("village_unknown", village=missing[:60])
                results.append(left_out(row.line, unknown, row.name or row.team))
            else:
                kept.append(row)
        await places.save(writer, actor, now_ms)
        found, fresh_teams = await _teams(writer, kept, actor, now_ms)
        await _serve(writer, kept, found, places)
        results += await _members(writer, box, kept, found, fresh_teams, actor, now_ms)
        outcome = ImportResult(tuple(sorted(results, key=lambda one: one.number)))
        await audit.record(
            writer, actor=actor, action="team.import", subject="teams", now_ms=now_ms,
            detail={
                "teams": len(fresh_teams), "added": outcome.count(ADDED), "changed": outcome.count(CHANGED),
                "same": outcome.count(SAME), "left_out": outcome.count(LEFT_OUT), "villages": places.made,
            },
        )  # fmt: skip
    return outcome


class _Places:
    """The villages that the file names, by commune and folded name."""

    def __init__(self, ids: dict[tuple[str, str], int], make: bool) -> None:
        self._ids, self._make = ids, make
        self._new: dict[tuple[str, str], str] = {}
        self.made = 0

    @classmethod
    async def load(cls, writer: Writer, rows: Sequence[TeamRow], *, make: bool) -> "_Places":
        return cls(await _village_ids(writer, {row.commune for row in rows if row.villages}), make)

    def missing(self, row: TeamRow) -> str | None:
        """The first village of the row that there is not, unless it may be made."""
        for name in row.villages:
            key = (row.commune, fold(name))
            if key not in self._ids:
                if not self._make:
                    return name
                self._new.setdefault(key, name)
        return None

    async def save(self, writer: Writer, actor: str, now_ms: int) -> None:
        """Makes those that are missing. Raises Invalid("villages_many")."""
        if self._new:
            wanted = [(commune, name) for (commune, _), name in self._new.items()]
            self.made = await village_list.add_many(writer, wanted, actor=actor, now_ms=now_ms)
            self._ids |= await _village_ids(writer, {commune for commune, _ in wanted})

    def ids(self, row: TeamRow) -> list[int]:
        return [self._ids[row.commune, fold(name)] for name in row.villages]


async def _village_ids(writer: Writer, communes: set[str]) -> dict[tuple[str, str], int]:
    found = await village_list.listing(Reader(writer), communes, archived=True)
    return {(one.commune, one.fold): one.id for one in found}


async def _teams(
    writer: Writer, rows: Sequence[TeamRow], actor: str, now_ms: int
) -> tuple[dict[tuple[str, str], int], set[int]]:
    """The teams of the file by commune and folded name; and which of them are new."""
    communes = sorted({row.commune for row in rows})
    known = await writer.execute(select(teams.c.id, teams.c.commune, teams.c.fold).where(teams.c.commune.in_(communes)))
    found = {(row.commune, row.fold): row.id for row in known}
    fresh: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row.commune, fold(row.team)[:MAX_NAME])
        if key not in found:
            fresh.setdefault(key, team_row(row.commune, row.team, row.kind, actor, now_ms))
    new: set[int] = set()
    values = list(fresh.values())
    for start in range(0, len(values), _CHUNK):
        made = await writer.execute(
            insert(teams).returning(teams.c.id, teams.c.commune, teams.c.fold), values[start : start + _CHUNK]
        )
        for one in made:
            found[one.commune, one.fold] = one.id
            new.add(one.id)
    return found, new


async def _serve(
    writer: Writer, rows: Sequence[TeamRow], found: Mapping[tuple[str, str], int], places: _Places
) -> None:
    """Villages are added to those a team serves; none is taken away."""
    wanted = {(_team_of(row, found), village) for row in rows for village in places.ids(row)}
    if not wanted:
        return
    ids = sorted({team for team, _ in wanted})
    for start in range(0, len(ids), _CHUNK):
        served = await writer.execute(
            select(team_villages).where(team_villages.c.team_id.in_(ids[start : start + _CHUNK]))
        )
        wanted -= {(row.team_id, row.village_id) for row in served}
    if wanted:
        rows_ = [{"team_id": team, "village_id": village} for team, village in sorted(wanted)]
        await writer.execute(insert(team_villages), rows_)


def _team_of(row: TeamRow, found: Mapping[tuple[str, str], int]) -> int:
    return found[row.commune, fold(row.team)[:MAX_NAME]]


async def _members(
    writer: Writer,
    box: FieldBox,
    rows: Sequence[TeamRow],
    found: Mapping[tuple[str, str], int],
    fresh_teams: set[int],
    actor: str,
    now_ms: int,
) -> list[RowResult]:
    here = await _here(writer, {_team_of(row, found) for row in rows} - fresh_teams)
    results: list[RowResult] = []
    fresh: list[dict[str, Any]] = []
    for row in rows:
        team_id = _team_of(row, found)
        if row.name is None:
            status = ADDED if team_id in fresh_teams else SAME
            results.append(RowResult(row.line.number, status, row.team))
            continue
        hashed = phone_hash(box, row.phone) if row.phone else None
        of_name = here.setdefault((team_id, fold(row.name)[:160]), [])
        known = _same(of_name, hashed)
        if known is None:
            values = member_row(box, team_id, row.name, row.phone, row.role, actor, now_ms)
            of_name.append(_Known(None, hashed, row.role, row=values))
            fresh.append(values)
            results.append(RowResult(row.line.number, ADDED, row.name))
        else:
            changed = await _update(writer, box, known, row, hashed, now_ms)
            results.append(RowResult(row.line.number, CHANGED if changed else SAME, row.name))
    for start in range(0, len(fresh), _CHUNK):
        await writer.execute(insert(team_members), fresh[start : start + _CHUNK])
    return results


def _same(of_name: Sequence[_Known], hashed: str | None) -> _Known | None:
    """Who of this name is meant: who has the phone, else who has none yet; without a phone whoever there is."""
    if hashed is None:
        return of_name[0] if of_name else None
    exact = next((one for one in of_name if one.phone == hashed), None)
    return exact or next((one for one in of_name if one.phone is None), None)


async def _here(writer: Writer, team_ids: set[int]) -> dict[tuple[int, str], list[_Known]]:
    """Who is in the teams by now, by team and folded name."""
    found: dict[tuple[int, str], list[_Known]] = {}
    ids, c = sorted(team_ids), team_members.c
    for start in range(0, len(ids), _CHUNK):
        rows = await Reader(writer).execute(
            select(c.id, c.team_id, c.name_fold, c.phone_hash, c.role, c.active).where(
                c.team_id.in_(ids[start : start + _CHUNK]), c.name_fold.is_not(None)
            )
        )
        for row in rows:
            known = _Known(row.id, row.phone_hash, MemberRole(row.role), bool(row.active))
            found.setdefault((row.team_id, row.name_fold), []).append(known)
    return found


async def _update(writer: Writer, box: FieldBox, known: _Known, row: TeamRow, hashed: str | None, now_ms: int) -> bool:
    """Writes what the file knows and the member's row did not: a phone, a role, that they are back."""
    values: dict[str, Any] = {}
    assert row.name is not None
    if hashed is not None and known.phone is None:
        key = member_key(box, row.name, row.phone)
        values |= {"phone_enc": box.seal_or_none(row.phone), "phone_hash": hashed, "member_key": key}
    if row.line.get("role") and row.role is not known.role:
        values["role"] = str(row.role)
    if not known.active:
        values |= {"active": True, "left_at": None}
    if not values:
        return False
    known.phone, known.role, known.active = hashed or known.phone, row.role, True
    if known.id is None:
        known.row |= {name: value for name, value in values.items() if name in known.row}
    else:
        await writer.execute(
            update(team_members).where(team_members.c.id == known.id).values(values | {"updated_at": now_ms})
        )
    return True
