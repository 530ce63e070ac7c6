"""The checker itself: a history as promised is VALID, and each promise broken once is found, by its name."""

from collections.abc import Callable

import pytest

from loadtests.drill.checker import INCONCLUSIVE, INVALID, VALID, check
from loadtests.drill.history import INVOKE, Fault, History, Leak, Standing
from loadtests.drill.scores import recount
from tests.drill.histories import REVEAL_MS, SECRET, answered, event, frame, stored, whole


def test_a_history_as_promised_is_valid_once_its_faults_have_landed() -> None:
    verdict = check(whole(), {"kill_players": 1})
    assert (verdict.result, verdict.violations) == (VALID, [])


def test_it_is_inconclusive_when_a_fault_did_not_land_among_enough_operations() -> None:
    history = whole()
    assert check(history, {"kill_players": 2}).missing == {"kill_players": 1}
    history.faults[0].in_flight = 19
    assert check(history, {"kill_players": 1}).result == INCONCLUSIVE
    history.faults[0] = Fault("kill_players", "players-1", 2_010, 0, 40, False)
    assert check(history, {"kill_players": 1}).result == INCONCLUSIVE


def lost_answer(history: History) -> None:
    history.final.rounds[0].answers.pop()


def stored_twice(history: History) -> None:
    history.final.rounds[0].answers.append(stored(2, ["a"], right=False))


def told_two_things(history: History) -> None:
    history.events += answered(1, ["a"], n=2, id="b", t=2_100, status="kept_other", kept=["a"])


def accepted_twice(history: History) -> None:
    history.events += answered(1, ["b"], n=2, id="b", t=2_100)


def overwritten(history: History) -> None:
    history.events += answered(1, ["c"], n=2, id="b", t=2_100, status="same", kept=["b"])
    history.final.rounds[0].answers[0] = stored(1, ["c"], right=False)


def accepted_after_the_reveal(history: History) -> None:
    history.events = [one for one in history.events if not (one.op == "answer" and one.seat == 2)]
    history.events += answered(2, ["a"], t=REVEAL_MS + 1)


def accepted_long_after_the_close(history: History) -> None:
    history.events = [one for one in history.events if not (one.op == "answer" and one.seat == 2)]
    history.events += answered(2, ["a"], t=REVEAL_MS - 1)
    history.frames[1].t = REVEAL_MS - 1_500


def accepted_before_the_opening(history: History) -> None:
    history.frames[0].t = 3_000


def stored_beyond_the_limit(history: History) -> None:
    history.final.rounds[0].answers[1].elapsed_ms = 8_801


def never_sent(history: History) -> None:
    history.events = [one for one in history.events if one.seat != 2 or one.op != "answer"]


def wrong_total(history: History) -> None:
    history.final.rounds[0].standings[1] = Standing(1, 2, 1000, 1, 0)


def wrong_judgement(history: History) -> None:
    history.final.rounds[0].answers[0].points = 2000


def told_another_rank(history: History) -> None:
    history.events[-1].rank = 2


def wrong_winner(history: History) -> None:
    history.final.rounds[0].winners = [[1, 2, 1000]]


def recount_differs(history: History) -> None:
    history.final.stats_ok = False


def counted_twice(history: History) -> None:
    history.final.facts = 4


def chain_broken(history: History) -> None:
    history.final.contests_ok = False


def shown_backwards(history: History) -> None:
    history.events.append(event("state", t=6_000, link=1, v=1, phase="open", q=1, frame=1))


def two_pictures(history: History) -> None:
    other = frame(3, "revealed", 5_010, right=["c"], why=SECRET)
    history.frames.append(other)


def field_too_early(history: History) -> None:
    history.frames[0] = frame(1, "open", 1_000, right=["b"])


def words_too_early(history: History) -> None:
    history.frames[0] = frame(1, "open", 1_000, title=f"x{SECRET}x")


def verdict_too_early(history: History) -> None:
    history.events.append(event("you", v=1, phase="open", q=1, kept=["b"], verdict="right"))


def leaked_elsewhere(history: History) -> None:
    history.leaks.append(Leak("p1", 1, 2_000, "receipt"))


def too_many_attempts(history: History) -> None:
    history.final.attempts[0].granted = 2


def attempt_lost_an_answer(history: History) -> None:
    history.final.attempts[0].counted = {}


def taken_after_handing_in(history: History) -> None:
    history.final.attempts[0].late_accepted = 1


def refusing(history: History) -> None:
    history.faults.append(Fault("kill_sql", "postgres", 1_500, 0, 40, True, until=2_500, refuses=True))


def lost_while_refusing(history: History) -> None:
    refusing(history)
    history.faults[-1].t = 1_950
    history.events[2].t, history.events[3].t = 1_940, 2_300
    history.final.rounds[0].answers.pop(0)


BROKEN: list[tuple[Callable[[History], None], str]] = [
    (lost_answer, "I1"),
    (stored_twice, "I2"),
    (told_two_things, "I2"),
    (accepted_twice, "I2"),
    (overwritten, "I2"),
    (accepted_after_the_reveal, "I3"),
    (accepted_long_after_the_close, "I3"),
    (accepted_before_the_opening, "I3"),
    (stored_beyond_the_limit, "I3"),
    (never_sent, "I3b"),
    (wrong_total, "I4"),
    (wrong_judgement, "I4"),
    (told_another_rank, "I4"),
    (wrong_winner, "I5"),
    (recount_differs, "I6"),
    (counted_twice, "I6"),
    (chain_broken, "I7"),
    (shown_backwards, "I8"),
    (two_pictures, "I8"),
    (field_too_early, "I9"),
    (words_too_early, "I9"),
    (verdict_too_early, "I9"),
    (leaked_elsewhere, "I9"),
    (too_many_attempts, "I10"),
    (attempt_lost_an_answer, "I10"),
    (taken_after_handing_in, "I10"),
    (refusing, "I13"),
    (lost_while_refusing, "I13"),
]


@pytest.mark.parametrize(("spoil", "name"), BROKEN, ids=lambda value: getattr(value, "__name__", value))
def test_each_promise_broken_once_is_found(spoil: Callable[[History], None], name: str) -> None:
    history = whole()
    spoil(history)
    verdict = check(history, {"kill_players": 1})
    assert verdict.result == INVALID
    assert name in verdict.broken
    assert all(violation.evidence for violation in verdict.violations)


def test_nobody_knows_is_no_broken_promise() -> None:
    history = whole()
    unknown = event("answer", INVOKE, 9, 3_000, 1, q=1, id="z", choice=["d"], how="change")
    history.events += [unknown, event("answer", "info", 9, 3_100, 1, q=1, id="z")]
    late = event("answer", "fail", 10, 6_000, 2, q=1, id="y", status="late")
    history.events += [event("answer", INVOKE, 10, 5_900, 2, q=1, id="y", choice=["c"], how="late"), late]
    assert check(history, {}).result == VALID


def test_ties_share_a_rank_and_withdrawn_questions_give_nothing() -> None:
    one = whole().final.rounds[0]
    one.voids = [1]
    assert recount(one) == [(1, 1, 0, 0, 0), (1, 2, 0, 0, 0)]
