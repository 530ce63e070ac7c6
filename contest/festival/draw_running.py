"""A lucky draw on the stage: the digits typed by two people, the winners by arithmetic, who came and who did not.

Decides nothing: after the digits every ticket's place in the sequence is settled. Never takes a winner back to draw
anew; an absent one is followed by the next of the same sequence.
"""

from itertools import islice
from typing import Literal

from sqlalchemy import insert, update

from contest.database import Database, Reader
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import draw_model, draw_pool
from contest.festival.draw_changing import Change, changing
from contest.festival.draw_model import Draw, Winner
from contest.festival.draw_pool import guests_of
from contest.festival.draw_sources import check_time, first_difference, part, whole
from contest.festival.draw_states import REASONS, Act, DrawState, Step, WinnerState, next_step
from contest.festival.draw_tables import draw_winners
from contest.provincial.draw import MAX_DIGITS, drawn, pool_hash, pool_lines, seed_of
from scoring.folding import fold

SCENES = ("pool", "digits", "drum", "winners")
MAX_TYPIST, MAX_NOTE = 80, 300


async def sequence(reader: Reader, draw: Draw, first: int, count: int) -> list[str]:
    """The tickets at these places of the draw's one sequence.

    Raises Conflict("draw_pool_changed") when the stored pool is not the one whose hash was published.
    """
    lines = await checked_pool(reader, draw)
    assert draw.pool_hash is not None
    assert draw.digits is not None
    return list(islice(drawn(lines, seed_of(draw.pool_hash, draw.public_id, draw.digits)), first, first + count))


async def checked_pool(reader: Reader, draw: Draw) -> tuple[str, ...]:
    """The frozen pool, when it still is the one published. Raises Conflict("draw_pool_changed")."""
    lines = pool_lines(await draw_pool.frozen(reader, draw.id))
    if len(lines) != draw.pool_count or pool_hash(lines) != draw.pool_hash:
        raise Conflict("draw_pool_changed")
    return lines


async def type_digits(
    db: Database, draw_id: int, version: int, text: str, typist: str, *, actor: str, now_ms: int
) -> None:
    """A group of digits by the first person; the stage shows it. Raises Invalid("draw_digits" | "draw_beacon" |
    "draw_typist"), Conflict("draw_digits_early" | "draw_typist_other")."""
    typist = _typist(typist)
    async with changing(db, draw_id, version, Act.TYPE, actor=actor, now_ms=now_ms) as change:
        draw = change.draw
        assert draw.source is not None
        check_time(draw.source, now_ms)
        if draw.typed and draw.typed_by is not None and fold(draw.typed_by) != fold(typist):
            raise Conflict("draw_typist_other", name=draw.typed_by)
        group = part(draw.source, text)
        typed = f"{draw.typed} {group}".strip()
        if len(typed.replace(" ", "")) > MAX_DIGITS:
            raise Invalid("draw_digits", least=0, most=MAX_DIGITS)
        change.values = {"typed": typed, "typed_by": typist, "stage": {"scene": "digits"}}
        change.log("type", digits=group)


async def untype_digits(db: Database, draw_id: int, version: int, *, actor: str, now_ms: int) -> None:
    """Takes the last group back, openly. Raises Conflict("draw_nothing_typed")."""
    async with changing(db, draw_id, version, Act.TYPE, actor=actor, now_ms=now_ms) as change:
        groups = change.draw.typed.split()
        if not groups:
            raise Conflict("draw_nothing_typed")
        left = groups[:-1]
        change.values = {"typed": " ".join(left), "typed_by": change.draw.typed_by if left else None}
        change.log("untype", digits=groups[-1])


async def confirm_digits(
    db: Database, draw_id: int, version: int, text: str, typist: str, *, actor: str, now_ms: int
) -> None:
    """The same digits by a second person: the draw is drawn.

    Raises Conflict("draw_typist_same"), Conflict("draw_digits_differ", place=…) naming the first digit that differs
    (nothing is stored), Invalid("draw_digits") when they are too few, Conflict("draw_pool_changed").
    """
    typist = _typist(typist)
    async with changing(db, draw_id, version, Act.DIGITS, actor=actor, now_ms=now_ms) as change:
        draw = change.draw
        assert draw.source is not None
        check_time(draw.source, now_ms)
        if draw.typed_by is None:
            raise Conflict("draw_nothing_typed")
        if fold(draw.typed_by) == fold(typist):
            raise Conflict("draw_typist_same")
        first, second = draw.typed.replace(" ", ""), whole(draw.source, text)
        if first != second:
            raise Conflict("draw_digits_differ", place=first_difference(first, second))
        await checked_pool(change.reader, draw)
        change.values = {
            "state": str(DrawState.DRAWN),
            "digits": first,
            "digits_at": now_ms,
            "digits_by": [draw.typed_by, typist],
            "stage": {"scene": "digits"},
        }
        assert draw.pool_hash is not None
        seed = seed_of(draw.pool_hash, draw.public_id, first).hex()
        change.log("digits", digits=first, pool_sha256=draw.pool_hash, seed=seed)


async def correct_digits(db: Database, draw_id: int, version: int, *, actor: str, now_ms: int) -> None:
    """Takes the digits back for typing them anew. Raises Conflict("draw_digits_final") once anybody was shown."""
    async with changing(db, draw_id, version, Act.CORRECT, actor=actor, now_ms=now_ms) as change:
        if await draw_model.winners(change.reader, draw_id):
            raise Conflict("draw_digits_final")
        change.values = {
            "state": str(DrawState.ANNOUNCED),
            "typed": "",
            "typed_by": None,
            "digits": None,
            "digits_at": None,
            "digits_by": None,
            "stage": {"scene": "digits"},
        }
        change.log("correct", digits=change.draw.digits)


