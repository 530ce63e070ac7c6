"""Who takes part in a lucky draw: a rule made of settings, said in words, and answered for one person point by point.

Pure: no clock, no SQL. What people did comes from the ledger through `draw_pool`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from contest import catalogue
from contest.errors import Invalid
from contest.festival.model import GuestLevel
from contest.provincial.wording import day as day_text
from contest.skills import Skill

ANY_DAY = "any"
LEVELS = (GuestLevel.NICKNAME, GuestLevel.PHONE, GuestLevel.CHECKED)
"""From the least sure to the surest."""
MAX_COMMUNES = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """`checkin`: "" (not asked), "any", or a local day. `skills`: how many of the five must be confirmed.
    `communes`: empty for all. `once`: winners of earlier draws of the festival are left out. Staff always are."""

    checkin: str = ANY_DAY
    skills: int = 0
    pledged: bool = False
    answered: bool = False
    level: GuestLevel = GuestLevel.NICKNAME
    communes: tuple[str, ...] = ()
    once: bool = True


def rule_of(stored: Mapping[str, Any]) -> Rule:
    """A rule as it is stored."""
    return Rule(**{**stored, "level": GuestLevel(stored["level"]), "communes": tuple(stored["communes"])})


def rule_stored(rule: Rule) -> dict[str, Any]:
    """The reverse of `rule_of`: what is published and hashed."""
    return asdict(rule) | {"level": str(rule.level), "communes": list(rule.communes)}


def check_rule(rule: Rule) -> None:
    """Raises Invalid("draw_rule")."""
    try:
        known_day = rule.checkin in ("", ANY_DAY) or bool(date.fromisoformat(rule.checkin))
    except ValueError:
        known_day = False
    communes_fit = len(rule.communes) <= MAX_COMMUNES and all(
        len(code) == 5 and code.isascii() and code.isdigit() for code in rule.communes
    )
    if not known_day or not 0 <= rule.skills <= len(Skill) or rule.level not in LEVELS or not communes_fit:
        raise Invalid("draw_rule")


@dataclass(slots=True)
class Deeds:
    """What one person did at a festival, by the facts that stand."""

    days: set[str] = field(default_factory=set)
    skills: set[str] = field(default_factory=set)
    pledged: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody as the rule sees them. `ruled_out`: why they are out whatever they did, "" for no reason."""

    level: GuestLevel
    commune: str | None
    deeds: Deeds
    ruled_out: str = ""


RULED_OUT = ("staff", "excluded", "won", "twice")
"""staff; on the organisers' list; won before; another card of the same person stands for them."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the rule, answered. `have` of `need` where it counts something."""

    key: str
    met: bool
    have: int = 0
    need: int = 0
    detail: str = ""


def points(rule: Rule, who: Candidate) -> list[Point]:
    """The rule point by point; who meets them all is in the pool."""
    found: list[Point] = []
    deeds = who.deeds
    if rule.checkin == ANY_DAY:
        found.append(Point("checkin_any", bool(deeds.days)))
    elif rule.checkin:
        found.append(Point("checkin_day", rule.checkin in deeds.days, detail=rule.checkin))
    if rule.skills:
        found.append(Point("skills", len(deeds.skills) >= rule.skills, len(deeds.skills), rule.skills))
    if rule.pledged:
        found.append(Point("pledged", deeds.pledged))
    if rule.answered:
        found.append(Point("answered", deeds.answered))
    if rule.level is not GuestLevel.NICKNAME:
        sure = who.level in LEVELS and LEVELS.index(who.level) >= LEVELS.index(rule.level)
        found.append(Point(f"level_{rule.level}", sure))
    if rule.communes:
        found.append(Point("commune", who.commune in rule.communes))
    if who.ruled_out:
        found.append(Point(who.ruled_out, False))
    return found


def eligible(rule: Rule, who: Candidate) -> bool:
    """Whether they are in the pool."""
    return who.level is not GuestLevel.BLANK and all(point.met for point in points(rule, who))


def point_words(point: Point, lang: str) -> str:
    """A point to its person: met or what is missing."""
    told = "met" if point.met else "missing"
    day = day_text(date.fromisoformat(point.detail)) if point.detail else ""
    left = max(0, point.need - point.have)
    return catalogue.text(lang, f"draws.point.{point.key}.{told}", have=point.have, need=point.need, left=left, day=day)


def rule_words(rule: Rule, lang: str, communes: Mapping[str, str], excluded: int = 0) -> list[str]:
    """The rule as sentences for everybody. `communes`: names by code; `excluded`: cards on the organisers' list."""
    said: list[str] = []

    def say(key: str, **params: Any) -> None:
        said.append(catalogue.text(lang, f"draws.rule.{key}", **params))

    if rule.checkin == ANY_DAY:
        say("checkin_any")
    elif rule.checkin:
        say("checkin_day", day=day_text(date.fromisoformat(rule.checkin)))
    if rule.skills:
        say("skills", count=rule.skills, of=len(Skill))
    if rule.pledged:
        say("pledged")
    if rule.answered:
        say("answered")
    if rule.level is not GuestLevel.NICKNAME:
        say(f"level_{rule.level}")
    if rule.communes:
        say("communes", names=", ".join(communes.get(code, code) for code in rule.communes))
    say("staff_listed" if excluded else "staff", count=excluded)
    if rule.once:
        say("once")
    say("one_each")
    return said


def missing(found: Sequence[Point]) -> list[Point]:
    """What somebody lacks."""
    return [point for point in found if not point.met]
