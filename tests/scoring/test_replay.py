"""Answers become totals in one way, whether at each close or in a recount."""

import time
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scoring.answer_key import AnswerKey, Judgement, QuestionType, Verdict, judge
from scoring.points import Award, Scoring
from scoring.replay import ReplayAnswer, ReplayQuestion, Scored, add, replay, score_question
from scoring.standings import Total

SINGLE = AnswerKey(QuestionType.SINGLE, ("a", "b"), ("a",))
MULTI = AnswerKey(QuestionType.MULTI, ("a", "b", "c"), ("a", "b"))
POLL = AnswerKey(QuestionType.POLL, ("a", "b"))
NUMERIC = AnswerKey(QuestionType.NUMERIC, number=Decimal(7))
TEXT = AnswerKey(QuestionType.TEXT, accepted=("Đắk Lắk",))
UNANSWERED = Judgement(Verdict.NONE, 0, 1)


def test_a_round_is_scored_as_stated() -> None:
    questions = [
        ReplayQuestion(3, POLL, 20_000),
        ReplayQuestion(1, SINGLE, 20_000),
        ReplayQuestion(2, MULTI, 20_000, weight=2),
        ReplayQuestion(4, SINGLE, 20_000, weight=0),
        ReplayQuestion(5, SINGLE, 20_000, voided=True),
        ReplayQuestion(6, SINGLE, 20_000),
    ]
    answers = [
        ReplayAnswer(1, 1, ["a"], 10_000),
        ReplayAnswer(1, 2, ["b"], 600),
        ReplayAnswer(2, 1, ["a", "b"], 500),
        ReplayAnswer(2, 2, ["a"], 20_000),
        ReplayAnswer(3, 1, ["b"], 900),
        ReplayAnswer(4, 1, ["a"], 900),
        ReplayAnswer(5, 1, ["b"], 900),
        ReplayAnswer(5, 2, ["a"], 900),
        ReplayAnswer(6, 1, ["a"], 1_000),
        ReplayAnswer(6, 99, ["a"], 1_000),  # was kicked
        ReplayAnswer(7, 1, ["a"], 1_000),  # no such question
    ]
    result = replay(Scoring.KAHOOT, True, questions, answers, [1, 2])
    # Seat 1: 750, then 2000 + 100; the poll and the void change nothing; weight 0 makes the streak 3; 975 + 300.
    assert result.totals == {1: Total(1, 4125, 3, 11_500), 2: Total(2, 500, 0, 20_000)}
    assert result.streaks == {1: 4, 2: 0}
    assert result.scored[5, 2] == Scored(Judgement(Verdict.NONE, 0, 0), Award(0, 0), 0, 0)
    assert result.scored[4, 1] == Scored(Judgement(Verdict.RIGHT, 1, 1), Award(0, 3), 0, 0)
    assert result.scored[6, 2] == Scored(UNANSWERED, Award(0, 0), 0, 0)
    assert set(result.scored) == {(question, seat) for question in range(1, 7) for seat in (1, 2)}


def test_of_two_answers_of_a_seat_the_first_counts() -> None:
    answers = [ReplayAnswer(1, 1, ["a"], 600), ReplayAnswer(1, 1, ["b"], 700), ReplayAnswer(2, 2, ["a"], 600)]
    scored = score_question(Scoring.EXACT, False, ReplayQuestion(1, SINGLE, 9_000), answers, {1: 2, 2: 5})
    assert scored[1] == Scored(Judgement(Verdict.RIGHT, 1, 1), Award(1000, 3), 1, 600)
    assert scored[2] == Scored(UNANSWERED, Award(0, 0), 0, 0)


