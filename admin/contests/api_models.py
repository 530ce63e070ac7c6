"""What the JSON API of setting contests up takes and gives.

Holds no behaviour.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contest.provincial.dry_run import MOST_PEOPLE


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ContestIn(_In):
    """A new contest: empty, from a template, or with rules (whole or partial, as the draft holds them)."""

    title: str = Field(min_length=1, max_length=160)
    template: str | None = Field(default=None, max_length=64)
    first_day: str | None = Field(default=None, pattern=r"^\d{4}-\d\d-\d\d$")
    rules: dict[str, Any] | None = None


class DraftIn(_In):
    """The draft as it shall be; `version` is the one it was made from."""

    version: int = Field(ge=0)
    draft: dict[str, Any]


class AmendIn(_In):
    """The draft of `version` becomes the next version of the rules."""

    version: int = Field(ge=0)
    reason: str = Field(min_length=1, max_length=1000)


class OpenIn(_In):
    """The draft of `version` is what opens."""

    version: int = Field(ge=0)


class DryRunIn(_In):
    """How many made-up people, and the seed that draws them."""

    people: int = Field(default=2000, ge=10, le=MOST_PEOPLE)
    seed: int = Field(default=1, ge=0, le=999_999_999)


class ProblemOut(BaseModel):
    """One setting that is not right: its dotted path and a code."""

    field: str
    code: str


class ContestLine(BaseModel):
    """One line of the list. `phase` is before, open, between or over; null for a draft."""

    id: int
    slug: str
    title: str
    state: str
    phase: str | None
    rules_version: int | None
    draft_version: int
    archived: bool
    updated_at: int


class ContestOut(ContestLine):
    """A contest with its draft, what is wrong with it, and the rules in force."""

    draft: dict[str, Any]
    problems: list[ProblemOut]
    rules: dict[str, Any] | None


class TemplateOut(BaseModel):
    """A rule set to start from; `rounds` of its rules are relative to the first day."""

    key: str
    name: str
    source: str
    note: str
    rules: dict[str, Any]


class ChangeOut(BaseModel):
    """One setting that changed, in words."""

    path: str
    name: str
    before: str
    after: str


class VersionOut(BaseModel):
    """One version of the rules that was in force; `changes` are those against the one before."""

    version: int
    digest: str
    reason: str
    created_by: str
    created_at: int
    rules: dict[str, Any]
    changes: list[ChangeOut]


class DryRunOut(BaseModel):
    """A dry run: `running` with its progress, else the last report or the code of what went wrong."""

    running: bool
    step: str
    share: float
    about: dict[str, Any]
    report: dict[str, Any] | None
    failure: dict[str, Any] | None
