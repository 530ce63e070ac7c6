"""The participation facts of a session, and reading what a phone says about one.

Pure: no clock, no SQL. Everybody present is in exactly one fact: by card, or in the headcount of their group.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contest.errors import Invalid
from contest.provincial.rules import TargetGroup
from contest.skills import Skill
from contest.statistics.facts import Channel, Fact, FactKind
from contest.teams.model import UNKNOWN, Session

GROUPS = (*(str(group) for group in TargetGroup), UNKNOWN)
MOST_PEOPLE = 5_000
"""In one session: the largest hall of a commune; more is a slip of the finger."""
MOST_CARDS = 200
_DAY_MS = 86_400_000
OLDEST_DAYS = 60
"""A session may be recorded so many days later."""
AHEAD_MS = 10 * 60_000
"""A phone's clock may be ahead by so much without being wrong."""


@dataclass(frozen=True, slots=True)
class Present:
    """A guest whose card was scanned: the number they stand under in facts, and what they said of themselves."""

    guest_id: int
    person: int
    commune: str | None = None
    village_id: int | None = None
    target_group: str | None = None
    age_band: str | None = None


def headcounts_of(said: Mapping[str, int]) -> dict[str, int]:
    """The groups that had anybody, in a fixed order. Raises Invalid("session_people")."""
    if not set(said) <= set(GROUPS) or any(number < 0 for number in said.values()):
        raise Invalid("session_people", limit=MOST_PEOPLE)
    if sum(said.values()) > MOST_PEOPLE:
        raise Invalid("session_people", limit=MOST_PEOPLE)
    return {group: said[group] for group in GROUPS if said.get(group)}


def held_at(said_ms: int, device_ms: int, received_ms: int) -> int:
    """When the session was, by the server's clock: how long before sending it was is all that a phone can know.

    Raises Invalid("session_time") for what lies ahead or too far back.
    """
    held = received_ms - (device_ms - said_ms)
    if held > received_ms + AHEAD_MS or held < received_ms - OLDEST_DAYS * _DAY_MS:
        raise Invalid("session_time", days=OLDEST_DAYS)
    return min(held, received_ms)


def facts_of(session: Session, present: Iterable[Present]) -> list[Fact]:
    """What the ledger gets for a session.

    Guests count in their own commune and village where they said one, else in the session's.
    """
    return list(_all(session, present))


def sources_of(session: Session, guest_ids: Iterable[int]) -> list[tuple[FactKind, str]]:
    """The names of the same facts, to take them back."""
    return [(fact.kind, fact.source) for fact in _all(session, [Present(one, 2 * one + 1) for one in guest_ids])]


def _all(session: Session, present: Iterable[Present]) -> Iterable[Fact]:
    kind, head = session.kind.fact, f"t:{session.id}"
    for group, number in session.headcounts.items():
        if number:
            yield Fact(
                kind, f"{head}:{group}", session.held_at, headcount=number, commune=session.commune,
                village_id=session.village_id, target_group=None if group == UNKNOWN else group,
                skills=session.skills, channel=Channel.STAFF, recorded_by=f"member:{session.member_id}",
                team_id=session.team_id,
            )  # fmt: skip
    for guest in present:
        yield _of_guest(session, guest, kind, f"{head}:{guest.guest_id}", session.skills)
        if session.confirms:
            for skill in session.skills:
                yield _of_guest(session, guest, FactKind.SKILL, f"{head}:{guest.guest_id}:{skill}", (skill,))


def _of_guest(session: Session, guest: Present, kind: FactKind, source: str, skills: tuple[Skill, ...]) -> Fact:
    commune = guest.commune or session.commune
    village = guest.village_id or (session.village_id if commune == session.commune else None)
    return Fact(
        kind, source, session.held_at, person=guest.person, commune=commune, village_id=village,
        target_group=guest.target_group, age_band=guest.age_band, skills=skills, channel=Channel.QR,
        recorded_by=f"member:{session.member_id}", team_id=session.team_id,
    )  # fmt: skip