CHOICES: dict[AnswerKey, st.SearchStrategy[Any]] = {
    SINGLE: st.sampled_from([["a"], ["b"]]),
    MULTI: st.sampled_from([["a"], ["a", "b"], ["a", "c"], ["c"]]),
    POLL: st.sampled_from([["a"], ["b"]]),
    NUMERIC: st.sampled_from([7, 7.5, 0]),
    TEXT: st.sampled_from(["dak lak", "Đắk Lắk", "Huế"]),
}
SEATS = range(1, 5)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[list[ReplayQuestion], list[ReplayAnswer]]:
    questions = [
        ReplayQuestion(
            number,
            draw(st.sampled_from(list(CHOICES))),
            draw(st.sampled_from([5_000, 20_000])),
            draw(st.sampled_from([0, 1, 2])),
            draw(st.booleans()),
        )
        for number in range(1, draw(st.integers(0, 5)) + 1)
    ]
    answers = [
        ReplayAnswer(question.number, seat, draw(CHOICES[question.key]), draw(st.integers(50, 500)) * 10)
        for question in questions
        for seat in SEATS
        if draw(st.booleans())
    ]
    return questions, draw(st.permutations(answers))


@given(rounds(), st.sampled_from(Scoring), st.booleans())
def test_scoring_at_each_close_equals_a_full_replay(
    played: tuple[list[ReplayQuestion], list[ReplayAnswer]], scoring: Scoring, bonus: bool
) -> None:
    questions, answers = played
    totals = {seat: Total(seat, 0, 0, 0) for seat in SEATS}
    streaks = dict.fromkeys(SEATS, 0)
    everything = {}
    for question in questions:
        at_close = score_question(scoring, bonus, question, answers, streaks)
        for seat, scored in at_close.items():
            totals[seat] = add(totals[seat], scored)
            streaks[seat] = scored.award.streak
            everything[question.number, seat] = scored
    assert replay(scoring, bonus, reversed(questions), reversed(answers), SEATS) == (totals, everything, streaks)


@given(rounds(), st.sampled_from(Scoring), st.booleans())
def test_a_voided_question_is_as_if_it_had_not_been_asked(
    played: tuple[list[ReplayQuestion], list[ReplayAnswer]], scoring: Scoring, bonus: bool
) -> None:
    questions, answers = played
    asked = [question for question in questions if not question.voided]
    with_void = replay(scoring, bonus, questions, answers, SEATS)
    without = replay(scoring, bonus, asked, answers, SEATS)
    assert (with_void.totals, with_void.streaks) == (without.totals, without.streaks)


@given(rounds(), st.sampled_from(Scoring))
def test_totals_are_the_sums_of_what_each_answer_got(
    played: tuple[list[ReplayQuestion], list[ReplayAnswer]], scoring: Scoring
) -> None:
    questions, answers = played
    result = replay(scoring, False, questions, answers, SEATS)
    counted = {question.number: question for question in questions if not question.voided and question.weight}
    for seat in SEATS:
        mine = [answer for answer in answers if answer.seat == seat and answer.question in counted]
        judged = [(answer, judge(counted[answer.question].key, answer.choice).verdict) for answer in mine]
        assert result.totals[seat].correct == sum(verdict is Verdict.RIGHT for _, verdict in judged)
        assert result.totals[seat].time_ms == sum(
            answer.fair_ms for answer, verdict in judged if verdict in (Verdict.RIGHT, Verdict.PARTIAL)
        )
        assert result.totals[seat].points == sum(
            one.award.points for (_, owner), one in result.scored.items() if owner == seat
        )


def test_five_thousand_answers_are_scored_in_well_under_60_ms() -> None:
    seats = range(5_000)
    streaks = dict.fromkeys(seats, 2)
    question = ReplayQuestion(1, MULTI, 20_000)
    answers = [ReplayAnswer(1, seat, ["a", "b"] if seat % 3 else ["a"], 500 + seat % 900 * 10) for seat in seats]
    texts = ReplayQuestion(1, TEXT, 20_000)
    typed = [ReplayAnswer(1, seat, f"Đắk Lắk {seat}", 500 + seat % 900 * 10) for seat in seats]
    for asked, given_answers, limit_s in ((question, answers, 0.060), (texts, typed, 0.180)):
        spent = []
        for _ in range(5):
            start = time.process_time()
            score_question(Scoring.KAHOOT, True, asked, given_answers, streaks)
            spent.append(time.process_time() - start)
        assert min(spent) < limit_s, spent
