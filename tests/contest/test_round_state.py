"""The state machine of a live round: what the table allows, and what holds whatever is asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.phases import AUTOMATIC, FINAL, SEAT_COMMANDS, CommandName, Phase
from contest.round_state import (
    AUTO_REVEALED_MS,
    AUTO_STANDINGS_MS,
    AUTOMATIC_STEP,
    MAX_SECONDS_OPEN,
    SETTLE_MARGIN_MS,
    TABLE,
    Command,
    Refusal,
    RoundPlan,
    RoundState,
    advance,
    go_on,
    seat_command_allowed,
)

PLAN = RoundPlan(seconds=(20, 10, 30), reading_seconds=3, cap_ms=800)
T0 = 1_790_000_000_000

commands = st.builds(
    Command,
    name=st.sampled_from(list(CommandName)),
    seconds=st.none() | st.integers(-5, 700),
    question=st.none() | st.integers(-1, 5),
    on=st.none() | st.booleans(),
)
steps = st.lists(st.tuples(commands, st.integers(0, 40_000), st.booleans()), max_size=60)


def do(state: RoundState, *names: CommandName, at: int = T0, plan: RoundPlan = PLAN) -> RoundState:
    """Applies commands that must succeed, each when its phase's deadline has passed."""
    for name in names:
        outcome = advance(plan, state, Command(name), max(at, state.deadline_ms or 0))
        assert isinstance(outcome, RoundState), f"{name} refused in {state.phase}: {outcome}"
        state = outcome
    return state


C = CommandName
ASKED = (C.NEXT, C.NEXT)
REVEALED = (*ASKED, C.CLOSE, C.SETTLE)


def test_one_question_from_lobby_to_standings() -> None:
    ready = do(RoundState(), C.NEXT, at=T0)
    assert (ready.phase, ready.question, ready.deadline_ms, ready.accepting) == (Phase.GET_READY, 1, T0 + 3_000, None)
    opened = advance(PLAN, ready, Command(C.BEGIN), T0 + 3_000)
    assert isinstance(opened, RoundState)
    assert (opened.phase, opened.accepting, opened.opened_ms) == (Phase.OPEN, 1, T0 + 3_000)
    assert opened.deadline_ms == T0 + 23_000
    closing = advance(PLAN, opened, Command(C.TIME_UP), T0 + 23_000)
    assert isinstance(closing, RoundState)
    assert (closing.phase, closing.accepting) == (Phase.CLOSING, 1)
    assert closing.deadline_ms == T0 + 23_000 + PLAN.cap_ms + SETTLE_MARGIN_MS
    revealed = do(closing, C.SETTLE)
    assert (revealed.phase, revealed.accepting, revealed.deadline_ms) == (Phase.REVEALED, None, None)
    assert revealed.scored_version == revealed.version
    standings = do(revealed, C.NEXT)
    assert standings.phase is Phase.STANDINGS
    assert standings.scored_version == revealed.version
    assert do(standings, C.NEXT).question == 2


def test_the_last_question_leads_to_podium_and_end() -> None:
    state = do(RoundState(), *((*REVEALED, C.NEXT) * 3))
    assert (state.phase, state.question) == (Phase.STANDINGS, 3)
    podium = do(state, C.NEXT)
    assert podium.phase is Phase.PODIUM
    finished = do(podium, C.NEXT)
    assert (finished.phase, finished.ended_early) == (Phase.FINISHED, False)


@pytest.mark.parametrize(
    ("phase", "command", "ms_before", "allowed"),
    [
        (Phase.GET_READY, C.BEGIN, 0, True),
        (Phase.GET_READY, C.BEGIN, 1, False),
        (Phase.OPEN, C.TIME_UP, 0, True),
        (Phase.OPEN, C.TIME_UP, 1, False),
        (Phase.OPEN, C.ALL_ANSWERED, 10_000, True),
        (Phase.CLOSING, C.SETTLE, 0, True),
        (Phase.CLOSING, C.SETTLE, 1, False),
        (Phase.CLOSING, C.NEXT, -5_000, False),
    ],
)
def test_automatic_steps_wait_for_their_deadline(phase: Phase, command: C, ms_before: int, allowed: bool) -> None:
    reached = {Phase.GET_READY: (C.NEXT,), Phase.OPEN: ASKED, Phase.CLOSING: (*ASKED, C.CLOSE)}[phase]
    state = do(RoundState(), *reached)
    assert state.deadline_ms is not None
    outcome = advance(PLAN, state, Command(command), state.deadline_ms - ms_before)
    assert isinstance(outcome, RoundState) is allowed


