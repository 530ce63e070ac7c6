"""A dry run: a whole contest with made-up people, from registration to published winners, in a database of its own.

Everything goes through the real use cases, so what it shows is what would happen. Never touches the installation's own
database: rules, questions and lists are handed in, and the temporary file may be thrown away.
"""

import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from contest import question_bank, units
from contest.database import Database, Reader
from contest.ids import ContestId
from contest.migrations.run import upgrade_async
from contest.model import Question
from contest.provincial import attempts, contests, publishing, results, synthetic, ties
from contest.provincial.attempt_model import SentAnswer, Started, StartWish, SubmitWish
from contest.provincial.dry_run_report import Played, Report, report_of
from contest.provincial.frozen import digest
from contest.provincial.local_time import DAY_MS, day_bounds, local_date, local_day
from contest.provincial.people_batch import register_many
from contest.provincial.pools import pool_banks
from contest.provincial.reckoning import ready_at, reckoned, recounted, result_keys
from contest.provincial.rules import ContestRound, ContestRules, FieldUse
from contest.provincial.secrets_box import FieldBox
from contest.provincial.shelf import Shelf
from contest.provincial.synthetic import Person
from contest.provincial.tables import contest_denominators, contest_units

MOST_PEOPLE = 20_000
BATCH = 400
DAYS_A_ROUND = 3
"""More days would only repeat what the first ones show."""
ORGANISER, SECOND = "dry-run:1", "dry-run:2"
GRACE_MS = 60_000

Progress = Callable[[str, float], None]
"""Told a step (register, play, reckon, publish) and how far the whole has come, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried out. `pools` are the questions by pool; `units` pairs of code and name; `sizes` denominators."""

    rules: ContestRules
    pools: Mapping[str, Sequence[Question]]
    people: int
    seed: int
    units: Sequence[tuple[str, str]] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Run:
    plan: Plan
    rng: random.Random
    db: Database
    tell: Progress
    contest_id: int = 0
    rules: ContestRules | None = None
    shelf: Shelf = field(default_factory=Shelf)
    crowd: list[tuple[int, Person]] = field(default_factory=list)
    played: Played = field(default_factory=Played)

    @property
    def in_force(self) -> ContestRules:
        assert self.rules is not None
        return self.rules


async def dry_run(plan: Plan, folder: Path, tell: Progress = lambda step, share: None) -> Report:
    """Runs it in a new SQLite file in `folder`. The same plan draws the same people and answers.

    Papers, tickets and ids are secret draws of the real use cases and differ. Raises what opening the contest raises.
    """
    began = time.monotonic()
    url = f"sqlite+aiosqlite:///{folder / 'dry-run.sqlite3'}"
    tell("prepare", 0.0)
    await upgrade_async(url)
    run = _Run(plan, random.Random(plan.seed), Database(url), tell)
    try:
        await _open(run)
        await _register(run)
        await _play(run)
        decided = await _publish(run)
        kept = await reckoned(run.db, run.contest_id, fresh=True)
        twice = all([await recounted(kept.frozen, key) == digest(kept.part(key)) for key in result_keys(run.in_force)])
        return report_of(
            kept.frozen,
            kept.outcome,
            run.played,
            people=len(run.crowd),
            names={str(entry): person.data.full_name for entry, person in run.crowd},
            decided=decided,
            agreed=twice,
            seconds=round(time.monotonic() - began, 1),
        )
    finally:
        await run.db.close()


async def _open(run: _Run) -> None:
    plan, now_ms = run.plan, run.plan.rules.rounds[0].opens_at - DAY_MS
    async with run.db.write() as writer:
        await units.seed(writer)
        made = {
            pool: await question_bank.create(
                writer, title=pool or "-", items=list(items), owner_id=None, now_ms=now_ms, is_bank=True
            )
            for pool, items in plan.pools.items()
        }
        rules = plan.rules.model_copy(
            update={
                "bank_id": made.get(""),
                "rounds": tuple(
                    one.model_copy(update={"bank_id": made.get(one.key)}) if one.key in pool_banks(plan.rules) else one
                    for one in plan.rules.rounds
                ),
            }
        )
        draft = await contests.create(writer, title=rules.title, rules=rules, actor=ORGANISER, now_ms=now_ms)
        opened = await contests.open_contest(writer, draft.id, actor=ORGANISER, now_ms=now_ms)
        run.contest_id, run.rules = opened.id, opened.rules


async def _register(run: _Run) -> None:
    rules, now_ms = run.in_force, run.in_force.rounds[0].opens_at - DAY_MS // 2
    async with run.db.read() as reader:
        communes = [unit.code for unit in await units.all_units(reader)]
    wants_units = rules.entry.unit is not FieldUse.HIDDEN
    listed = list(run.plan.units) or ([(f"DV{n:02d}", f"Đơn vị {n}") for n in range(1, 21)] if wants_units else [])
    made = synthetic.people(
        rules,
        run.plan.people,
        today=local_date(now_ms),
        communes=communes,
        units=[code for code, _ in listed],
        rng=run.rng,
    )
    box = FieldBox(secrets.token_bytes(32))
    async with run.db.write() as writer:
        if listed:
            rows = [{"contest_id": run.contest_id, "code": code, "name": name, "fold": name} for code, name in listed]
            await writer.execute(insert(contest_units), rows)
    for part in _parts(made, BATCH):
        async with run.db.write() as writer:
            entered = await register_many(
                writer, box, ContestId(run.contest_id), [one.data for one in part], now_ms=now_ms, with_sessions=False
            )
        run.crowd += [(int(one.entry.id), person) for one, person in zip(entered, part, strict=True)]
        run.tell("register", 0.05 + 0.1 * len(run.crowd) / len(made))
    await _sizes(run, now_ms)


