"""One phone's conversation, scripted without sockets."""

import json
from dataclasses import dataclass, replace

import pytest

from contest.ids import RoundId, Seat
from realtime.connection import (
    MOST_UNEXPECTED,
    Accepted,
    Complain,
    Conversation,
    End,
    Join,
    NotYet,
    Refused,
    Stage,
    Stamp,
    Submit,
    TakeSeat,
    judge_arrival,
)
from realtime.parsing import Answer, Hello, Leave, PhoneFrame, Resume, Unexpected
from realtime.protocol import CloseCode
from realtime.question_clock import QuestionClock
from scoring.answer_key import AnswerKey, QuestionType
from scoring.fairtime import PRESETS, CreditFlag, Fairness, Preset

HELLO = Hello("123456", "Lan")
ANSWER = Answer("answer-01", 1, ["b"])


def seated() -> Conversation:
    talk = Conversation()
    talk.receive(HELLO)
    talk.seated()
    return talk


def test_a_conversation_in_order() -> None:
    talk = Conversation()
    assert talk.receive(HELLO) == Join(HELLO)
    assert talk.stage is Stage.JOINING
    talk.turned_away()
    assert talk.receive(Resume("ticket")) == TakeSeat("ticket")
    talk.seated()
    assert talk.receive(ANSWER) == Submit(ANSWER)
    assert talk.receive(Leave()) == End(1000)
    assert talk.stage is Stage.GONE


def test_answers_that_overtake_their_seat_are_no_offence() -> None:
    talk = Conversation()
    talk.receive(Resume("ticket"))
    assert [talk.receive(ANSWER) for _ in range(2 * MOST_UNEXPECTED)] == [NotYet()] * 2 * MOST_UNEXPECTED
    talk.seated()
    assert talk.receive(ANSWER) == Submit(ANSWER)


@pytest.mark.parametrize(
    ("frame", "code"), [(ANSWER, CloseCode.NO_HELLO), (Unexpected("bad_frame"), CloseCode.BAD_FRAME)]
)
def test_the_first_frame_must_be_a_greeting(frame: PhoneFrame | Unexpected, code: int) -> None:
    outcome = Conversation().receive(frame)
    assert isinstance(outcome, End)
    assert outcome.code == code


def test_nonsense_is_forgiven_a_few_times() -> None:
    talk = seated()
    for _ in range(MOST_UNEXPECTED - 1):
        assert talk.receive(HELLO) == Complain("bad_frame")
    assert isinstance(talk.receive(HELLO), End)


def test_a_nonce_is_good_for_one_pong() -> None:
    talk = seated()
    talk.ping_sent(b"at ease!", 110.0)
    assert not talk.pong(b"forged!!", 120.0)
    assert talk.pong(b"at ease!", 130.0)
    assert not talk.pong(b"at ease!", 900.0)
    assert list(talk.samples) == [20.0]
    assert not talk.silent(99_999.0)


def test_the_pong_of_a_question_counts_once() -> None:
    stamp = Stamp(1, 90.0, 0.0, own_send=False, nonce=b"question", pinged_ms=100.0)
    assert not stamp.pong(b"forged!!", 105.0)
    assert stamp.rtt_ms is None
    assert stamp.pong(b"question", 150.0)
    assert not stamp.pong(b"question", 900.0)
    assert stamp.rtt_ms == 50.0
    assert not Stamp(1, 90.0, 0.0, own_send=False).pong(b"", 900.0)


def test_a_pong_that_never_comes_is_noticed() -> None:
    talk = seated()
    talk.ping_sent(b"question", 100.0)
    assert not talk.silent(20_099.0)
    assert talk.silent(20_101.0)


KEY = AnswerKey(QuestionType.SINGLE, ("a", "b"), ("a",))
CLOCK = QuestionClock(1, 20_000, 1_000.0)
ROUND = RoundId(7)


@dataclass(frozen=True)
class View:
    round_id: RoundId = ROUND
    question: int | None = 1
    accepting: int | None = 1
    clock: QuestionClock | None = CLOCK
    key: AnswerKey | None = KEY
    preset: Preset = PRESETS[Fairness.PRIZE]
    cap_ms: int = 800


