"""One countable thing that somebody did: the participation fact, as a value.

A fact never changes. What turns out wrong is answered by a second fact that voids the first. Never touches SQL.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from contest.skills import Skill


class FactKind(StrEnum):
    """What was done."""

    LIVE_ROUND = "live_round"
    """Joined a live round and answered at least once. Source: round:seat."""
    CONTEST_ATTEMPT = "contest_attempt"
    """Handed in an attempt. Source: the attempt's public id."""
    CHECKIN = "checkin"
    """Came to a festival: once a day for a guest; or counted heads at a gate."""
    BOOTH = "booth"
    """Visited a booth: once for a guest and booth."""
    SKILL = "skill"
    """Practised a basic skill and was confirmed by a helper."""
    SKILL_QUIZ = "skill_quiz"
    """Answered the short quiz of a skill; `passed` says how it went."""
    PLEDGE = "pledge"
    POLL = "poll"
    LAUNCH = "launch"
    TRAINING = "training"
    """Attended a training session."""
    GUIDANCE = "guidance"
    """Was guided by a member of a community digital technology team."""
    VOID = "void"
    """Takes back the fact it names; counts nothing itself."""
    SAME_PERSON = "same_person"
    """Says that two numbers are one person; counts nothing and is not in the stream: `ledger.same_person`."""


COUNTED = tuple(kind for kind in FactKind if kind not in (FactKind.VOID, FactKind.SAME_PERSON))
"""The kinds that are counted; the others are about facts and people."""


class Channel(StrEnum):
    """How a fact reached the platform."""

    WEB = "web"
    """The participant's own phone or browser."""
    QR = "qr"
    """Staff scanned a card."""
    STAFF = "staff"
    """Staff typed it in or counted heads."""
    IMPORT = "import"


AGE_BANDS = ("u16", "16-17", "18-59", "60+")
"""Age on the day; the same bands as `contest.provincial.people_model.age_band`."""
MAX_HEADCOUNT = 100_000


@dataclass(frozen=True, slots=True)
class Fact:
    """What is recorded of one participation.

    (`kind`, `source`) is unique for ever: recording it again changes nothing. `person` is a pseudonymous number, see
    `person_of_guest` and `person_of_participant`; None for heads counted without names, of which there are `headcount`.
    `release_at` (UTC ms): until then nobody may see that the fact exists, because its count is worth a prize.
    """

    kind: FactKind
    source: str
    occurred_at: int
    person: int | None = None
    headcount: int = 1
    commune: str | None = None
    village_id: int | None = None
    target_group: str | None = None
    sub_group: str | None = None
    unit_code: str | None = None
    age_band: str | None = None
    skills: tuple[Skill, ...] = ()
    passed: bool | None = None
    score: int | None = None
    channel: Channel = Channel.WEB
    recorded_by: str = "system"
    festival_id: int | None = None
    live_event_id: int | None = None
    round_id: int | None = None
    contest_id: int | None = None
    team_id: int | None = None
    release_at: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.headcount <= MAX_HEADCOUNT:
            raise ValueError("headcount")
        if self.person is not None and self.headcount != 1:
            raise ValueError("a known person counts once")


def person_of_participant(participant_id: int) -> int:
    """The number under which a participant stands in facts: even."""
    return 2 * participant_id


def person_of_guest(guest_id: int, participant_id: int | None = None) -> int:
    """The number of a festival guest: their participant's once they are known as one, else one of their own: odd."""
    return 2 * guest_id + 1 if participant_id is None else person_of_participant(participant_id)


def skills_text(skills: Iterable[Skill]) -> str:
    """Skills as the ledger stores them: sorted, joined by commas."""
    return ",".join(sorted(set(skills)))


def skills_of(text: str) -> tuple[Skill, ...]:
    """The reverse of `skills_text`."""
    return tuple(Skill(part) for part in text.split(",") if part)
