"""What may be seen of numbers while a prediction is open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from contest.database import Database
from contest.errors import Forbidden
from contest.provincial import counts
from contest.tables import audit_log
from tests.support.contest_crowd import DAY_MS, rules_of

RULES = rules_of(rounds=2)
OPENS = RULES.rounds[0].opens_at
OVER = RULES.rounds[-1].closes_at + RULES.time_limit_s * 1000 + 5_000


def test_counts_are_hidden_until_the_last_paper_can_be_in() -> None:
    assert counts.hidden(RULES, OPENS - DAY_MS)
    assert counts.hidden(RULES, RULES.rounds[0].closes_at + DAY_MS // 2)
    assert counts.hidden(RULES, OVER - 1)
    assert not counts.hidden(RULES, OVER)
    assert not counts.hidden(rules_of(prediction=None, ranking={"chain": ["score"]}), OPENS)


@given(st.integers(0, 10_000_000))
def test_a_public_count_is_never_more_and_never_exact_to_the_person(exact: int) -> None:
    shown = counts.public_count(exact)
    assert shown <= exact < shown + max(10, exact // 10 + 1)
    assert shown % 10 == 0
    assert counts.public_count(shown) == shown
    # Two digits count, so many exact numbers look the same.
    assert all(counts.public_count(other) == shown for other in range(shown, shown + 10))


@given(st.integers(1, 1_000_000), st.integers(0, 1_000_000))
def test_the_list_and_the_ranks_beside_it_tell_no_count(total: int, full: int) -> None:
    rows = counts.listed_rows(RULES, total, min(full, total), hidden=True)
    assert rows == 100 if total > 100 else rows == counts.public_count(total)
    last = counts.public_rank(total, rows, hidden=True)
    assert last.value >= total
    assert last.value % 10 == 0
    assert last.exact == (total == rows)
    assert counts.public_rank(total, rows, hidden=False) == counts.PublicRank(total, exact=True)


def test_where_full_marks_are_guessed_the_list_ends_among_them() -> None:
    rules = rules_of(prediction={"kind": "all_correct_people"})
    assert counts.listed_rows(rules, 5000, 37, hidden=True) == 30
    assert counts.listed_rows(rules, 5000, 3, hidden=True) == 0
    assert counts.listed_rows(rules, 5000, 400, hidden=True) == 100
    assert counts.listed_rows(rules, 5000, 37, hidden=False) == 100


async def test_staff_get_no_exact_count_while_it_helps_and_a_note_afterwards(db: Database) -> None:
    async with db.write() as writer:
        with pytest.raises(Forbidden, match="counts_hidden"):
            await counts.allow_exact(writer, 7, RULES, actor="account:1", what="turnout", now_ms=OVER - 1)
        await counts.allow_exact(writer, 7, RULES, actor="account:1", what="turnout", now_ms=OVER)
    async with db.read() as reader:
        noted = (await reader.execute(select(audit_log.c.action, audit_log.c.subject, audit_log.c.detail))).all()
    assert noted == [("contest.counts_read", "contest:7", {"what": "turnout"})]