def judge(
    at: float,
    *,
    view: View | None = None,
    stamp: Stamp | None = None,
    answer: Answer = ANSWER,
    samples: tuple[float, ...] = (),
    kernel: float | None = None,
) -> Accepted | Refused:
    talk = Conversation()
    talk.samples.extend(samples)
    return judge_arrival(
        answer,
        seat=Seat(3),
        at_ms=at,
        wall_ms=1_790_000_000_000,
        room=view or View(),
        stamp=stamp,
        samples=talk.samples,
        bucket_ms=150,
        kernel_ms=lambda: kernel,
    )


def accepted(outcome: Accepted | Refused) -> Accepted:
    assert isinstance(outcome, Accepted)
    return outcome


def sent(rtt: float | None) -> Stamp:
    return Stamp(1, 1_010.0, 0.0, own_send=True, rtt_ms=rtt)


def test_the_network_is_credited_within_what_the_server_saw() -> None:
    made = accepted(judge(5_010, stamp=sent(120.0), samples=(110.0,) * 5, kernel=200.0))
    assert (made.arrival.elapsed_ms, made.arrival.credit_ms, made.arrival.fair_ms) == (4_000, 110, 3_890)
    assert made.arrival.in_time
    assert json.loads(made.arrival.evidence) == {
        "via": "ws", "rtt": 120.0, "base": 110.0, "kernel": 200.0, "bucket": 150, "flags": 0,
    }  # fmt: skip


def test_without_pong_or_socket_there_is_no_credit() -> None:
    made = accepted(judge(5_010, stamp=sent(None)))
    assert (made.arrival.credit_ms, made.credit.flags) == (0, CreditFlag.NO_PONG)
    by_http = accepted(judge(5_010))
    assert (by_http.arrival.elapsed_ms, by_http.arrival.credit_ms) == (4_010, 0)
    assert json.loads(by_http.arrival.evidence)["via"] == "http"


@pytest.mark.parametrize(("at", "in_time"), [(21_010, True), (21_120, True), (21_130, False), (30_000, False)])
def test_the_deadline_is_the_phones_own_less_its_credit(at: float, in_time: bool) -> None:
    made = accepted(judge(at, stamp=sent(110.0), samples=(110.0,) * 5))
    assert made.arrival.in_time is in_time


def test_what_cannot_be_an_answer_is_refused() -> None:
    assert isinstance(judge(5_000, answer=Answer("answer-01", 2, ["b"])), Refused)
    assert isinstance(judge(5_000, answer=Answer("answer-01", 1, ["z"])), Refused)
    assert isinstance(judge(5_000, view=View(clock=None, accepting=None)), Refused)
    assert isinstance(judge(5_000, view=View(question=None)), Refused)


def test_an_answer_to_a_question_that_is_over_only_learns_what_is_kept() -> None:
    later = View(question=2, clock=None)
    assert not accepted(judge(5_000, view=later)).arrival.in_time
    revealed = View(accepting=None)
    assert not accepted(judge(5_000, view=revealed, stamp=sent(10.0))).arrival.in_time


def test_in_a_pause_only_what_was_under_way_counts() -> None:
    clock = View().clock
    assert clock is not None
    view = View(clock=replace(clock, paused_at=5_000.0))
    assert accepted(judge(5_080, view=view, stamp=sent(100.0), samples=(100.0,) * 5)).arrival.in_time
    assert isinstance(judge(5_120, view=view, stamp=sent(100.0), samples=(100.0,) * 5), Refused)


def test_news_of_a_pause_takes_its_time_to_the_phone() -> None:
    clock = View().clock
    assert clock is not None
    view = View(clock=replace(clock, paused_at=5_000.0))
    # Shown at 1.06 s, tapped at 5.04 s when the phone did not know of the pause yet: here at 5.09 s.
    honest = Answer("answer-01", 1, ["b"], think=3_980.0)
    made = accepted(judge(5_090, view=view, stamp=sent(100.0), samples=(100.0,) * 5, answer=honest))
    assert made.arrival.in_time
    assert made.arrival.elapsed_ms == 3_990, "the clock stood still since the pause"
    # A pong that was held back buys nothing that the kernel has not seen.
    slow = sent(700.0)
    assert isinstance(judge(5_500, view=view, stamp=slow, samples=(700.0,) * 5, kernel=90.0), Refused)
    assert isinstance(judge(5_050, view=view), Refused), "by HTTP nothing is known of the way"
