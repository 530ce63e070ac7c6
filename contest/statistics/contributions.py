"""In which cells a fact counts, and what changes there when facts come, go, or turn out to be one person's.

The one definition of the counts that dashboards show; `recount` reckons them another way and compares. Never touches
SQL: facts come as rows of `FactRow`, counts leave as `Tally`.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from contest.skills import Skill
from contest.statistics import cells
from contest.statistics.facts import FactKind, skills_of

SCHEME = 1
"""Grows when this file counts differently than before: then everything is counted anew."""


class Cell(NamedTuple):
    """Names as in `contest.statistics.cells`."""

    period: str
    place: str
    facet: str


class Counts(NamedTuple):
    """What stands in a cell: facts, visits (heads), different people, and the visits of nobody known."""

    facts: int = 0
    visits: int = 0
    people: int = 0
    anonymous: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """What a measured indicator counts: facts of one of the kinds, groups, age bands and skills; empty: of any.

    `passed` True: only what was passed; None: whatever came of it.
    """

    key: str
    kinds: tuple[FactKind, ...]
    groups: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    skills: tuple[Skill, ...] = ()
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a campaign, both ends included; days as "2026-09-20"."""

    id: int
    first_day: str
    last_day: str


class Traits(NamedTuple):
    """All of a fact that says in which cells it counts."""

    day: str
    commune: str | None
    village_id: int | None
    festival_id: int | None
    team_id: int | None
    kind: str
    target_group: str | None
    age_band: str | None
    skills: str
    passed: bool | None


class FactRow(NamedTuple):
    """A fact as it is counted."""

    id: int
    person: int | None
    headcount: int
    traits: Traits


@dataclass(frozen=True, slots=True)
class Definition:
    """What is counted besides the fixed facets: measured indicators, and campaigns."""

    measures: tuple[Measure, ...] = ()
    spans: tuple[Span, ...] = ()

    def text(self) -> str:
        """The same definition gives the same text, in whatever order its parts were given."""
        body = {
            "scheme": SCHEME,
            "measures": [asdict(one) for one in sorted(self.measures, key=lambda one: one.key)],
            "spans": [asdict(one) for one in sorted(self.spans, key=lambda one: one.id)],
        }
        return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def definition_of(text: str) -> Definition:
    """The reverse of `Definition.text`."""
    body = json.loads(text)
    return Definition(tuple(_measure(one) for one in body["measures"]), tuple(Span(**one) for one in body["spans"]))


def _measure(body: dict[str, Any]) -> Measure:
    return Measure(
        body["key"],
        tuple(FactKind(one) for one in body["kinds"]),
        tuple(body["groups"]),
        tuple(body["ages"]),
        tuple(Skill(one) for one in body["skills"]),
        body["passed"],
    )


def matches(measure: Measure, traits: Traits) -> bool:
    """Whether the fact counts in the indicator."""
    return (
        (not measure.kinds or traits.kind in measure.kinds)
        and (not measure.groups or traits.target_group in measure.groups)
        and (not measure.ages or traits.age_band in measure.ages)
        and (not measure.skills or not set(measure.skills).isdisjoint(skills_of(traits.skills)))
        and (measure.passed is None or (traits.passed is not None and bool(traits.passed) is measure.passed))
    )


def periods_of(day: str, spans: Iterable[Span]) -> tuple[str, ...]:
    """The periods in which a day lies."""
    within = (cells.campaign(one.id) for one in spans if one.first_day <= day <= one.last_day)
    return (cells.ALL_TIME, cells.day(day), cells.week(day), *within)


def places_of(traits: Traits) -> tuple[str, ...]:
    """The places a fact belongs to."""
    village, festival, team = traits.village_id, traits.festival_id, traits.team_id
    return (
        cells.PROVINCE,
        cells.commune(traits.commune),
        *(() if village is None else (cells.village(village),)),
        *(() if festival is None else (cells.festival(festival),)),
        *(() if team is None else (cells.team(team),)),
    )


def facets_of(traits: Traits, measures: Iterable[Measure]) -> tuple[str, ...]:
    """The facets a fact shows."""
    return (
        cells.EVERYTHING,
        cells.kind(FactKind(traits.kind)),
        cells.group(traits.target_group),
        cells.age(traits.age_band),
        *(cells.skill(one) for one in skills_of(traits.skills)),
        *(cells.indicator(one.key) for one in measures if matches(one, traits)),
    )


_BITS = 21
_MASK = (1 << _BITS) - 1
_REMEMBERED = 10_000
"""Different sets of traits whose cells are kept, some KB each; beyond it all are forgotten."""


