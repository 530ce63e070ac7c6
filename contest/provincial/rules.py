"""The rules of a contest as validated settings: everything a regulation (thể lệ) can say, and nothing that runs.

What each setting means exactly, so that two programs reckon the same winners from it, is written in RULES.md beside
this module. Never touches SQL or a clock.
"""

from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contest.model import Line, Text

KEY = r"^[a-z0-9][a-z0-9_-]{0,31}$"
Key = Annotated[str, Field(pattern=KEY)]
MAX_ROUNDS, MAX_PRIZES, MAX_PAPER = 60, 40, 100
RESERVED_KEYS = frozenset({"contest", "overall", "collective"})
"""Rankings that are no round's own: a round called so could not be told from them."""


class TargetGroup(StrEnum):
    """The four groups of the digital skills framework (Decision 757/QĐ-BKHCN of 2025)."""

    PUPIL_STUDENT = "pupil_student"
    CITIZEN = "citizen"
    OFFICIAL = "official"
    ENTERPRISE_WORKER = "enterprise_worker"


class Criterion(StrEnum):
    """One step of the tie-break chain; RULES.md §5 says what each compares."""

    SCORE = "score"
    DURATION = "duration"
    PREDICTION = "prediction"
    PREDICTION_EXACT = "prediction_exact"
    ALL_CORRECT = "all_correct"
    SUBMITTED = "submitted"
    STARTED = "started"
    FULL_MARKS = "full_marks"
    BEST_TWO = "best_two"


class PredictionKind(StrEnum):
    """What the extra question asks people to foresee; RULES.md §3."""

    PARTICIPANTS = "participants"
    ATTEMPTS = "attempts"
    ALL_CORRECT_PEOPLE = "all_correct_people"
    ALL_CORRECT_PERCENT = "all_correct_percent"


class WindowKind(StrEnum):
    """Within what the best attempt counts and winners are found."""

    ROUND = "round"
    WEEK = "week"
    CONTEST = "contest"


class Formula(StrEnum):
    """How units are ranked for the collective prizes; RULES.md §7."""

    COMPLETION_RATE = "completion_rate"
    POINTS = "points"
    PARTICIPANTS = "participants"


class FieldUse(StrEnum):
    """Whether the entry form asks for a field."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    HIDDEN = "hidden"


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ContestRound(_Rule):
    """One opening window (đợt thi), from `opens_at` (inclusive) to `closes_at` (exclusive), UTC milliseconds."""

    key: Key
    name: Line = Field(min_length=1, max_length=80)
    opens_at: int = Field(ge=0)
    closes_at: int = Field(ge=0)
    bank_id: int | None = None
    """A question bank of this round's own; None: the contest's."""


class Cell(_Rule):
    """`count` questions of one category and difficulty; "" and None take any. Cells are filled narrowest first."""

    category: Line = Field(default="", max_length=64)
    difficulty: int | None = Field(default=None, ge=1, le=3)
    count: int = Field(ge=1, le=MAX_PAPER)


class Blueprint(_Rule):
    """How a paper is drawn from the bank."""

    cells: tuple[Cell, ...] = Field(default=(Cell(count=10),), min_length=1, max_length=40)
    fixed_papers: int = Field(default=0, ge=0, le=20)
    """0: every attempt its own draw. N: N papers drawn at opening (mã đề), dealt evenly."""
    shuffle_questions: bool = True
    shuffle_options: bool = True
    points_each: int = Field(default=1, ge=1, le=100)
    """What a wholly right answer earns; anything else earns nothing."""

    @property
    def questions(self) -> int:
        return sum(cell.count for cell in self.cells)

    @property
    def full_marks(self) -> int:
        return self.questions * self.points_each


class Quota(_Rule):
    """How many attempts one entrant may start; None sets no limit. A day is a local calendar day of the start."""

    per_day: int | None = Field(default=1, ge=1, le=1000)
    per_round: int | None = Field(default=None, ge=1, le=1000)
    total: int | None = Field(default=None, ge=1, le=1000)


class Prediction(_Rule):
    """The extra question. `scope` says over what the truth is counted; `required` refuses a paper without it."""

    kind: PredictionKind = PredictionKind.PARTICIPANTS
    scope: Literal["round", "window", "contest"] = "contest"
    text: Line = Field(default="", max_length=300)
    """The question's own words; empty: the standard sentence of its kind and scope."""
    required: bool = False


