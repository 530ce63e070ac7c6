"""Histories made by hand: a whole small round in which everything is as promised, to be broken in one way at a time."""

from typing import Any

import msgspec

from loadtests.drill.history import (
    INVOKE,
    OK,
    Answer,
    Attempt,
    Choice,
    Event,
    Fault,
    Final,
    Frame,
    History,
    Question,
    Round,
    Standing,
)

SECRET = "bímật"
REVEAL_MS, CLOSE_MS = 5_000.0, 4_000.0


def event(op: str, e: str = OK, n: int = 0, t: float = 2_000.0, seat: int = 1, **more: Any) -> Event:
    """A line of the phone of this seat, round 1."""
    return Event(e, op, n, t, 0, f"p{seat}", 1, seat, **more)


def answered(seat: int, choice: Choice, *, t: float = 2_000.0, n: int = 1, id: str = "a", **more: Any) -> list[Event]:
    """An answer to question 1 that was sent and accepted."""
    told = {"status": "accepted", "kept": choice} | more
    return [
        event("answer", INVOKE, n, t, seat, q=1, id=id, choice=choice, how="first"),
        event("answer", OK, n, t + 30, seat, q=1, id=id, how="first", **told),
    ]


def frame(number: int, phase: str, t: float, **more: Any) -> Frame:
    """A picture of question 1; version and number are the same."""
    body = {"t": "state", "v": number, "phase": phase, "q": {"n": 1}, **more}
    return Frame(number, 1, number, phase, 1, t, msgspec.json.encode(body).decode())


def stored(seat: int, choice: Choice, *, right: bool, fair_ms: int = 500, **more: Any) -> Answer:
    """A line of the export."""
    worth = {"verdict": "right" if right else "wrong", "points": 1000 if right else 0} | more
    return Answer(1, seat, choice, 0, fair_ms, 0, fair_ms, **worth)


def whole() -> History:
    """Two seats, one question with the key b, everything as promised."""
    question = Question(1, "single", ["b"], 1, 8_000, [SECRET])
    one = Round(
        id=1,
        phase="finished",
        questions=[question],
        asked=1,
        voids=[],
        seats=2,
        cap_ms=800,
        answers=[stored(1, ["b"], right=True), stored(2, ["a"], right=False)],
        standings=[Standing(1, 1, 1000, 1, 500), Standing(2, 2, 0, 0, 0)],
        winners=[[1, 1, 1000], [2, 2, 0]],
    )
    events = [
        *(event("state", t=1_000, seat=seat, link=1, v=1, phase="open", q=1, frame=1) for seat in (1, 2)),
        *answered(1, ["b"]),
        *answered(2, ["a"]),
        *(event("state", t=REVEAL_MS, seat=seat, link=1, v=3, phase="revealed", q=1, frame=3) for seat in (1, 2)),
        event("you", t=REVEAL_MS, v=3, phase="revealed", q=1, kept=["b"], points=1000, rank=1, verdict="right"),
        event("you", t=9_000, v=4, phase="finished", q=1, kept=["b"], points=1000, rank=1, verdict="right"),
    ]
    frames = [
        frame(1, "open", 1_000),
        frame(2, "closing", CLOSE_MS),
        frame(3, "revealed", REVEAL_MS, right=["b"], why=SECRET),
        frame(4, "finished", 9_000, right=["b"], why=SECRET),
    ]
    final = Final([one], facts=2, stats_ok=True, attempts_allowed=1)
    final.attempts = [Attempt("e1", {"q1": ["a"]}, {"q1": ["a"]}, submitted=1, granted=1)]
    return History(events, frames, [], [Fault("kill_players", "players-1", 2_010, 0, 40, True)], final)
