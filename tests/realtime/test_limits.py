"""Buckets and counters, with the time as an argument."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.limits import MOST_ADDRESSES, Admission, TokenBucket, WrongCodes, phone_bucket


@given(st.lists(st.floats(0, 3), max_size=200), st.floats(0.5, 50), st.floats(1, 50))
def test_a_bucket_never_gives_more_than_rate_and_burst(gaps: list[float], rate: float, burst: float) -> None:
    bucket = TokenBucket.full(rate, burst, 0.0)
    now, taken = 0.0, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now)
        assert taken <= burst + rate * now + 1e-6
        assert 0 <= bucket.peek(now) <= burst


def test_a_phone_may_send_twenty_at_once_and_ten_a_second() -> None:
    bucket = phone_bucket(5.0)
    assert [bucket.take(5.0) for _ in range(21)] == [True] * 20 + [False]
    assert [bucket.take(6.0) for _ in range(11)] == [True] * 10 + [False]


def test_time_that_runs_backwards_gives_nothing() -> None:
    bucket = TokenBucket.full(1.0, 1.0, 100.0)
    assert bucket.take(100.0)
    assert not bucket.take(50.0)
    assert not bucket.take(100.5)
    assert bucket.take(101.0)


def admitted(admission: Admission, now: float, asking: int, *, returns: bool = False) -> int:
    return sum(admission.refuses(now, returns=returns, lag_ms=0) is None for _ in range(asking))


def test_a_hall_of_hundreds_is_admitted_at_once_and_no_more_than_the_process_holds() -> None:
    admission = Admission.of(400, 0.0)
    assert admitted(admission, 0.0, 1000) == 400
    admission.leave()
    assert admission.refuses(10.0, returns=False, lag_ms=500) == "overloaded"
    assert admission.refuses(10.0, returns=True, lag_ms=500) == "overloaded"
    assert admission.refuses(10.0, returns=False, lag_ms=0, draining=True) == "draining"
    assert admission.refuses(10.0, returns=True, lag_ms=0, draining=True) is None
    assert admission.refuses(10.0, returns=True, lag_ms=0) == "full"
    assert admission.open == 400


def test_sockets_come_at_most_three_hundred_a_second() -> None:
    admission = Admission.of(10_000, 0.0)
    assert admitted(admission, 0.0, 2000) == 600
    assert admitted(admission, 1.0, 2000) == 300


def test_newcomers_keep_nobody_out_who_comes_back() -> None:
    admission = Admission.of(10_000, 0.0)
    admitted(admission, 0.0, 2000)
    assert admitted(admission, 0.0, 5000, returns=True) == 3000
    assert admitted(admission, 1.0, 5000, returns=True) == 1500
    # Saying so is no way in: whoever then wants a new seat pays for it.
    assert sum(admission.join_after_all(1.0) for _ in range(2000)) == 300
    assert not admission.may_poll(1.0)


def guess(wrong: WrongCodes, address: str, code: str, now: float) -> bool:
    if not wrong.may_ask(address, code, now):
        return False
    wrong.answered(address, code, now, right=False)
    return True


def test_wrong_codes_stop_one_address_for_a_while() -> None:
    wrong = WrongCodes()
    for number in range(30):
        assert guess(wrong, "10.0.0.1", f"{number:06}", 0.0)
    assert not guess(wrong, "10.0.0.1", "000030", 0.0)
    assert guess(wrong, "10.0.0.2", "000030", 0.0)
    assert guess(wrong, "10.0.0.1", "000030", 2.1)


def test_guesses_sent_all_at_once_are_counted_before_their_answers() -> None:
    wrong = WrongCodes()
    assert sum(wrong.may_ask("10.0.0.1", f"{number:06}", 0.0) for number in range(500)) == 30
    for number in range(30):
        wrong.answered("10.0.0.1", f"{number:06}", 0.0, right=None)
    assert not wrong.may_ask("10.0.0.1", "000000", 0.0)


def test_a_hall_that_joins_at_once_by_one_code_is_not_limited() -> None:
    wrong = WrongCodes()
    assert all(wrong.may_ask("10.0.0.1", "123456", 0.0) for _ in range(500))
    for _ in range(500):
        wrong.answered("10.0.0.1", "123456", 0.0, right=True)
    assert sum(guess(wrong, "10.0.0.1", f"{number:06}", 0.0) for number in range(500)) == 30


def test_a_guesser_in_the_hall_keeps_nobody_out() -> None:
    wrong = WrongCodes()
    assert wrong.may_ask("10.0.0.1", "123456", 0.0)
    wrong.answered("10.0.0.1", "123456", 0.0, right=True)
    for number in range(500):
        guess(wrong, "10.0.0.1", f"{number:06}", 0.0)
    assert not guess(wrong, "10.0.0.1", "777777", 0.0)
    assert wrong.may_ask("10.0.0.1", "123456", 0.0)
    wrong.answered("10.0.0.1", "123456", 0.0, right=None)
    assert wrong.may_ask("10.0.0.1", "123456", 0.0)
    wrong.answered("10.0.0.1", "123456", 0.0, right=False)  # the round is over, its code forgotten
    assert not wrong.may_ask("10.0.0.1", "123456", 0.0)


def test_the_memory_for_addresses_is_bounded() -> None:
    wrong = WrongCodes()
    for number in range(MOST_ADDRESSES + 50):
        guess(wrong, str(number), "000000", 0.0)
    assert len(wrong._askers) == MOST_ADDRESSES
