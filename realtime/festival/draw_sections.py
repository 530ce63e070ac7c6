"""What phones, the stage and a guest are told of lucky draws, as parts of the festival's state.

Never decides what may be told: `contest.festival.draw_views` does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contest.database import Reader
from contest.festival import draw_model, draw_views
from contest.festival.draw_model import Draw
from contest.festival.draw_states import DrawState
from contest.festival.model import Festival, Guest, LiveEvent, LiveEventKind, LiveEventState


async def phones(reader: Reader, festival: Festival, items: Sequence[LiveEvent], now_ms: int) -> Mapping[str, Any]:
    """The draw of each item that is live."""
    told = {}
    for item, draw in (await _shown(reader, festival, items)).items():
        told[item] = draw_views.phone_view(draw, await draw_model.winners(reader, draw.id))
    return {"live": told}


async def stage(reader: Reader, festival: Festival, items: Sequence[LiveEvent], now_ms: int) -> Mapping[str, Any]:
    """The same with everything the hall sees."""
    shown = await _shown(reader, festival, items)
    return {"live": {item: {"draw": await draw_views.stage_view(reader, draw)} for item, draw in shown.items()}}


async def mine(reader: Reader, festival: Festival, guest: Guest, now_ms: int) -> Mapping[str, Any]:
    """A guest's tickets, wins, and what they still lack."""
    return {"draws": await draw_views.mine(reader, festival.id, guest)}


async def _shown(reader: Reader, festival: Festival, items: Sequence[LiveEvent]) -> dict[int, Draw]:
    """Of each live item the newest draw that is frozen or further; a withdrawn one only when there is no other."""
    live = {item.id for item in items if item.kind is LiveEventKind.DRAW and item.state is LiveEventState.LIVE}
    if not live:
        return {}
    found: dict[int, Draw] = {}
    for draw in await draw_model.of_festival(reader, festival.id):
        if draw.live_event_id in live and draw.state is not DrawState.DRAFT:
            before = found.get(draw.live_event_id)
            if before is None or draw.state is not DrawState.WITHDRAWN:
                found[draw.live_event_id] = draw
    return found
