"""The demo's festival: open today, with a programme of a typical day set up as far as parts can be set up.

Its own mark: an installation that had the demo before gets it too, once.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select

from contest import units
from contest.catalogue import text
from contest.database import Database, Reader, Writer
from contest.festival import day_templates, festivals, organising, programme
from contest.festival.model import FestivalState, LiveEventKind, LiveEventState
from contest.festival.organising import Outline
from contest.festival.programme import ItemDraft
from contest.provincial.local_time import local_day
from contest.tables import installation

MARK = "demo_festival"
COMMUNE = "24133"
_ACTOR = "system"


async def seed_demo_festival(db: Database, now_ms: int) -> bool:
    """Makes the festival once; False when it had been made before. May run in several processes at once."""
    async with db.write() as writer:
        await units.seed(writer)
        found = await writer.execute(select(installation.c.key).where(installation.c.key == MARK))
        if found.first() is not None:
            return False
        today = local_day(now_ms)
        outline = Outline(
            title=text("vi", "demo.festival"),
            first_day=today,
            last_day=today,
            place=text("vi", "demo.festival_place"),
            commune=COMMUNE,
            intro=text("vi", "demo.festival_intro"),
        )
        festival = await organising.create(writer, outline, actor=_ACTOR, now_ms=now_ms)
        for draft in day_templates.drafts("day", today, "vi"):
            await programme.add(writer, festival.id, _set_up(draft), actor=_ACTOR, now_ms=now_ms)
        await organising.set_state(writer, festival.id, FestivalState.OPEN, actor=_ACTOR, now_ms=now_ms)
        await _begin(writer, festival.id, now_ms)
        await writer.execute(insert(installation).values(key=MARK, value=str(now_ms)))
    return True


def _set_up(draft: ItemDraft) -> ItemDraft:
    who = text("vi", f"demo.festival_who.{draft.kind}")
    return replace(draft, settings=_settings(draft.kind), responsible=who)


def _settings(kind: LiveEventKind) -> dict[str, Any] | None:
    if kind is LiveEventKind.POLL:
        options = [{"id": key, "text": text("vi", f"demo.festival_poll.{key}")} for key in "abcd"]
        return {"mode": "options", "question": text("vi", "demo.festival_poll"), "options": options, "several": False}
    if kind is LiveEventKind.PLEDGE:
        return {"texts": [text("vi", "demo.festival_pledge")]}
    if kind is LiveEventKind.LAUNCH:
        return {"hold_s": 3, "slogan": text("vi", "demo.festival_slogan"), "crowd": True}
    return None


async def _begin(writer: Writer, festival_id: int, now_ms: int) -> None:
    """Gates and booths stand open, and the opening is on."""
    items = await festivals.programme(Reader(writer), festival_id)
    opening = next(item for item in items if item.kind is LiveEventKind.CEREMONY)
    for item in items:
        if item.kind in (LiveEventKind.GATE, LiveEventKind.BOOTH) or item.id == opening.id:
            await programme.set_state(writer, item.id, LiveEventState.LIVE, actor=_ACTOR, now_ms=now_ms)
