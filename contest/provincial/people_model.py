"""What is known of a person and their entry, as plain values.

Never checks what was typed (`contest.provincial.entry_form` does) and never touches SQL.
"""

from dataclasses import dataclass
from datetime import date

from contest.ids import ContestId, EntryId, ParticipantId
from contest.provincial.rules import TargetGroup

CHILD_BELOW = 16
"""Under this age a guardian gives the consent (Children's Law of 2016)."""


@dataclass(frozen=True, slots=True)
class EntryData:
    """A person as the entry form or the roster tells of them, checked. `phone` is E.164, `birth_date` ISO."""

    full_name: str
    phone: str | None = None
    birth_date: str | None = None
    commune: str | None = None
    group: TargetGroup | None = None
    sub_group: str | None = None
    unit_code: str | None = None
    unit_other: str | None = None
    sex: str | None = None
    email: str | None = None
    address: str | None = None
    id_number: str | None = None
    lang: str = "vi"


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """One box: what was asked, in which words, and what was said."""

    purpose: str
    granted: bool
    text: str


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for a child and has said so in the form."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A person in a contest. `state` is invited, unconfirmed or active; only active ones may take attempts."""

    id: EntryId
    contest_id: ContestId
    participant_id: ParticipantId
    public_id: str
    state: str
    commune: str | None
    group: str | None
    unit_code: str | None
    unit_other: str | None
    age_band: str | None
    minor: bool
    created_at: int
    void_at: int | None


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration made. `personal_code` is shown once, None for somebody who has one already; `session` is the
    cookie's secret."""

    participant_id: ParticipantId
    entry: Entry
    personal_code: str | None
    session: str


def age_on(birth_date: str, today: date) -> int:
    """Whole years on that day; who was born on 29 February grows older on 1 March."""
    born = date.fromisoformat(birth_date)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def age_band(age: int | None) -> str | None:
    """The four bands that the statistics count by."""
    if age is None:
        return None
    return "u16" if age < 16 else "16-17" if age < 18 else "18-59" if age < 60 else "60+"
