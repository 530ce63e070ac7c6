"""Targets in SQL: what an indicator shall reach where and by when, and which one applies.

The most specific one that is not over wins: a commune's own, then that of every commune; the province has its own
alone. Never reckons progress.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Invalid
from contest.statistics import movement_checks as checks
from contest.statistics import versioned
from contest.statistics.tables import movement_targets
from contest.statistics.target_model import EVERY_COMMUNE, Target, commune_of

KEY = ("indicator", "place", "deadline_day")


def target_record(row: Any) -> Target:
    """A row as a value."""
    return Target(
        indicator=row.indicator,
        place=row.place,
        is_rate=row.is_rate,
        value=row.value,
        start_day=row.start_day,
        deadline_day=row.deadline_day,
        document=row.document,
        wording=row.wording,
        version=versioned.version_of(row),
    )


async def listing(reader: Reader) -> list[Target]:
    """Every target in force."""
    return [target_record(row) for row in await versioned.in_force(reader, movement_targets)]


async def history(reader: Reader, indicator: str, place: str, deadline_day: str) -> list[Target]:
    """Every version of one target, the newest first."""
    key = dict(zip(KEY, (indicator, place, deadline_day), strict=True))
    return [target_record(row) for row in await versioned.history(reader, movement_targets, key)]


def applying(found: Iterable[Target], place: str, today: str) -> Target | None:
    """The target that counts in a place on a day: of the most specific ones that are not over the next deadline, else
    the last past.

    A commune whose own plan is over is held against what all communes are to reach now, not against its last year.
    """
    own: list[Target] = []
    shared: list[Target] = []
    for one in found:
        if one.place == place:
            own.append(one)
        elif one.place == EVERY_COMMUNE and commune_of(place) is not None:
            shared.append(one)
    for some in (own, shared):
        if ahead := [one for one in some if one.deadline_day >= today]:
            return min(ahead, key=lambda one: one.deadline_day)
    return max(own or shared, key=lambda one: one.deadline_day, default=None)


def checked(values: Mapping[str, Any], indicators: Iterable[str], communes: Iterable[str]) -> dict[str, Any]:
    """The row of a target. Raises Invalid with what is wrong."""
    if values["indicator"] not in set(indicators):
        raise Invalid("indicator_unknown")
    start, deadline = checks.span(str(values["start_day"]), str(values["deadline_day"]))
    is_rate, value = bool(values["is_rate"]), int(values["value"])
    return {
        "indicator": str(values["indicator"]),
        "place": checks.place(str(values["place"]), set(communes), every=True),
        "is_rate": is_rate,
        "value": checks.rate(value, least=1) if is_rate else checks.count(value, least=1),
        "start_day": start,
        "deadline_day": deadline,
        "document": checks.line(str(values["document"]), checks.MAX_SOURCE, "document_missing"),
        "wording": checks.line(str(values.get("wording") or ""), checks.MAX_WORDING, "wording_long", required=False),
    }


async def put(writer: Writer, rows: Sequence[Mapping[str, Any]], *, actor: str, now_ms: int) -> list[versioned.Put]:
    """Puts targets in force as `checked` gives them; no key twice."""
    return await versioned.put(writer, movement_targets, KEY, rows, actor=actor, now_ms=now_ms)


async def withdraw(writer: Writer, target_id: int, *, actor: str, now_ms: int) -> Target:
    """Takes a target out of force. Raises NotFound("value_unknown")."""
    row = await versioned.withdraw(writer, movement_targets, target_id, actor=actor, now_ms=now_ms)
    await audit.record(
        writer, actor=actor, action="movement.target.withdrawn", subject=f"target:{target_id}", now_ms=now_ms
    )
    return target_record(row)
