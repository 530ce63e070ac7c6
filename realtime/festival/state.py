"""What every phone and the stage of a festival are told: built at most once a second per process, whoever asks.

Never holds anything of one person, so the same bytes go to everybody; `api_guests` answers what is personal. Other
parts of the festival add to it through `SECTIONS`, `STAGE_SECTIONS` and `ME_SECTIONS`.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from contest.database import Database, Reader
from contest.festival import announcements, festivals, guests
from contest.festival.live_seats import codes_of_rounds
from contest.festival.model import Festival, FestivalState, Guest, LiveEvent, LiveEventKind, LiveEventState
from realtime.assets import Asset
from realtime.entrants.recent import Recent

FRESH_S = 1.0
"""How old a state may be when it is handed out."""

Section = Callable[[Reader, Festival, Sequence[LiveEvent], int], Awaitable[Mapping[str, Any]]]
"""(reader, festival, its whole programme, now_ms) → what is merged into the state.

Keys stand at the top of the JSON, but for two: `live` ({item id as text: what its part tells of it}) is merged item by
item, and of several `poll_s` the smallest counts.
"""
MeSection = Callable[[Reader, Festival, Guest, int], Awaitable[Mapping[str, Any]]]
"""(reader, festival, the guest who asks, now_ms) → what is merged into the guest's own `me`."""

SECTIONS: list[Section] = []
"""For phones; a part appends its function when it is imported."""
STAGE_SECTIONS: list[Section] = []
"""For the stage."""
ME_SECTIONS: list[MeSection] = []

QUICK = frozenset({LiveEventKind.POLL, LiveEventKind.PLEDGE, LiveEventKind.LAUNCH, LiveEventKind.DRAW})
"""Items in which people wait for one another: phones ask more often while one is live."""
QUICK_S, LIVE_S, QUIET_S, OVER_S = 3, 8, 20, 120
STAGE_FRESH_S = 0.4
"""The hall watches things move, and only a few projectors ask."""
NEXT = 3
"""How many coming items are named."""


def merged(base: dict[str, Any], added: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The state with what the sections add."""
    for part in added:
        for key, value in part.items():
            if key == "live":
                for item, told in value.items():
                    base["live"][str(item)] = {**base["live"].get(str(item), {}), **told}
            elif key == "poll_s":
                base[key] = min(base[key], value)
            else:
                base[key] = value
    return base


def poll_s(festival: Festival, items: Sequence[LiveEvent]) -> int:
    """How long a phone should wait before it asks again."""
    if festival.state is not FestivalState.OPEN:
        return OVER_S
    live = {item.kind for item in items if item.state is LiveEventState.LIVE}
    if live & QUICK:
        return QUICK_S
    return LIVE_S if live else QUIET_S


def item_view(item: LiveEvent, code: str | None) -> dict[str, Any]:
    """An item as phones and stage see it. `code`: of its live round, while people may still come in."""
    view: dict[str, Any] = {
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "place": item.place,
        "starts_at": item.starts_at,
        "ends_at": item.ends_at,
        "state": item.state,
        "note": item.note,
        "skill": item.skill,
    }
    if code is not None:
        view["code"] = code
    return view


async def compose(
    reader: Reader, festival: Festival, now_ms: int, sections: Sequence[Section], *, stage: bool = False
) -> dict[str, Any]:
    """The state of a festival. Every moment in it is stored, none is computed, so that unchanged means equal bytes."""
    items = await festivals.programme(reader, festival.id)
    codes = await codes_of_rounds(reader, items)
    base: dict[str, Any] = {
        "v": festival.version,
        "poll_s": poll_s(festival, items),
        "festival": {
            "slug": festival.slug,
            "title": festival.title,
            "place": festival.place,
            "intro": festival.intro,
            "first_day": festival.first_day,
            "last_day": festival.last_day,
            "state": festival.state,
        },
        "items": [item_view(item, codes.get(item.id)) for item in items],
        "now": [item.id for item in items if item.state is LiveEventState.LIVE],
        "next": [item.id for item in items if item.state is LiveEventState.PLANNED][:NEXT],
        "announcements": [
            {"id": one.id, "vi": one.text_vi, "en": one.text_en, "at": one.created_at}
            for one in await announcements.current(reader, festival.id, now_ms)
        ],
        "live": {},
    }
    if stage:
        base["guests"] = await guests.seen(reader, festival.id)
    return merged(base, [await section(reader, festival, items, now_ms) for section in sections])


_kept: WeakKeyDictionary[Database, Recent[Asset]] = WeakKeyDictionary()
_kept_stage: WeakKeyDictionary[Database, Recent[Asset]] = WeakKeyDictionary()


async def kept(db: Database, slug: str, now_ms: int) -> Asset:
    """The phones' state of the festival at this address as bytes with an ETag. Raises NotFound("festival_unknown")."""

    async def make() -> Asset:
        async with db.read() as reader:
            festival = await festivals.by_slug(reader, slug)
            content = await compose(reader, festival, now_ms, SECTIONS)
        return Asset.of(msgspec.json.encode(content), "state.json")

    return await _kept.setdefault(db, Recent(FRESH_S)).get(("phones", slug), make)


async def kept_stage(db: Database, festival_id: int, now_ms: int) -> Asset:
    """The same for the stage; whoever asks has shown the stage's token."""

    async def make() -> Asset:
        async with db.read() as reader:
            festival = await festivals.load(reader, festival_id)
            content = await compose(reader, festival, now_ms, STAGE_SECTIONS, stage=True)
        return Asset.of(msgspec.json.encode(content), "stage.json")

    return await _kept_stage.setdefault(db, Recent(STAGE_FRESH_S)).get(("stage", festival_id), make)
