"""Any order of starting, saving, moving, handing in, waiting and ending: what was acknowledged is what counts."""

import asyncio
import shutil
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from contest.database import Database
from contest.provincial import attempts
from contest.provincial.attempts import (
    Kept,
    NotStarted,
    NotSubmitted,
    Saved,
    SaveStatus,
    SaveWish,
    SentAnswer,
    Shelf,
    Started,
    StartWish,
    Submitted,
    SubmitWish,
)
from contest.provincial.rules import Quota
from tests.contest.provincial.contest_fixture import OPENS, enter, open_contest, right_answer, rules

POSITIONS = st.integers(1, 4)
SEQS = st.integers(1, 8)
LIMIT_MS, GRACE_MS = 60_000, 5_000


class Taking(RuleBasedStateMachine):
    """One entrant with two devices and, at most, two attempts."""

    runner: ClassVar[asyncio.Runner]
    db: ClassVar[Database]
    contest: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        (self.entry,) = self.do(enter(self.db, self.contest))
        self.shelves = [Shelf(), Shelf()]
        self.now = OPENS + 1_000
        self.one: Started | None = None
        self.old_ticket = ""
        self.kept: dict[int, tuple[bool | None, int]] = {}
        self.done: Submitted | None = None
        self.finished = 0

    def do(self, work: Any) -> Any:
        return self.runner.run(work)

    def shelf(self) -> Shelf:
        """Two processes take turns."""
        self.shelves.reverse()
        return self.shelves[0]

    @property
    def deadline(self) -> int:
        assert self.one is not None
        return self.one.deadline_at

    def raw(self, position: int, right: bool | None) -> Any:
        assert self.one is not None
        if right is None:
            return None
        question = self.one.questions[self.one.paper.items[position - 1].question]
        if right:
            return right_answer(question)
        return ["a"] if question.options else -1

    def ended(self) -> bool:
        """Whether the server ended the attempt: only when nobody can hand it in any more."""
        return self.now > self.deadline + GRACE_MS

    @rule()
    def start(self) -> None:
        (told,) = self.do(attempts.start(self.db, [StartWish(self.contest, self.entry)], self.now, shelf=self.shelf()))
        if self.one is not None and self.now > self.deadline + 7_000:
            # The one before was over: it is ended as it was kept, and counts.
            self.one = None
            self.finished += 1
        if self.finished >= 2:
            assert told == NotStarted("quota_total")
            return
        assert isinstance(told, Started)
        assert told.resumed is (self.one is not None)
        if self.one is None:
            self.kept = {}
        else:
            assert told.attempt == self.one.attempt
            self.old_ticket = self.one.ticket
            assert {n: kept.seq for n, kept in told.kept.items()} == {n: seq for n, (_, seq) in self.kept.items()}
        self.one = told

    @precondition(lambda self: self.one is not None)
    @rule(position=POSITIONS, right=st.sampled_from([True, False, None]), seq=SEQS, old=st.booleans())
    def save(self, position: int, right: bool | None, seq: int, old: bool) -> None:
        assert self.one is not None
        ticket = self.old_ticket if old and self.old_ticket else self.one.ticket
        wish = SaveWish(self.one.attempt, ticket, position, self.raw(position, right), seq)
        (saved,) = self.do(attempts.save(self.db, [wish], self.now, shelf=self.shelf()))
        if ticket != self.one.ticket:
            assert saved == Saved(SaveStatus.MOVED)
            return
        before = self.kept.get(position)
        if self.ended():
            expected = SaveStatus.SAME if before == (right, seq) else SaveStatus.OVER
        elif before is None or seq > before[1]:
            expected = SaveStatus.SAVED
            self.kept[position] = (right, seq)
        else:
            expected = SaveStatus.SAME if before == (right, seq) else SaveStatus.STALE
        assert saved.status is expected
        if position in self.kept:
            kept = self.kept[position]
            assert saved.kept == Kept(self.raw(position, kept[0]), kept[1])

    @precondition(lambda self: self.one is not None)
    @rule(sent=st.lists(st.tuples(POSITIONS, st.sampled_from([True, False]), SEQS), max_size=3), twice=st.booleans())
    def submit(self, sent: list[tuple[int, bool, int]], twice: bool) -> None:
        assert self.one is not None
        answers = tuple(SentAnswer(n, self.raw(n, right), seq) for n, right, seq in sent)
        wish = SubmitWish(self.one.attempt, self.one.ticket, answers)
        told = self.do(attempts.submit(self.db, [wish] * (2 if twice else 1), self.now, shelf=self.shelf()))
        late = self.ended()
        if not late:
            for n, right, seq in sorted(sent, key=lambda one: one[2]):
                if n not in self.kept or seq > self.kept[n][1]:
                    self.kept[n] = (right, seq)
        correct = sum(right is True for right, _ in self.kept.values())
        for one in told:
            assert isinstance(one, Submitted)
            assert (one.score, one.correct, one.by_server) == (correct, correct, late)
            assert one.duration_ms == min(self.now, self.deadline) - self.one.started_at
            assert one.answered == sum(right is not None for right, _ in self.kept.values())
        assert [one.again for one in told] == [False, True][: len(told)]
        self.done, self.one, self.old_ticket = told[0], None, ""
        self.finished += 1
        self.ticket = wish

    @precondition(lambda self: self.done is not None)
    @rule()
    def submit_again(self) -> None:
        (told,) = self.do(attempts.submit(self.db, [self.ticket], self.now, shelf=self.shelf()))
        assert self.done is not None
        assert isinstance(told, Submitted)
        assert (told.score, told.submitted_at, told.again) == (self.done.score, self.done.submitted_at, True)

    @rule(ms=st.sampled_from([1, 1_000, 20_000, 54_000, 62_000]))
    def wait(self, ms: int) -> None:
        self.now += ms

    @precondition(lambda self: self.one is not None)
    @rule()
    def expire(self) -> None:
        assert self.one is not None
        due = self.now > self.deadline + 7_000
        assert self.do(attempts.expire(self.db, self.now, shelf=self.shelf())) == int(due)
        if due:
            self.finished += 1
            (self.done,) = self.do(attempts.submit(self.db, [SubmitWish(self.one.attempt, self.one.ticket)], self.now))
            assert isinstance(self.done, Submitted)
            assert self.done.by_server
            assert self.done.correct == sum(right is True for right, _ in self.kept.values())
            self.ticket = SubmitWish(self.one.attempt, self.one.ticket)
            self.one, self.old_ticket = None, ""

    @invariant()
    def what_is_kept_can_be_seen(self) -> None:
        if self.one is None:
            return
        found = self.do(attempts.look(self.db, self.one.attempt, self.one.ticket, self.now, shelf=self.shelf()))
        assert not isinstance(found, NotSubmitted | Submitted)
        assert {n: kept.seq for n, kept in found.kept.items()} == {n: seq for n, (_, seq) in self.kept.items()}

    def teardown(self) -> None:
        # Nobody else's attempt is to be overdue in the next example.
        self.do(attempts.expire(self.db, self.now + 10**7))


def test_any_order_of_what_people_do(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "machine.sqlite3")
    with asyncio.Runner() as runner:
        Taking.runner = runner
        Taking.db = Database(f"sqlite+aiosqlite:///{tmp_path / 'machine.sqlite3'}")
        frozen = rules(time_limit_s=LIMIT_MS // 1000, quota=Quota(per_day=None, total=2))
        Taking.contest = runner.run(open_contest(Taking.db, frozen))
        run_state_machine_as_test(
            Taking,
            settings=settings(
                max_examples=30,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )
        runner.run(Taking.db.close())
