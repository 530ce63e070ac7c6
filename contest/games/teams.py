"""Who plays for which team, and what the teams of a round have: the mode teams between its rules and SQL.

A team's key is what `seats.team` holds: a commune's code, or a number from "1" of the host's list or of the draw. Never
says what a mean is nor who has a rank (`scoring.team_mean`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from contest.database import Database, Writer
from contest.ids import RoundId
from contest.model import Mode, ModeSettings, RoundSettings, TeamSource
from contest.seats import SeatRecord, bump_people, record
from contest.tables import rounds, seats
from scoring.team_mean import TeamStanding, deal, gather, rank_teams


def fixed_teams(settings: ModeSettings) -> tuple[str, ...]:
    """The keys of the teams a round has whoever comes; none where communes are the teams, or where there are none."""
    if settings.mode is not Mode.TEAMS or settings.team_source is TeamSource.UNITS:
        return ()
    listed = settings.team_source is TeamSource.LIST
    return tuple(str(n) for n in range(1, (len(settings.team_names) if listed else settings.team_count) + 1))


def team_name(settings: ModeSettings, key: str) -> str | None:
    """What a team of the host's list is called; None for communes and drawn teams: those are told by their keys."""
    if (
        settings.team_source is not TeamSource.LIST
        or not key.isdigit()
        or not 1 <= int(key) <= len(settings.team_names)
    ):
        return None
    return settings.team_names[int(key) - 1]


def asked_team(settings: ModeSettings, team: str | None, unit: str | None) -> str | None:
    """The team of somebody at the door who names this team and commune; None where it is drawn, or there is none.

    Who names none of the host's list sits down without one and may choose later. Raises LookupError with the refusal's
    code when the list has no such team.
    """
    if settings.mode is not Mode.TEAMS or settings.team_source is TeamSource.DRAWN:
        return None
    if settings.team_source is TeamSource.UNITS:
        return unit
    if team is not None and team_name(settings, team) is None:
        raise LookupError("round_team_unknown")
    return team


async def draw(writer: Writer, round_id: int, settings: ModeSettings, count: int) -> list[str | None]:
    """The teams of the next `count` people of a round; None for each where nothing is drawn.

    Must run in the transaction that holds the round's row and seats them, so that no two draws count the same people.
    """
    if settings.mode is not Mode.TEAMS or settings.team_source is not TeamSource.DRAWN:
        return [None] * count
    query = (
        select(seats.c.team, func.count()).where(seats.c.round_id == round_id, ~seats.c.kicked).group_by(seats.c.team)
    )
    sizes = dict.fromkeys(fixed_teams(settings), 0)
    for key, size in await writer.execute(query):
        if key in sizes:
            sizes[key] = size
    return list(deal(sizes, count))


def standings(settings: ModeSettings, in_play: Iterable[SeatRecord]) -> list[TeamStanding]:
    """The teams of the seats given, who must be those not thrown out; nothing in other modes."""
    if settings.mode is not Mode.TEAMS:
        return []
    members = ((seat.team, seat.points, seat.correct) for seat in in_play)
    return rank_teams(gather(members, fixed_teams(settings)), settings.min_team_size)


def own_points(settings: ModeSettings, in_play: Sequence[SeatRecord]) -> list[TeamStanding]:
    """The same without what the seats brought from the rounds before."""
    if settings.mode is not Mode.TEAMS:
        return []
    members = ((seat.team, seat.points - seat.base_points, seat.correct - seat.base_correct) for seat in in_play)
    return rank_teams(gather(members, fixed_teams(settings)), settings.min_team_size)


class Choice(NamedTuple):
    """A seat that wants to play for a team of the host's list."""

    round_id: RoundId
    seat: int
    team: str


async def choose(db: Database, choices: Sequence[Choice]) -> list[SeatRecord | None]:
    """Gives seats that have no team the one they chose, in one transaction; the seats as they are then, in order.

    None where that cannot be: there is no such team or seat, or the seat has a team already (which is then kept).
    """
    wanted: defaultdict[int, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for choice in choices:
        wanted[choice.round_id][choice.team].append(choice.seat)
    changed: dict[tuple[int, int, str], SeatRecord] = {}
    async with db.write() as writer:
        query = select(rounds.c.id, rounds.c.settings).where(rounds.c.id.in_(bindparam("ids", expanding=True)))
        found = await writer.execute(query.order_by(rounds.c.id).with_for_update(), {"ids": sorted(wanted)})
        for round_id, stored in found.all():
            settings = RoundSettings.model_validate(stored)
            known = {team: who for team, who in wanted[round_id].items() if team in fixed_teams(settings)}
            if settings.team_source is not TeamSource.LIST or not known:
                continue
            version = await bump_people(writer, RoundId(round_id))
            for team, who in known.items():
                teamless = (seats.c.round_id == round_id, seats.c.team.is_(None), ~seats.c.kicked)
                statement = update(seats).where(*teamless, seats.c.seat.in_(who))
                rows = await writer.execute(statement.values(team=team, people_version=version).returning(seats))
                changed |= {(round_id, row.seat, team): record(row) for row in rows}
    return [changed.get((choice.round_id, choice.seat, choice.team)) for choice in choices]
