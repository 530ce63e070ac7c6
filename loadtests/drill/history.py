"""What happened in a drill, as the outside saw it: operations of clients, frames, faults, and the final state.

Pure but for reading and writing JSON lines. Never judges (`checker`). Times `t` are ms of the machine's monotonic
clock, the same for every process of the drill; `w` is wall ms, kept for people who read logs beside it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

Choice = list[str] | int | float | str

INVOKE, OK, FAIL, INFO = "invoke", "ok", "fail", "info"
"""An operation begins with invoke. ok: it is done; fail: it is certainly not; info: nobody knows. What the server tells
unasked (`state`, `you`) is an ok of its own."""


class Event(msgspec.Struct, omit_defaults=True):
    """One line of a client's history. `n` numbers the client's operations: an outcome bears the number of its invoke.

    `op`: join, resume, answer, state, you, host. `how` says what an answer is meant to provoke: first, resend,
    duplicate, change, tab, late. `link` numbers the client's connections.
    """

    e: str
    op: str
    n: int
    t: float
    w: int
    who: str
    round: int = 0
    seat: int = 0
    link: int = 0
    q: int = 0
    id: str = ""
    how: str = ""
    choice: Choice | None = None
    kept: Choice | None = None
    status: str = ""
    v: int = 0
    phase: str = ""
    frame: int = 0
    points: int | None = None
    rank: int | None = None
    verdict: str | None = None
    told: str = ""
    """What a host command or a problem said."""


class Frame(msgspec.Struct, omit_defaults=True):
    """One distinct state frame, of phones without the seconds left; `t` is when it was first shown."""

    frame: int
    round: int
    v: int
    phase: str
    q: int
    t: float
    body: str
    shown_to: str = "phones"


class Leak(msgspec.Struct, omit_defaults=True):
    """A frame of another kind in which something stood that no phone may see."""

    who: str
    round: int
    t: float
    body: str


class Fault(msgspec.Struct, omit_defaults=True):
    """One fault. `cls` is its class; `in_flight` the operations in flight at its moment; `landed` whether it struck
    inside its danger window; `until` when what it broke was whole again (0: never noticed)."""

    cls: str
    target: str
    t: float
    w: int
    in_flight: int
    landed: bool
    until: float = 0.0
    note: str = ""
    kill: bool = False
    refuses: bool = False
    """From `t` to `until` storage certainly took nothing."""


class Question(msgspec.Struct):
    """What the drill knows of a question, for it made it: `key` is right, `secrets` must not be seen before."""

    number: int
    type: str
    key: Choice
    weight: int
    limit_ms: int
    secrets: list[str]


class Standing(msgspec.Struct):
    """A row of GET /standings."""

    rank: int
    seat: int
    points: int
    correct: int
    time_ms: int


class Answer(msgspec.Struct):
    """A line of GET /answers."""

    question: int
    seat: int
    choice: Choice
    accepted_at: int
    elapsed_ms: int
    credit_ms: int
    fair_ms: int
    verdict: str | None
    points: int | None


class Round(msgspec.Struct):
    """One round: what it was made of, and what the public exports said when it was over."""

    id: int
    phase: str
    questions: list[Question]
    asked: int
    voids: list[int]
    seats: int
    cap_ms: int
    answers: list[Answer]
    standings: list[Standing]
    winners: list[list[Any]]
    """[rank, seat, points] of the first rows of the exported workbook."""


class Attempt(msgspec.Struct):
    """What one entrant of the contest was told, and what the contest counts."""

    who: str
    acked: dict[str, Choice]
    counted: dict[str, Choice]
    submitted: int
    granted: int
    late_accepted: int = 0


class Final(msgspec.Struct):
    """The final state. `stats_ok` and `stats_said` are `hoithi stats verify`'s; None: not asked."""

    rounds: list[Round]
    facts: int | None = None
    """Participation facts of live rounds, as the platform's own pages count them."""
    stats_ok: bool | None = None
    stats_said: str = ""
    attempts: list[Attempt] = []
    attempts_allowed: int = 0
    contests_ok: bool | None = None
    contests_said: str = ""


class History(msgspec.Struct):
    """Everything a checker needs."""

    events: list[Event]
    frames: list[Frame]
    leaks: list[Leak]
    faults: list[Fault]
    final: Final


_encoder = msgspec.json.Encoder()


class Recorder:
    """Writes the lines of clients, one file each, as they happen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: dict[str, list[bytes]] = {}
        self.events: list[Event] = []
        self.frames: list[Frame] = []
        self.leaks: list[Leak] = []
        self.faults: list[Fault] = []
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, event: Event) -> None:
        """One more line of a client."""
        self.events.append(event)
        lines = self._lines.setdefault(event.who, [])
        lines.append(_encoder.encode(event))
        if len(lines) >= 500:
            self._write(event.who)

    def _write(self, who: str) -> None:
        lines = self._lines.pop(who, [])
        if lines:
            with (self._folder / f"client-{who}.jsonl").open("ab") as file:
                file.write(b"\n".join(lines) + b"\n")

    def save(self, final: Final) -> History:
        """Writes what is not written yet, and the rest of the history beside it."""
        for who in list(self._lines):
            self._write(who)
        for name, rows in (("frames", self.frames), ("leaks", self.leaks), ("faults", self.faults)):
            (self._folder / f"{name}.jsonl").write_bytes(b"".join(_encoder.encode(row) + b"\n" for row in rows))
        (self._folder / "final.json").write_bytes(_encoder.encode(final))
        return History(self.events, self.frames, self.leaks, self.faults, final)


def read(folder: Path) -> History:
    """A history from its folder. Raises OSError and msgspec.MsgspecError."""
    clients = sorted(folder.glob("client-*.jsonl"))
    return History(
        [event for path in clients for event in _lines(path, Event)],
        list(_lines(folder / "frames.jsonl", Frame)),
        list(_lines(folder / "leaks.jsonl", Leak)),
        list(_lines(folder / "faults.jsonl", Fault)),
        msgspec.json.decode((folder / "final.json").read_bytes(), type=Final),
    )


def _lines(path: Path, kind: type[Any]) -> Iterator[Any]:
    decode = msgspec.json.Decoder(kind).decode
    with path.open("rb") as file:
        for line in file:
            yield decode(line)


def operations(events: Iterable[Event]) -> tuple[int, int]:
    """How many operations there were: writes (joins, resumes, answers, host commands) and reads."""
    writes = reads = 0
    for event in events:
        if event.e == INVOKE:
            writes += 1
        elif event.op in ("state", "you"):
            reads += 1
    return writes, reads
