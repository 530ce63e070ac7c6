"""What the platform promises, by the names of the invariants, and what a broken promise looks like. Pure."""

from dataclasses import dataclass

from loadtests.drill.history import Choice

NAMES = {
    "I1": "an acknowledged answer is stored, for ever",
    "I2": "at most one answer counts for each seat and question, and every acknowledgement tells the same kept choice",
    "I3": "nothing is accepted after the close or before the opening",
    "I3b": "what is kept was sent by that seat",
    "I4": "the standings are what the stored answers make them",
    "I5": "the winners follow from the answers alone",
    "I6": "the statistics are what a recount makes them",
    "I7": "the chain of contest events is unbroken",
    "I8": "no phone is shown an older picture after a newer one, and a version is one picture",
    "I9": "nothing about the right answer reaches a phone before the reveal",
    "I10": "nobody has more attempts than allowed, and what was acknowledged in one counts",
    "I13": "nothing is acknowledged while storage refuses",
}

TAKEN = frozenset({"accepted", "same", "kept_other"})
"""Receipts that say an answer of this seat is stored."""
REVEALED = frozenset({"revealed", "standings", "podium", "finished"})
Slot = tuple[int, int, int]
"""Round, question, seat."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and how one can see it."""

    invariant: str
    evidence: str


def canonical(choice: Choice | None) -> str:
    """Equal choices have equal texts, whatever order their options came in."""
    if isinstance(choice, list):
        return "|".join(sorted(choice))
    if isinstance(choice, float) and choice.is_integer():
        return str(int(choice))
    return str(choice)


def where(slot: Slot) -> str:
    """A slot in words."""
    return f"round {slot[0]} question {slot[1]} seat {slot[2]}"
