"""Public draws as anybody may check them: the pool announced beforehand, the digits, and the order that followed.

Never draws and never says who decided what else; a pool's members are shown only where their numbers tell no count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contest.database import Reader
from contest.errors import NotFound
from contest.provincial import counts, public_names, ties
from contest.provincial.contests import ContestRecord
from contest.provincial.rules import ContestRules
from contest.provincial.ties import TieLine
from contest.provincial.windows import COLLECTIVE
from realtime.entrants import winners


@dataclass(frozen=True, slots=True)
class Member:
    """A line of a pool: an entry's number ("" while counts are hidden) or a unit's code, and whose it is as far as the
    public may know."""

    line: str
    name: str


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw; `digits` is "" and `order` empty until it is drawn. `exact`: the lines of the pool may be shown."""

    draw_id: str
    ranking: str
    audience: str
    announced_at: int
    source: str
    signer: str
    pool_hash: str
    pool: tuple[Member, ...]
    digits: str
    drawn_at: int | None
    order: tuple[Member, ...]
    exact: bool


async def draws(reader: Reader, record: ContestRecord, rules: ContestRules, now_ms: int) -> list[Draw]:
    """Every announced draw of a contest, the newest first."""
    lines = await ties.recorded(reader, record.id)
    pools = [line for line in lines if line.kind == ties.POOL]
    drawn = {line.evidence["pool_line"]: line for line in lines if line.kind == "draw"}
    names = await _names(reader, record.id, pools)
    exact = not counts.hidden(rules, now_ms)
    return [
        _draw(line, drawn.get(line.id), names, exact=exact or line.ranking == COLLECTIVE) for line in reversed(pools)
    ]


async def pool_of(reader: Reader, record: ContestRecord, rules: ContestRules, draw_id: str, now_ms: int) -> str:
    """The pool as the file that the checking program reads. Raises NotFound("draw_unknown")."""
    found = next((one for one in await draws(reader, record, rules, now_ms) if one.draw_id == draw_id), None)
    if found is None or not found.exact:
        raise NotFound("draw_unknown")
    return "".join(f"{member.line}\n" for member in found.pool)


async def _names(reader: Reader, contest_id: int, pools: Sequence[TieLine]) -> dict[tuple[str, str], str]:
    """Names by (ranking, line of the pool)."""
    units = await winners.unit_names(reader, contest_id)
    numbers = {int(line) for pool in pools if pool.ranking != COLLECTIVE for line in pool.evidence["pool"]}
    people = await public_names.by_number(reader, contest_id, numbers)
    named = {}
    for pool in pools:
        for line in pool.evidence["pool"]:
            person = None if pool.ranking == COLLECTIVE else people.get(int(line))
            named[pool.ranking, line] = person.name if person else units.get(line, "")
    return named


def _draw(pool: TieLine, drawn: TieLine | None, names: Mapping[tuple[str, str], str], *, exact: bool) -> Draw:
    def members(lines: Iterable[str]) -> tuple[Member, ...]:
        return tuple(Member(line if exact else "", names[pool.ranking, line]) for line in lines)

    return Draw(
        draw_id=pool.evidence["draw_id"],
        ranking=pool.ranking,
        audience=pool.audience,
        announced_at=pool.decided_at,
        source=pool.reason,
        signer=pool.signer,
        pool_hash=pool.evidence["pool_hash"],
        pool=members(pool.evidence["pool"]),
        digits=drawn.evidence["digits"] if drawn else "",
        drawn_at=drawn.decided_at if drawn else None,
        order=members(drawn.order) if drawn else (),
        exact=exact,
    )
