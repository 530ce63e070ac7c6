"""How every act on a lucky draw is done: the row held, the state asked, the act in the draw's log and in the audit.

Never decides what an act does.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update

from contest import audit
from contest.database import Database, Reader, Writer
from contest.errors import Conflict
from contest.festival import draw_log, draw_model, festivals
from contest.festival.draw_model import Draw
from contest.festival.draw_states import Act, check
from contest.festival.draw_tables import draws


@dataclass(slots=True)
class Change:
    """An act under way. What is put into `values` is stored, what `log` is given is chained, when the block ends."""

    writer: Writer
    draw: Draw
    actor: str
    now_ms: int
    values: dict[str, Any] = field(default_factory=dict)
    lines: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def reader(self) -> Reader:
        return Reader(self.writer)

    def log(self, kind: str, /, **body: Any) -> None:
        """A public line: it must name nobody."""
        self.lines.append((kind, body))


@asynccontextmanager
async def changing(
    db: Database, draw_id: int, version: int, act: Act | None, *, actor: str, now_ms: int
) -> AsyncIterator[Change]:
    """One act in one transaction on the draw as `version` showed it.

    Raises NotFound("draw_unknown"), Conflict("draw_changed") when somebody else was quicker (a button pressed twice),
    Conflict("draw_state") and Conflict("draw_pool_changed" …) from within.
    """
    async with db.write() as writer:
        draw = await draw_model.load(Reader(writer), draw_id, lock=True)
        if draw.version != version:
            raise Conflict("draw_changed")
        if act is not None:
            check(draw.state, act)
        change = Change(writer, draw, actor, now_ms)
        yield change
        stored = {**change.values, "version": draw.version + 1, "updated_at": now_ms}
        await writer.execute(update(draws).where(draws.c.id == draw_id).values(**stored))
        for kind, body in change.lines:
            await draw_log.append(writer, draw_id, draw.public_id, kind, body, now_ms)
            await note(writer, draw_id, kind, body, actor=actor, now_ms=now_ms)
        await festivals.touch(writer, draw.festival_id, now_ms)


async def note(writer: Writer, draw_id: int, kind: str, body: Mapping[str, Any], *, actor: str, now_ms: int) -> None:
    """The act in the audit log."""
    await audit.record(
        writer, actor=actor, action=f"draw.{kind}", subject=f"draw:{draw_id}", now_ms=now_ms, detail=dict(body)
    )
