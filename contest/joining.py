"""Taking a seat: one transaction for everybody who knocked at the same moment.

Never limits how many come from one address: a hall sits behind one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from contest.closing import judged_count
from contest.database import Database, Reader, Writer
from contest.festival import guest_seats
from contest.games import golden_bell, teams
from contest.ids import RoundId, Seat
from contest.model import Mode, RoundSettings
from contest.names import MAX_GRAPHEMES, clean, graphemes, is_offensive
from contest.phases import FINAL, Phase
from contest.rounds import load
from contest.seats import SeatRecord, name_key
from contest.tables import rounds, seats, units
from contest.tickets import digest, new_secret


@dataclass(frozen=True, slots=True)
class Hello:
    """Somebody at the door, with what the phone sent. `guest`: the token hash of a festival guest's session.

    `team` is the key of a team of the host's list, where a round has one.
    """

    code: str
    name: str
    unit: str | None = None
    target_group: str | None = None
    lang: str = "vi"
    guest: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A seat taken. `ticket` is the secret that resumes it; it exists nowhere else. `of` counts the seats so far."""

    round_id: RoundId
    seat: SeatRecord
    ticket: str
    of: int


@dataclass(frozen=True, slots=True)
class NotAdmitted:
    """Why not: code_unknown, round_locked, name_empty, name_too_long, name_unprintable, unit_unknown or
    round_team_unknown."""

    code: str


async def join(db: Database, hellos: Sequence[Hello], now_ms: int) -> list[Admitted | NotAdmitted]:
    """Seats everybody who may sit, in order; a taken name gets the lowest free number from 2.

    An offensive name is admitted but hidden until the host allows it, so that its owner is not taught what the filter
    knows. Joining twice makes two seats: a phone that has a ticket resumes instead.
    """
    outcomes: list[Admitted | NotAdmitted | None] = [None] * len(hellos)
    waiting: dict[str, list[tuple[int, Hello, str]]] = {}
    for index, hello in enumerate(hellos):
        cleaned = clean(hello.name)
        if cleaned.name is None:
            outcomes[index] = NotAdmitted(cleaned.code or "name_empty")
        else:
            waiting.setdefault(hello.code, []).append((index, hello, cleaned.name))
    if waiting:
        async with db.write() as writer:
            known_units = await _known_units(writer, {hello.unit for hello in hellos if hello.unit})
            people = await guest_seats.people_of_sessions(
                writer, {hello.guest for hello in hellos if hello.guest}, now_ms
            )
            found = await _lock(writer, waiting)
            if missing := [code for code in waiting if code not in found]:
                # Whoever waited for the lock of a round whose hall has just gone on sees the next one only now.
                found |= await _lock(writer, missing)
            for code, here in waiting.items():
                await _join_one_round(writer, found.get(code), here, known_units, people, outcomes, now_ms)
    return [outcome or NotAdmitted("code_unknown") for outcome in outcomes]


async def _known_units(writer: Writer, codes: set[str]) -> set[str]:
    if not codes:
        return set()
    query = select(units.c.code).where(units.c.code.in_(bindparam("codes", expanding=True)))
    return set(await writer.scalars(query, {"codes": list(codes)}))


async def _lock(writer: Writer, codes: Iterable[str]) -> dict[str, Any]:
    """The open rounds of these codes, locked in the order of their ids like everybody's who locks several."""
    r = rounds.c
    columns = (r.code, r.id, r.phase, r.locked, r.seat_count, r.settings, r.state)
    query = select(*columns).where(rounds.c.code.in_(bindparam("codes", expanding=True)), rounds.c.code_active)
    rows = await writer.execute(query.order_by(rounds.c.id).with_for_update(), {"codes": list(codes)})
    return {row.code: row for row in rows}


