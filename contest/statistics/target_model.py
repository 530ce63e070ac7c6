"""Indicators, targets, denominators and external figures, as values.

Never touches SQL and never counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contest.statistics import cells

EVERY_COMMUNE = "c:*"
"""The place of a target that each commune has for itself."""
PERCENT = 100
"""Rates are kept in hundredths of a percent: 6250 is 62,5 %."""
FULL_RATE = 100 * PERCENT
MAX_COUNT = 1_000_000_000


class CountUnit(StrEnum):
    """What an indicator counts."""

    PERSONS = "persons"
    HOUSEHOLDS = "households"
    VISITS = "visits"
    CRITERIA = "criteria"
    COMMUNES = "communes"


class Population(StrEnum):
    """Of whom an indicator is a share: which denominator goes with it."""

    PEOPLE = "people"
    ADULTS = "adults"
    PEOPLE_15_PLUS = "people_15_plus"
    OFFICIALS = "officials"
    PUPILS_STUDENTS = "pupils_students"
    ENTERPRISE_WORKERS = "enterprise_workers"
    SMARTPHONE_USERS = "smartphone_users"
    BUSINESS_HOUSEHOLDS = "business_households"
    YOUTH_MEMBERS = "youth_members"
    HOUSEHOLDS = "households"
    MOOC_AUDIENCE = "mooc_audience"
    COMMUNES = "communes"
    CRITERIA = "criteria"
    TASKS = "tasks"


class SourceKind(StrEnum):
    """Where an indicator's numbers come from; the two are never added up."""

    MEASURED = "measured"
    """Counted by this platform from the ledger."""
    EXTERNAL = "external"
    """Reported by others: VNeID confirmations, installs, digital signatures."""


@dataclass(frozen=True, slots=True)
class Version:
    """Who entered a value and when; `replaced_at` is None while it is in force."""

    id: int
    created_by: str
    created_at: int
    replaced_at: int | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of the plan. `measure` names the facts that a measured one counts."""

    key: str
    wording_vi: str
    wording_en: str
    unit: CountUnit
    population: Population
    source_kind: SourceKind
    measure: Mapping[str, Any] | None
    position: int
    archived: bool
    version: Version

    @property
    def measured(self) -> bool:
        """Whether this platform counts it; else its figures are reported by others."""
        return self.source_kind is SourceKind.MEASURED

    def wording(self, lang: str) -> str:
        """As in the plans, in the language asked for."""
        return self.wording_en if lang == "en" else self.wording_vi


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator shall reach in a place by a day.

    `value` is hundredths of a percent of the population when `is_rate`, else a count. `wording` is the plan's own.
    """

    indicator: str
    place: str
    is_rate: bool
    value: int
    start_day: str
    deadline_day: str
    document: str
    wording: str
    version: Version


@dataclass(frozen=True, slots=True)
class Denominator:
    """How many there are of a population in a place. `summed`: the province's, added up from all its communes."""

    place: str
    population: Population
    value: int
    as_of_day: str
    source: str
    version: Version | None
    summed: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """What somebody reported: cumulative up to `day` when `first_day` is None, else of those days alone."""

    indicator: str
    place: str
    first_day: str | None
    day: str
    count: int | None
    rate_bp: int | None
    source: str
    officer: str
    note: str
    version: Version


def place_of(commune: str | None) -> str:
    """The place of a commune's code; None: the province."""
    return cells.PROVINCE if commune is None else cells.commune(commune)


def commune_of(place: str) -> str | None:
    """The code of a commune's place; None for every other place."""
    code = place.removeprefix("c:")
    return code if code != place and code.isdigit() else None
