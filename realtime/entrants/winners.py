"""Published results as the public reads them: who won what, by window, audience and level.

Only what was verified, signed by two people and published; names only with their owners' word. Never reckons anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from contest.database import Reader
from contest.errors import NotFound
from contest.provincial import contests, public_names
from contest.provincial.contests import ContestRecord
from contest.provincial.public_names import PublicPerson
from contest.provincial.publishing import prize_name, value_of
from contest.provincial.reckoning import result_keys
from contest.provincial.result_documents import awards_of, rows_of
from contest.provincial.result_states import PUBLIC, ResultState, shown
from contest.provincial.rules import ContestRules, Formula
from contest.provincial.tables import contest_awards, contest_results, contest_units
from contest.provincial.windows import COLLECTIVE
from contest.units import shipped
from realtime.entrants.wording import Wording

_Seat = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Winner:
    """A seat of a prize. For units `value` is what they were ranked by; `where` is commune and unit."""

    name: str
    where: str
    score: int | None = None
    duration_ms: int | None = None
    value: str = ""
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    name: str
    value_vnd: int
    rows: tuple[Winner, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The prizes of one audience; `name` is "" where there are none."""

    name: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Published:
    key: str
    name: str
    state: str
    published_at: int
    complaints_until: int | None
    collective: bool
    groups: tuple[Group, ...]


async def published_keys(reader: Reader, contest_id: int) -> frozenset[str]:
    """The results whose winners are public."""
    columns = contest_results.c
    states = [state.value for state in PUBLIC]
    found = await reader.execute(select(columns.key).where(columns.contest_id == contest_id, columns.state.in_(states)))
    return frozenset(found.scalars())


async def published(reader: Reader, record: ContestRecord, words: Wording, now_ms: int) -> list[Published]:
    """Every published result, in the order of the windows, overall and collective last."""
    columns = contest_results.c
    found = await reader.execute(
        select(contest_results).where(
            columns.contest_id == record.id, columns.state.in_([state.value for state in PUBLIC])
        )
    )
    units = await unit_names(reader, record.id)
    results = []
    for row in found.mappings().all():
        key, document = row["key"], row["document"]
        rules = await contests.rules_of(reader, record.id, row["rules_version"])
        people = await public_names.by_number(reader, record.id, _holders(key, document))
        revoked = await _revoked(reader, record.id, key)
        until = row["complaints_until"]
        results.append(
            Published(
                key=key,
                name=words.window(rules, key),
                state=shown(ResultState(row["state"]), ready=True, complaints_until=until, now_ms=now_ms).value,
                published_at=row["published_at"],
                complaints_until=until,
                collective=key == COLLECTIVE,
                groups=tuple(_groups(rules, key, document, words, people, units, revoked)),
            )
        )
    order = {key: place for place, key in enumerate(result_keys(record.rules) if record.rules else ())}
    return sorted(results, key=lambda result: order.get(result.key, len(order)))


def _holders(key: str, document: Mapping[str, Any]) -> set[int]:
    if key == COLLECTIVE:
        return set()
    return {int(seat["holder"]) for seat in awards_of(document) if seat["holder"] is not None}


def _groups(
    rules: ContestRules,
    key: str,
    document: Mapping[str, Any],
    words: Wording,
    people: Mapping[int, PublicPerson],
    units: Mapping[str, str],
    revoked: frozenset[_Seat],
) -> Iterator[Group]:
    seats = awards_of(document)
    audiences = [""] if key == COLLECTIVE or not rules.audiences else [one.key for one in rules.audiences]
    by_unit = {row["unit"]: row for row in document["collective"]}
    for audience in audiences:
        by_entry = rows_of(document, audience)
        levels: dict[str, list[Winner]] = {}
        for seat in seats:
            if seat["audience"] == audience and seat["holder"] is not None:
                taken_back = (audience, seat["prize"], seat["place"]) in revoked
                if key == COLLECTIVE:
                    won = _unit(seat["holder"], by_unit, units, words, rules, taken_back)
                else:
                    won = _person(int(seat["holder"]), by_entry, people, units, taken_back)
                levels.setdefault(seat["prize"], []).append(won)
        shown_levels = tuple(
            Level(prize_name(rules, key, prize), value_of(rules, key, prize), tuple(rows))
            for prize, rows in levels.items()
        )
        if shown_levels:
            yield Group(words.audience(rules, audience), shown_levels)


