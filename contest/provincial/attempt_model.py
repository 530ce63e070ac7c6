"""What is asked of attempts and what is answered, as plain values.

Never holds a rule or touches SQL.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from contest.model import Question
from contest.provincial.papers import Paper
from contest.provincial.rules import ContestRules
from scoring.answer_key import Choice


class Kept(NamedTuple):
    """A stored answer: the choice (None: taken back) and the phone's number of it."""

    choice: Choice | None
    seq: int


@dataclass(frozen=True, slots=True)
class StartWish:
    """An entry, or a session's token hash, wants to start or go on. `device` and `address` are keyed hashes or "".

    `at` is the moment of arrival, UTC milliseconds; None: now.
    """

    contest: int
    entry: int | None = None
    session: str = ""
    device: str = ""
    address: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt to be taken. `questions` are by row and hold the keys: only `papers.as_shown` may go to a phone."""

    attempt: str
    """The public id."""
    ticket: str
    """The secret of the device that may save and submit; it replaces the one before."""
    resumed: bool
    ordinal: int
    round_key: str
    started_at: int
    deadline_at: int
    left_ms: int
    rules: ContestRules
    paper: Paper
    questions: Mapping[int, Question]
    kept: Mapping[int, Kept] = field(default_factory=dict)
    """What is stored already, by position; position 0 is the prediction."""


@dataclass(frozen=True, slots=True)
class NotStarted:
    """Codes: signed_out, not_entered, not_confirmed, entry_void, not_open, quota_day, quota_round, quota_total."""

    code: str


class SaveStatus(StrEnum):
    """What became of an answer."""

    SAVED = "saved"
    SAME = "same"
    """This very answer was stored before."""
    STALE = "stale"
    """A later one is stored; `kept` says which."""
    MOVED = "moved"
    """Another device goes on with the attempt."""
    OVER = "over"
    """Submitted, or past the limit."""
    REFUSED = "refused"
    """Not a possible answer, or no such attempt or position."""


@dataclass(frozen=True, slots=True)
class SaveWish:
    """An answer to one position. `seq` grows with every change on the phone; `raw` is what it sent, None takes back."""

    attempt: str
    ticket: str
    position: int
    raw: Any
    seq: int
    at: int | None = None


class Saved(NamedTuple):
    """`kept` is what is stored now, None when nothing is or when it is not told."""

    status: SaveStatus
    kept: Kept | None = None


class SentAnswer(NamedTuple):
    """An answer that is sent along with the submission because it got no receipt yet."""

    position: int
    raw: Any
    seq: int


@dataclass(frozen=True, slots=True)
class SubmitWish:
    """The paper is handed in."""

    attempt: str
    ticket: str
    answers: tuple[SentAnswer, ...] = ()
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """An accepted attempt. `again`: it was accepted before, and nothing has changed."""

    attempt: str
    contest: int
    entry: int
    round_key: str
    rules: ContestRules
    started_at: int
    submitted_at: int
    duration_ms: int
    by_server: bool
    prediction: Decimal | None
    score: int
    correct: int
    of: int
    answered: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class NotSubmitted:
    """Codes: moved, attempt_unknown, prediction_missing."""

    code: str
