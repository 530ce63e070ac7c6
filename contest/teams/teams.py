"""Teams in SQL: making and changing them, which villages they serve, finding them.

Never touches members or sessions.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from contest import audit, units
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.statistics.tables import villages
from contest.statistics.villages import order_of
from contest.teams.model import Team, TeamKind
from contest.teams.tables import team_villages, teams
from scoring.folding import fold, nfc

MAX_NAME = 120
MOST = 200
"""Teams a search lists."""


def team_record(row: Any, serves: Sequence[int] = ()) -> Team:
    """A row of `teams` as a value."""
    return Team(row.id, row.commune, row.name, TeamKind(row.kind), bool(row.active), tuple(serves))


def team_name(typed: str) -> str:
    """A team's name as it is stored. Raises Invalid("team_name")."""
    name = nfc(typed)
    if not fold(name) or len(name) > MAX_NAME:
        raise Invalid("team_name", limit=MAX_NAME)
    return name


async def create(
    writer: Writer,
    *,
    commune: str,
    name: str,
    kind: TeamKind,
    serves: Sequence[int] = (),
    actor: str,
    now_ms: int,
) -> Team:
    """A new team. Raises Invalid("team_name" | "team_commune" | "team_village"), Conflict("team_exists")."""
    if commune not in {str(unit.code) for unit in units.shipped()}:
        raise Invalid("team_commune")
    clean = team_name(name)
    try:
        async with writer.begin_nested():
            team_id = await writer.scalar(
                insert(teams).values(team_row(commune, clean, kind, actor, now_ms)).returning(teams.c.id)
            )
    except IntegrityError:
        raise Conflict("team_exists") from None
    assert team_id is not None
    await set_villages(writer, team_id, commune, serves)
    await audit.record(writer, actor=actor, action="team.create", subject=f"team:{team_id}", now_ms=now_ms)
    return await load(Reader(writer), team_id)


def team_row(commune: str, name: str, kind: TeamKind, actor: str, now_ms: int) -> dict[str, Any]:
    """A team as it is inserted."""
    return {
        "commune": commune, "name": name, "fold": fold(name)[:MAX_NAME], "sort_key": order_of(name),
        "kind": str(kind), "created_by": actor, "created_at": now_ms, "updated_at": now_ms,
    }  # fmt: skip


async def change(
    writer: Writer,
    team_id: int,
    *,
    name: str,
    kind: TeamKind,
    active: bool,
    serves: Sequence[int],
    actor: str,
    now_ms: int,
) -> None:
    """The team becomes this. Raises what `create` raises, and NotFound("team_unknown")."""
    team = await load(Reader(writer), team_id)
    clean = team_name(name)
    values = {
        "name": clean, "fold": fold(clean)[:MAX_NAME], "sort_key": order_of(clean), "kind": str(kind),
        "active": active, "updated_at": now_ms,
    }  # fmt: skip
    try:
        async with writer.begin_nested():
            await writer.execute(update(teams).where(teams.c.id == team_id).values(values))
    except IntegrityError:
        raise Conflict("team_exists") from None
    await set_villages(writer, team_id, team.commune, serves)
    await audit.record(
        writer, actor=actor, action="team.change", subject=f"team:{team_id}", now_ms=now_ms,
        detail={"active": active, "kind": str(kind), "villages": len(set(serves))},
    )  # fmt: skip


async def set_villages(writer: Writer, team_id: int, commune: str, serves: Sequence[int]) -> None:
    """The team serves these villages of its commune. Raises Invalid("team_village")."""
    wanted = sorted(set(serves))
    if wanted:
        known = await writer.execute(
            select(villages.c.id).where(villages.c.id.in_(wanted), villages.c.commune == commune)
        )
        if {row.id for row in known} != set(wanted):
            raise Invalid("team_village")
    await writer.execute(delete(team_villages).where(team_villages.c.team_id == team_id))
    if wanted:
        await writer.execute(insert(team_villages), [{"team_id": team_id, "village_id": one} for one in wanted])


async def load(reader: Reader, team_id: int) -> Team:
    """The team with its villages. Raises NotFound("team_unknown")."""
    row = (await reader.execute(select(teams).where(teams.c.id == team_id))).one_or_none()
    if row is None:
        raise NotFound("team_unknown")
    c = team_villages.c
    serves = await reader.execute(select(c.village_id).where(c.team_id == team_id).order_by(c.village_id))
    return team_record(row, [one.village_id for one in serves])


async def find(reader: Reader, *, commune: str = "", query: str = "") -> list[Team]:
    """Teams by any part of their name or of a village's, however written; of one commune or of all."""
    statement = select(teams).order_by(teams.c.commune, teams.c.sort_key, teams.c.id).limit(MOST)
    if commune:
        statement = statement.where(teams.c.commune == commune)
    if key := fold(query):
        of_village = exists().where(
            team_villages.c.team_id == teams.c.id,
            villages.c.id == team_villages.c.village_id,
            villages.c.fold.contains(key, autoescape=True),
        )
        statement = statement.where(or_(teams.c.fold.contains(key, autoescape=True), of_village))
    found = (await reader.execute(statement)).all()
    serves: dict[int, list[int]] = {}
    if found:
        served = await reader.execute(
            select(team_villages).where(team_villages.c.team_id.in_([one.id for one in found]))
        )
        for row in served:
            serves.setdefault(row.team_id, []).append(row.village_id)
    return [team_record(one, sorted(serves.get(one.id, ()))) for one in found]


async def village_names(reader: Reader, commune: str) -> dict[int, str]:
    """The villages of a commune in their order: those in use, and any that a team still serves."""
    served = exists().where(team_villages.c.village_id == villages.c.id)
    rows = await reader.execute(
        select(villages.c.id, villages.c.name)
        .where(villages.c.commune == commune, or_(villages.c.archived_at.is_(None), served))
        .order_by(villages.c.sort_key, villages.c.id)
    )
    return {row.id: row.name for row in rows}
