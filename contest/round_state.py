"""The state of a live round and the one table of what may move it.

Theory. A live round is one immutable value, `RoundState`, with a version. `advance(plan, state, command, now_ms)` gives
the next value or a `Refusal`; it reads no clock, keeps no memory and touches nothing, so any process may compute it and
SQL decides by compare-and-set on the version whose result counts. The rules of this file:

1. `TABLE[phase][command]` names the step. What is not in the table is refused and changes nothing.
2. Every step that changes something adds exactly one to the version.
3. A phase that ends by itself carries `deadline_ms` (wall clock, UTC): get_ready → open, open → closing,
   closing → revealed, and under autopilot revealed → standings → the next question. The timekeeper applies the
   automatic step when the deadline has passed; a second time it is refused because the phase has moved on.
4. `accepting` is the number of the question whose answers SQL will still store: set when a question opens, kept
   while it is closing or paused, cleared by the reveal. The row's lock keeps storing and clearing apart.
5. `finished` and `cancelled` are final. From every other phase `finish` leads to one of them; a question that was
   still taking answers is then void, because nobody saw its key.
6. `replay`, before the reveal only, withdraws the question: it is void and its key stays secret, for its copy is asked
   next. Whoever applies the step inserts the copy (`contest.question_list`); nothing that was asked changes its number.

                         begin        time_up | all_answered | close      settle
      lobby ─next→ get_ready ──→ open ────────────────────────→ closing ───────→ revealed
                       ↑                                                             │ next
                       └───────────────────────── next ────────────────── standings ←┘
                                                                              │ next after the last question
                            pause: get_ready, open, revealed, standings       ↓
                            resume: back, with the time that was left       podium ─next→ finished
                            replay: open, closing → get_ready of the copy

Other modes (golden bell, teams) add steps to this table; the phases are theirs too.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from contest.model import MAX_QUESTIONS, Question
from contest.phases import AUTOMATIC, FINAL, SEAT_COMMANDS, CommandName, Phase
from scoring.duel import FEWEST, MOST

SETTLE_MARGIN_MS = 500
"""After the fair-time cap, how long an answer may still travel through queue and commit before the reveal: seven times
what 99 of 100 take in a hall of 18,328 phones."""
ALL_ANSWERED_MS = 400
"""The same when everybody has answered: nothing is on its way any more."""
AUTO_REVEALED_MS = 9_000
AUTO_STANDINGS_MS = 7_000
MAX_SECONDS_OPEN = 3_600
"""However often it is extended, a question is not open longer than this."""


@dataclass(frozen=True, slots=True)
class BellPlan:
    """What the golden bell adds. `deciding[n - 1]`: question n has a right answer that counts."""

    deciding: tuple[bool, ...]
    rescues_allowed: int
    rescue_from: int
    out: int | None = None
    """How many seats are out; None when nobody has asked SQL."""


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """What the state machine must know of the quiz and the settings: nothing of the questions' contents.

    `seconds[n - 1]` is the answering time of question n; `cap_ms` the most network delay that is credited.
    `decided`: the game has its winners, whatever questions are left; only whoever asks SQL can say so.
    """

    seconds: tuple[int, ...]
    reading_seconds: int
    cap_ms: int
    bell: BellPlan | None = None
    decided: bool = False
    duel: bool = False

    @property
    def total(self) -> int:
        return len(self.seconds)


@dataclass(frozen=True, slots=True)
class RoundState:
    """One value of a live round. `question` counts from 1 and stays set from its get_ready to the next one's."""

    version: int = 1
    phase: Phase = Phase.LOBBY
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
    reactions: bool = False
    """Whether phones may send reactions to the stage; off until the host switches them on."""
    sound: bool = True
    """Whether the stage may make sounds; its own key can silence it besides."""
    voided: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    """Void questions whose key was never shown, because each was asked again as the next one."""
    rescue_next: bool = False
    """Golden bell: the next question that can decide anything is for those who are out."""
    rescue_questions: tuple[int, ...] = ()
    """Golden bell: the questions that were."""
    rescued_after: tuple[int, ...] = ()
    """Golden bell: after which questions the host let people back in; who they are, SQL knows."""
    finalists: tuple[int, ...] = ()
    """Duel: the seats that play, in the order in which their plates stand."""
    rulings: tuple[tuple[int, int, bool], ...] = ()
    """Duel with buzzer: question, seat and whether the host took the spoken answer for right, in the order given."""
    judging: bool = False
    """Duel with buzzer: the question is closed and its key still secret, for the host has not ruled yet."""
    won_by: int | None = None
    """Duel: the finalist who reached the goal; the podium comes next."""
    scored_version: int | None = None
    """The version at which totals last changed (a reveal, a void): results are kept by it; None before the first."""
    ended_early: bool = False
    """Finished before its last question was revealed."""
    overall: bool = False
    """Whether the stage shows the standings over all rounds of the hall; never while a question is asked."""
    next_round: int | None = None
    """The round its hall went on to; set once, when this one is over."""
    left_out: int = 0
    """Seat numbers that nobody has: of people who were sent away in a round before this one in its hall."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked. `seats`, `count` and `all` belong to rescue, `seconds` to extend, `question` to void and replay,
    `on` to auto, reactions, sound, overall and rescue_question. In a duel `seats` or `count` belong to finalists,
    `seat` and `right` (None: taken back) to judge. `ask` belongs to insert; `question`, `words`, `on` to words."""

    name: CommandName
    seconds: int | None = None
    question: int | None = None
    on: bool | None = None
    seats: tuple[int, ...] | None = None
    count: int | None = None
    all: bool | None = None
    seat: int | None = None
    right: bool | None = None
    ask: Question | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The command is not for now; the state is unchanged. `code` is a catalogue key under `error.`."""

    code: str


Outcome = RoundState | Refusal
Step = Callable[[RoundPlan, RoundState, Command, int], Outcome]


def _begin_round(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    if plan.duel and not FEWEST <= len(state.finalists) <= MOST:
        return Refusal("finalists_needed")
    return _get_ready(plan, state, command, now_ms)


def _get_ready(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    number = (state.question or 0) + 1
    bell = plan.bell
    decides = state.rescue_next and bell is not None and bell.deciding[number - 1]
    # Whoever was out may be back by a void, or thrown out: asked of nobody it would cost the hall a question.
    rescues = decides and bell is not None and bell.out != 0
    ready = replace(
        state,
        rescue_next=state.rescue_next and not decides,
        rescue_questions=(*state.rescue_questions, number) if rescues else state.rescue_questions,
        phase=Phase.GET_READY,
        question=number,
        seconds=plan.seconds[number - 1],
        opened_ms=None,
        deadline_ms=now_ms + plan.reading_seconds * 1000,
        overall=False,
    )
    return ready


def _open(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    assert state.seconds is not None
    return replace(
        state,
        phase=Phase.OPEN,
        accepting=state.question,
        opened_ms=now_ms,
        deadline_ms=now_ms + state.seconds * 1000,
    )


def _close(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    return replace(state, phase=Phase.CLOSING, deadline_ms=now_ms + plan.cap_ms + SETTLE_MARGIN_MS)


def _close_answered(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    return replace(state, phase=Phase.CLOSING, deadline_ms=now_ms + ALL_ANSWERED_MS)


def _reveal(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    deadline = now_ms + AUTO_REVEALED_MS if state.auto else None
    return replace(state, phase=Phase.REVEALED, accepting=None, deadline_ms=deadline)


def _at_the_end(plan: RoundPlan, state: RoundState) -> bool:
    """Whether the podium comes next: all is asked, or decided and nobody can come back."""
    return state.question == plan.total or (plan.decided and not state.rescue_next)


def _standings(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    last = _at_the_end(plan, state)
    # Autopilot never releases the podium: that moment belongs to the host.
    deadline = now_ms + AUTO_STANDINGS_MS if state.auto and not last else None
    return replace(state, phase=Phase.STANDINGS, deadline_ms=deadline, judging=False)


def _after_standings(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    if _at_the_end(plan, state):
        return replace(state, phase=Phase.PODIUM, deadline_ms=None)
    return _get_ready(plan, state, command, now_ms)


def _finish(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    phase = state.paused_from if state.phase is Phase.PAUSED else state.phase
    asked = state.question or 0
    voided = state.voided
    if state.accepting is not None and asked not in voided:
        voided = tuple(sorted((*voided, asked)))
    if phase is Phase.GET_READY:
        asked -= 1  # It was announced, never asked.
    return replace(
        state,
        phase=Phase.FINISHED,
        question=asked or None,
        accepting=None,
        deadline_ms=None,
        left_ms=None,
        paused_from=None,
        blank=False,
        voided=voided,
        ended_early=state.accepting is not None or (asked < plan.total and not plan.decided),
    )


def _cancel(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    return replace(state, phase=Phase.CANCELLED, deadline_ms=None, blank=False)


def _pause(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    left = None if state.deadline_ms is None else max(0, state.deadline_ms - now_ms)
    return replace(state, phase=Phase.PAUSED, paused_from=state.phase, left_ms=left, deadline_ms=None)


def _resume(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    assert state.paused_from is not None
    deadline = None if state.left_ms is None else now_ms + state.left_ms
    opened = state.opened_ms
    if state.paused_from is Phase.OPEN and deadline is not None and state.seconds is not None:
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
    if state.phase is Phase.PAUSED:
        if state.paused_from is not Phase.OPEN or state.left_ms is None:
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


def _replay(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    """Withdraws the question that is being answered: its copy, which whoever applies this inserts, gets ready."""
    if state.phase is Phase.PAUSED and state.paused_from is not Phase.OPEN:
        return Refusal("replay_revealed" if state.paused_from is not Phase.GET_READY else "not_now")
    number = state.question
    assert number is not None
    if command.question is not None and command.question != number:
        return Refusal("not_now")
    return replace(
        state,
        phase=Phase.GET_READY,
        question=number + 1,
        accepting=None,
        seconds=plan.seconds[number - 1],
        opened_ms=None,
        deadline_ms=now_ms + plan.reading_seconds * 1000,
        paused_from=None,
        left_ms=None,
        voided=tuple(sorted({*state.voided, number})),
        withdrawn=(*state.withdrawn, number),
        rescue_questions=state.rescue_questions + ((number + 1,) if number in state.rescue_questions else ()),
    )


def _no_rescue(plan: RoundPlan, state: RoundState) -> Refusal | None:
    """Why nobody can be let back in now; None: somebody can."""
    bell = plan.bell
    if bell is None:
        return Refusal("golden_bell_only")
    number = state.question
    if number is None or (state.phase is Phase.PAUSED and state.paused_from not in (Phase.REVEALED, Phase.STANDINGS)):
        return Refusal("not_now")
    if number < bell.rescue_from:
        return Refusal("rescue_too_early")
    if not any(bell.deciding[number:]):
        return Refusal("rescue_no_question")
    if rescues_used(state) >= bell.rescues_allowed:
        return Refusal("rescues_used_up")
    return Refusal("rescue_nobody") if bell.out == 0 else None


def rescue_refusal(plan: RoundPlan, state: RoundState, out: int) -> str | None:
    """Why nobody can be let back in now, with so many out; None: somebody can."""
    if state.phase not in (Phase.REVEALED, Phase.STANDINGS, Phase.PAUSED):
        return "not_now"
    if plan.bell is not None:
        plan = replace(plan, bell=replace(plan.bell, out=out))
    refusal = _no_rescue(plan, state)
    return refusal.code if refusal else None


def rescues_used(state: RoundState) -> int:
    """How often people were let back in or are about to be; a rescue question that was voided does not count."""
    asked = sum(number not in state.voided for number in state.rescue_questions)
    return len(state.rescued_after) + asked + state.rescue_next


def _rescue(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    if refusal := _no_rescue(plan, state):
        return refusal
    assert state.question is not None
    out = plan.bell.out if plan.bell is not None else None
    named = command.count or len(set(command.seats or ()))
    # With nobody left outside, the rescue question that was announced is not needed any more.
    rescue_next = state.rescue_next and not (command.all or (out is not None and named >= out))
    return replace(state, rescued_after=(*state.rescued_after, state.question), rescue_next=rescue_next)


def _rescue_question(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    """The next question that can decide anything will be for those who are out, or for those who are in after all."""
    on = not state.rescue_next if command.on is None else command.on
    if on == state.rescue_next:
        return Refusal("nothing_to_change" if plan.bell else "golden_bell_only")
    if on and (refusal := _no_rescue(plan, state)):
        return refusal
    return replace(state, rescue_next=on)


def _finalists(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    """Who duels; whoever applies this has looked at the people (`contest.games.duel`)."""
    if not plan.duel:
        return Refusal("duel_only")
    seats = tuple(dict.fromkeys(command.seats or ()))
    if len(seats) > MOST:
        return Refusal("finalists_too_many")
    return Refusal("nothing_to_change") if seats == state.finalists else replace(state, finalists=seats)


def _judge(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    """Whether a ruling may be given now; the ruling itself needs the presses (`contest.games.duel`)."""
    return state if plan.duel else Refusal("duel_only")


def _insert(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    """A question more behind the current one; whoever applies this puts it into the list."""
    if command.ask is None:
        return Refusal("insert_question_needed")
    if plan.total >= MAX_QUESTIONS:
        return Refusal("questions_full")
    if state.phase is Phase.STANDINGS and state.auto and state.deadline_ms is None:
        return replace(state, deadline_ms=now_ms + AUTO_STANDINGS_MS)
    return state


def _too_late_to_replay(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    return Refusal("replay_revealed")


def _auto(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
    on = not state.auto if command.on is None else command.on
    if on == state.auto:
        return Refusal("nothing_to_change")
    changed = replace(state, auto=on)
    if state.phase is Phase.REVEALED:
        return replace(changed, deadline_ms=now_ms + AUTO_REVEALED_MS if on and not state.judging else None)
    if state.phase is Phase.STANDINGS and not _at_the_end(plan, state):
        return replace(changed, deadline_ms=now_ms + AUTO_STANDINGS_MS if on else None)
    return changed


def _switch(field: str) -> Step:
    """Turns something on or off as the command says, over when it does not say."""

    def step(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
        on = not getattr(state, field) if command.on is None else command.on
        if on == getattr(state, field):
            return Refusal("nothing_to_change")
        changes: dict[str, Any] = {field: on}
        return replace(state, **changes)

    return step


def _flag(field: str, value: bool) -> Step:
    def step(plan: RoundPlan, state: RoundState, command: Command, now_ms: int) -> Outcome:
        if getattr(state, field) is value:
            return Refusal("nothing_to_change")
        changes: dict[str, Any] = {field: value}
        return replace(state, **changes)

    return step


def go_on(state: RoundState, next_round: int) -> Outcome:
    """The state of a round that is over and whose hall goes on in another one; done once."""
    if state.next_round is not None:
        return Refusal("hall_moved_on")
    if state.phase not in FINAL:
        return Refusal("not_now")
    return replace(state, version=state.version + 1, next_round=next_round, overall=False)


_C, _P = CommandName, Phase

_ALWAYS: dict[CommandName, Step] = {
    _C.LOCK: _flag("locked", True),
    _C.UNLOCK: _flag("locked", False),
    _C.BLANK: _flag("blank", True),
    _C.UNBLANK: _flag("blank", False),
    _C.AUTO: _auto,
    _C.REACTIONS: _switch("reactions"),
    _C.SOUND: _switch("sound"),
    _C.FINISH: _finish,
}
_MORE: dict[CommandName, Step] = {_C.INSERT: _insert}
"""While a question more can still be asked."""

_OVERALL: dict[CommandName, Step] = {_C.OVERALL: _switch("overall")}

TABLE: dict[Phase, dict[CommandName, Step]] = {
    _P.LOBBY: {**_ALWAYS, **_OVERALL, **_MORE, _C.NEXT: _begin_round, _C.FINALISTS: _finalists, _C.FINISH: _cancel},
    _P.GET_READY: {**_ALWAYS, **_MORE, _C.NEXT: _open, _C.BEGIN: _open, _C.PAUSE: _pause, _C.VOID: _void},
    _P.OPEN: {
        **_ALWAYS,
        **_MORE,
        _C.NEXT: _close,
        _C.CLOSE: _close,
        _C.TIME_UP: _close,
        _C.ALL_ANSWERED: _close_answered,
        _C.PRESSED: _close,
        _C.PAUSE: _pause,
        _C.EXTEND: _extend,
        _C.VOID: _void,
        _C.REPLAY: _replay,
    },
    _P.CLOSING: {**_ALWAYS, **_MORE, _C.SETTLE: _reveal, _C.VOID: _void, _C.REPLAY: _replay},
    _P.REVEALED: {
        **_ALWAYS,
        **_OVERALL,
        **_MORE,
        _C.NEXT: _standings,
        _C.AUTOPILOT: _standings,
        _C.PAUSE: _pause,
        _C.VOID: _void,
        _C.RESCUE: _rescue,
        _C.RESCUE_QUESTION: _rescue_question,
        _C.JUDGE: _judge,
        _C.REPLAY: _too_late_to_replay,
    },
    _P.STANDINGS: {
        **_ALWAYS,
        **_OVERALL,
        **_MORE,
        _C.NEXT: _after_standings,
        _C.AUTOPILOT: _after_standings,
        _C.PAUSE: _pause,
        _C.VOID: _void,
        _C.RESCUE: _rescue,
        _C.RESCUE_QUESTION: _rescue_question,
        _C.JUDGE: _judge,
        _C.REPLAY: _too_late_to_replay,
    },
    _P.PAUSED: {
        **_ALWAYS,
        **_MORE,
        _C.NEXT: _resume,
        _C.RESUME: _resume,
        _C.EXTEND: _extend,
        _C.VOID: _void,
        _C.RESCUE: _rescue,
        _C.RESCUE_QUESTION: _rescue_question,
        _C.REPLAY: _replay,
    },
    _P.PODIUM: {
        **_ALWAYS,
        **_OVERALL,
        _C.NEXT: _finish,
        _C.VOID: _void,
        _C.JUDGE: _judge,
        _C.REPLAY: _too_late_to_replay,
    },
    # Of a hall that may go on: the results stand, what the stage shows of them does not.
    _P.FINISHED: {**_OVERALL},
    _P.CANCELLED: {},
}

AUTOMATIC_STEP: dict[Phase, CommandName] = {
    _P.GET_READY: _C.BEGIN,
    _P.OPEN: _C.TIME_UP,
    _P.CLOSING: _C.SETTLE,
    _P.REVEALED: _C.AUTOPILOT,
    _P.STANDINGS: _C.AUTOPILOT,
}
"""What the timekeeper applies when a phase's deadline has passed."""


