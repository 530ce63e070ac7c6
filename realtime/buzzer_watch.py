"""Sees the first press of a duel's buzzer, and says when the others have had the time to press too.

The stored answers say that somebody pressed, so nothing depends on which process heard it, and another timekeeper sees
it as well. Never says who was first: fair times do, after the close.
"""

from dataclasses import dataclass

from contest import rounds
from contest.database import Database
from contest.games import duel
from contest.ids import RoundId
from contest.rounds import Due


@dataclass(slots=True)
class _Question:
    version: int
    number: int
    finalists: tuple[int, ...]
    """Empty: no buzzer here."""
    settle_ms: int
    pressed_at_ms: float | None = None


class BuzzerWatch:
    """Asked on every sweep about rounds with an open question; one query each while a buzzer waits, none else."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._questions: dict[RoundId, _Question] = {}

    @property
    def waiting(self) -> bool:
        """Whether anybody may press now."""
        return any(one.finalists for one in self._questions.values())

    async def over(self, due: Due, now_ms: float) -> bool:
        """Whether the first press is as long ago as the most delay that is credited: a slow link had its chance."""
        known = self._questions.get(due.id)
        if known is None or known.version != due.version:
            known = await self._look(due, known)
            self._questions[due.id] = known
        if not known.finalists:
            return False
        if known.pressed_at_ms is None:
            async with self._db.read() as reader:
                if not await duel.pressed(reader, due.id, known.number, known.finalists):
                    return False
            known.pressed_at_ms = now_ms
        return now_ms - known.pressed_at_ms >= known.settle_ms

    def forget(self, others_than: set[RoundId]) -> None:
        """Rounds that are no longer open."""
        self._questions = {key: value for key, value in self._questions.items() if key in others_than}

    async def _look(self, due: Due, before: _Question | None) -> _Question:
        async with self._db.read() as reader:
            record = await rounds.load(reader, due.id)
        number = record.state.question or 0
        finalists = record.state.finalists if duel.with_buzzer(record, record.state.question) else ()
        # The same question in a newer version (paused, extended): whoever had pressed has pressed.
        same = before is not None and before.number == number
        return _Question(
            due.version, number, finalists, record.cap_ms, before.pressed_at_ms if before and same else None
        )
