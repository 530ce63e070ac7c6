"""Festivals and the items of their programme, as values.

Never touches SQL; `contest.festival.festivals` loads and stores them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contest.ids import FestivalId, GuestId, LiveEventId
from contest.skills import Skill
from contest.statistics.facts import person_of_guest


class FestivalState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    OVER = "over"
    ARCHIVED = "archived"


class LiveEventKind(StrEnum):
    """What an item of the programme is; some kinds have a part of their own behind them."""

    CEREMONY = "ceremony"
    """Speeches, songs, commendation: a title and a time."""
    TRAINING = "training"
    """Staff check people in; each who came is a fact."""
    GATE = "gate"
    """A check-in point."""
    BOOTH = "booth"
    """A booth for one of the basic skills, or for anything else when `skill` is None."""
    LIVE_ROUND = "live_round"
    POLL = "poll"
    """Options or a word cloud."""
    PLEDGE = "pledge"
    LAUNCH = "launch"
    DRAW = "draw"


class LiveEventState(StrEnum):
    PLANNED = "planned"
    LIVE = "live"
    DONE = "done"


class GuestLevel(StrEnum):
    """How sure the platform is who a guest is."""

    BLANK = "blank"
    """A printed card that nobody holds yet."""
    NICKNAME = "nickname"
    PHONE = "phone"
    """A phone number confirmed by code."""
    CHECKED = "checked"
    """Staff saw the person and a paper of theirs."""


class PhoneRole(StrEnum):
    """What a paired staff phone may do."""

    GATE = "gate"
    """Check in at gates and trainings."""
    BOOTH = "booth"
    """Confirm skills at its booth."""
    DELEGATE = "delegate"
    """Hold a launch button."""


@dataclass(frozen=True, slots=True)
class Festival:
    """One festival. Days are local, both included; `version` grows with everything that phones and stage show."""

    id: FestivalId
    slug: str
    title: str
    place: str
    commune: str | None
    intro: str
    first_day: str
    last_day: str
    state: FestivalState
    settings: Mapping[str, Any]
    version: int
    stage_token_hash: str | None
    created_by: str
    created_at: int


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One item of a programme; `settings` belong to its kind."""

    id: LiveEventId
    festival_id: FestivalId
    kind: LiveEventKind
    title: str
    place: str
    starts_at: int
    ends_at: int | None
    state: LiveEventState
    responsible: str
    note: str
    skill: Skill | None
    round_id: int | None
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody at festivals. `card` is printed and scanned; it is no secret and lets nobody in."""

    id: GuestId
    card: str
    participant_id: int | None
    festival_id: int | None
    name: str | None
    name_hidden: bool
    commune: str | None
    village_id: int | None
    target_group: str | None
    age_band: str | None
    level: GuestLevel
    staff: bool
    lang: str
    created_at: int
    erased_at: int | None

    @property
    def person(self) -> int:
        """The number under which this guest stands in facts."""
        return person_of_guest(self.id, self.participant_id)


@dataclass(frozen=True, slots=True)
class StaffPhone:
    """A paired staff phone. `live_event_id` is its post; None: any of its role's."""

    id: int
    festival_id: FestivalId
    label: str
    role: PhoneRole
    live_event_id: int | None
    revoked_at: int | None

    @property
    def actor(self) -> str:
        """What ledger and audit record."""
        return f"phone:{self.id}"
