"""The JSON of the admin API: what goes in and out, as OpenAPI shows it.

Holds no behaviour.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from admin.api_ask import AskIn
from admin.params import RowId, Whole
from admin.roles import Role
from contest.model import MAX_QUESTIONS, ModeSettings
from realtime.protocol import HostQuestion, PhaseName
from scoring.fairtime import Fairness
from scoring.points import Scoring


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Me(BaseModel):
    name: str
    role: Role
    lang: str


class QuizIn(In):
    """A quiz in the bank format; see GET /api/quizzes/{id} for an example of every field."""

    title: str
    questions: list[dict[str, Any]] = Field(max_length=MAX_QUESTIONS)
    is_bank: bool = False


class QuizMade(BaseModel):
    id: int
    questions: int


class SkippedRow(BaseModel):
    row: int
    reason: str
    code: str
    excerpt: str


class NoteRow(BaseModel):
    row: int | None
    note: str
    code: str


class Imported(BaseModel):
    id: int
    imported: int
    skipped: list[SkippedRow]
    notes: list[NoteRow] = []


class QuizLine(BaseModel):
    id: int
    title: str
    questions: int
    is_bank: bool
    version: int
    archived: bool
    updated_at: int = Field(description="ms since 1970, UTC")


class QuizOut(BaseModel):
    id: int
    title: str
    is_bank: bool
    version: int
    updated_at: int
    questions: list[dict[str, Any]] = Field(description="in the bank format; empty fields left out")


class QuizChange(In):
    """The whole quiz as it shall be; `version` is the one it was read at."""

    version: RowId
    title: str | None = None
    questions: list[dict[str, Any]] | None = Field(default=None, max_length=MAX_QUESTIONS)


class DrawIn(In):
    """Draws `count` at random of those in `bank` that fit, or takes exactly `questions` (ids of the bank's rows)."""

    bank: RowId
    count: Annotated[int, Field(ge=1, le=MAX_QUESTIONS)] | None = None
    questions: Annotated[list[RowId], Field(min_length=1, max_length=MAX_QUESTIONS)] | None = None
    categories: list[str] = []
    difficulties: list[Literal[1, 2, 3]] = []
    q: str = ""
    repeats: bool = False
    """Whether questions that the quiz has already may come again."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.count is None) == (self.questions is None):
            raise ValueError("count_or_questions")
        return self


class QuizVersion(BaseModel):
    id: int
    version: int
    questions: int


class RoundIn(ModeSettings):
    quiz_id: RowId
    scoring: Scoring = Scoring.EXACT
    fairness: Fairness = Fairness.SHOW
    reading_seconds: int = Field(default=3, ge=0, le=60)
    seconds: int | None = Field(default=None, ge=3, le=600, description="null: each question's own")
    auto: bool = False
    streak_bonus: bool = False
    shuffle: bool = True
    words_at_once: bool = Field(default=False, description="word clouds: harmless words need no host")


class RoundMade(BaseModel):
    id: int
    code: str


class RoundLine(BaseModel):
    id: int
    code: str
    code_active: bool
    title: str
    phase: PhaseName
    seats: int
    mine: bool
    created_at: int
    finished_at: int | None


class RoundOut(BaseModel):
    id: int
    code: str
    code_active: bool
    version: int
    people_version: int
    phase: PhaseName
    paused_from: PhaseName | None
    question: int | None
    questions: int
    seconds_left: float | None
    seats: int
    online: int
    answered: int
    slow: int
    lost: int
    good: int
    weak: int
    late_ms: int
    locked: bool
    blank: bool
    auto: bool
    voids: list[int]
    title: str
    quiz_id: int | None
    settings: dict[str, Any]
    join_url: str
    hall_id: int | None
    next_round: int | None = Field(description="the round its hall has gone on to")
    created_at: int
    started_at: int | None
    finished_at: int | None


class CommandIn(In):
    """`version`: the version the host saw; another one is refused with 409 `stale`."""

    command: str = Field(max_length=32)
    version: RowId | None = None
    seconds: Whole | None = None
    question: Whole | None = None
    seat: Whole | None = None
    name: str | None = Field(default=None, max_length=200)
    on: bool | None = None
    seats: list[Whole] | None = Field(default=None, max_length=10_000)
    count: Whole | None = None
    all: bool | None = None
    right: bool | None = Field(default=None, description="judge: null takes the ruling back")
    ask: AskIn | None = None
    words: list[Annotated[str, Field(max_length=80)]] = Field(default=[], max_length=400)


class CommandOut(BaseModel):
    version: int
    phase: PhaseName


class StandingOut(BaseModel):
    rank: int
    seat: int
    name: str
    unit: str | None
    team: str | None = Field(default=None, description="in the mode teams: a commune's code or a number")
    points: int
    correct: int
    time_ms: int
    out_at: int | None = Field(
        default=None, description="golden bell: the question that put the seat out; null: it is in"
    )


class AnswerLine(BaseModel):
    """One line of the NDJSON; `accepted_at` in ms since 1970, UTC."""

    question: int
    seat: int
    choice: list[str] | Decimal | str
    accepted_at: int
    elapsed_ms: int
    credit_ms: int
    fair_ms: int
    verdict: str | None
    points: int | None


class SeatOut(BaseModel):
    seat: int
    name: str
    shown_name: str | None
    hidden: bool
    kicked: bool
    unit: str | None
    unit_name: str | None
    team: str | None
    group: str | None
    points: int
    correct: int
    out_at: int | None = Field(default=None, description="golden bell: the question that put the seat out")
    online: bool | None


class SeatsOut(BaseModel):
    total: int
    seats: list[SeatOut]


class QuestionOut(HostQuestion):
    state: Literal["asked", "now", "ahead", "void", "withdrawn"]


class StageToken(BaseModel):
    token: str
    url: str


class AccountOut(BaseModel):
    id: int
    name: str
    role: Role
    active: bool
    created_at: int


class AccountIn(In):
    name: str
    role: Role
    password: str


class AccountChange(In):
    role: Role | None = None
    active: bool | None = None
    password: str | None = None


class TokenOut(BaseModel):
    id: int
    name: str
    role: Role
    created_at: int
    revoked_at: int | None


class TokenIn(In):
    name: str
    role: Role


class TokenMade(TokenOut):
    token: str = Field(description="shown this once")


class AuditLine(BaseModel):
    id: int
    at: int
    actor: str
    actor_name: str
    action: str
    subject: str
    detail: dict[str, Any]


class UnitLine(BaseModel):
    """A commune or ward; `fold` and `old` (former names, joined by commas) are for searching without diacritics."""

    code: str
    name: str
    fold: str
    old: str