def _person(
    entry: int,
    rows: Mapping[int, Mapping[str, Any]],
    people: Mapping[int, PublicPerson],
    units: Mapping[str, str],
    revoked: bool,
) -> Winner:
    person, row = people.get(entry), rows.get(entry, {})
    name, where = ("", "") if person is None else (person.name, place_of(person, units))
    return Winner(name, where, row.get("score"), row.get("duration_ms"), revoked=revoked)


def _unit(
    code: str,
    rows: Mapping[str, Mapping[str, Any]],
    units: Mapping[str, str],
    words: Wording,
    rules: ContestRules,
    revoked: bool,
) -> Winner:
    value = str(rows.get(code, {}).get("value", ""))
    if rules.collective is not None and rules.collective.formula is Formula.PARTICIPANTS:
        value = words.number(int(Decimal(value or 0)))
    elif words.lang == "vi":
        value = value.replace(".", ",")
    return Winner(units.get(code, code), "", value=value, revoked=revoked)


def place_of(person: PublicPerson, units: Mapping[str, str]) -> str:
    """Unit and commune of a person in words."""
    codes = [code for code in (person.unit, person.commune) if code]
    return ", ".join(units.get(code, code) for code in codes)


async def unit_names(reader: Reader, contest_id: int) -> dict[str, str]:
    """The names of all communes and of the contest's own units by code."""
    columns = contest_units.c
    own = await reader.execute(select(columns.code, columns.name).where(columns.contest_id == contest_id))
    return {str(unit.code): unit.name for unit in shipped()} | {code: name for code, name in own}


async def _revoked(reader: Reader, contest_id: int, key: str) -> frozenset[_Seat]:
    columns = contest_awards.c
    found = await reader.execute(
        select(columns.audience, columns.prize, columns.place).where(
            columns.contest_id == contest_id, columns.result_key == key, columns.revoked_at.is_not(None)
        )
    )
    return frozenset((audience, prize, place) for audience, prize, place in found)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the verification page of a certificate says."""

    code: str
    contest: ContestRecord
    rules: ContestRules
    prize: str
    result_key: str
    audience: str
    holder: str
    where: str
    masked: bool
    revoked: bool


async def certificate(reader: Reader, code: str) -> Certificate:
    """The prize a certificate was given for. Raises NotFound("certificate_unknown")."""
    found = await reader.execute(select(contest_awards).where(contest_awards.c.certificate == code))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("certificate_unknown")
    record = await contests.load(reader, row["contest_id"])
    result = await reader.execute(
        select(contest_results.c.rules_version, contest_results.c.state).where(
            contest_results.c.contest_id == record.id, contest_results.c.key == row["result_key"]
        )
    )
    version = result.first()
    if version is None or version.state not in PUBLIC:
        raise NotFound("certificate_unknown")
    rules = await contests.rules_of(reader, record.id, version.rules_version)
    units = await unit_names(reader, record.id)
    person = None
    if row["entry_id"] is not None:
        person = (await public_names.by_number(reader, record.id, [row["entry_id"]])).get(row["entry_id"])
    unit = str(row["unit_code"] or "")
    return Certificate(
        code=code,
        contest=record,
        rules=rules,
        prize=prize_name(rules, row["result_key"], row["prize"]),
        result_key=row["result_key"],
        audience=row["audience"],
        holder=person.name if person else units.get(unit, unit),
        where=place_of(person, units) if person else "",
        masked=person is not None and person.masked,
        revoked=row["revoked_at"] is not None,
    )
