"""Both reckonings run on a frozen contest, away from the event loop, and cut into the results that are published.

Never writes. Which rule makes whom a winner is `prizes` (and, written independently, `recount`).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from weakref import WeakKeyDictionary

from sqlalchemy import exists, select

from contest.database import Database, Reader
from contest.errors import NotFound
from contest.provincial import recount as second
from contest.provincial.freezing import acts_mark, attempts_mark, freeze, version_in_force
from contest.provincial.frozen import Frozen, Outcome, digest
from contest.provincial.prizes import reckon
from contest.provincial.rules import ContestRules
from contest.provincial.tables import attempts
from contest.provincial.windows import (
    COLLECTIVE,
    OVERALL,
    Window,
    prediction_scopes,
    ranking_keys,
    settled_at,
    windows_of,
)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A snapshot of a contest and what follows from it.

    `mark` is the fingerprint of the snapshot, `acts` the share of it that organisers move.
    """

    contest_id: int
    frozen: Frozen
    outcome: Outcome
    mark: str
    acts: str

    def part(self, key: str) -> Outcome:
        """What belongs to one result."""
        return part_of(self.outcome, self.frozen.rules, key)


_kept: WeakKeyDictionary[Database, Reckoned] = WeakKeyDictionary()


def result_keys(rules: ContestRules) -> tuple[str, ...]:
    """The results of a contest in order: its rankings, then the collective one where there is one."""
    return ranking_keys(rules) if rules.collective is None else (*ranking_keys(rules), COLLECTIVE)


def needed(rules: ContestRules, key: str) -> tuple[Window, ...]:
    """The windows and prediction scopes that must have settled before a result can be told.

    Its own window; the scopes its predictions are held against; and, where one person gets one prize, every ranking
    in which a prize is dealt before the last one of this ranking (RULES.md §6.1): a person may take that one instead.
    """
    windows = windows_of(rules)
    everything = (*windows, *prediction_scopes(rules))
    if key in (OVERALL, COLLECTIVE):
        return everything
    order = {window.key: place for place, window in enumerate(windows)}
    if key not in order:
        raise NotFound("result_unknown", key=key)
    chosen = [window for window in windows if window.key in _ties_of_prizes(rules, key, order)]
    if len(chosen) < len(windows) and rules.one_prize and any(prize.scope == "overall" for prize in rules.prizes):
        last_own = max((n for n, prize in enumerate(rules.prizes) if prize.scope == "window"), default=-1)
        if any(prize.scope == "overall" and n < last_own for n, prize in enumerate(rules.prizes)):
            return everything
    scopes = [
        scope
        for scope in prediction_scopes(rules)
        if any(scope.opens_at < one.closes_at and one.opens_at < scope.closes_at for one in chosen)
    ]
    return (*chosen, *scopes)


def _ties_of_prizes(rules: ContestRules, key: str, order: Mapping[str, int]) -> set[str]:
    levels = [n for n, prize in enumerate(rules.prizes) if prize.scope == "window"]
    if not rules.one_prize or not levels:
        return {key}
    if len(levels) > 1:
        return set(order)
    return {other for other, place in order.items() if place <= order[key]}


def ready_at(rules: ContestRules, key: str) -> int:
    """From when the clock no longer stands in the way of a result."""
    return max(settled_at(rules, one) for one in needed(rules, key))


async def running(reader: Reader, contest_id: int, rules: ContestRules, key: str) -> bool:
    """Whether an attempt that could matter for the result has still not been submitted."""
    latest = max(one.closes_at for one in needed(rules, key))
    c = attempts.c
    found = await reader.scalar(
        select(exists().where(c.contest_id == contest_id, c.state == "open", c.started_at < latest))
    )
    return bool(found)


def part_of(outcome: Outcome, rules: ContestRules, key: str) -> Outcome:
    """The share of one result in the whole: its truths, its rankings, its prizes. Its digest is what is published.

    Rounds that are still to come change the whole every second, but not this.
    """
    if key == COLLECTIVE:
        # What of the truths matters to units has come out in prizes, and so in their points.
        return replace(outcome, truths={}, rankings=(), awards=())
    scopes = {one.key for one in needed(rules, key)}
    truths: dict[str, Fraction] = {scope: truth for scope, truth in outcome.truths.items() if scope in scopes}
    return Outcome(
        rules_version=outcome.rules_version,
        truths=truths,
        rankings=tuple(table for table in outcome.rankings if table.key == key),
        awards=tuple(award for award in outcome.awards if award.ranking == key),
    )


async def reckoned(db: Database, contest_id: int, version: int | None = None, *, fresh: bool = False) -> Reckoned:
    """The snapshot of now and its outcome by the rules of `version` (None: those in force).

    The last one is kept for each database and given again while the fingerprint stands, for pages that look; `fresh`
    reads and reckons whatever is kept, for steps that bind. Raises Conflict("contest_not_open").
    """
    async with db.read() as reader:
        wanted = version if version is not None else await version_in_force(reader, contest_id)
        acts = await acts_mark(reader, contest_id)
        mark = f"{acts}/{await attempts_mark(reader, contest_id)}"
        kept = _kept.get(db)
        if (
            not fresh
            and kept is not None
            and (kept.contest_id, kept.mark, kept.frozen.rules_version) == (contest_id, mark, wanted)
        ):
            return kept
        frozen = await freeze(reader, contest_id, wanted)
    outcome = await asyncio.to_thread(reckon, frozen)
    made = Reckoned(contest_id, frozen, outcome, mark, acts)
    _kept[db] = made
    return made


async def recounted(frozen: Frozen, key: str) -> str:
    """The digest of one result by the second, independent reckoning."""
    outcome = await asyncio.to_thread(second.recount, frozen)
    return digest(part_of(outcome, frozen.rules, key))