def test_a_deadline_measured_elsewhere_counts_whatever_the_wall_clock_says() -> None:
    state = do(RoundState(), *ASKED)
    outcome = advance(PLAN, state, Command(C.TIME_UP), T0 - 60_000, due=True)
    assert isinstance(outcome, RoundState)
    assert outcome.deadline_ms == T0 - 60_000 + PLAN.cap_ms + SETTLE_MARGIN_MS


def test_a_hall_goes_on_once_and_only_from_a_round_that_is_over() -> None:
    podium = do(RoundState(), *((*REVEALED, C.NEXT) * 3), C.NEXT)
    assert go_on(podium, 7) == Refusal("not_now")
    over = do(podium, C.OVERALL, C.NEXT)
    shown = do(over, C.OVERALL)
    assert (over.overall, shown.overall) == (True, False)
    gone = go_on(over, 7)
    assert isinstance(gone, RoundState)
    assert (gone.version, gone.next_round, gone.overall) == (over.version + 1, 7, False)
    assert go_on(gone, 8) == Refusal("hall_moved_on")
    assert advance(PLAN, gone, Command(C.OVERALL), T0) == Refusal("round_over")


def test_no_question_is_asked_behind_the_standings_of_the_hall() -> None:
    assert do(RoundState(), C.OVERALL).overall
    assert not do(RoundState(), C.OVERALL, C.NEXT).overall
    assert advance(PLAN, do(RoundState(), *ASKED), Command(C.OVERALL), T0) == Refusal("not_now")


def test_pause_keeps_the_time_that_was_left() -> None:
    opened = do(RoundState(), *ASKED)
    assert opened.deadline_ms is not None
    paused = advance(PLAN, opened, Command(C.PAUSE), opened.deadline_ms - 7_000)
    assert isinstance(paused, RoundState)
    assert (paused.phase, paused.left_ms, paused.accepting, paused.deadline_ms) == (Phase.PAUSED, 7_000, 1, None)
    back = advance(PLAN, paused, Command(C.RESUME), opened.deadline_ms + 100_000)
    assert isinstance(back, RoundState)
    assert (back.phase, back.deadline_ms) == (Phase.OPEN, opened.deadline_ms + 107_000)
    assert back.opened_ms == opened.deadline_ms + 107_000 - 20_000


def test_extend_moves_the_deadline_and_the_shown_seconds() -> None:
    opened = do(RoundState(), *ASKED)
    assert opened.deadline_ms is not None
    longer = advance(PLAN, opened, Command(C.EXTEND, seconds=10), T0)
    assert isinstance(longer, RoundState)
    assert (longer.seconds, longer.deadline_ms) == (30, opened.deadline_ms + 10_000)
    paused = do(longer, C.PAUSE)
    again = advance(PLAN, paused, Command(C.EXTEND, seconds=5), T0)
    assert isinstance(again, RoundState)
    assert (again.seconds, again.left_ms) == (35, (paused.left_ms or 0) + 5_000)


@pytest.mark.parametrize("seconds", [None, 0, -1, 601])
def test_extend_refuses_silly_amounts(seconds: int | None) -> None:
    opened = do(RoundState(), *ASKED)
    assert advance(PLAN, opened, Command(C.EXTEND, seconds=seconds), T0) == Refusal("extend_seconds")


def test_a_question_cannot_be_extended_for_ever() -> None:
    state = do(RoundState(), *ASKED)
    for _ in range(100):
        outcome = advance(PLAN, state, Command(C.EXTEND, seconds=600), T0)
        if isinstance(outcome, Refusal):
            break
        state = outcome
    assert state.seconds is not None
    assert state.seconds <= MAX_SECONDS_OPEN


