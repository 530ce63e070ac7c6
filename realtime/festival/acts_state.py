"""What phones, the stage and a guest are told of pledges, polls, word clouds and launches.

Never tells what one guest chose to anybody but that guest, and shows phones no totals before a poll is closed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contest.database import Reader
from contest.festival import act_settings, acts, launches, pledges, polls, words
from contest.festival.act_settings import LaunchSettings, PledgeSettings, PollSettings, WordsSettings
from contest.festival.acts import Act, ActState
from contest.festival.model import Festival, FestivalState, Guest, LiveEvent, LiveEventState
from realtime.festival import state

LATEST_PLEDGES = 24
ON_PHONE = 20
"""Words a phone lists after closing."""
SOON_S, SOON_MS, LATE_MS = 5, 20 * 60_000, 2 * 3_600_000


async def phones(reader: Reader, festival: Festival, items: Sequence[LiveEvent], now_ms: int) -> Mapping[str, Any]:
    """The part of phones. Shortly before an act they ask more often: a hall does not wait for its phones."""
    told = {"live": await _live(reader, items, stage=False)}
    soon = any(
        item.kind in acts.HALL
        and item.state is LiveEventState.PLANNED
        and now_ms - LATE_MS <= item.starts_at <= now_ms + SOON_MS
        for item in items
    )
    return told | {"poll_s": SOON_S} if soon and festival.state is FestivalState.OPEN else told


async def stage(reader: Reader, festival: Festival, items: Sequence[LiveEvent], now_ms: int) -> Mapping[str, Any]:
    """The part of the stage."""
    return {"live": await _live(reader, items, stage=True)}


async def mine(reader: Reader, festival: Festival, guest: Guest, now_ms: int) -> Mapping[str, Any]:
    """What this guest has done: {"acts": {"votes", "words", "pledges"}} by item."""
    signed = await pledges.of_guest(reader, festival.id, guest.id)
    return {
        "acts": {
            "votes": {
                str(item): list(chosen)
                for item, chosen in (await polls.of_guest(reader, festival.id, guest.id)).items()
            },
            "words": {str(item): sent for item, sent in (await words.of_guest(reader, festival.id, guest.id)).items()},
            "pledges": {str(one.live_event_id): {"id": one.id, "text": one.text} for one in signed},
        }
    }


async def _live(reader: Reader, items: Sequence[LiveEvent], *, stage: bool) -> dict[str, dict[str, Any]]:
    mine = [item for item in items if item.kind in acts.HALL and item.state is LiveEventState.LIVE]
    if not mine:
        return {}
    rows = await acts.load_many(reader, [item.id for item in mine])
    told: dict[str, dict[str, Any]] = {}
    for item in mine:
        settings = act_settings.settings_of(item)
        act = rows.get(item.id, Act(item.id))
        if isinstance(settings, PollSettings):
            told[str(item.id)] = await _poll(reader, act, settings, counts=stage or act.state is ActState.CLOSED)
        elif isinstance(settings, WordsSettings):
            told[str(item.id)] = await _words(reader, act, settings, stage=stage)
        elif isinstance(settings, PledgeSettings):
            told[str(item.id)] = await _pledges(reader, act, settings, stage=stage)
        elif isinstance(settings, LaunchSettings):
            told[str(item.id)] = await _launch(reader, act, item, settings, stage=stage)
    return told


async def _poll(reader: Reader, act: Act, settings: PollSettings, *, counts: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "mode": "options",
        "state": act.state,
        "question": settings.question,
        "several": settings.several,
        "options": [{"id": option.id, "text": option.text} for option in settings.options],
    }
    if counts:
        totals = (await polls.totals(reader, [act.live_event_id]))[act.live_event_id]
        view |= {"people": totals.people, "counts": totals.counts}
    return view


async def _words(reader: Reader, act: Act, settings: WordsSettings, *, stage: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "mode": "words",
        "state": act.state,
        "question": settings.question,
        "most": settings.most,
    }
    if stage or act.state is ActState.CLOSED:
        found = await words.shown(reader, act.live_event_id)
        listed = found if stage else found[:ON_PHONE]
        view["words"] = [{"id": one.id, "text": one.text, "people": one.people} for one in listed]
        view["people"] = await words.senders(reader, act.live_event_id)
    return view


async def _pledges(reader: Reader, act: Act, settings: PledgeSettings, *, stage: bool) -> dict[str, Any]:
    view: dict[str, Any] = {"state": act.state, "texts": list(settings.texts)}
    if stage or act.state is ActState.CLOSED:
        counted = (await pledges.counted(reader, [act.live_event_id]))[act.live_event_id]
        view |= {"people": counted.people, "units": counted.units}
    if stage:
        view["signed"] = [
            {"id": one.id, "unit": one.signer == "unit", "name": one.shown_name, "commune": one.commune}
            for signer in ("unit", "person")
            for one in await pledges.listing(reader, act.live_event_id, signer=signer, limit=LATEST_PLEDGES)
        ]
    return view


async def _launch(
    reader: Reader, act: Act, item: LiveEvent, settings: LaunchSettings, *, stage: bool
) -> dict[str, Any]:
    view: dict[str, Any] = {
        "state": act.state,
        "run": act.run,
        "crowd": settings.crowd,
        "hold_s": settings.hold_s,
        "slogan": settings.slogan or item.title,
        "launched_at": act.launched_at,
    }
    if stage:
        people = await launches.delegates(reader, item.id)
        view["delegates"] = [{"id": one.id, "name": one.name, "place": one.place} for one in people]
    return view


state.SECTIONS.append(phones)
state.STAGE_SECTIONS.append(stage)
state.ME_SECTIONS.append(mine)
