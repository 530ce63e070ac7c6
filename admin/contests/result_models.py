"""The JSON of the API of results: what goes in and out, as OpenAPI shows it.

Holds no behaviour.
"""

from typing import Any, Literal

from pydantic import BaseModel, Field

from admin.api_models import In
from contest.provincial.complaints import ComplaintState
from contest.provincial.result_states import ResultState
from contest.provincial.signals import Signal
from contest.provincial.voiding import Ground

MS = "ms since 1970, UTC"


class ResultLine(BaseModel):
    key: str = Field(description='a round\'s key, a week like "2026-W47", "contest", "overall" or "collective"')
    name: str
    state: ResultState
    act: str | None = Field(description="the act that takes it forward now; null when it waits or is done")
    waits_until: int = Field(description=MS)
    running: bool = Field(description="attempts that matter are still being taken")
    revision: int
    rules_version: int
    digest: str | None
    recount_digest: str | None
    undecided: bool
    computed_at: int | None
    verified_by: str | None
    publish_first_by: str | None
    published_by: str | None
    published_at: int | None
    complaints_until: int | None
    final_at: int | None


class ResultOut(ResultLine):
    document: dict[str, Any] | None = Field(description="the snapshot; people are entry numbers")


class RevisionOut(BaseModel):
    revision: int
    state: ResultState
    digest: str
    cause: str
    superseded_at: int
    superseded_by: str
    document: dict[str, Any]


class ActIn(In):
    act: Literal["compute", "verify", "sign", "publish", "withdraw", "finalise", "hand_over"]


class RowOut(BaseModel):
    rank: int
    entry: int
    attempts: list[str]
    score: int
    correct: int
    of: int
    duration_ms: int
    gap: str | None = Field(description='exact, like "200/3"')
    submitted_at: int
    started_at: int
    full_marks: int
    best_two: int


class StandingsOut(BaseModel):
    total: int
    rows: list[RowOut]


class WhyOut(BaseModel):
    above: int
    below: int
    rank_above: int
    rank_below: int
    step: str | None = Field(description="the step that decides; null for a true tie")
    number: int | None
    before: list[str] = Field(description="steps in which both are equal")
    sentence: str


class TieOut(BaseModel):
    audience: str
    prize: str
    seats: int
    tied: list[str]


class TieLineOut(BaseModel):
    id: int
    audience: str
    kind: Literal["committee", "draw", "pool"]
    order: list[str]
    signer: str
    evidence: dict[str, Any]
    decided_at: int
    decided_by: str


class TiesOut(BaseModel):
    open: list[TieOut]
    recorded: list[TieLineOut]


class TieIn(In):
    audience: str = ""
    order: list[str] = Field(max_length=1000, description="all of the tied, the better first")
    reason: str = Field(max_length=1000)
    signer: str = Field(max_length=160)


class PoolIn(In):
    audience: str = ""
    members: list[str] = Field(max_length=100_000)
    source: str = Field(max_length=1000, description="the public randomness, named before it exists")
    signer: str = Field(max_length=160)


class DrawTieIn(In):
    digits: str = Field(max_length=4000)
    reason: str = Field(default="", max_length=1000)
    signer: str = Field(default="", max_length=160)


class MovedOut(BaseModel):
    audience: str
    entry: int
    before: int | None
    after: int | None


class AwardChangeOut(BaseModel):
    audience: str
    prize: str
    place: int
    before: str | None
    after: str | None


class KeyEffectOut(BaseModel):
    key: str
    state: ResultState
    waiting: bool = Field(description="not over yet: nothing may be told")
    changed: bool
    truths: dict[str, list[str]] = Field(description="scope: [before, after], exact")
    moved_count: int
    moved: list[MovedOut]
    awards: list[AwardChangeOut]
    undecided: bool


class EffectOut(BaseModel):
    keys: list[KeyEffectOut]
    forbidden: str | None = Field(description="a final result that would change, so that the act is refused")
    sent_back: list[str]


class VoidIn(In):
    kind: Literal["attempt", "entry"]
    id: str = Field(max_length=22, description="public id")
    ground: Ground
    note: str = Field(max_length=1000, description="for organisers only; logs hold its hash")


class RestoreIn(In):
    kind: Literal["attempt", "entry"]
    id: str = Field(max_length=22)
    note: str = Field(max_length=1000)


class KeyIn(In):
    pool: str = Field(default="", max_length=32)
    number: int = Field(ge=1, le=10_000)
    answer: list[str] | float = Field(description="as in the bank format")
    reason: str = Field(default="", max_length=1000)


class StrikeIn(In):
    code: str = Field(min_length=1, max_length=32)
    struck: bool = True
    reason: str = Field(max_length=1000)


class ComplaintIn(In):
    text: str = Field(max_length=4000)
    result_key: str = Field(default="", max_length=32)
    by: str | None = Field(default=None, max_length=22, description="public id of an entry")
    about: str | None = Field(default=None, max_length=22)
    evidence: str = Field(default="", max_length=4000)


class ComplaintDecisionIn(In):
    state: Literal["upheld", "partly", "rejected"]
    decision: str = Field(max_length=4000)
    effect: str = Field(default="", max_length=4000)


class ComplaintOut(BaseModel):
    id: str
    result_key: str
    text: str
    evidence: dict[str, Any]
    state: ComplaintState
    late: bool
    decision: str
    effect: str
    received_at: int
    received_by: str
    decided_at: int | None
    decided_by: str | None


class CaseOut(BaseModel):
    id: int
    signal: Signal
    state: str
    detail: dict[str, Any]
    note: str
    found_at: int


class CaseIn(In):
    state: Literal["open", "cleared", "confirmed"]
    note: str = Field(max_length=1000)


class AwardOut(BaseModel):
    id: int
    result_key: str
    audience: str
    prize: str
    place: int
    entry: int | None
    unit: str | None
    value_vnd: int
    state: str
    certificate: str


class RevokeIn(In):
    reason: str = Field(max_length=1000)


class RoundKeyOut(BaseModel):
    round: str
    published_at: int | None
    published_by: str | None
    code: str = Field(description="what stands in the way; empty when it may be published")
