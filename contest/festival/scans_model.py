"""What a staff phone sends and what it stands for, as values; when it happened; which facts it asserts.

Never touches SQL or a clock: `contest.festival.scans` merges, with these rules.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contest.festival.model import LiveEvent, LiveEventKind, PhoneRole
from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics.facts import FactKind

MAX_BATCH: Final = 50
MAX_HEADS: Final = 500
UNDO_MS: Final = 60_000
"""The phone offers to undo for half of this; the rest is for slow thumbs."""
CLOCK_FAR_MS: Final = 5 * 60_000
SLACK_MS: Final = 2 * 60_000
TWO_GATES_MS: Final = 60_000


class Action(StrEnum):
    """What a phone did."""

    SCAN = "scan"
    COUNT = "count"
    """Counted heads without names."""
    CLAIM = "claim"
    """Gave a blank printed card its holder."""
    CHECK = "check"
    """Saw the holder and a paper of theirs."""
    UNDO = "undo"


class Result(StrEnum):
    """What a phone is told of one entry; a repeat of its nonce is told the same."""

    ADMITTED = "admitted"
    REPEAT = "repeat"
    """Was confirmed before: nothing is counted twice."""
    UNKNOWN_CARD = "unknown_card"
    BLANK_CARD = "blank_card"
    """Counts as soon as somebody says whose card it is."""
    WRONG_DAY = "wrong_festival_day"
    WRONG_POST = "wrong_post"
    REVOKED = "revoked_phone"
    COUNTED = "counted"
    CLAIMED = "claimed"
    CLAIM_TAKEN = "claim_taken"
    CHECKED = "checked"
    UNDONE = "undone"
    UNDO_LATE = "undo_late"


class ConflictKind(StrEnum):
    """Why an organiser should look at an entry."""

    UNKNOWN_CARD = "unknown_card"
    BLANK_CARD = "blank_card"
    REVOKED = "revoked"
    CLAIMED_TWICE = "claimed_twice"
    WRONG_POST = "wrong_post"
    CLOCK = "clock"
    TWO_GATES = "two_gates"


UNCOUNTED: Final = frozenset(
    {ConflictKind.UNKNOWN_CARD, ConflictKind.BLANK_CARD, ConflictKind.REVOKED, ConflictKind.WRONG_POST}
)
"""Nothing is counted until somebody decides; the others count, and are only looked at."""


class Resolution(StrEnum):
    """What became of a conflict."""

    ASSIGNED = "assigned"
    """It was this guest."""
    HEADCOUNT = "headcount"
    """Somebody came, nobody knows who."""
    KEPT = "kept"
    """It counts as it is."""
    DISMISSED = "dismissed"
    """It does not count."""
    CLAIMED = "claimed"
    """By itself: the card got its holder."""
    UNDONE = "undone"
    """By itself: the phone took it back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a phone did. `at` is its own clock; `card` as `cards.parse_card` gives it."""

    action: Action
    nonce: str
    at: int
    card: str | None = None
    post: int | None = None
    skills: tuple[Skill, ...] = ()
    target_group: str | None = None
    heads: int = 1
    of_nonce: str | None = None
    typed: bool = False
    offline: bool = False
    name: str | None = None
    commune: str | None = None
    agreed: bool = False
    """The holder agreed to be counted by place and group."""


@dataclass(frozen=True, slots=True)
class Placed:
    """When something happened, as well as can be known."""

    at: int
    in_days: bool
    doubtful: bool
    """The phone's clock cannot be right: an organiser should look."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One fact that a scan stands for; several scans may stand for the same."""

    kind: FactKind
    source: str
    live_event_id: int | None
    skill: Skill | None = None


def placed(
    device_at: int, *, offset_ms: int, offline: bool, paired_at: int, received_at: int, days: tuple[int, int]
) -> Placed:
    """The moment of the phone's clock put right by the offset it had when it told of it.

    Nothing happened before the phone was paired or after it was received: what claims so has a clock that jumped in
    between, and is moved to the nearest moment of the festival. `days`: its first moment and the first one after it.
    """
    first, after = days
    said = device_at + offset_ms
    jumped = not paired_at - SLACK_MS <= said <= received_at + SLACK_MS
    at = min(max(said, paired_at), received_at)
    if jumped and received_at >= first:
        at = min(max(at, first), after - 1)
    return Placed(at, first <= at < after, jumped or (offline and abs(offset_ms) > CLOCK_FAR_MS))


def kind_of(role: PhoneRole, post: LiveEvent | None) -> FactKind:
    """What a scan of this phone at this post stands for. A booth's phone at no booth confirms skills only."""
    if role is PhoneRole.BOOTH:
        return FactKind.BOOTH if post is not None else FactKind.SKILL
    return FactKind.TRAINING if post is not None and post.kind is LiveEventKind.TRAINING else FactKind.CHECKIN


def posts_of(role: PhoneRole) -> tuple[LiveEventKind, ...]:
    """Where a phone of this role may stand."""
    if role is PhoneRole.BOOTH:
        return (LiveEventKind.BOOTH,)
    return (LiveEventKind.GATE, LiveEventKind.TRAINING) if role is PhoneRole.GATE else ()


def asserted(
    kind: FactKind,
    *,
    festival_id: int,
    guest_id: int,
    live_event_id: int | None,
    skills: tuple[Skill, ...],
    at: int,
) -> list[Assertion]:
    """The facts a scan stands for. A check-in is of the festival and the day, not of the gate."""
    found = []
    if kind is FactKind.CHECKIN:
        source = f"{festival_id}:{guest_id}:{local_day(at)}"
        found.append(Assertion(FactKind.CHECKIN, source, live_event_id))
    elif kind in (FactKind.TRAINING, FactKind.BOOTH):
        found.append(Assertion(kind, f"{live_event_id}:{guest_id}", live_event_id))
    if kind in (FactKind.BOOTH, FactKind.SKILL):
        found += [
            Assertion(FactKind.SKILL, f"{festival_id}:{guest_id}:{skill}", live_event_id, skill)
            for skill in sorted(set(skills))
        ]
    return found


def fact_source(source: str, generation: int) -> str:
    """The fact of a presence; one that was taken back and came again is another fact."""
    return source if generation == 1 else f"{source}#{generation}"


def heads_source(scan_id: int) -> str:
    """The fact of heads counted without names."""
    return f"h:{scan_id}"


def undo_in_time(undo_at: int, scan_at: int) -> bool:
    """Both by the phone's own clock."""
    return abs(undo_at - scan_at) <= UNDO_MS
