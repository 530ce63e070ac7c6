"""Teams, their members and the sessions they hold, as values.

Never touches SQL.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contest.skills import Skill
from contest.statistics.facts import FactKind

UNKNOWN = "-"
"""The target group of people of whom nobody said one."""


class TeamKind(StrEnum):
    COMMUNITY = "community"
    """Tổ công nghệ số cộng đồng: one for every village."""
    YOUTH = "youth"
    """A team of the youth union."""


class MemberRole(StrEnum):
    LEADER = "leader"
    MEMBER = "member"


class SessionKind(StrEnum):
    """What a member held."""

    VISIT = "visit"
    """From house to house."""
    GUIDANCE = "guidance"
    """Guided people who came, at a counter, a market, a meeting."""
    TRAINING = "training"
    """Taught a class."""

    @property
    def fact(self) -> FactKind:
        """What its participants count as."""
        return FactKind.TRAINING if self is SessionKind.TRAINING else FactKind.GUIDANCE


@dataclass(frozen=True, slots=True)
class Team:
    """One team. `villages` are those it serves."""

    id: int
    commune: str
    name: str
    kind: TeamKind
    active: bool
    villages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a team. `name` is None once they left and were forgotten."""

    id: int
    team_id: int
    name: str | None
    role: MemberRole
    active: bool
    paired_at: int | None = None

    @property
    def actor(self) -> str:
        """What ledger and audit record."""
        return f"member:{self.id}"


@dataclass(frozen=True, slots=True)
class Session:
    """One session as recorded. `held_at` is corrected by the phone's clock; `headcounts` are by target group, those of
    scanned guests left out."""

    id: int
    team_id: int
    member_id: int
    commune: str
    held_at: int
    kind: SessionKind
    skills: tuple[Skill, ...]
    headcounts: Mapping[str, int]
    village_id: int | None = None
    confirms: bool = False
    """Whether the skills were practised by the scanned guests and are confirmed for them."""
