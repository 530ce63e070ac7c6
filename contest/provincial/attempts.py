"""Attempts (lượt thi): starting, saving answers, handing in, ending what is overdue; many at once.

Every call is one transaction for all its wishes and answers them in order; what it answered is durable. When it raises,
nothing of it is stored and all may be sent again. `shelf` is what a process remembers between calls: give the same one
each time, or none at all. Never decides who may see what: that is `attempt_views`.
"""

from collections.abc import Sequence

from contest.database import Database
from contest.provincial import attempt_save, attempt_start, attempt_submit
from contest.provincial.attempt_model import (
    Kept,
    NotStarted,
    NotSubmitted,
    Saved,
    SaveStatus,
    SaveWish,
    SentAnswer,
    Started,
    StartWish,
    Submitted,
    SubmitWish,
)
from contest.provincial.shelf import Shelf
from contest.provincial.transactions import Lane, run

__all__ = [
    "Kept",
    "Lane",
    "NotStarted",
    "NotSubmitted",
    "SaveStatus",
    "SaveWish",
    "Saved",
    "SentAnswer",
    "Shelf",
    "StartWish",
    "Started",
    "SubmitWish",
    "Submitted",
    "expire",
    "look",
    "save",
    "start",
    "submit",
]


async def start(
    db: Database | Lane, wishes: Sequence[StartWish], now_ms: int, *, shelf: Shelf | None = None
) -> list[Started | NotStarted]:
    """Starts attempts, or gives back the open one of an entry with a new ticket: the device before it has `moved`.

    The limits of the rules hold however many starts come at once, from any number of processes.
    """
    if not wishes:
        return []
    known = shelf or Shelf()
    return await run(db, lambda: attempt_start.start(known, wishes, now_ms))


async def save(
    db: Database | Lane, wishes: Sequence[SaveWish], now_ms: int, *, shelf: Shelf | None = None
) -> list[Saved]:
    """Stores answers of running attempts; the highest `seq` of a position stays, whatever the order of arrival."""
    if not wishes:
        return []
    known = shelf or Shelf()
    return await run(db, lambda: attempt_save.save(known, wishes, now_ms), one_statement=True)


async def submit(
    db: Database | Lane, wishes: Sequence[SubmitWish], now_ms: int, *, shelf: Shelf | None = None
) -> list[Submitted | NotSubmitted]:
    """Accepts papers, marks and logs them; a repeat is told what was accepted and changes nothing."""
    if not wishes:
        return []
    known = shelf or Shelf()
    return await run(db, lambda: attempt_submit.submit(known, wishes, now_ms))


async def look(
    db: Database, attempt: str, ticket: str, now_ms: int, *, shelf: Shelf | None = None
) -> Started | Submitted | NotSubmitted:
    """An attempt as it stands, for whoever holds its ticket: to be gone on with, or handed in."""
    known = shelf or Shelf()
    return await run(db, lambda: attempt_submit.look(known, attempt, ticket, now_ms))


async def expire(db: Database, now_ms: int, *, limit: int = 500, shelf: Shelf | None = None) -> int:
    """Hands in at most `limit` attempts whose time has been over for some seconds, as they are stored; how many.

    Any number of workers may do it at once.
    """
    known = shelf or Shelf()
    return await run(db, lambda: attempt_submit.expire(known, now_ms, limit))