async def _sizes(run: _Run, now_ms: int) -> None:
    """How many people the units have: as handed in, else a little more than have registered."""
    collective = run.in_force.collective
    if collective is None:
        return
    by = [person.data.unit_code if collective.by == "unit" else person.data.commune for _, person in run.crowd]
    counted = Counter(code for code in by if code)
    sizes = {code: run.plan.sizes.get(code) or round(many * (1 + run.rng.random())) for code, many in counted.items()}
    rows = [
        {
            "contest_id": run.contest_id,
            "version": 1,
            "code": code,
            "value": size,
            "recorded_by": ORGANISER,
            "recorded_at": now_ms,
        }
        for code, size in sizes.items()
    ]
    if rows:
        async with run.db.write() as writer:
            await writer.execute(insert(contest_denominators), rows)


async def _play(run: _Run) -> None:
    rounds = run.in_force.rounds
    for number, one in enumerate(rounds):
        turns = list(_turns(run, one))
        for place, (start, end) in enumerate(turns):
            comers = [pair for pair in run.crowd if run.rng.random() < 0.15 + 0.6 * pair[1].eagerness]
            for part in _parts(comers, BATCH):
                await _sit(run, part, start, end)
            run.tell("play", 0.15 + 0.65 * (number + (place + 1) / len(turns)) / len(rounds))
        ended = one.closes_at + run.in_force.time_limit_s * 1000 + GRACE_MS
        while await attempts.expire(run.db, ended, shelf=run.shelf):
            pass


def _turns(run: _Run, one: ContestRound) -> Iterator[tuple[int, int]]:
    """The stretches in which everybody may come once: some days of the round, twice a day where the rules let them."""
    days = []
    day = local_day(one.opens_at)
    while (bounds := day_bounds(day))[0] < one.closes_at:
        days.append((max(bounds[0], one.opens_at), min(bounds[1], one.closes_at)))
        day = local_day(bounds[1])
    if len(days) > DAYS_A_ROUND:
        days = [days[round(n * (len(days) - 1) / (DAYS_A_ROUND - 1))] for n in range(DAYS_A_ROUND)]
    twice = run.in_force.quota.per_day != 1
    for start, end in days:
        middle = (start + end) // 2
        # The second half of a day begins only when the papers of the first half are in.
        late = middle + run.in_force.time_limit_s * 1000 + GRACE_MS
        if twice and late < end:
            yield start, middle
            yield late, end
        else:
            yield start, end


async def _sit(run: _Run, part: Sequence[tuple[int, Person]], start: int, end: int) -> None:
    rng, rules = run.rng, run.in_force
    moments = [rng.randrange(start, max(start + 1, end)) for _ in part]
    wishes = [
        StartWish(run.contest_id, entry=entry, device=f"d{entry}", address=f"a{entry}", at=at)
        for (entry, _), at in zip(part, moments, strict=True)
    ]
    given = await attempts.start(run.db, wishes, max(moments), shelf=run.shelf)
    papers = []
    for (_, person), begun in zip(part, given, strict=True):
        if not isinstance(begun, Started):
            run.played.refused[begun.code] += 1
            continue
        run.played.note(begun)
        if rng.random() < 0.005:
            continue  # Never comes back: the server hands the empty paper in.
        sent = [
            SentAnswer(n, synthetic.answer(begun.questions[item.question], person.skill, rng), 1)
            for n, item in enumerate(begun.paper.items, 1)
        ]
        if rules.prediction is not None and (rules.prediction.required or rng.random() < 0.95):
            sent.append(SentAnswer(0, synthetic.foresee(rules.prediction, len(run.crowd), rng), 1))
        at = begun.started_at + synthetic.duration_ms(rules, person, rng)
        papers.append(SubmitWish(begun.attempt, begun.ticket, tuple(sent), at=at))
    if papers:
        done = await attempts.submit(run.db, papers, max(one.at or 0 for one in papers), shelf=run.shelf)
        for one in done:
            if not isinstance(one, attempts.Submitted):
                run.played.refused[one.code] += 1


async def _publish(run: _Run) -> int:
    """Every result reckoned, verified and published by two; true ties are settled as the committee would. How many."""
    rules, decided = run.in_force, 0
    keys = result_keys(rules)
    now_ms = max(ready_at(rules, key) for key in keys) + DAY_MS
    for number, key in enumerate(keys):
        run.tell("publish", 0.82 + 0.16 * number / len(keys))
        await results.compute(run.db, run.contest_id, key, actor=ORGANISER, now_ms=now_ms)
        kept = await reckoned(run.db, run.contest_id, fresh=True)
        while open_ties := ties.open_ties(kept.part(key), key):
            tie = open_ties[0]
            order = run.rng.sample(tie.tied, len(tie.tied))
            decided += 1
            await ties.decide(
                run.db,
                run.contest_id,
                (tie.ranking, tie.audience),
                order,
                reason="Chạy thử",
                signer="Chạy thử",
                actor=ORGANISER,
                now_ms=now_ms,
            )
            async with run.db.read() as reader:
                held = await results.load(Reader(reader), run.contest_id, key)
            if held.digest is None:
                await results.compute(run.db, run.contest_id, key, actor=ORGANISER, now_ms=now_ms)
            kept = await reckoned(run.db, run.contest_id, fresh=True)
        await results.compute(run.db, run.contest_id, key, actor=ORGANISER, now_ms=now_ms)
    for key in keys:
        await results.verify(run.db, run.contest_id, key, actor=ORGANISER, now_ms=now_ms)
        await publishing.publish(run.db, run.contest_id, key, actor=ORGANISER, now_ms=now_ms)
        await publishing.publish(run.db, run.contest_id, key, actor=SECOND, now_ms=now_ms)
    run.tell("publish", 0.99)
    return decided


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