def test_void_only_what_was_asked_and_only_once() -> None:
    revealed = do(RoundState(), *REVEALED)
    assert advance(PLAN, revealed, Command(C.VOID, question=2), T0) == Refusal("void_unasked")
    assert advance(PLAN, revealed, Command(C.VOID), T0) == Refusal("void_unasked")
    void = advance(PLAN, revealed, Command(C.VOID, question=1), T0)
    assert isinstance(void, RoundState)
    assert void.voided == (1,)
    assert void.scored_version == void.version
    assert advance(PLAN, void, Command(C.VOID, question=1), T0) == Refusal("already_void")


def with_copy(plan: RoundPlan, number: int) -> RoundPlan:
    """The plan as it is once the copy of question `number` is inserted."""
    seconds = plan.seconds
    return replace(plan, seconds=(*seconds[:number], seconds[number - 1], *seconds[number:]))


def test_a_question_is_asked_again_until_its_key_is_shown() -> None:
    opened = do(RoundState(), *ASKED)
    for before in (opened, do(opened, C.CLOSE), do(opened, C.PAUSE)):
        again = advance(PLAN, before, Command(C.REPLAY, question=1), T0 + 9_000)
        assert isinstance(again, RoundState)
        assert (again.phase, again.question, again.accepting, again.seconds) == (Phase.GET_READY, 2, None, 20)
        assert (again.deadline_ms, again.voided, again.withdrawn) == (T0 + 12_000, (1,), (1,))
        assert (again.paused_from, again.left_ms, again.opened_ms) == (None, None, None)
        assert again.scored_version is None, "nobody's total has changed"
        # A second press, or one that meant another question, changes nothing.
        assert advance(PLAN, again, Command(C.REPLAY, question=1), T0) == Refusal("not_now")
        assert advance(PLAN, before, Command(C.REPLAY, question=2), T0) == Refusal("not_now")
        last = do(again, C.BEGIN, C.CLOSE, C.SETTLE, plan=with_copy(PLAN, 1))
        assert (last.question, last.voided) == (2, (1,))
    shown = do(opened, C.CLOSE, C.SETTLE)
    for late in (shown, do(shown, C.NEXT), do(shown, C.PAUSE)):
        assert advance(PLAN, late, Command(C.REPLAY, question=1), T0) == Refusal("replay_revealed")
    ready = do(RoundState(), C.NEXT)
    for early in (RoundState(), ready, do(ready, C.PAUSE)):
        assert advance(PLAN, early, Command(C.REPLAY), T0) == Refusal("not_now")


def test_an_end_right_after_a_question_was_withdrawn() -> None:
    again = do(do(RoundState(), *ASKED), C.REPLAY)
    finished = do(again, C.FINISH)
    assert (finished.question, finished.withdrawn, finished.ended_early) == (1, (1,), True)


def test_finish_inside_a_question_voids_it() -> None:
    finished = do(do(RoundState(), *ASKED), C.FINISH)
    assert (finished.phase, finished.voided, finished.accepting, finished.ended_early) == (
        Phase.FINISHED,
        (1,),
        None,
        True,
    )


def test_finish_while_reading_takes_the_announcement_back() -> None:
    finished = do(do(RoundState(), *REVEALED, C.NEXT, C.NEXT), C.FINISH)
    assert (finished.question, finished.voided, finished.ended_early) == (1, (), True)
    assert do(do(RoundState(), C.NEXT), C.FINISH).question is None


def test_a_lobby_is_cancelled_not_finished() -> None:
    assert do(RoundState(), C.FINISH).phase is Phase.CANCELLED


def test_autopilot_goes_on_by_itself_but_leaves_the_podium_to_the_host() -> None:
    state = do(RoundState(auto=True), *REVEALED)
    assert state.deadline_ms is not None
    standings = do(state, C.AUTOPILOT)
    assert standings.deadline_ms == state.deadline_ms + AUTO_STANDINGS_MS
    last = do(standings, C.AUTOPILOT, C.BEGIN, C.TIME_UP, C.SETTLE, C.AUTOPILOT, C.AUTOPILOT, C.BEGIN, C.TIME_UP)
    last = do(last, C.SETTLE, C.AUTOPILOT)
    assert (last.phase, last.question, last.deadline_ms) == (Phase.STANDINGS, 3, None)


