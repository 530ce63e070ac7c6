"""Typical festivals to start from, so that an organiser changes a programme instead of inventing one.

Pure. The words stand in the catalogue under `festival.plan.…`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from contest.catalogue import text
from contest.festival.model import LiveEventKind as Kind
from contest.festival.programme import ItemDraft
from contest.provincial.local_time import at_local
from contest.skills import Skill


@dataclass(frozen=True, slots=True)
class Line:
    """One item: on which day (from 0), from when, for how many minutes; `word` names its title in the catalogue."""

    kind: Kind
    word: str
    at: tuple[int, int]
    minutes: int
    place: str = "hall"
    skill: Skill | None = None
    day: int = 0


_BOOTHS = tuple(Line(Kind.BOOTH, f"booth.{skill.value}", (8, 0), 480, "booths", skill) for skill in Skill)
_FULL_DAY = (
    Line(Kind.GATE, "gate", (7, 0), 600, "gate"),
    *_BOOTHS,
    Line(Kind.CEREMONY, "opening", (7, 30), 30),
    Line(Kind.PLEDGE, "pledge", (8, 0), 30),
    Line(Kind.LAUNCH, "launch", (8, 30), 15),
    Line(Kind.TRAINING, "training", (9, 0), 90, "room", Skill.PUBLIC_SERVICES),
    Line(Kind.POLL, "poll", (10, 30), 15),
    Line(Kind.LIVE_ROUND, "round", (14, 0), 45),
    Line(Kind.DRAW, "draw", (16, 0), 30),
    Line(Kind.CEREMONY, "closing", (16, 30), 15),
)
_EVENING = (
    Line(Kind.GATE, "gate", (18, 0), 180, "gate"),
    Line(Kind.CEREMONY, "opening", (18, 30), 20),
    Line(Kind.PLEDGE, "pledge", (18, 50), 20),
    Line(Kind.POLL, "poll", (19, 10), 10),
    Line(Kind.LIVE_ROUND, "round", (19, 20), 45),
    Line(Kind.DRAW, "draw", (20, 10), 20),
    Line(Kind.CEREMONY, "closing", (20, 30), 15),
)
_WEEK = (
    Line(Kind.CEREMONY, "opening", (7, 30), 30),
    Line(Kind.LAUNCH, "launch", (8, 0), 15),
    *(
        line
        for day, skill in enumerate(Skill)
        for line in (
            Line(Kind.GATE, "gate", (7, 0), 600, "gate", None, day),
            Line(Kind.TRAINING, f"skill.{skill.value}", (8, 30), 120, "room", skill, day),
            Line(Kind.BOOTH, f"booth.{skill.value}", (14, 0), 150, "booths", skill, day),
        )
    ),
    Line(Kind.LIVE_ROUND, "round", (15, 0), 45, "hall", None, 4),
    Line(Kind.DRAW, "draw", (16, 0), 30, "hall", None, 4),
)
PLANS: dict[str, tuple[Line, ...]] = {"day": _FULL_DAY, "evening": _EVENING, "week": _WEEK}


def days_of(plan: str) -> int:
    """How many days a plan takes; 1 for an unknown one."""
    return 1 + max((line.day for line in PLANS.get(plan, ())), default=0)


def drafts(plan: str, first_day: str, lang: str) -> Sequence[ItemDraft]:
    """The items of a plan from that day on; none for an unknown plan."""
    first = date.fromisoformat(first_day)
    made = []
    for line in PLANS.get(plan, ()):
        starts_at = at_local(first + timedelta(days=line.day), *line.at)
        made.append(
            ItemDraft(
                kind=line.kind,
                title=text(lang, f"festival.plan.{line.word}"),
                starts_at=starts_at,
                ends_at=starts_at + line.minutes * 60_000,
                place=text(lang, f"festival.plan.place.{line.place}"),
                skill=line.skill,
            )
        )
    return made
