"""A duel's question goes to the first, counted fairly; the host's word decides a buzzer; watchers never count."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.answer_key import AnswerKey, QuestionType
from scoring.duel import PHOTO_FINISH_MS, Duel, Press, Ruling, Way, decided, order, rule, score_question, turn
from scoring.replay import ReplayAnswer, ReplayQuestion
from scoring.standings import Total

KEY = AnswerKey(QuestionType.SINGLE, ("a", "b"), ("a",))
QUESTION = ReplayQuestion(1, KEY, 20_000)
PRESSES = st.lists(
    st.builds(Press, st.integers(1, 8), st.integers(0, 3_000)), max_size=8, unique_by=lambda press: press.seat
)
ACTS = st.lists(st.tuples(st.integers(1, 8), st.sampled_from([True, False, None])), max_size=20)


def answer(seat: int, choice: str, ms: int, question: int = 1) -> ReplayAnswer:
    return ReplayAnswer(question, seat, [choice], max(500, ms), ms)


def points(duel: Duel, *answers: ReplayAnswer, weight: int = 1, has: int = 0, seats: int = 4) -> dict[int, int]:
    """What each of the first four seats gets."""
    question = ReplayQuestion(1, KEY, 20_000, weight=weight)
    totals = {seat: Total(seat, has, 0, 0) for seat in range(1, seats + 1)}
    scored = score_question(duel, question, answers, totals, dict.fromkeys(totals, 0))
    return {seat: one.award.points for seat, one in scored.items()}


def test_places_are_shared_within_the_photo_finish_of_the_first_of_a_group() -> None:
    shown = order([Press(4, 400), Press(1, 260), Press(2, 300), Press(3, 309)])
    assert [(one.place, one.seat, one.behind_ms) for one in shown] == [(1, 1, 0), (1, 2, 40), (1, 3, 49), (4, 4, 140)]
    # A row of small gaps is no tie: the third is 80 ms behind the first.
    assert [one.place for one in order([Press(1, 0), Press(2, 40), Press(3, 80)])] == [1, 1, 3]
    assert [one.place for one in order([Press(1, 0), Press(2, PHOTO_FINISH_MS)])] == [1, 2]


@given(PRESSES, st.integers(0, 5_000))
def test_the_order_depends_on_differences_of_time_only(presses: list[Press], later: int) -> None:
    shown = order(presses)
    moved = order(reversed([Press(press.seat, press.ms + later) for press in presses]))
    assert [(one.place, one.seat, one.behind_ms) for one in shown] == [(o.place, o.seat, o.behind_ms) for o in moved]
    for one in shown:
        head = min(other.ms for other in shown if other.place == one.place)
        assert one.ms - head < PHOTO_FINISH_MS
        assert one.place == 1 + sum(other.place < one.place for other in shown)


@given(PRESSES, ACTS)
def test_the_host_asks_down_the_order_until_somebody_is_right(
    presses: list[Press], acts: list[tuple[int, bool | None]]
) -> None:
    places = order(presses)
    rulings: tuple[Ruling, ...] = ()
    for seat, right in acts:
        before, asked = rulings, turn(places, rulings)
        after = rule(places, rulings, seat, right)
        ruled = [one.seat for one in before]
        if seat not in ruled and (right is None or seat not in asked):
            assert after is None
        if after is None:
            continue
        rulings = after
        if right is not None and seat not in ruled:
            # Whoever has ruled may take it back, and it is as it was.
            assert rule(places, rulings, seat, None) == before
        assert len({one.seat for one in rulings}) == len(rulings)
        assert all(not one.right for one in rulings[:-1])
        now = turn(places, rulings)
        assert not set(now) & {one.seat for one in rulings}
        if any(one.right for one in rulings):
            assert now == ()
        # Nobody is asked before those who were faster, but for a photo finish.
        place = {one.seat: one.place for one in places}
        order_of_asking = [place[one.seat] for one in rulings]
        assert order_of_asking == sorted(order_of_asking)


def test_the_fastest_right_answer_takes_the_point() -> None:
    duel = Duel(Way.SPEED, (1, 2, 3), {})
    given_answers = (answer(1, "b", 300), answer(2, "a", 420), answer(3, "a", 480), answer(4, "a", 90))
    assert points(duel, *given_answers) == {1: 0, 2: 1, 3: 0, 4: 0}
    assert points(duel, answer(2, "a", 440), answer(3, "a", 480), weight=2) == {1: 0, 2: 2, 3: 2, 4: 0}
    scored = score_question(duel, QUESTION, given_answers, {}, {1: 4, 2: 0, 3: 1, 4: 2})
    assert [scored[seat].judgement.verdict for seat in (1, 2, 3, 4)] == ["wrong", "right", "right", "right"]
    assert [scored[seat].correct for seat in (1, 2, 3, 4)] == [0, 1, 1, 0]
    assert [scored[seat].time_ms for seat in (1, 2, 3, 4)] == [0, 500, 500, 0]


@given(
    st.lists(
        st.builds(answer, st.integers(1, 8), st.sampled_from("ab"), st.integers(0, 2_000)),
        max_size=8,
        unique_by=lambda one: one.seat,
    ),
    st.integers(0, 2),
    st.sets(st.integers(1, 8), min_size=2, max_size=4),
)
def test_speed_gives_points_to_those_in_front_and_to_nobody_else(
    answers: list[ReplayAnswer], weight: int, finalists: set[int]
) -> None:
    duel = Duel(Way.SPEED, tuple(sorted(finalists)), {})
    got = points(duel, *answers, weight=weight, seats=8)
    right = [one for one in answers if one.choice == ["a"] and one.seat in finalists]
    best = min((one.exact_ms for one in right), default=0)
    winners = {one.seat for one in right if one.exact_ms - best < PHOTO_FINISH_MS}
    assert got == {seat: weight if seat in winners else 0 for seat in range(1, 9)}


def test_the_buzzer_follows_the_hosts_word() -> None:
    answers = [answer(1, "a", 300), answer(2, "a", 500), answer(4, "a", 100)]

    def ruled(*rulings: Ruling, penalty: int = 0, has: int = 0, weight: int = 1) -> dict[int, int]:
        return points(Duel(Way.BUZZER, (1, 2, 3), {1: rulings}, penalty), *answers, has=has, weight=weight)

    assert ruled() == {1: 0, 2: 0, 3: 0, 4: 0}
    assert ruled(Ruling(1, True)) == {1: 1, 2: 0, 3: 0, 4: 0}
    assert ruled(Ruling(1, False), Ruling(2, True), weight=2) == {1: 0, 2: 2, 3: 0, 4: 0}
    assert ruled(Ruling(1, False), Ruling(2, True), penalty=1, has=3) == {1: -1, 2: 1, 3: 0, 4: 0}
    # Nobody goes below nothing.
    assert ruled(Ruling(1, False), penalty=2, has=1)[1] == -1
    assert ruled(Ruling(1, False), penalty=2, has=0)[1] == 0
    # A watcher's press and a ruling about nobody are nothing.
    assert ruled(Ruling(4, True), Ruling(3, True)) == {1: 0, 2: 0, 3: 0, 4: 0}


def test_a_voided_question_and_people_who_were_sent_out_give_nothing() -> None:
    duel = Duel(Way.SPEED, (1, 2), {})
    void = ReplayQuestion(1, KEY, 20_000, voided=True)
    scored = score_question(duel, void, [answer(1, "a", 300)], {}, {1: 2, 2: 0})
    assert {seat: (one.award.points, one.award.streak) for seat, one in scored.items()} == {1: (0, 2), 2: (0, 0)}
    # Seat 1 is gone: the next in time takes it.
    scored = score_question(duel, QUESTION, [answer(1, "a", 300), answer(2, "a", 900)], {}, {2: 0})
    assert scored[2].award.points == 1
    assert set(scored) == {2}
    buzzer = Duel(Way.BUZZER, (1, 2), {1: (Ruling(1, True),)})
    assert score_question(buzzer, QUESTION, [answer(1, "a", 3), answer(2, "a", 9)], {}, {2: 0})[2].award.points == 0


def test_a_duel_is_won_by_reaching_the_goal_alone() -> None:
    assert decided({1: 3, 2: 2}, 3) == 1
    assert decided({1: 3, 2: 3}, 3) is None
    assert decided({1: 4, 2: 3}, 3) == 1
    assert decided({1: 2, 2: 0}, 3) is None
    assert decided({1: 9, 2: 0}, None) is None
    assert decided({}, 3) is None
