"""What an act would change and then does change: truths, ranks and prizes before and after, told beforehand.

Every act that touches what the winners are reckoned from goes through `carry_out`: results that come out otherwise are
sent back, those that do not stay, and nothing final is ever touched. Never decides whether an act is right.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from contest.database import Database, Reader, Writer
from contest.errors import Conflict
from contest.provincial.freezing import acts_mark
from contest.provincial.frozen import Award, Frozen, Outcome, digest
from contest.provincial.prizes import reckon
from contest.provincial.reckoning import Reckoned, part_of, ready_at, reckoned, result_keys, running
from contest.provincial.result_states import SETTLED, ResultState
from contest.provincial.results import fence, load, rules_in_force, send_back

Change = Callable[[Frozen], Frozen]
_MOVED = 30


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry whose rank changes; None: not in the ranking."""

    audience: str
    entry: int
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class AwardChange:
    """A seat of a prize that another holds afterwards; None: nobody, or a tie still to be decided."""

    audience: str
    prize: str
    place: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class KeyEffect:
    """What an act does to one result. `truths` are (scope, before, after) where they differ; `moved` the best ranks
    that change, of `moved_count` in all. `waiting`: the window is still open, and nothing may be told yet."""

    key: str
    state: ResultState
    waiting: bool = False
    changed: bool = False
    truths: tuple[tuple[str, Fraction, Fraction], ...] = ()
    moved: tuple[Moved, ...] = ()
    moved_count: int = 0
    awards: tuple[AwardChange, ...] = ()
    undecided: bool = False

    @property
    def settled(self) -> bool:
        return self.state in SETTLED


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of an act on every result of a contest."""

    keys: tuple[KeyEffect, ...]

    @property
    def forbidden(self) -> str | None:
        """A final result that would change, which nothing may do."""
        return next((one.key for one in self.keys if one.changed and one.settled), None)

    @property
    def sent_back(self) -> tuple[str, ...]:
        """Reckoned results that the act takes back."""
        return tuple(one.key for one in self.keys if one.changed and one.state is not ResultState.CLOSED)


async def preview(db: Database, contest_id: int, change: Change, *, now_ms: int) -> Effect:
    """What the change would do to each result, without doing it."""
    effect, _ = await _compare(db, contest_id, change, now_ms)
    return effect


async def carry_out(
    db: Database,
    contest_id: int,
    change: Change,
    write: Callable[[Writer], Awaitable[None]],
    *,
    cause: str,
    actor: str,
    now_ms: int,
) -> Effect:
    """Does what `write` writes and sends back every result that comes out otherwise, all in one transaction.

    `change` must say of the frozen contest what `write` does to SQL; `write` notes the act itself. Raises
    Conflict("result_is_final") for an act that would change a final result, Conflict("changed_meanwhile").
    """
    effect, acts = await _compare(db, contest_id, change, now_ms)
    if effect.forbidden is not None:
        raise Conflict("result_is_final", key=effect.forbidden)
    async with db.write() as writer:
        await fence(writer, contest_id, acts)
        await write(writer)
        await send_back(writer, contest_id, effect.sent_back, cause=cause, actor=actor, now_ms=now_ms)
    return effect


async def send_back_outdated(db: Database, contest_id: int, *, cause: str, actor: str, now_ms: int) -> list[str]:
    """Sends back every result that is no longer what SQL and the rules in force give; their keys.

    For acts that change what winners are reckoned from and cannot be refused for it: lists of people who may not win,
    denominators, a further version of the rules. What is final stays as it is.
    """
    async with db.read() as reader:
        rules = await rules_in_force(reader, contest_id)
        held = [await load(reader, contest_id, key) for key in result_keys(rules)]
    held = [one for one in held if one.digest is not None and one.state not in SETTLED]
    if not held:
        return []
    now = await reckoned(db, contest_id, fresh=True)
    outdated = [
        one.key
        for one in held
        if digest(now.part(one.key)) != one.digest
        or (one.rules_version != now.frozen.rules_version and one.state is not ResultState.PUBLISHED)
    ]
    async with db.write() as writer:
        await fence(writer, contest_id, now.acts)
        return await send_back(writer, contest_id, outdated, cause=cause, actor=actor, now_ms=now_ms)


async def _compare(db: Database, contest_id: int, change: Change, now_ms: int) -> tuple[Effect, str]:
    async with db.read() as reader:
        acts = await acts_mark(reader, contest_id)
        rules = await rules_in_force(reader, contest_id)
        waiting = []
        for key in result_keys(rules):
            held = await load(reader, contest_id, key)
            if now_ms < ready_at(rules, key) or await running(reader, contest_id, rules, key):
                # Also one that was reckoned: an amended round may have opened its window again.
                waiting.append(KeyEffect(key, held.state, waiting=True, changed=held.state is not ResultState.CLOSED))
    if len(waiting) == len(result_keys(rules)):
        return Effect(tuple(waiting)), acts
    before = await reckoned(db, contest_id)
    frozen = change(before.frozen)
    outcome = before.outcome if frozen is before.frozen else await asyncio.to_thread(reckon, frozen)
    known = {one.key: one for one in waiting}
    async with db.read() as reader:
        effects = [
            known.get(key) or await _key_effect(reader, before, outcome, key)
            for key in result_keys(before.frozen.rules)
        ]
    return Effect(tuple(effects)), before.acts


async def _key_effect(reader: Reader, before: Reckoned, outcome: Outcome, key: str) -> KeyEffect:
    rules = before.frozen.rules
    held = await load(reader, before.contest_id, key)
    old, new = before.part(key), part_of(outcome, rules, key)
    # Also one that something else made outdated before: nothing but being sent back leads on from there.
    outdated = held.digest not in (None, digest(new)) and held.state not in SETTLED
    if digest(old) == digest(new) and not outdated:
        return KeyEffect(key, held.state, undecided=new.undecided)
    moved = _moved(old, new)
    return KeyEffect(
        key,
        held.state,
        changed=True,
        truths=tuple(
            (scope, truth, new.truths[scope])
            for scope, truth in sorted(old.truths.items())
            if new.truths[scope] != truth
        ),
        moved=tuple(moved[:_MOVED]),
        moved_count=len(moved),
        awards=_award_changes((*old.awards, *old.collective_awards), (*new.awards, *new.collective_awards)),
        undecided=new.undecided,
    )


def _moved(old: Outcome, new: Outcome) -> list[Moved]:
    found = []
    after = {table.audience: {row.entry: row.rank for row in table.rows} for table in new.rankings}
    for table in old.rankings:
        now = after.get(table.audience, {})
        was = {row.entry: row.rank for row in table.rows}
        for entry in was.keys() | now.keys():
            if was.get(entry) != now.get(entry):
                found.append(Moved(table.audience, entry, was.get(entry), now.get(entry)))
    last = 1 << 60
    return sorted(found, key=lambda one: (min(one.before or last, one.after or last), one.audience, one.entry))


def _award_changes(old: tuple[Award, ...], new: tuple[Award, ...]) -> tuple[AwardChange, ...]:
    was = {(one.audience, one.prize, one.place): one for one in old}
    now = {(one.audience, one.prize, one.place): one for one in new}
    found = []
    for seat in sorted(was.keys() | now.keys()):
        before, after = was.get(seat), now.get(seat)
        if before != after:
            found.append(AwardChange(*seat, _holder(before), _holder(after)))
    return tuple(found)


def _holder(award: Award | None) -> str | None:
    return None if award is None else award.holder


def without_attempt(public_id: str) -> Change:
    """The contest without one attempt."""

    def change(frozen: Frozen) -> Frozen:
        left = tuple(one for one in frozen.attempts if one.id != public_id)
        return frozen if len(left) == len(frozen.attempts) else replace(frozen, attempts=left)

    return change


def without_entry(entry: int) -> Change:
    """The contest without anything of one entry."""

    def change(frozen: Frozen) -> Frozen:
        if all(one.id != entry for one in frozen.entries):
            return frozen
        return replace(
            frozen,
            entries=tuple(one for one in frozen.entries if one.id != entry),
            attempts=tuple(one for one in frozen.attempts if one.entry != entry),
        )

    return change