async def show_scene(db: Database, draw_id: int, version: int, scene: str, *, actor: str, now_ms: int) -> None:
    """What the stage shows of this draw. Raises Invalid("draw_scene")."""
    if scene not in SCENES:
        raise Invalid("draw_scene")
    async with changing(db, draw_id, version, None, actor=actor, now_ms=now_ms) as change:
        change.values = {"stage": {"scene": scene}}


async def spin(db: Database, draw_id: int, version: int, *, actor: str, now_ms: int) -> None:
    """Starts the drum. It decides nothing and stores nothing but that it turns."""
    async with changing(db, draw_id, version, Act.SHOW, actor=actor, now_ms=now_ms) as change:
        await _step(change, "show")
        change.values = {"stage": {"scene": "drum", "spinning": True}}


async def show_next(db: Database, draw_id: int, version: int, *, actor: str, now_ms: int) -> list[str]:
    """Shows the next of the sequence: one, or all open places of a prize that is drawn together; their tickets.

    Raises Conflict("draw_settle_first" | "draw_over" | "draw_pool_changed").
    """
    async with changing(db, draw_id, version, Act.SHOW, actor=actor, now_ms=now_ms) as change:
        step = await _step(change, "show")
        shown = await sequence(change.reader, change.draw, step.position, step.count)
        owners = await guests_of(change.reader, draw_id, shown)
        for offset, ticket in enumerate(shown):
            await change.writer.execute(
                insert(draw_winners).values(
                    draw_id=draw_id,
                    position=step.position + offset,
                    prize=step.prize,
                    ticket=ticket,
                    guest_id=owners[ticket],
                    state=str(WinnerState.CALLED),
                    drawn_at=now_ms,
                )
            )
            change.log("shown", position=step.position + offset, prize=step.prize, ticket=ticket)
        change.values = {"stage": {"scene": "drum", "spinning": False}}
        return shown


async def settle(
    db: Database,
    draw_id: int,
    version: int,
    position: int | None,
    *,
    present: bool,
    reason: str = "",
    remark: str = "",
    actor: str,
    now_ms: int,
) -> None:
    """Who was shown is there, or is not and why; `position` None: everybody waiting is there.

    Absent is final: the place goes to the next of the sequence. Raises Invalid("draw_reason_unknown"),
    NotFound("draw_winner_unknown"), Conflict("draw_settled").
    """
    remark = " ".join(remark.split())[:MAX_NOTE]
    if not present and (reason not in REASONS or position is None):
        raise Invalid("draw_reason_unknown")
    async with changing(db, draw_id, version, Act.SETTLE, actor=actor, now_ms=now_ms) as change:
        found = await draw_model.winners(change.reader, draw_id)
        chosen = [one for one in found if (position is None or one.position == position)]
        waiting = [one for one in chosen if one.state is WinnerState.CALLED]
        if not chosen:
            raise NotFound("draw_winner_unknown")
        if not waiting:
            raise Conflict("draw_settled")
        for one in waiting:
            state = WinnerState.PRESENT if present else WinnerState.ABSENT
            values = {"state": str(state), "settled_at": now_ms, "note": remark}
            await _set(change, one, **values, reason=None if present else reason)
            told = {"position": one.position, "prize": one.prize, "ticket": one.ticket}
            change.log("present", **told) if present else change.log("absent", **told, reason=reason)


async def claim(
    db: Database,
    draw_id: int,
    version: int,
    position: int,
    how: Literal["self", "proxy"],
    *,
    actor: str,
    now_ms: int,
) -> None:
    """Notes that the prize was handed over, to the winner or to whom they sent; who signs for it is on paper.

    Raises NotFound("draw_winner_unknown"), Conflict("draw_not_present" | "draw_claimed").
    """
    async with changing(db, draw_id, version, Act.CLAIM, actor=actor, now_ms=now_ms) as change:
        found = next(
            (one for one in await draw_model.winners(change.reader, draw_id) if one.position == position), None
        )
        if found is None:
            raise NotFound("draw_winner_unknown")
        if found.state is not WinnerState.PRESENT:
            raise Conflict("draw_not_present")
        if found.claimed_at is not None:
            raise Conflict("draw_claimed")
        await _set(change, found, claimed_at=now_ms, claimed_how=how, claimed_by=actor)
        change.log("claim", position=position, prize=found.prize, ticket=found.ticket, how=how)


async def close(db: Database, draw_id: int, version: int, *, actor: str, now_ms: int) -> None:
    """Ends the draw; its minutes are what they are. Raises Conflict("draw_settle_first" | "draw_not_over")."""
    async with changing(db, draw_id, version, Act.CLOSE, actor=actor, now_ms=now_ms) as change:
        await _step(change, "over")
        change.values = {"state": str(DrawState.CLOSED), "closed_at": now_ms, "stage": {"scene": "winners"}}
        change.log("close")


async def _step(change: Change, wanted: Literal["show", "over"]) -> Step:
    draw = change.draw
    shown = [one.shown for one in await draw_model.winners(change.reader, draw.id)]
    step = next_step(draw.prizes, shown, draw.pool_count or 0)
    if step.kind != wanted:
        codes = {"settle": "draw_settle_first", "over": "draw_over", "show": "draw_not_over"}
        raise Conflict(codes[step.kind])
    return step


async def _set(change: Change, winner: Winner, **values: object) -> None:
    c = draw_winners.c
    where = (c.draw_id == change.draw.id, c.position == winner.position)
    await change.writer.execute(update(draw_winners).where(*where).values(**values))


def _typist(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_TYPIST or not fold(name):
        raise Invalid("draw_typist", limit=MAX_TYPIST)
    return name
