"""Questions, quizzes and the settings of a live round, as validated values.

`Question` is the bank format: what the JSON files hold, what SQL stores, what the editor saves. Never touches SQL.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from scoring.answer_key import NUMBER_LIMIT, OPINIONS, AnswerKey, QuestionType
from scoring.cloud_words import MOST_WORDS
from scoring.duel import Way
from scoring.fairtime import Fairness
from scoring.folding import nfc
from scoring.points import Scoring

MAX_QUESTIONS = 500
MIN_SECONDS, MAX_SECONDS = 3, 600


def _clean(value: object) -> object:
    return nfc(value) if isinstance(value, str) else value


def _clean_lines(value: object) -> object:
    """NFC, but line breaks stay: stems and explanations may have paragraphs."""
    if not isinstance(value, str):
        return value
    return "\n".join(nfc(line) for line in value.replace("\r\n", "\n").strip().split("\n"))


Line = Annotated[str, BeforeValidator(_clean)]
Text = Annotated[str, BeforeValidator(_clean_lines)]


def _writable(number: Decimal) -> bool:
    """Whether a phone could type it and a page show it: 1e999999999 written out would fill the memory."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -15 <= exponent <= 15 and abs(number) <= NUMBER_LIMIT


class Option(BaseModel):
    """One thing that can be tapped. `id` is what travels as the choice; letters A, B, C follow the position shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,16}$")
    text_vi: Line = Field(min_length=1, max_length=300)


class Question(BaseModel):
    """One question of a quiz or bank.

    `answer` is, by type: a list of option ids (single and true_false 1, multi 1 or more, ordering all of them in the
    right order); a number for numeric (right within `tolerance`, inclusive); for text a list of accepted spellings;
    for poll and cloud an empty list. true_false uses the option ids "T" and "F"; options may be left out there.
    `words` is how many words one may send to a cloud.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Line | None = Field(default=None, max_length=64)
    category: Line = Field(default="", max_length=64)
    type: QuestionType
    difficulty: int = Field(default=1, ge=1, le=3)
    seconds: int = Field(default=20, ge=MIN_SECONDS, le=MAX_SECONDS)
    stem_vi: Text = Field(min_length=1, max_length=1000)
    stem_en: Text = Field(default="", max_length=1000)
    options: tuple[Option, ...] = Field(default=(), max_length=6)
    answer: tuple[Line, ...] | Decimal = ()
    tolerance: Decimal = Field(default=Decimal(0), ge=0)
    unit_vi: Line = Field(default="", max_length=40)
    explanation_vi: Text = Field(default="", max_length=1000)
    source: Line = Field(default="", max_length=300)
    verified: Line = Field(default="", max_length=40)
    review_by: date | None = None
    weight: Literal[0, 1, 2] = 1
    words: int = Field(default=3, ge=1, le=MOST_WORDS)

    @model_validator(mode="before")
    @classmethod
    def _true_false_options(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("type") == "true_false" and not data.get("options"):
            return {**data, "options": [{"id": "T", "text_vi": "Đúng"}, {"id": "F", "text_vi": "Sai"}]}
        return data

    @model_validator(mode="after")
    def _answer_fits_type(self) -> Self:
        ids = [option.id for option in self.options]
        if len(set(ids)) != len(ids):
            raise ValueError("option_ids_repeat")
        if self.type in (QuestionType.NUMERIC, QuestionType.TEXT, QuestionType.CLOUD):
            if self.options:
                raise ValueError("options_not_allowed")
        elif len(ids) < 2:
            raise ValueError("too_few_options")
        if self.type is QuestionType.NUMERIC:
            if not isinstance(self.answer, Decimal) or not (_writable(self.answer) and _writable(self.tolerance)):
                raise ValueError("answer_must_be_number")
            return self
        if isinstance(self.answer, Decimal):
            raise ValueError("answer_must_be_list")
        answer = list(self.answer)
        if self.type is QuestionType.TEXT:
            if not answer or any(not spelling or len(spelling) > 200 for spelling in answer):
                raise ValueError("accepted_spellings_needed")
            return self
        if self.type in OPINIONS:
            if answer:
                raise ValueError("poll_has_no_right_answer")
            return self
        if len(set(answer)) != len(answer) or not set(answer) <= set(ids):
            raise ValueError("answer_not_among_options")
        if self.type is QuestionType.ORDERING:
            if len(answer) != len(ids):
                raise ValueError("ordering_needs_all_options")
        elif self.type is QuestionType.MULTI:
            if not answer:
                raise ValueError("answer_missing")
        elif len(answer) != 1:
            raise ValueError("one_right_option_needed")
        return self

    @property
    def key(self) -> AnswerKey:
        """The answer key that scoring judges by."""
        answer = self.answer
        listed = () if isinstance(answer, Decimal) else answer
        return AnswerKey(
            type=self.type,
            options=tuple(option.id for option in self.options),
            right=() if self.type is QuestionType.TEXT else listed,
            number=answer if isinstance(answer, Decimal) else None,
            tolerance=self.tolerance,
            accepted=listed if self.type is QuestionType.TEXT else (),
            words=self.words,
        )


class Mode(StrEnum):
    """How a live round is played. `contest.rounds.PLAYABLE` names those that are."""

    POINTS = "points"
    """Everybody for themselves."""
    GOLDEN_BELL = "golden_bell"
    """One wrong or missing answer and the seat is out; the last one standing wins."""
    TEAMS = "teams"
    """Points, and beside them the mean of each team's members."""
    DUEL = "duel"
    """A handful of seats against each other: the fastest right answer, or the buzzer."""


class TeamSource(StrEnum):
    """Where the teams of a round come from."""

    UNITS = "units"
    """The commune a person names at the door."""
    LIST = "list"
    """A list the host has typed, village teams for example; the phone chooses at the door."""
    DRAWN = "drawn"
    """Drawn at the door: the smallest team gets the next person."""


MOST_TEAMS, MOST_TEAM_NAME = 60, 40
TeamName = Annotated[Line, Field(min_length=1, max_length=MOST_TEAM_NAME)]


def _lines(value: object) -> object:
    """A form's text with one name a line, as a list."""
    return [line for line in value.splitlines() if line.strip()] if isinstance(value, str) else value


TeamNames = Annotated[tuple[TeamName, ...], BeforeValidator(_lines), Field(max_length=MOST_TEAMS)]


class ModeSettings(BaseModel):
    """The way a round is played, and what belongs to one way alone: it means nothing in the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = Mode.POINTS
    team_source: TeamSource = TeamSource.UNITS
    team_names: TeamNames = ()
    """The list's, in its order: team number n of the list has the key "n"."""
    team_count: int = Field(default=4, ge=2, le=MOST_TEAMS)
    """How many teams are drawn."""
    min_team_size: int = Field(default=3, ge=1, le=1_000)
    """Smaller teams are shown apart and have no rank."""
    duel: Way = Way.SPEED
    """How the finalists of a duel meet: the fastest right answer, or the buzzer and the host's word."""
    duel_points: int | None = Field(default=None, ge=1, le=50)
    """Whoever reaches so many points ahead of the others has won; None: the best after all questions."""
    duel_penalty: int = Field(default=0, ge=0, le=5)
    """What a wrong answer at the buzzer costs; nobody falls below nothing."""

    fun: bool = True
    """Golden bell: whether those who are out may go on answering; it never counts."""
    rescues_allowed: int = Field(default=1, ge=0, le=20)
    """Golden bell: how often the host may let people back in, by hand or by a rescue question."""
    rescue_from: int = Field(default=1, ge=1, le=MAX_QUESTIONS)
    """Golden bell: the first question after which that is possible."""

    @model_validator(mode="after")
    def _teams_have_names(self) -> Self:
        # Tones count: Buôn Kô and Buôn Kồ are two villages.
        if len({name.casefold() for name in self.team_names}) != len(self.team_names):
            raise ValueError("team_names_repeat")
        if self.mode is Mode.TEAMS and self.team_source is TeamSource.LIST and len(self.team_names) < 2:
            raise ValueError("team_names_needed")
        return self


class RoundSettings(ModeSettings):
    """What the host chooses when a live round is made; fixed for its life, but for `auto` which the state holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scoring: Scoring = Scoring.EXACT
    fairness: Fairness = Fairness.SHOW
    reading_seconds: int = Field(default=3, ge=0, le=60)
    seconds: int | None = Field(default=None, ge=MIN_SECONDS, le=MAX_SECONDS)
    """The same answering time for every question; None keeps each question's own."""
    auto: bool = False
    streak_bonus: bool = False
    shuffle: bool = True
    """Shows the options in an order drawn once for the round (ordering questions always; true/false never)."""
    words_at_once: bool = False
    """Shows the words of a word cloud that the filter finds harmless before the host has looked at them."""