class Ranking(_Rule):
    """Which attempt of a person counts, and in what order people stand."""

    window: WindowKind = WindowKind.ROUND
    keep: Literal["best", "first", "last"] = "best"
    chain: tuple[Criterion, ...] = (
        Criterion.SCORE,
        Criterion.DURATION,
        Criterion.PREDICTION,
        Criterion.SUBMITTED,
    )
    overall: Literal["none", "best", "sum"] = "none"
    """A ranking over all windows: none; by the best attempt of the whole contest; by the sum of the windows."""
    complete_only: bool = False
    """An attempt with an unanswered question or, where one is asked, no prediction, is not ranked."""
    board: Literal["open", "hidden"] = "open"
    """Whether people may see the provisional standings."""
    freeze_minutes: int = Field(default=0, ge=0, le=7 * 24 * 60)
    """The provisional standings stand still this long before each round closes."""

    @model_validator(mode="after")
    def _no_step_twice(self) -> Self:
        if not self.chain or len(set(self.chain)) != len(self.chain):
            raise ValueError("chain_repeats")
        return self


class Audience(_Rule):
    """A group of entrants with a ranking and prizes of its own (bảng A, bảng B)."""

    key: Key
    name: Line = Field(min_length=1, max_length=80)
    groups: tuple[TargetGroup, ...] = Field(min_length=1)


class Consent(_Rule):
    """One box of the entry form, never ticked beforehand (Law 91/2025/QH15)."""

    purpose: Literal["contest", "publish_name", "photo", "contact"]
    required: bool = False
    text_vi: Text = Field(default="", max_length=2000)
    """The sentence beside the box; empty: the standard one of its purpose."""


class EntryForm(_Rule):
    """Who may enter and what the form asks. Full name, phone and commune rules are the domain's own."""

    admission: Literal["open", "roster"] = "open"
    """open: whoever fits may register. roster: only the people of the imported list, each with a code."""
    min_age: int | None = Field(default=None, ge=0, le=120)
    """Whole years on the day of registration; an age limit makes the birth date required."""
    max_age: int | None = Field(default=None, ge=0, le=120)
    groups: tuple[TargetGroup, ...] = ()
    """Empty: all four."""
    birth_date: FieldUse = FieldUse.REQUIRED
    phone: FieldUse = FieldUse.REQUIRED
    commune: FieldUse = FieldUse.REQUIRED
    unit: FieldUse = FieldUse.HIDDEN
    """School, agency or other unit, from the contest's own list."""
    unit_other: bool = True
    """Whether a unit that is not on the list may be typed in."""
    sex: FieldUse = FieldUse.HIDDEN
    email: FieldUse = FieldUse.HIDDEN
    address: FieldUse = FieldUse.HIDDEN
    id_number: FieldUse = FieldUse.HIDDEN
    entries_per_phone: int = Field(default=1, ge=1, le=10)
    """Families share phones; each further entry must be another name or birth date."""
    confirm_phone: bool = False
    """A code is sent to the phone and must be typed in before the entry counts."""
    consents: tuple[Consent, ...] = (
        Consent(purpose="contest", required=True),
        Consent(purpose="publish_name"),
        Consent(purpose="photo"),
        Consent(purpose="contact"),
    )


class Prize(_Rule):
    """`count` prizes of one level. The order of the list is the order of rank: the first prize is the highest."""

    key: Key
    name: Line = Field(min_length=1, max_length=80)
    count: int = Field(ge=1, le=1000)
    value_vnd: int = Field(default=0, ge=0, le=10_000_000_000)
    scope: Literal["window", "overall"] = "window"
    """window: so many in every ranking window. overall: so many in the overall ranking."""
    audience: Key | None = None
    """None: for the ranking of every audience (or the one ranking there is)."""
    min_score: int = Field(default=0, ge=0, le=100_000)


class CollectiveLevel(_Rule):
    """One level of the collective prizes, highest first."""

    name: Line = Field(min_length=1, max_length=80)
    count: int = Field(ge=1, le=1000)
    value_vnd: int = Field(default=0, ge=0, le=10_000_000_000)


