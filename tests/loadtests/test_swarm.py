"""The swarm's plans, choices and bookkeeping, without a server."""

import random
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.crew import backoff_s
from loadtests.phone import Option, Question, pick, same
from loadtests.swarm import divide, options, plan
from loadtests.trial import make_questions
from scoring.answer_key import AnswerKey, QuestionType, parse_choice

GIVEN = ["--url", "ws://127.0.0.1:8000/ws", "--code", "123456", "--phones", "10"]


@given(st.integers(0, 2_000), st.integers())
def test_the_jitter_is_full_and_bounded(attempt: int, seed: int) -> None:
    assert 0 <= backoff_s(attempt, random.Random(seed)) <= min(20.0, 0.5 * 2.0 ** min(attempt, 60))


def test_the_jitter_reaches_all_of_its_range() -> None:
    rng = random.Random(1)
    waits = [backoff_s(30, rng) for _ in range(500)]
    assert min(waits) < 1
    assert max(waits) > 19


@given(st.integers(1, 50_000), st.integers(1, 16))
def test_a_plan_divides_into_all_its_phones(phones: int, processes: int) -> None:
    whole = plan(options().parse_args([*GIVEN[:-1], str(phones)]))
    parts = divide(whole, min(processes, phones))
    numbers = [(part.first, part.first + part.phones) for part in parts]
    assert numbers[0][0] == 1
    assert numbers[-1][1] == phones + 1
    assert all(end == begin for (_, end), (begin, _) in pairwise(numbers))
    assert sum(part.join_rate for part in parts) == pytest.approx(whole.join_rate)
    assert len({part.seed for part in parts}) == len(parts)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--url", "http://127.0.0.1/ws"],
        ["--phones", "0"],
        ["--phones", "50001"],
        ["--code", "12345"],
        ["--code", "١٢٣٤٥٦"],
        ["--timeout", "0"],
        ["--join-rate", "0"],
    ],
)
def test_what_cannot_be_done_is_refused(wrong: list[str]) -> None:
    with pytest.raises(ValueError, match="--"):
        plan(options().parse_args([*GIVEN, *wrong]))


def test_an_address_is_taken_apart() -> None:
    found = plan(
        options().parse_args([*GIVEN, "--url", "wss://thi.example.vn", "--source-addresses", "127.0.0.1, 127.0.0.2"])
    )
    assert (found.host, found.port, found.path, found.tls) == ("thi.example.vn", 443, "/ws", True)
    assert found.sources == ("127.0.0.1", "127.0.0.2")


KEYS = {
    "single": AnswerKey(QuestionType.SINGLE, ("a", "b", "c"), right=("a",)),
    "multi": AnswerKey(QuestionType.MULTI, ("a", "b", "c"), right=("a", "b")),
    "true_false": AnswerKey(QuestionType.TRUE_FALSE, ("a", "b"), right=("a",)),
    "ordering": AnswerKey(QuestionType.ORDERING, ("a", "b", "c"), right=("a", "b", "c")),
    "poll": AnswerKey(QuestionType.POLL, ("a", "b", "c")),
    "numeric": AnswerKey(QuestionType.NUMERIC, number=Decimal(1)),
    "text": AnswerKey(QuestionType.TEXT, accepted=("x",)),
}


@given(st.sampled_from(sorted(KEYS)), st.integers())
def test_every_pick_is_possible_and_known_again_in_its_canonical_form(kind: str, seed: int) -> None:
    key = KEYS[kind]
    question = Question(1, kind, [Option(name) for name in key.options])
    choice = pick(question, random.Random(seed))
    canonical = parse_choice(key, choice)
    assert canonical is not None
    assert same(kind, choice, canonical)


def test_another_choice_is_not_taken_for_the_same() -> None:
    assert same("multi", ["b", "a"], ["a", "b"])
    assert not same("ordering", ["b", "a"], ["a", "b"])
    assert not same("single", ["a"], ["b"])
    assert not same("numeric", 1, None)


def test_the_trial_s_questions_are_of_every_tapped_type() -> None:
    made = make_questions(7)
    assert [question["type"] for question in made[:5]] == ["single", "multi", "true_false", "ordering", "numeric"]
    assert len({question["id"] for question in made}) == 7
    assert make_questions(7) == made
