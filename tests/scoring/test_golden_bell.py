"""The floor of the golden bell: what puts a seat out, what brings it back, and who wins."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.answer_key import AnswerKey, QuestionType, Verdict
from scoring.golden_bell import BellQuestion, best, is_decided, missed, score_of, winners
from scoring.points import Scoring
from scoring.replay import ReplayAnswer, Replayed, ReplayQuestion, replay
from scoring.standings import Total, order_key, rank

KEY = AnswerKey(QuestionType.SINGLE, ("a", "b"), ("a",))
MULTI = AnswerKey(QuestionType.MULTI, ("a", "b", "c"), ("a", "b"))
POLL = AnswerKey(QuestionType.POLL, ("a", "b"))
SEATS = range(1, 7)
Given = dict[tuple[int, int], str]
Rescued = dict[int, frozenset[int]]


def question(number: int, key: AnswerKey = KEY, *, weight: int = 1, voided: bool = False) -> ReplayQuestion:
    return ReplayQuestion(number, key, 10_000, weight, voided)


def play(
    questions: list[ReplayQuestion],
    answered: Given,
    rescued: Rescued | None = None,
    rescue_questions: frozenset[int] = frozenset(),
    seats: range | list[int] = SEATS,
) -> Replayed:
    answers = [ReplayAnswer(number, seat, [choice], 1_000) for (number, seat), choice in answered.items()]
    score = score_of(Scoring.EXACT, False, rescue_questions, rescued or {})
    return replay(Scoring.EXACT, False, questions, answers, seats, score=score)


def out(result: Replayed) -> dict[int, int | None]:
    return {seat: total.out_at for seat, total in result.totals.items()}


def test_a_game_as_the_halls_play_it() -> None:
    """Wrong, partly right and missing answers put out; polls, warm-ups and voids do not; rescues bring back."""
    questions = [
        question(1, weight=0),
        question(2),
        question(3, POLL),
        question(4, MULTI),
        question(5, voided=True),
        question(6),
        question(7),
    ]
    answers: Given = {(2, seat): "a" for seat in (1, 2, 3, 4)} | {(2, 5): "b"}
    answers |= {(4, 1): "a", (5, 2): "b", (6, 2): "a", (6, 3): "a", (6, 5): "a", (7, 2): "a", (7, 3): "b"}
    given_answers = [
        ReplayAnswer(n, seat, ["a", "b"] if n == 4 and seat != 1 else [c], 1_000) for (n, seat), c in answers.items()
    ]
    given_answers += [ReplayAnswer(4, seat, ["a", "b"], 1_000) for seat in (2, 3)]
    score = score_of(Scoring.EXACT, False, {6}, {2: {6}})
    result = replay(Scoring.EXACT, False, questions, given_answers, SEATS, score=score)
    # 6 was missing at 2 and let back in, then missed 4; 5 came back by the rescue question 6 and missed 7.
    assert out(result) == {1: 4, 2: None, 3: 7, 4: 4, 5: 7, 6: 4}
    assert {seat: total.points for seat, total in result.totals.items()} == {
        1: 1500,
        2: 3000,
        3: 2000,
        4: 1000,
        5: 0,
        6: 0,
    }
    assert result.scored[6, 2].judgement.verdict is Verdict.RIGHT, "told, though it gave nothing"
    assert result.scored[6, 2].award.points == 0
    assert winners(result.totals.values()) == [2]
    assert [standing.total.seat for standing in rank(result.totals.values())] == [2, 3, 5, 1, 4, 6]


def test_who_comes_late_has_missed_what_was_asked() -> None:
    asked = [BellQuestion(1, decides=False), BellQuestion(2, decides=True), BellQuestion(3, decides=True)]
    assert missed([]) is None
    assert missed(asked[:1]) is None
    assert missed(asked) == 2
    late = play([question(1), question(2)], {(1, 1): "a", (2, 1): "a", (2, 2): "a"}, seats=[1, 2])
    assert out(late) == {1: None, 2: 1}
    assert late.totals[2].points == 0


def test_nobody_right_makes_joint_winners() -> None:
    result = play([question(1), question(2)], {(1, 1): "a", (1, 2): "a", (2, 1): "b"}, seats=[1, 2, 3])
    assert winners(result.totals.values()) == [1, 2]
    assert is_decided(0, 3)
    assert is_decided(1, 2)
    assert not is_decided(2, 9)
    assert not is_decided(1, 0), "somebody tries it alone"
    assert winners([]) == []


def test_the_best_of_those_out_come_with_whoever_ties() -> None:
    totals = [Total(1, 9, 9, 1), Total(2, 1, 1, 5, 4), Total(3, 1, 1, 5, 4), Total(4, 7, 7, 1, 3), Total(5, 0, 0, 0, 1)]
    assert best(totals, 1) == [2, 3]
    assert best(totals, 3) == [2, 3, 4]
    assert best(totals, 99) == [2, 3, 4, 5]
    assert best(totals, 0) == []
    assert best(totals[:1], 3) == []


NUMBERS = range(1, 8)
ANSWERS = st.dictionaries(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(SEATS)), st.sampled_from("ab"))
RESCUED = st.dictionaries(st.sampled_from(NUMBERS), st.frozensets(st.sampled_from(SEATS)))
SOME = st.frozensets(st.sampled_from(NUMBERS))


def asked(voided: frozenset[int]) -> list[ReplayQuestion]:
    return [question(number, voided=number in voided) for number in NUMBERS]


@given(ANSWERS, RESCUED, SOME, SOME)
def test_out_is_final_unless_let_back_in(
    answers: Given, rescued: Rescued, rescue_questions: frozenset[int], voided: frozenset[int]
) -> None:
    before: dict[int, int | None] = dict.fromkeys(SEATS)
    points = dict.fromkeys(SEATS, 0)
    for count in NUMBERS:
        questions = asked(voided)[:count]
        result = play(questions, answers, rescued, rescue_questions)
        now = out(result)
        for seat in SEATS:
            right = answers.get((count, seat)) == "a" and count not in voided
            let_in = seat in rescued.get(count, ()) or (count in rescue_questions and right)
            if before[seat] is not None and not let_in:
                assert now[seat] == before[seat]
            if now[seat] == count:
                assert before[seat] is None
                assert not right
                assert count not in voided | rescue_questions
            if before[seat] is None and now[seat] is None and count not in voided | rescue_questions:
                assert right or seat in rescued.get(count, ())
            if before[seat] is not None or count in rescue_questions | voided:
                assert result.totals[seat].points == points[seat], "who is out earns nothing"
            points[seat] = result.totals[seat].points
        before = now


@given(ANSWERS, RESCUED, SOME, SOME, st.sampled_from(NUMBERS))
def test_a_voided_question_puts_nobody_out(
    answers: Given, rescued: Rescued, rescue_questions: frozenset[int], voided: frozenset[int], number: int
) -> None:
    result = play(asked(voided | {number}), answers, rescued, rescue_questions)
    assert number not in out(result).values()


@given(ANSWERS, RESCUED, SOME, SOME, st.frozensets(st.sampled_from(SEATS), max_size=5))
def test_one_seat_never_changes_anothers_way(
    answers: Given, rescued: Rescued, rescue_questions: frozenset[int], voided: frozenset[int], kicked: frozenset[int]
) -> None:
    everybody = play(asked(voided), answers, rescued, rescue_questions)
    left = [seat for seat in SEATS if seat not in kicked]
    some = play(asked(voided), answers, rescued, rescue_questions, left)
    assert some.totals == {seat: everybody.totals[seat] for seat in left}


@given(ANSWERS, RESCUED, SOME)
def test_winners_lasted_longest_and_stand_first(answers: Given, rescued: Rescued, voided: frozenset[int]) -> None:
    totals = list(play(asked(voided), answers, rescued).totals.values())
    won = winners(totals)
    ordered = [standing.total for standing in rank(totals)]
    assert [total.seat for total in ordered[: len(won)]] == won
    inside = [total.seat for total in totals if total.out_at is None]
    assert set(won) == set(inside) if inside else len({totals[seat - 1].out_at for seat in won}) == 1
    assert all(order_key(ordered[0]) <= order_key(total) for total in ordered)
