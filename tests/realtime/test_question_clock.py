"""The time of one question, by scripted pictures."""

import pytest

from contest.phases import Phase
from realtime.question_clock import QuestionClock, Seen, follow


def seen(phase: Phase, *, question: int | None = 1, seconds: int = 20, opened: int | None = 1_000_000,
         paused_from: Phase | None = None, left: int | None = None) -> Seen:  # fmt: skip
    return Seen(phase, question, seconds, opened, paused_from, left)


def opened(at: float = 500.0) -> QuestionClock:
    clock = follow(None, seen(Phase.OPEN), at, 1_000_000, live=True)
    assert clock is not None
    return clock


def test_nothing_runs_before_the_opening() -> None:
    for phase in (Phase.LOBBY, Phase.GET_READY):
        assert follow(None, seen(phase), 0, 0, live=True) is None
    assert follow(None, seen(Phase.PAUSED, paused_from=Phase.GET_READY), 0, 0, live=True) is None
    assert follow(opened(), seen(Phase.GET_READY, question=2), 0, 0, live=True) is None


def test_a_pause_does_not_count() -> None:
    clock = follow(opened(500), seen(Phase.PAUSED, paused_from=Phase.OPEN, left=15_000), 5_500, 0, live=True)
    assert clock is not None
    assert clock.elapsed(510, 0, 9_000) == 4_990
    clock = follow(clock, seen(Phase.OPEN), 65_500, 0, live=True)
    assert clock is not None
    assert clock.elapsed(510, 0, 66_500) == 5_990
    # Shown only after the pause: nothing to take off.
    assert clock.elapsed(66_000, clock.paused_ms, 66_500) == 500


def test_an_early_close_is_the_limit_and_a_late_one_is_not() -> None:
    early = follow(opened(500), seen(Phase.CLOSING), 8_500, 0, live=True)
    assert early is not None
    assert early.limit_for(510, 0) == 7_990
    natural = follow(opened(500), seen(Phase.CLOSING), 20_490, 0, live=True)
    assert natural is not None
    assert natural.limit_for(510, 0) == 20_000


def test_an_extension_moves_the_limit() -> None:
    clock = follow(opened(), seen(Phase.OPEN, seconds=35), 9_000, 0, live=True)
    assert clock is not None
    assert clock.limit_for(510, 0) == 35_000


@pytest.mark.parametrize("jump", [-60_000, 0, 60_000])
def test_the_wall_clock_may_jump_in_a_held_question(jump: int) -> None:
    clock = follow(opened(500), seen(Phase.CLOSING), 20_500, 1_020_000 + jump, live=True)
    assert clock is not None
    assert clock.limit_for(510, 0) == 20_000


def test_a_room_loaded_in_the_middle_is_placed_by_the_wall_clock() -> None:
    clock = follow(None, seen(Phase.OPEN), 50_000, 1_007_000, live=False)
    assert clock is not None
    assert clock.elapsed(clock.began_ms, 0, 51_000) == 8_000
    paused = follow(None, seen(Phase.PAUSED, paused_from=Phase.OPEN, left=15_000), 50_000, 9_999_999, live=False)
    assert paused is not None
    assert paused.elapsed(paused.began_ms, 0, 60_000) == 5_000
