"""The state of a live round and the one table of what may move it.

Theory. A live round is one immutable value, `RoundState`, with a version. `advance(plan, state, command, now_ms)` gives
the next value or a `Refusal`; it reads no clock, keeps no memory and touches nothing, so any process may compute it and
SQL decides by compare-and-set on the version whose result counts. The rules of this file:

1. `TABLE[phase][command]` names the step. What is not in the table is refused and changes nothing.
2. Every step that changes something adds exactly one to the version.
3. A phase that ends by itself carries `deadline_ms` (wall clock, UTC): get_ready → open, open → closing,
   closing → revealed, and under autopilot revealed → standings → the next question. The timekeeper applies the automatic
   step when the deadline has passed; applying it twice is refused the second time because the phase has moved on.
4. `accepting` is the number of the question whose answers SQL will still store: set when a question opens, kept while it
   is closing or paused, cleared by the reveal. Storing answers and clearing it exclude each other by the row's lock.
5. `finished` and `cancelled` are final. From every other phase `finish` leads to one of them; a question that was
   still taking answers is then void, because nobody saw its key.

                         begin        time_up | all_answered | close      settle
      lobby ─next→ get_ready ──→ open ────────────────────────→ closing ───────→ revealed
                       ↑                                                             │ next
                       └───────────────────────── next ────────────────── standings ←┘
                                                                              │ next after the last question
                            pause: get_ready, open, revealed, standings       ↓
                            resume: back, with the time that was left       podium ─next→ finished

Other modes (golden bell, teams) add steps to this table; the phases are theirs too.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from contest.phases import AUTOMATIC, FINAL, SEAT_COMMANDS, CommandName, Phase

SETTLE_MARGIN_MS = 700
"""After the fair-time cap, how long an answer may still travel through queue and commit before the reveal."""
AUTO_REVEALED_MS = 9_000
AUTO_STANDINGS_MS = 7_000
MAX_SECONDS_OPEN = 3_600
"""However often it is extended, a question is not open longer than this."""


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """What the state machine must know of the quiz and the settings: nothing of the questions' contents.

    `seconds[n - 1]` is the answering time of question n; `cap_ms` the most network delay that is credited.
    """

    seconds: tuple[int, ...]
    reading_seconds: int
    cap_ms: int

    @property
    def total(self) -> int:
        return len(self.seconds)


@dataclass(frozen=True, slots=True)
class RoundState:
    """One value of a live round. `question` counts from 1 and stays set from its get_ready to the next one's."""

    version: int = 1
    phase: Phase = Phase.lobby
    question: int | None = None
    accepting: int | None = None
    seconds: int | None = None
    """Answering time of the current question, extensions included."""
    opened_ms: int | None = None
    """Wall time of the opening, moved forward by every pause: `opened_ms + seconds` is the deadline while open."""
    deadline_ms: int | None = None
    paused_from: Phase | None = None
    left_ms: int | None = None
    """While paused: how much time was left in the phase that was paused; None where it has no end by itself."""
    locked: bool = False
    blank: bool = False
    auto: bool = False
    voided: tuple[int, ...] = ()
    ended_early: bool = False
    """Finished before its last question was revealed."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked. `seconds` belongs to extend, `question` to void, `on` to auto."""

    name: CommandName
    seconds: int | None = None
    question: int | None = None
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The command is not for now; the state is unchanged. `code` is a catalogue key under `error.`."""

    code: str


Outcome = RoundState | Refusal
Step = Callable[[RoundPlan, RoundState, Command, int], Outcome]


def _get_ready(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    number = (state.question or 0) + 1
    ready = replace(
        state,
        phase=Phase.get_ready,
        question=number,
        seconds=plan.seconds[number - 1],
        opened_ms=None,
        deadline_ms=now_ms + plan.reading_seconds * 1000,
    )
    return ready


def _open(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    assert state.seconds is not None
    return replace(
        state,
        phase=Phase.open,
        accepting=state.question,
        opened_ms=now_ms,
        deadline_ms=now_ms + state.seconds * 1000,
    )


def _close(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    return replace(state, phase=Phase.closing, deadline_ms=now_ms + plan.cap_ms + SETTLE_MARGIN_MS)


def _reveal(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    deadline = now_ms + AUTO_REVEALED_MS if state.auto else None
    return replace(state, phase=Phase.revealed, accepting=None, deadline_ms=deadline)


def _standings(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    last = state.question == plan.total
    # Autopilot never releases the podium: that moment belongs to the host.
    deadline = now_ms + AUTO_STANDINGS_MS if state.auto and not last else None
    return replace(state, phase=Phase.standings, deadline_ms=deadline)


def _after_standings(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    if state.question == plan.total:
        return replace(state, phase=Phase.podium, deadline_ms=None)
    return _get_ready(plan, state, command, now_ms)


def _finish(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    unrevealed = state.phase in (Phase.get_ready, Phase.open, Phase.closing) or (
        state.phase is Phase.paused and state.paused_from in (Phase.get_ready, Phase.open)
    )
    asked = state.question or 0
    voided = state.voided
    if unrevealed and state.accepting is not None and asked not in voided:
        voided = tuple(sorted((*voided, asked)))
    return replace(
        state,
        phase=Phase.finished,
        accepting=None,
        deadline_ms=None,
        left_ms=None,
        paused_from=None,
        blank=False,
        voided=voided,
        ended_early=unrevealed or asked < plan.total,
    )


def _cancel(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    return replace(state, phase=Phase.cancelled, deadline_ms=None, blank=False)


def _pause(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    left = None if state.deadline_ms is None else max(0, state.deadline_ms - now_ms)
    return replace(state, phase=Phase.paused, paused_from=state.phase, left_ms=left, deadline_ms=None)


def _resume(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    assert state.paused_from is not None
    deadline = None if state.left_ms is None else now_ms + state.left_ms
    opened = state.opened_ms
    if state.paused_from is Phase.open and deadline is not None and state.seconds is not None:
        opened = deadline - state.seconds * 1000
    return replace(
        state,
        phase=state.paused_from,
        paused_from=None,
        left_ms=None,
        deadline_ms=deadline,
        opened_ms=opened,
    )


def _extend(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    more = command.seconds
    if more is None or not 1 <= more <= 600:
        return Refusal("extend_seconds")
    assert state.seconds is not None
    if state.seconds + more > MAX_SECONDS_OPEN:
        return Refusal("extend_seconds")
    if state.phase is Phase.paused:
        if state.paused_from is not Phase.open or state.left_ms is None:
            return Refusal("not_now")
        return replace(state, seconds=state.seconds + more, left_ms=state.left_ms + more * 1000)
    assert state.deadline_ms is not None
    return replace(state, seconds=state.seconds + more, deadline_ms=state.deadline_ms + more * 1000)


def _void(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    number = command.question
    if number is None or not 1 <= number <= (state.question or 0):
        return Refusal("void_unasked")
    if number in state.voided:
        return Refusal("already_void")
    return replace(state, voided=tuple(sorted((*state.voided, number))))


def _auto(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    on = not state.auto if command.on is None else command.on
    if on == state.auto:
        return Refusal("nothing_to_change")
    changed = replace(state, auto=on)
    if state.phase is Phase.revealed:
        return replace(changed, deadline_ms=now_ms + AUTO_REVEALED_MS if on else None)
    if state.phase is Phase.standings and state.question != plan.total:
        return replace(changed, deadline_ms=now_ms + AUTO_STANDINGS_MS if on else None)
    return changed


def _flag(field: str, value: bool) -> Step:
    def step(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
        if getattr(state, field) is value:
            return Refusal("nothing_to_change")
        changes: dict[str, Any] = {field: value}
        return replace(state, **changes)

    return step


_C, _P = CommandName, Phase

_ALWAYS: dict[CommandName, Step] = {
    _C.lock: _flag("locked", True),
    _C.unlock: _flag("locked", False),
    _C.blank: _flag("blank", True),
    _C.unblank: _flag("blank", False),
    _C.auto: _auto,
    _C.finish: _finish,
}

TABLE: dict[Phase, dict[CommandName, Step]] = {
    _P.lobby: {**_ALWAYS, _C.next: _get_ready, _C.finish: _cancel},
    _P.get_ready: {**_ALWAYS, _C.next: _open, _C.begin: _open, _C.pause: _pause, _C.void: _void},
    _P.open: {
        **_ALWAYS,
        _C.next: _close,
        _C.close: _close,
        _C.time_up: _close,
        _C.all_answered: _close,
        _C.pause: _pause,
        _C.extend: _extend,
        _C.void: _void,
    },
    _P.closing: {**_ALWAYS, _C.settle: _reveal, _C.void: _void},
    _P.revealed: {
        **_ALWAYS,
        _C.next: _standings,
        _C.autopilot: _standings,
        _C.pause: _pause,
        _C.void: _void,
    },
    _P.standings: {
        **_ALWAYS,
        _C.next: _after_standings,
        _C.autopilot: _after_standings,
        _C.pause: _pause,
        _C.void: _void,
    },
    _P.paused: {**_ALWAYS, _C.next: _resume, _C.resume: _resume, _C.extend: _extend, _C.void: _void},
    _P.podium: {**_ALWAYS, _C.next: _finish, _C.void: _void},
    _P.finished: {},
    _P.cancelled: {},
}

AUTOMATIC_STEP: dict[Phase, CommandName] = {
    _P.get_ready: _C.begin,
    _P.open: _C.time_up,
    _P.closing: _C.settle,
    _P.revealed: _C.autopilot,
    _P.standings: _C.autopilot,
}
"""What the timekeeper applies when a phase's deadline has passed."""


def advance(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    """The state after `command` at `now_ms` (UTC wall clock), or why not.

    Automatic steps that come before their deadline are refused, but for all_answered, which has none.
    """
    step = TABLE[state.phase].get(command.name)
    if step is None:
        return Refusal("round_over" if state.phase in FINAL else "not_now")
    timed = command.name in AUTOMATIC and command.name is not CommandName.all_answered
    if timed and (state.deadline_ms is None or now_ms < state.deadline_ms):
        return Refusal("not_now")
    outcome = step(plan, state, command, now_ms)
    if isinstance(outcome, Refusal):
        return outcome
    return replace(outcome, version=state.version + 1)


def seat_command_allowed(state: RoundState, name: CommandName) -> Refusal | None:
    """Whether a command on people (kick, rename, …) may run now. Such commands leave the round's state as it is."""
    assert name in SEAT_COMMANDS
    return Refusal("round_over") if state.phase in FINAL else None
