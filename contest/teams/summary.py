"""Counts of what teams did, straight from their sessions: per commune for organisers, per week for members.

Never counts what was undone, and never counts people across teams as different: these are people guided, not persons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, distinct, exists, func, select

from contest.database import Reader
from contest.provincial.local_time import DAY_MS, day_start, local_date
from contest.statistics.tables import villages
from contest.teams.tables import team_members, team_sessions, team_villages, teams


@dataclass(frozen=True, slots=True)
class CommuneLine:
    """What a commune's teams are and did. `bare` villages have no team, `quiet` ones no session in the days asked."""

    commune: str
    teams: int = 0
    members: int = 0
    paired: int = 0
    villages: int = 0
    bare: int = 0
    quiet: int = 0
    sessions: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Week:
    """A team's week so far beside the commune's. `others` are its other teams in use, `mean` what they guided."""

    people: int
    sessions: int
    mine: int
    others: int
    mean: float
    total: int
    """People the team guided since its beginning."""


async def by_commune(reader: Reader, first_day: str = "", last_day: str = "") -> dict[str, CommuneLine]:
    """Every commune that has a team or a village. Days are local, both included; empty: no bound."""
    standing = await _sums(
        reader, select(teams.c.commune, func.count()).where(teams.c.active.is_(True)), teams.c.commune
    )
    membership = (
        select(teams.c.commune, func.count(), func.count(team_members.c.paired_at))
        .join(team_members, team_members.c.team_id == teams.c.id)
        .where(teams.c.active.is_(True), team_members.c.active.is_(True))
        .group_by(teams.c.commune)
    )
    members = {row[0]: (row[1], row[2]) for row in await reader.execute(membership)}
    v = villages.c
    known = await _sums(reader, select(v.commune, func.count()).where(v.archived_at.is_(None)), v.commune)
    served = exists().where(
        team_villages.c.village_id == v.id, teams.c.id == team_villages.c.team_id, teams.c.active.is_(True)
    )
    bare = await _sums(reader, select(v.commune, func.count()).where(v.archived_at.is_(None), ~served), v.commune)
    held = _held(first_day, last_day)
    visited = exists().where(team_sessions.c.village_id == v.id, held)
    quiet = await _sums(reader, select(v.commune, func.count()).where(v.archived_at.is_(None), ~visited), v.commune)
    done = (
        select(team_sessions.c.commune, func.count(), func.coalesce(func.sum(team_sessions.c.people), 0))
        .where(held)
        .group_by(team_sessions.c.commune)
    )
    sessions = {row[0]: (row[1], int(row[2])) for row in await reader.execute(done)}
    codes = standing.keys() | known.keys() | sessions.keys()
    return {
        code: CommuneLine(
            code, standing.get(code, 0), *members.get(code, (0, 0)), known.get(code, 0), bare.get(code, 0),
            quiet.get(code, 0), *sessions.get(code, (0, 0)),
        )
        for code in codes
    }  # fmt: skip


async def by_team(reader: Reader, commune: str) -> dict[int, tuple[int, int, int, int]]:
    """Members, paired phones, sessions and people guided, by team of a commune."""
    membership = (
        select(team_members.c.team_id, func.count(), func.count(team_members.c.paired_at))
        .join(teams, teams.c.id == team_members.c.team_id)
        .where(teams.c.commune == commune, team_members.c.active.is_(True))
        .group_by(team_members.c.team_id)
    )
    done = (
        select(team_sessions.c.team_id, func.count(), func.coalesce(func.sum(team_sessions.c.people), 0))
        .where(team_sessions.c.commune == commune, team_sessions.c.undone_at.is_(None))
        .group_by(team_sessions.c.team_id)
    )
    members = {row[0]: (row[1], row[2]) for row in await reader.execute(membership)}
    sessions = {row[0]: (row[1], int(row[2])) for row in await reader.execute(done)}
    return {one: (*members.get(one, (0, 0)), *sessions.get(one, (0, 0))) for one in members.keys() | sessions.keys()}


async def week_of(reader: Reader, team_id: int, commune: str, member_id: int, now_ms: int) -> Week:
    """The running week, Monday to Sunday, of a team and of the commune's others."""
    today = local_date(now_ms)
    start = day_start(today - timedelta(days=today.weekday()))
    c = team_sessions.c
    in_week = and_(c.held_at >= start, c.held_at < start + 7 * DAY_MS, c.undone_at.is_(None))
    rows = await reader.execute(
        select(c.team_id, func.count(), func.sum(c.people)).where(c.commune == commune, in_week).group_by(c.team_id)
    )
    found = {row[0]: (row[1], int(row[2])) for row in rows}
    mine = await reader.scalar(
        select(func.coalesce(func.sum(c.people), 0)).where(c.member_id == member_id, in_week, c.team_id == team_id)
    )
    total = await reader.scalar(
        select(func.coalesce(func.sum(c.people), 0)).where(c.team_id == team_id, c.undone_at.is_(None))
    )
    others = await reader.scalar(
        select(func.count(distinct(teams.c.id))).where(
            teams.c.commune == commune, teams.c.active.is_(True), teams.c.id != team_id
        )
    )
    rest = sum(people for one, (_, people) in found.items() if one != team_id)
    sessions, people = found.get(team_id, (0, 0))
    many = int(others or 0)
    return Week(people, sessions, int(mine or 0), many, rest / many if many else 0.0, int(total or 0))


def _held(first_day: str, last_day: str) -> ColumnElement[bool]:
    c = team_sessions.c
    wanted: list[ColumnElement[bool]] = [c.undone_at.is_(None)]
    if first_day:
        wanted.append(c.day >= first_day)
    if last_day:
        wanted.append(c.day <= last_day)
    return and_(*wanted)


async def _sums(reader: Reader, statement: Select[Any], by: Column[str]) -> Mapping[str, int]:
    return {row[0]: int(row[1]) for row in (await reader.execute(statement.group_by(by))).all()}
