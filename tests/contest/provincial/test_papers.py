"""Papers: drawn as the blueprint says, every question shown about equally often, nothing given away."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.model import Question
from contest.provincial.marking import answers_digest, encode, mark, parse_prediction, prediction_text
from contest.provincial.papers import Dealer, Paper, as_shown, question_ids
from contest.provincial.quotas import Start, left, refusal
from contest.provincial.rules import Blueprint, Cell, Prediction, PredictionKind, Quota
from tests.contest.provincial.contest_fixture import SECRET, bank, right_answer

POOL = dict(enumerate(bank(60), 101))


def _rows(paper: Paper) -> tuple[int, ...]:
    return tuple(item.question for item in paper.items)


def test_ten_thousand_papers_show_every_question_about_equally_often() -> None:
    dealer = Dealer(POOL, Blueprint(cells=(Cell(count=6), Cell(category="c1", count=4))))
    seen: Counter[int] = Counter()
    first: Counter[str] = Counter()
    for _ in range(10_000):
        paper = dealer.deal()
        rows = [item.question for item in paper.items]
        assert len(set(rows)) == 10
        seen.update(rows)
        first.update(item.options[0] for item in paper.items if item.options)
    narrow = [seen[row] for row, question in POOL.items() if question.category == "c1"]
    wide = [seen[row] for row, question in POOL.items() if question.category != "c1"]
    for group in (narrow, wide):
        mean = sum(group) / len(group)
        assert all(abs(count - mean) <= 0.2 * mean for count in group)
    mean = first.total() / 4
    assert all(abs(count - mean) < 0.05 * mean for count in first.values())


def test_what_is_fixed_stays_in_its_order() -> None:
    blueprint = Blueprint(
        cells=(Cell(category="c2", count=2), Cell(count=3)), shuffle_questions=False, shuffle_options=False
    )
    dealer = Dealer(POOL, blueprint)
    for _ in range(50):
        items = dealer.deal().items
        assert [POOL[item.question].category for item in items][:2] == ["c2", "c2"]
        assert all(item.options in ((), tuple("abcd")) for item in items)
    fixed = Dealer(
        POOL, Blueprint(cells=(Cell(count=3),), fixed_papers=3), [[101, 102, 103], [104, 105, 106], [107, 108, 109]]
    )
    dealt = Counter(frozenset(item.question for item in fixed.deal().items) for _ in range(300))
    assert sorted(dealt.values()) == [100, 100, 100]


def test_a_bank_that_is_too_small_says_which_cell() -> None:
    with pytest.raises(Invalid, match="bank_too_small") as refused:
        Dealer(POOL, Blueprint(cells=(Cell(category="c1", count=16),)))
    assert (refused.value.params["category"], refused.value.params["found"]) == ("c1", 15)


def test_an_ordering_question_never_starts_in_the_right_order() -> None:
    options = [{"id": one, "text_vi": one} for one in "ab"]
    question = Question(type="ordering", stem_vi="?", options=options, answer=["a", "b"])
    dealer = Dealer({1: question}, Blueprint(cells=(Cell(count=1),)))
    assert all(dealer.deal().items[0].options == ("b", "a") for _ in range(20))


@given(st.lists(st.sampled_from(["right", "wrong", None]), min_size=10, max_size=10), st.randoms())
def test_marks_do_not_depend_on_the_order_of_the_paper(plan: list[str | None], rng: random.Random) -> None:
    paper = Dealer(POOL, Blueprint(cells=(Cell(count=10),))).deal()
    keys = {row: question.key for row, question in POOL.items()}
    answers: dict[int, str | None] = {}
    for n, (item, kind) in enumerate(zip(paper.items, plan, strict=True), 1):
        question = POOL[item.question]
        wrong = ["a"] if question.options else -1
        answers[n] = None if kind is None else encode(right_answer(question) if kind == "right" else wrong)
    marks = mark(_rows(paper), keys, answers, 5)
    assert (marks.correct, marks.score, marks.of) == (plan.count("right"), 5 * plan.count("right"), 10)
    assert marks.answered == 10 - plan.count(None)
    order = list(range(10))
    rng.shuffle(order)
    moved = Paper(tuple(paper.items[place] for place in order))
    shuffled = {n: answers[place + 1] for n, place in enumerate(order, 1)}
    assert mark(_rows(moved), keys, shuffled, 5) == marks
    assert answers_digest(_rows(moved), shuffled) == answers_digest(_rows(paper), answers)
    assert Paper.from_json(paper.to_json()) == paper
    assert question_ids(paper.to_json()) == tuple(item.question for item in paper.items)
    assert SECRET not in str(as_shown(paper, POOL, "vi"))


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("participants", "1.500", "1500"),
        ("participants", 10**9, "1000000000"),
        ("participants", 10**9 + 1, None),
        ("participants", 12.5, None),
        ("participants", -1, None),
        ("participants", True, None),
        ("all_correct_percent", "12,25", "12.25"),
        ("all_correct_percent", 0.00001, None),
        ("all_correct_percent", 100.01, None),
        ("all_correct_percent", 100, "100"),
    ],
)
def test_what_a_prediction_may_be(kind: str, raw: object, kept: str | None) -> None:
    choice = parse_prediction(Prediction(kind=PredictionKind(kind)), raw)
    assert prediction_text(encode(choice)) == kept


def test_quotas() -> None:
    quota = Quota(per_day=2, per_round=3, total=None)
    past = [Start("r1", "2026-11-20")] * 2
    assert refusal(quota, past, Start("r1", "2026-11-20")) == "quota_day"
    assert refusal(quota, past, Start("r1", "2026-11-21")) is None
    assert left(quota, past, Start("r1", "2026-11-21")) == 1
    assert left(quota, past, Start("r2", "2026-11-21")) == 2
    assert refusal(quota, [*past, Start("r1", "2026-11-21")], Start("r1", "2026-11-22")) == "quota_round"
    assert left(Quota(per_day=None), past, Start("r1", "2026-11-20")) is None