class Collective(_Rule):
    """Prizes for units; RULES.md §7."""

    formula: Formula = Formula.PARTICIPANTS
    by: Literal["commune", "unit"] = "commune"
    levels: tuple[CollectiveLevel, ...] = Field(min_length=1, max_length=20)
    min_rate: Decimal = Field(default=Decimal(0), ge=0, le=100)
    """Per cent of the frozen denominator; below it a unit is not considered (completion_rate and points)."""
    prize_points: tuple[int, ...] = (10, 8, 6, 4)
    """points: what each individual prize adds to its winner's unit, by the prize's place in the list; then 0."""


class ContestRules(_Rule):
    """One version of a contest's rules, whole. Frozen and numbered when the contest opens."""

    title: Line = Field(min_length=1, max_length=160)
    organiser: Line = Field(default="", max_length=200)
    basis: Text = Field(default="", max_length=1000)
    """The decision or plan the contest rests on, as printed on documents."""
    about: Text = Field(default="", max_length=4000)
    rounds: tuple[ContestRound, ...] = Field(min_length=1, max_length=MAX_ROUNDS)
    bank_id: int | None = None
    blueprint: Blueprint = Blueprint()
    time_limit_s: int = Field(default=600, ge=30, le=4 * 3600)
    quota: Quota = Quota()
    prediction: Prediction | None = Prediction()
    ranking: Ranking = Ranking()
    audiences: tuple[Audience, ...] = Field(default=(), max_length=8)
    entry: EntryForm = EntryForm()
    result: Literal["score", "received"] = "received"
    """What a person sees on submitting: the score, or only that the paper was received."""
    prizes: tuple[Prize, ...] = Field(default=(), max_length=MAX_PRIZES)
    one_prize: bool = True
    """One person gets at most one individual prize of the contest: the highest; the next person moves up."""
    collective: Collective | None = None
    complaint_days: int = Field(default=5, ge=0, le=60)
    """Working days (Monday to Friday) after publication in which complaints are taken."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _distinct("rounds_repeat", [one.key for one in self.rounds])
        _distinct("prizes_repeat", [one.key for one in self.prizes])
        _distinct("audiences_repeat", [one.key for one in self.audiences])
        _distinct("audiences_overlap", [group for one in self.audiences for group in one.groups])
        _distinct("consents_repeat", [one.purpose for one in self.entry.consents])
        if RESERVED_KEYS & {one.key for one in self.rounds}:
            raise ValueError("round_key_reserved")
        ordered = sorted(self.rounds, key=lambda one: one.opens_at)
        if any(one.opens_at >= one.closes_at for one in ordered):
            raise ValueError("round_ends_before_it_opens")
        if any(left.closes_at > right.opens_at for left, right in pairwise(ordered)):
            raise ValueError("rounds_overlap")
        if list(self.rounds) != ordered:
            raise ValueError("rounds_out_of_order")
        if self.blueprint.questions > MAX_PAPER:
            raise ValueError("paper_too_long")
        predicts = {Criterion.PREDICTION, Criterion.PREDICTION_EXACT} & set(self.ranking.chain)
        if predicts and self.prediction is None:
            raise ValueError("chain_needs_prediction")
        if any(prize.scope == "overall" for prize in self.prizes) and self.ranking.overall == "none":
            raise ValueError("prizes_need_overall")
        known = {one.key for one in self.audiences}
        if any(prize.audience is not None and prize.audience not in known for prize in self.prizes):
            raise ValueError("prize_audience_unknown")
        low, high = self.entry.min_age, self.entry.max_age
        if low is not None and high is not None and low > high:
            raise ValueError("ages_reversed")
        return self

    def round(self, key: str) -> ContestRound:
        """The round of that key. Raises KeyError."""
        return {one.key: one for one in self.rounds}[key]

    def audience_of(self, group: str | None) -> str:
        """The key of the audience a target group belongs to; "" without audiences or for a group in none."""
        return next((one.key for one in self.audiences if group in one.groups), "")


def _distinct(code: str, keys: list[str]) -> None:
    if len(set(keys)) != len(keys):
        raise ValueError(code)