async def _join_one_round(
    writer: Writer,
    found: Any,
    waiting: list[tuple[int, Hello, str]],
    known_units: set[str],
    people: Mapping[str, int],
    outcomes: list[Admitted | NotAdmitted | None],
    now_ms: int,
) -> None:
    refusal = _refusal(found)
    settings = None if found is None else RoundSettings.model_validate(found.settings)
    admitted: list[tuple[int, Hello, str]] = []
    asked: list[str | None] = []
    for index, hello, name in waiting:
        if refusal or settings is None:
            outcomes[index] = NotAdmitted(refusal or "code_unknown")
        elif hello.unit and hello.unit not in known_units:
            outcomes[index] = NotAdmitted("unit_unknown")
        else:
            try:
                asked.append(teams.asked_team(settings, hello.team, hello.unit))
            except LookupError as unknown:
                outcomes[index] = NotAdmitted(str(unknown))
                continue
            admitted.append((index, hello, name))
    if not admitted or found is None or settings is None:
        return
    drawn = await teams.draw(writer, found.id, settings, len(admitted))
    names = await _free_names(writer, found.id, [name for _, _, name in admitted])
    # One more change of people for the whole batch: joins are told apart from it by their own version.
    updated = (
        await writer.execute(
            update(rounds)
            .where(rounds.c.id == found.id)
            .values(
                seat_count=rounds.c.seat_count + len(admitted),
                people_version=rounds.c.people_version + 1,
            )
            .returning(rounds.c.seat_count, rounds.c.people_version)
        )
    ).one()
    left_out = found.state.get("left_out", 0)
    missed = await _missed(writer, RoundId(found.id), settings)
    rows: list[dict[str, Any]] = []
    for offset, ((index, hello, _), name) in enumerate(zip(admitted, names, strict=True)):
        ticket = new_secret()
        record = SeatRecord(
            seat=Seat(found.seat_count + offset + 1),
            ticket_hash=digest(ticket),
            name=name,
            name_hidden=is_offensive(name),
            unit=hello.unit,
            target_group=hello.target_group,
            lang=hello.lang,
            points=0,
            correct=0,
            time_ms=0,
            streak=0,
            kicked=False,
            people_version=updated.people_version,
            joined_at=now_ms,
            team=drawn[offset] or asked[offset],
            out_at=missed,
        )
        rows.append(
            {"round_id": found.id, "name_key": name_key(name), "person": people.get(hello.guest or "")}
            | {field: getattr(record, field) for field in SeatRecord.__struct_fields__}
        )
        outcomes[index] = Admitted(RoundId(found.id), record, ticket, updated.seat_count - left_out)
    await writer.execute(insert(seats), rows)


async def _missed(writer: Writer, round_id: RoundId, settings: RoundSettings) -> int | None:
    """The question that puts out whoever comes now, where somebody can be out; the round's row is held."""
    if settings.mode is not Mode.GOLDEN_BELL:
        return None
    record = await load(Reader(writer), round_id)
    return golden_bell.latecomer(record, judged_count(record))


def _refusal(found: Any) -> str | None:
    if found is None or Phase(found.phase) in FINAL:
        return "code_unknown"
    return "round_locked" if found.locked else None


async def _free_names(writer: Writer, round_id: int, wanted: list[str]) -> list[str]:
    """A free name for each wanted one: itself, or with the lowest number from 2 that nobody has."""
    taken: set[str] = set()
    asked: set[str] = set()
    free: list[str] = []
    # Most names are free at once; a popular one is looked up in runs of numbers that grow.
    await _look_up(writer, round_id, {name_key(name) for name in wanted}, taken, asked)
    for name in wanted:
        candidate, number = name, 1
        while True:
            key = name_key(candidate)
            if key not in asked:
                run = {name_key(numbered(name, n)) for n in range(number, number * 2 + 8)}
                await _look_up(writer, round_id, run, taken, asked)
            if key not in taken:
                break
            number += 1
            candidate = numbered(name, number)
        taken.add(name_key(candidate))
        free.append(candidate)
    return free


async def _look_up(writer: Writer, round_id: int, keys: set[str], taken: set[str], asked: set[str]) -> None:
    query = select(seats.c.name_key).where(
        seats.c.round_id == round_id, seats.c.name_key.in_(bindparam("keys", expanding=True))
    )
    taken.update(await writer.scalars(query, {"keys": sorted(keys)}))
    asked.update(keys)


def numbered(name: str, number: int) -> str:
    """The name with its number behind, still within the longest name allowed. Number 1 is the name itself."""
    if number < 2:
        return name
    suffix = f" {number}"
    letters = graphemes(name)
    return "".join(letters[: MAX_GRAPHEMES - len(suffix)]).rstrip() + suffix
