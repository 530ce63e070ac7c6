"""The log of one lucky draw: every act as a line, each chained to the one before, all of them public.

Never holds personal data: people are tickets. A line's hash is SHA-256 over ``hoithi/drawlog/1``, the draw's public
id, seq, at, kind, body and the previous line's hash, joined by line feeds; bodies are canonical JSON.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from contest.database import Reader, Writer
from contest.festival.draw_tables import draw_log
from contest.provincial.log import GENESIS, canonical


class Line(NamedTuple):
    seq: int
    at: int
    kind: str
    body: str
    prev_hash: str
    hash: str


def line_hash(public_id: str, seq: int, at: int, kind: str, body: str, prev_hash: str) -> str:
    """The hash of a line, hex."""
    text = f"hoithi/drawlog/1\n{public_id}\n{seq}\n{at}\n{kind}\n{body}\n{prev_hash}"
    return hashlib.sha256(text.encode()).hexdigest()


async def append(writer: Writer, draw_id: int, public_id: str, kind: str, body: Mapping[str, Any], now_ms: int) -> str:
    """Adds a line; its hash. The caller holds the draw's row, so that lines queue."""
    c = draw_log.c
    last = (
        await writer.execute(select(c.seq, c.hash).where(c.draw_id == draw_id).order_by(c.seq.desc()).limit(1))
    ).first()
    seq, prev_hash = (1, GENESIS) if last is None else (last.seq + 1, last.hash)
    text = canonical(body)
    made = line_hash(public_id, seq, now_ms, kind, text, prev_hash)
    await writer.execute(
        insert(draw_log).values(
            draw_id=draw_id, seq=seq, at=now_ms, kind=kind, body=text, prev_hash=prev_hash, hash=made
        )
    )
    return made


async def lines(reader: Reader, draw_id: int) -> list[Line]:
    """Every line, in order."""
    c = draw_log.c
    query = select(c.seq, c.at, c.kind, c.body, c.prev_hash, c.hash).where(c.draw_id == draw_id).order_by(c.seq)
    return [Line(*row) for row in await reader.execute(query)]


def broken_at(public_id: str, found: Sequence[Line]) -> int | None:
    """The first line that does not fit the chain, None when it is whole."""
    prev_hash = GENESIS
    for number, line in enumerate(found, 1):
        wanted = line_hash(public_id, number, line.at, line.kind, line.body, prev_hash)
        if (line.seq, line.prev_hash, line.hash) != (number, prev_hash, wanted):
            return number
        prev_hash = line.hash
    return None