_UNTIMED = frozenset({CommandName.ALL_ANSWERED, CommandName.PRESSED})


def advance(plan: RoundPlan, state: RoundState, command: Command, now_ms: int, *, due: bool = False) -> Outcome:
    """The state after `command` at `now_ms` (UTC wall clock), or why not.

    Automatic steps that come before their deadline are refused, but for all_answered and pressed, which have none.
    `due` says that the deadline has passed on a clock that does not jump, whatever the wall clock says.
    """
    step = TABLE[state.phase].get(command.name)
    if step is None or state.next_round is not None:
        return Refusal("round_over" if state.phase in FINAL else "not_now")
    timed = command.name in AUTOMATIC and command.name not in _UNTIMED
    if timed and (state.deadline_ms is None or (now_ms < state.deadline_ms and not due)):
        return Refusal("not_now")
    outcome = step(plan, state, command, now_ms)
    if isinstance(outcome, Refusal):
        return outcome
    version = state.version + 1
    # A question that is withdrawn had given nobody anything yet.
    rescored = command.name in (CommandName.SETTLE, CommandName.JUDGE, CommandName.RESCUE) or (
        outcome.voided != state.voided and outcome.withdrawn == state.withdrawn
    )
    return replace(outcome, version=version, scored_version=version if rescored else state.scored_version)


def seat_command_allowed(state: RoundState, name: CommandName) -> Refusal | None:
    """Whether a command on people (kick, rename, …) may run now. Such commands leave the round's state as it is."""
    assert name in SEAT_COMMANDS
    return Refusal("round_over") if state.phase in FINAL else None
