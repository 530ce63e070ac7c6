"""What the pages of indicators, targets, denominators, figures and villages have in common.

Holds no route.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from admin import audit
from admin.caller import Caller
from admin.language import language_of
from admin.permissions import Permission, requires
from admin.services import Services, services_of
from admin.templating import number, page
from contest import units
from contest.catalogue import text
from contest.database import Reader
from contest.errors import Invalid, Refused
from contest.provincial.local_time import local_day
from contest.provincial.sheet_reading import Line
from contest.statistics import cells, movement_import
from contest.statistics.movement_import import BLANK, LEFT_OUT, ImportReport
from contest.statistics.movement_sheet import Kind
from contest.statistics.movement_values import percent_text
from contest.statistics.target_model import EVERY_COMMUNE, Indicator, commune_of
from contest.units import Unit
from realtime.problems import status_of
from scoring.folding import fold

CanRead = Annotated[Caller, requires(Permission.MOVEMENT_READ)]
CanWrite = Annotated[Caller, requires(Permission.MOVEMENT_WRITE)]

MOST_DIGITS = 19
MOST_SHOWN = 300
"""Rows shown at once; a search finds the rest."""


@dataclass(frozen=True)
class Places:
    """The province and its communes by the names people know."""

    units: Sequence[Unit]
    lang: str

    @cached_property
    def names(self) -> dict[str, str]:
        """By place."""
        return {
            cells.PROVINCE: text(self.lang, "movement.province"),
            EVERY_COMMUNE: text(self.lang, "movement.every_commune"),
            **{cells.commune(unit.code): unit.name for unit in self.units},
        }

    def name(self, place: str) -> str:
        """What people call the place."""
        return self.names.get(place) or commune_of(place) or place

    def order(self, place: str) -> tuple[int, int]:
        """The province first, then every commune, then the communes in Vietnamese order."""
        return (0, self._order[place]) if place in self._order else (1, 0)

    @cached_property
    def _order(self) -> dict[str, int]:
        return {place: number for number, place in enumerate(self.names)}


def today_of(services: Services) -> str:
    """The local day."""
    return local_day(services.clock.wall_ms())


async def places_of(request: Request, reader: Reader) -> Places:
    """The places in the reader's language."""
    return Places(await units.all_units(reader), language_of(request))


def finds(query: str, *texts: str) -> bool:
    """Whether every word of the query begins a word of the texts, whatever the tones."""
    whole = " " + " ".join(fold(one) for one in texts)
    return all(f" {word}" in whole for word in fold(query).split())


def value_text(request: Request, indicator: Indicator | None, *, is_rate: bool, value: int) -> str:
    """80 % or 200 người."""
    if is_rate:
        return percent_text(value)
    unit = "" if indicator is None else " " + text(language_of(request), f"movement.unit.{indicator.unit}")
    return f"{number(value, language_of(request))}{unit}"


def seen_of(text_given: object) -> int | None:
    """The last value that a page knew of when it was shown, as its form says: what came later it does not replace."""
    said = str(text_given or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < MOST_DIGITS else None


async def enter(
    services: Services, caller: Caller, kind: Kind, lines: Sequence[Line], seen: int | None = None
) -> ImportReport:
    """What a form says, judged and stored as a table of few rows is: all of it or nothing."""
    return await movement_import.apply(
        services.db,
        kind,
        lines,
        whole=True,
        today=today_of(services),
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
        act="enter",
        seen=seen,
    )


async def enter_one(
    services: Services, caller: Caller, kind: Kind, cells_typed: Mapping[str, str], seen: int | None = None
) -> str:
    """A form of one value: added, replaced or same. Raises Invalid with what is wrong."""
    typed = {name: value.strip() for name, value in cells_typed.items()}
    report = await enter(services, caller, kind, [Line(1, typed)], seen)
    [row] = report.rows
    if row.status == BLANK:
        raise Invalid("value_missing")
    if row.status == LEFT_OUT:
        raise Invalid(row.code, **dict(row.params or {}))
    return row.status


def show(request: Request, template: str, *, refusal: Refused | None = None, **context: Any) -> HTMLResponse:
    """A page of the movement, with what was refused above it."""
    return page(
        request,
        template,
        status=200 if refusal is None else status_of(refusal),
        headers={"Cache-Control": "no-store"},
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
        **context,
    )


async def names_of(reader: Reader) -> dict[str, str]:
    """Who is behind the actors of versions."""
    return await audit.actor_names(reader)


def services_and_day(request: Request) -> tuple[Services, str]:
    """The services and the local day."""
    services = services_of(request)
    return services, today_of(services)
