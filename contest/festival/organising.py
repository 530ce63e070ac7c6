"""Making festivals and moving them through their states: draft → open → over → archived.

The caller opens the transaction and has checked who may do this; every act notes itself in the audit log. The
programme is `programme`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select, update

from contest import audit, units
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid
from contest.festival import festivals
from contest.festival.model import Festival, FestivalState, LiveEventState
from contest.festival.tables import festivals as table
from contest.festival.tables import live_events
from contest.ids import UnitCode
from scoring.folding import fold, nfc

MAX_SLUG = 48
MAX_DAYS = 60
_NEXT = {
    FestivalState.DRAFT: {FestivalState.OPEN, FestivalState.ARCHIVED},
    FestivalState.OPEN: {FestivalState.OVER, FestivalState.DRAFT},
    FestivalState.OVER: {FestivalState.OPEN, FestivalState.ARCHIVED},
    FestivalState.ARCHIVED: {FestivalState.OVER},
}
"""What may follow; nothing is ever deleted."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What an organiser says of a festival. Days are local, as "2026-11-22", both included."""

    title: str
    first_day: str
    last_day: str
    place: str = ""
    commune: str | None = None
    intro: str = ""

    def checked(self) -> "Outline":
        """The same in the form that is stored.

        Raises Invalid("festival_title" | "festival_days" | "unit_unknown" | "festival_text").
        """
        title, place, intro = nfc(self.title), nfc(self.place), "\n".join(map(nfc, self.intro.splitlines())).strip()
        if not 1 <= len(title) <= 200 or not fold(title).strip():
            raise Invalid("festival_title")
        if len(place) > 200 or len(intro) > 4000:
            raise Invalid("festival_text")
        try:
            first, last = date.fromisoformat(self.first_day), date.fromisoformat(self.last_day or self.first_day)
        except ValueError:
            raise Invalid("festival_days") from None
        if not 0 <= (last - first).days < MAX_DAYS:
            raise Invalid("festival_days")
        if self.commune and UnitCode(self.commune) not in units.by_code(units.shipped()):
            raise Invalid("unit_unknown")
        return Outline(title, first.isoformat(), last.isoformat(), place, self.commune or None, intro)


async def create(writer: Writer, outline: Outline, *, actor: str, now_ms: int) -> Festival:
    """A new festival as a draft nobody else sees. Raises what `Outline.checked` does."""
    outline = outline.checked()
    made = await writer.scalar(
        insert(table)
        .values(
            **_columns(outline),
            slug=await _free_slug(writer, outline.title),
            settings={},
            created_by=actor,
            created_at=now_ms,
            updated_at=now_ms,
        )
        .returning(table.c.id)
    )
    assert made is not None
    await _note(writer, made, "festival.create", actor, now_ms)
    return await festivals.load(Reader(writer), made)


async def edit(writer: Writer, festival_id: int, outline: Outline, *, actor: str, now_ms: int) -> None:
    """Changes what is said of the festival; its address stays. Raises NotFound, Conflict("festival_archived")."""
    outline = outline.checked()
    festival = await festivals.load(Reader(writer), festival_id, lock=True)
    if festival.state is FestivalState.ARCHIVED:
        raise Conflict("festival_archived")
    await writer.execute(update(table).where(table.c.id == festival_id).values(_columns(outline)))
    await festivals.touch(writer, festival_id, now_ms)
    await _note(writer, festival_id, "festival.edit", actor, now_ms)


async def set_state(writer: Writer, festival_id: int, state: FestivalState, *, actor: str, now_ms: int) -> None:
    """Opens, ends, reopens or archives; the state it has already is no change.

    Raises NotFound, Conflict("festival_state", now=…) and, to open an empty one, Conflict("festival_empty").
    """
    await festivals.lock_items(writer, festival_id)
    festival = await festivals.load(Reader(writer), festival_id, lock=True)
    if festival.state is state:
        return
    if state not in _NEXT[festival.state]:
        raise Conflict("festival_state", now=festival.state.value)
    if state is FestivalState.OPEN and not await festivals.programme(Reader(writer), festival_id):
        raise Conflict("festival_empty")
    if state is FestivalState.OVER:
        await writer.execute(
            update(live_events)
            .where(live_events.c.festival_id == festival_id, live_events.c.state == LiveEventState.LIVE)
            .values(state=LiveEventState.DONE, updated_at=now_ms)
        )
    await writer.execute(update(table).where(table.c.id == festival_id).values(state=state))
    await festivals.touch(writer, festival_id, now_ms)
    await _note(writer, festival_id, f"festival.{state.value}", actor, now_ms, was=festival.state.value)


async def set_stage_token(writer: Writer, festival_id: int, token_hash: str, *, actor: str, now_ms: int) -> None:
    """Lets a new link open the stage; the one before stops working."""
    await writer.execute(update(table).where(table.c.id == festival_id).values(stage_token_hash=token_hash))
    await festivals.touch(writer, festival_id, now_ms)
    await _note(writer, festival_id, "festival.stage_token", actor, now_ms)


async def listing(
    reader: Reader, *, states: Sequence[FestivalState] = (), query: str = "", limit: int = 200
) -> list[Festival]:
    """Festivals, the latest first; `states` empty: all; `query` is looked for in titles, diacritics aside."""
    found = select(table).order_by(table.c.first_day.desc(), table.c.id.desc()).limit(limit)
    if states:
        found = found.where(table.c.state.in_([state.value for state in states]))
    if words := fold(query).split():
        found = found.where(*(table.c.title_fold.contains(word, autoescape=True) for word in words))
    return [festivals.festival_record(row) for row in await reader.execute(found)]


def _columns(outline: Outline) -> dict[str, str | None]:
    return {
        "title": outline.title,
        "title_fold": fold(outline.title)[:200],
        "place": outline.place,
        "commune": outline.commune,
        "intro": outline.intro,
        "first_day": outline.first_day,
        "last_day": outline.last_day,
    }


async def _free_slug(writer: Writer, title: str) -> str:
    base = "-".join(fold(title).split())[:MAX_SLUG].strip("-") or "ngay-hoi"
    taken = set((await writer.execute(select(table.c.slug).where(table.c.slug.startswith(base)))).scalars())
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


async def _note(writer: Writer, festival_id: int, action: str, actor: str, now_ms: int, **detail: str) -> None:
    await audit.record(
        writer, actor=actor, action=action, subject=f"festival:{festival_id}", now_ms=now_ms, detail=dict(detail)
    )
