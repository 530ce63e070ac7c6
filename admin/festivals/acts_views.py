"""What the desk of a hall's item shows: gathered in one read, the launch's holds besides.

Never changes anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin.services import Services
from contest import units
from contest.database import Reader
from contest.festival import act_settings, acts, festivals, pledges, polls, words
from contest.festival.act_settings import ActSettings, LaunchSettings, PollSettings, WordsSettings
from contest.festival.acts import Act, ActState
from contest.festival.model import Festival, LiveEvent, LiveEventKind
from contest.festival.pledges import Counted, Pledge
from contest.festival.polls import Totals
from contest.festival.words import Word
from realtime.festival import launch_desk
from realtime.festival.launch_desk import Launch

MOST_PLEDGES = 100
"""Signatures on the desk; the file has all."""


@dataclass(frozen=True, slots=True)
class Line:
    """An item in the list."""

    item: LiveEvent
    act: Act
    kind: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Bar:
    letter: str
    text: str
    votes: int
    percent: int


@dataclass(frozen=True, slots=True)
class Desk:
    """One item. What does not belong to its kind is empty."""

    festival: Festival
    item: LiveEvent
    act: Act
    kind: str
    settings: ActSettings | None
    people: int = 0
    bars: tuple[Bar, ...] = ()
    words: Mapping[str, Sequence[Word]] | None = None
    counted: Counted | None = None
    pledges: Sequence[Pledge] = ()
    launch: Launch | None = None

    @property
    def is_open(self) -> bool:
        return self.act.state is ActState.OPEN


def kind_of(item: LiveEvent) -> str:
    """options, words, pledge or launch: what catalogue keys end with."""
    return str(act_settings.mode_of(item.settings)) if item.kind is LiveEventKind.POLL else str(item.kind)


async def lines(reader: Reader, festival_id: int) -> list[Line]:
    """The items of a festival that the hall takes part in, in the order of their time."""
    items = await festivals.programme(reader, festival_id, kinds=list(acts.HALL))
    rows = await acts.load_many(reader, [item.id for item in items])
    return [
        Line(item, rows.get(item.id, Act(item.id)), kind_of(item), act_settings.settings_of(item) is not None)
        for item in items
    ]


async def desk(services: Services, festival_id: int, item_id: int) -> Desk:
    """Raises NotFound("festival_unknown" | "live_event_unknown")."""
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        item = await acts.item_of(reader, festival_id, item_id)
        settings = act_settings.settings_of(item)
        common: dict[str, Any] = {
            "festival": festival,
            "item": item,
            "act": await acts.load(reader, item.id),
            "kind": kind_of(item),
            "settings": settings,
        }
        if isinstance(settings, PollSettings):
            totals = (await polls.totals(reader, [item.id]))[item.id]
            return Desk(**common, people=totals.people, bars=bars(settings, totals))
        if isinstance(settings, WordsSettings):
            found = await words.listing(reader, item.id)
            states = {state: [one for one in found if one.state == state] for state in ("waiting", "shown", "hidden")}
            return Desk(**common, people=await words.senders(reader, item.id), words=states)
        if item.kind is LiveEventKind.PLEDGE:
            counted = (await pledges.counted(reader, [item.id]))[item.id]
            latest = await pledges.listing(reader, item.id, limit=MOST_PLEDGES)
            return Desk(**common, counted=counted, pledges=latest)
    if item.kind is LiveEventKind.LAUNCH:
        launch = await launch_desk.look(services.db, services.redis, item)
        if not isinstance(settings, LaunchSettings):
            common["settings"] = None
        return Desk(**common, launch=launch)
    return Desk(**common)


def bars(settings: PollSettings, totals: Totals) -> tuple[Bar, ...]:
    """Votes and shares by option; shares are of people, so with several choices they pass 100 together."""
    found = []
    for place, option in enumerate(settings.options):
        votes = totals.counts.get(option.id, 0)
        percent = round(100 * votes / totals.people) if totals.people else 0
        found.append(Bar("ABCDEF"[place], option.text, votes, percent))
    return tuple(found)


def unit_names() -> dict[str, str]:
    """The communes and wards by code."""
    return {str(unit.code): unit.name for unit in units.in_order(units.shipped())}