def test_autopilot_switched_inside_a_phase_sets_and_clears_its_deadline() -> None:
    revealed = do(RoundState(), *REVEALED)
    on = advance(PLAN, revealed, Command(C.AUTO, on=True), T0)
    assert isinstance(on, RoundState)
    assert on.deadline_ms == T0 + AUTO_REVEALED_MS
    off = advance(PLAN, on, Command(C.AUTO), T0)
    assert isinstance(off, RoundState)
    assert off.deadline_ms is None
    assert advance(PLAN, off, Command(C.AUTO, on=False), T0) == Refusal("nothing_to_change")


def test_every_phase_with_an_automatic_step_has_it_in_the_table() -> None:
    for phase, name in AUTOMATIC_STEP.items():
        assert name in AUTOMATIC
        assert name in TABLE[phase]
    assert set(TABLE) == set(Phase)
    # What the stage shows of results that stand is not a change of them.
    assert all(set(TABLE[phase]) <= {C.OVERALL} for phase in FINAL)


@pytest.mark.parametrize("phase", sorted(set(Phase) - FINAL))
def test_an_end_is_reachable_from_every_phase(phase: Phase) -> None:
    state = replace(RoundState(), phase=phase, question=1, seconds=20, paused_from=Phase.OPEN, accepting=1)
    outcome = advance(PLAN, state, Command(C.FINISH), T0)
    assert isinstance(outcome, RoundState)
    assert outcome.phase in FINAL


@pytest.mark.parametrize("name", sorted(SEAT_COMMANDS))
def test_people_may_be_changed_until_the_end(name: CommandName) -> None:
    assert seat_command_allowed(RoundState(), name) is None
    assert seat_command_allowed(RoundState(phase=Phase.FINISHED), name) == Refusal("round_over")


@given(steps)
def test_any_commands_keep_the_state_sound(script: list[tuple[Command, int, bool]]) -> None:
    plan, state, now_ms = PLAN, RoundState(), T0
    for command, later_ms, due in script:
        now_ms += later_ms
        outcome = advance(plan, state, command, now_ms, due=due)
        assert outcome == advance(plan, state, command, now_ms, due=due), "no memory"
        if isinstance(outcome, Refusal):
            continue
        assert outcome.version == state.version + 1
        # What the stage shows of results that stand is all that may change then.
        assert state.phase not in FINAL or (command.name is C.OVERALL and outcome.phase is state.phase)
        open_now = outcome.phase is Phase.OPEN or (outcome.phase is Phase.PAUSED and outcome.paused_from is Phase.OPEN)
        assert (outcome.accepting is not None) is (open_now or outcome.phase is Phase.CLOSING)
        if outcome.accepting is not None:
            assert outcome.accepting == outcome.question
        if outcome.phase in (Phase.GET_READY, Phase.OPEN, Phase.CLOSING):
            assert outcome.deadline_ms is not None, "a phase that ends by itself has an end"
        if outcome.phase in FINAL or outcome.phase is Phase.PAUSED:
            assert outcome.deadline_ms is None
        assert (outcome.paused_from is not None) is (outcome.phase is Phase.PAUSED)
        if outcome.withdrawn != state.withdrawn:
            assert state.question is not None
            assert outcome.withdrawn == (*state.withdrawn, state.question)
            assert outcome.question == state.question + 1
            plan = with_copy(plan, state.question)
        assert outcome.question is None or 1 <= outcome.question <= plan.total
        assert set(outcome.withdrawn) <= set(outcome.voided)
        assert set(state.voided) <= set(outcome.voided) <= set(range(1, (state.question or 0) + 1))
        assert outcome.accepting is None or state.accepting in (None, outcome.accepting), "one question at a time"
        state = outcome
