"""When a launch fires, for any beats of any phones."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from contest.festival.launching import GRACE_MS, Hold, beaten, standing

HOLD = 3_000


@dataclass(frozen=True)
class Beat:
    phone: int
    press: str | None
    at: int


beats = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([None, "p", "p", "p", "q"]), st.integers(0, 900)), max_size=80
).map(
    lambda rows: [
        Beat(phone, press, sum(gap for _, _, gap in rows[: n + 1])) for n, (phone, press, _) in enumerate(rows)
    ]
)


def unbroken(history: list[Beat], phone: int, start: int, end: int) -> bool:
    """Whether the phone's own beats show one press from `start` to `end` without a long gap."""
    own = [beat for beat in history if beat.phone == phone]
    for first, beat in enumerate(own):
        if beat.press is None or beat.at > start:
            continue
        last = beat
        for later in own[first + 1 :]:
            if later.press != beat.press or later.at - last.at > GRACE_MS:
                break
            last = later
        if last.at >= end:
            return True
    return False


@given(beats, st.sampled_from([None, 1, 2, 3]))
def test_it_fires_exactly_when_enough_have_held_together_long_enough(history: list[Beat], needed: int | None) -> None:
    holds: dict[int, Hold] = {}
    called = {1, 2, 3}
    for n, beat in enumerate(history):
        holds[beat.phone] = beaten(holds.get(beat.phone), beat.press, beat.at)
        now = standing(holds, called, needed, HOLD, beat.at)
        so_far = history[: n + 1]
        starts = {one.at for one in so_far}
        proven = [
            start
            for start in starts
            if sum(
                unbroken(so_far, phone, start, start + HOLD) and beat.at - holds[phone].last <= GRACE_MS
                and holds[phone].press is not None and holds[phone].since <= start
                for phone in called
            ) >= (needed or 3)
        ]  # fmt: skip
        assert now.fires == bool(proven)
        if now.fires:
            assert (now.missing, now.share) == (0, 1000)


@given(beats)
def test_one_that_is_not_there_is_waited_for(history: list[Beat]) -> None:
    holds: dict[int, Hold] = {}
    for beat in history:
        holds[beat.phone] = beaten(holds.get(beat.phone), beat.press, beat.at)
        assert not standing(holds, {1, 2, 3, 4}, None, HOLD, beat.at).fires
        assert not standing(holds, set(), None, HOLD, beat.at).fires


def held(**sinces: tuple[int, int]) -> dict[int, Hold]:
    return {int(name[1:]): Hold("p", since, last) for name, (since, last) in sinces.items()}


def test_forgotten_holds_begin_anew() -> None:
    assert standing(held(d1=(0, 3000), d2=(0, 3000)), {1, 2}, None, HOLD, 3000).fires
    # What held the holds was emptied: the same presses go on, and the time runs again from their next beats.
    again = beaten(None, "p", 3200)
    assert not standing({1: again, 2: again}, {1, 2}, None, HOLD, 3200).fires


def test_what_is_missing_and_how_far_it_is() -> None:
    one = standing(held(d1=(0, 1500)), {1, 2}, None, HOLD, 1600)
    assert (one.missing, one.share, one.present, one.holding) == (1, 0, frozenset({1}), frozenset({1}))
    both = standing(held(d1=(0, 2000), d2=(500, 2000)), {1, 2}, None, HOLD, 2000)
    assert (both.missing, both.share, both.together_since) == (0, 500, 500)
    late = standing(held(d1=(0, 2000), d2=(500, 3600)), {1, 2}, None, HOLD, 3601)
    assert (late.missing, late.fires) == (1, False)


def test_with_one_to_spare_those_who_hold_on_decide() -> None:
    three = held(d1=(0, 2500), d2=(0, 4000), d3=(500, 4000))
    assert standing(three, {1, 2, 3}, 2, HOLD, 4000).fires
    assert not standing(three, {1, 2, 3}, None, HOLD, 4000).fires