class Reckoner:
    """The cells of facts under one definition, as numbers that `cell` names; it remembers what it has worked out."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._known: dict[Traits, frozenset[int]] = {}
        self._periods: dict[str, tuple[int, ...]] = {}
        self._places: dict[Any, tuple[int, ...]] = {}
        self._facets: dict[Any, tuple[int, ...]] = {}

    def cells(self, traits: Traits) -> frozenset[int]:
        """The numbers of the cells in which a fact with these traits counts."""
        found = self._known.get(traits)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[traits] = self._work_out(traits)
        return found

    def cell(self, number: int) -> tuple[str, str, str]:
        """The name of a cell: period, place, facet."""
        names = self._names
        return names[number >> 2 * _BITS], names[number >> _BITS & _MASK], names[number & _MASK]

    def _work_out(self, traits: Traits) -> frozenset[int]:
        # Days, places and facets repeat far more than their combinations do.
        if (periods := self._periods.get(traits.day)) is None:
            periods = self._periods[traits.day] = self._of(periods_of(traits.day, self.definition.spans), 2 * _BITS)
        if (places := self._places.get(traits[1:5])) is None:
            places = self._places[traits[1:5]] = self._of(places_of(traits), _BITS)
        if (facets := self._facets.get(traits[5:])) is None:
            facets = self._facets[traits[5:]] = self._of(facets_of(traits, self.definition.measures), 0)
        return frozenset([period | place | facet for period in periods for place in places for facet in facets])

    def _of(self, names: Iterable[str], shift: int) -> tuple[int, ...]:
        return tuple(self._number(name) << shift for name in names)

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._names)
            self._names.append(name)
            assert number <= _MASK
        return number


class Tally:
    """Counts, or changes of counts, of many cells."""

    def __init__(self, reckoner: Reckoner) -> None:
        self.reckoner = reckoner
        self._facts: Counter[int] = Counter()
        self._people: Counter[int] = Counter()
        self._less_facts: Counter[int] = Counter()
        self._less_people: Counter[int] = Counter()
        self._more_heads: Counter[int] = Counter()
        self._anonymous: Counter[int] = Counter()

    def __len__(self) -> int:
        """How many cells it is about, or a few more."""
        return len(self._facts) + len(self._less_facts)

    def add(self, row: FactRow) -> None:
        """One more fact, without its person."""
        found = self.reckoner.cells(row.traits)
        self._facts.update(found)
        self._heads(row, found, 1)

    def take(self, row: FactRow) -> None:
        """One fact less, without its person."""
        found = self.reckoner.cells(row.traits)
        self._less_facts.update(found)
        self._heads(row, found, -1)

    def _heads(self, row: FactRow, found: frozenset[int], sign: int) -> None:
        if row.person is None:
            for cell in found:
                self._anonymous[cell] += sign * row.headcount
        if row.headcount != 1:
            for cell in found:
                self._more_heads[cell] += sign * (row.headcount - 1)

    def add_person(self, rows: Collection[FactRow]) -> None:
        """A person comes, who did all this and nothing else."""
        self._people.update(self._union(rows))

    def _union(self, rows: Collection[FactRow]) -> frozenset[int]:
        return frozenset().union(*(self.reckoner.cells(row.traits) for row in rows))

    def change(self, before: Iterable[Mapping[int, FactRow]], after: Mapping[int, FactRow]) -> None:
        """Who counted as some persons before, each with the facts by id, counts as one with all of `after` now."""
        was: dict[int, FactRow] = {}
        now = self._union(after.values())
        for rows in before:
            was.update(rows)
            had = self._union(rows.values())
            # Most cells of somebody stay as they are: only what differs is looked at.
            self._less_people.update(had - now)
            now -= had
        self._people.update(now)
        for number in after.keys() - was.keys():
            self.add(after[number])
        for number in was.keys() - after.keys():
            self.take(was[number])

    def changes(self, *more: int) -> list[tuple[Any, ...]]:
        """period, place, facet, facts, visits, people, anonymous of every cell that changes, in order of the names.

        Each with `more` behind, which spares a second list of millions.
        """
        found = []
        facts_of, less_facts_of = self._facts.get, self._less_facts.get
        people_of, less_people_of = self._people.get, self._less_people.get
        heads_of, anonymous_of, cell_of = self._more_heads.get, self._anonymous.get, self.reckoner.cell
        for number in self._facts.keys() | self._less_facts.keys() | self._people.keys() | self._less_people.keys():
            facts = facts_of(number, 0) - less_facts_of(number, 0)
            visits = facts + heads_of(number, 0)
            people = people_of(number, 0) - less_people_of(number, 0)
            anonymous = anonymous_of(number, 0)
            if facts or visits or people or anonymous:
                found.append((*cell_of(number), facts, visits, people, anonymous, *more))
        found.sort()
        return found


def counted(definition: Definition, facts: Iterable[FactRow]) -> dict[Cell, Counts]:
    """All cells of these facts; whoever has one number is one person."""
    tally = Tally(Reckoner(definition))
    people: dict[int, list[FactRow]] = {}
    for row in facts:
        tally.add(row)
        if row.person is not None:
            people.setdefault(row.person, []).append(row)
    for rows in people.values():
        tally.add_person(rows)
    return {Cell(*row[:3]): Counts(*row[3:]) for row in tally.changes()}
