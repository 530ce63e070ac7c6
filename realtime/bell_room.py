"""What one process must know of the golden bell while a question is open: who may answer, and for whom one waits.

Never decides who is out: that comes with the results, or with the seats from SQL.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from contest.seats import SeatRecord
from realtime.results import Results

FUN_MOMENT_MS = 3_000.0
"""When all who matter have answered, those who play for fun get this much longer, and hold the game up no more."""


@dataclass(slots=True)
class BellRoom:
    """The floor as a room remembers it between two reveals."""

    known: tuple[int, int] | None = None
    out: Set[int] = frozenset()
    settled: tuple[int, float] | None = None
    """The question for which all who matter have answered, and since when."""
    _results: Results | None = field(default=None, repr=False)

    def refresh(self, results: Results | None, people: dict[int, SeatRecord], version: int) -> Set[int]:
        """The seats that are out; looked at anew only after a reveal or a change of people."""
        if self._results is not results or self.known != (version, len(people)):
            self._results, self.known = results, (version, len(people))
            rows = results.rows if results else {}
            out = {seat for seat, row in rows.items() if row.out is not None}
            # Who came after the last reveal has no row yet.
            out |= {seat for seat, person in people.items() if person.out_at is not None and seat not in rows}
            self.out = out
        return self.out

    def waited_for(self, bell: dict[str, Any], question: int | None, waiting: Set[int], now_ms: float) -> int:
        """For how many of the phones that have not answered the question is held open."""
        matter = waiting & self.out if bell["rescue"] else waiting - self.out
        if matter or question is None:
            self.settled = None
            return len(matter)
        others = len(waiting & self.out) if bell["fun"] and not bell["rescue"] else 0
        if self.settled is None or self.settled[0] != question:
            self.settled = (question, now_ms)
        return others if now_ms - self.settled[1] < FUN_MOMENT_MS else 0


def may_answer(bell: dict[str, Any], out: bool) -> bool:
    """Whether an answer of a seat is taken: a rescue question is for those who are out, others for them only in fun."""
    return out if bell["rescue"] else bool(bell["fun"]) or not out
