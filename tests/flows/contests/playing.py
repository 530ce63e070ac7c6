"""The crowd takes the contest, day by day: full limits, papers nobody hands in, two pairs that nothing tells apart.

What the limits allow is worked out here by counting, not asked of the platform.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from admin.worker import end_overdue, sweep
from contest.provincial import attempts, synthetic
from contest.provincial.attempt_model import NotStarted, SaveWish, SentAnswer, Started, StartWish, Submitted, SubmitWish
from contest.provincial.local_time import DAY_MS, local_day
from contest.provincial.rules import ContestRound, ContestRules, PredictionKind
from tests.flows.contests.entering import BATCH, PHONES, Entrant, Part
from tests.flows.contests.platform import Platform
from tests.flows.contests.rule_sets import RuleSet

MINUTE = 60_000
# Papers with every answer right, handed in after so many milliseconds a question: nobody else is as quick.
_PACE = {
    Part.FIRST_PAIR: 1000,
    Part.EXCLUDED: 1010,
    Part.VOID_ENTRY: 1020,
    Part.VOID_ATTEMPT: 1030,
    Part.SECOND_PAIR: 1040,
}


@dataclass
class Turn:
    """Some hours in which the comers come once each."""

    round: ContestRound
    start: int
    end: int
    comers: list[Entrant]
    phones: list[Entrant] = field(default_factory=list)
    cast: list[Entrant] = field(default_factory=list)


@dataclass
class Told:
    """What happened, as counted here."""

    started: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    by_server: int = 0
    truth: int = 0


def plan(rule_set: RuleSet, rules: ContestRules, crowd: list[Entrant], rng: random.Random) -> list[Turn]:
    """Who comes when: fixed beforehand, so that an exact prediction can be made."""
    turns = []
    others = [one for one in crowd if one.part is Part.NONE and one.phone is None]
    phones = [one for one in crowd[:PHONES] if one.part is Part.NONE]
    for one in rules.rounds:
        for start, end, first in _hours(one, rules):
            chance = rule_set.turnout if first else 0.05
            comers = [who for who in others if rng.random() < chance * (0.4 + 1.2 * who.person.eagerness)]
            turns.append(Turn(one, start, end, comers))
    turns[0].phones = phones
    last = next(turn for turn in turns if turn.round == rules.rounds[-1])
    last.cast = [one for one in crowd if one.part is not Part.NONE]
    return turns


def _hours(one: ContestRound, rules: ContestRules) -> Iterator[tuple[int, int, bool]]:
    """The first and the last day of a round, in two halves: some come again in the second."""
    days = [(one.opens_at, min(one.closes_at, one.opens_at + DAY_MS)), (one.closes_at - DAY_MS, one.closes_at)]
    for start, end in dict.fromkeys(days):
        middle = (start + end) // 2
        yield start, middle, True
        yield middle + rules.time_limit_s * 1000 + 2 * MINUTE, end, False


async def play(
    platform: Platform, contest_id: int, slug: str, rules: ContestRules, turns: list[Turn], rng: random.Random
) -> Told:
    """All turns in order, with the worker's beat after each."""
    told = Told()
    last = {
        one.entry
        for turn in turns
        if turn.round == rules.rounds[-1]
        for one in (*turn.comers, *turn.phones, *turn.cast)
    }
    void = sum(one.part in (Part.VOID_ENTRY, Part.VOID_ATTEMPT) for turn in turns for one in turn.cast)
    told.truth = len(last) - void
    counts: Counter[Any] = Counter()
    for turn in turns:
        platform.at(max(platform.clock.wall_ms(), turn.start))
        if turn.cast:
            await _cast(platform, contest_id, rules, turn, told)
        if turn.phones:
            await _from_phones(platform, slug, rules, turn.phones, told, counts)
        moments = sorted(rng.randrange(turn.start + 30 * MINUTE, turn.end) for _ in turn.comers)
        comers = list(zip(rng.sample(turn.comers, len(turn.comers)), moments, strict=True))
        for at in range(0, len(comers), BATCH):
            await _sit(platform, contest_id, rules, comers[at : at + BATCH], told, counts, rng)
        platform.at(max(platform.clock.wall_ms(), turn.end + rules.time_limit_s * 1000 + MINUTE))
        await end_overdue(platform.db, platform.clock, platform.shelf)
        await sweep(platform.db, platform.clock)
    return told


async def _sit(
    platform: Platform, contest_id: int, rules: ContestRules, comers: list[tuple[Entrant, int]], told: Told,
    counts: Counter[Any], rng: random.Random,
) -> None:  # fmt: skip
    wishes = [
        StartWish(contest_id, entry=one.entry, device=f"d{one.entry}", address=f"a{one.entry % 97}", at=at)
        for one, at in comers
    ]
    given = await attempts.start(platform.db, wishes, max(at for _, at in comers), shelf=platform.shelf)
    papers = []
    for (one, at), begun in zip(comers, given, strict=True):
        assert expected(rules, counts, one.entry, at) == (begun.code if isinstance(begun, NotStarted) else ""), begun
        if not isinstance(begun, Started):
            told.refused[begun.code] += 1
            continue
        told.started += 1
        sent = _answers(rules, begun, one, told.truth, rng)
        if rng.random() < 0.005:
            told.by_server += 1
            saves = [SaveWish(begun.attempt, begun.ticket, n, raw, seq, at=at + 5000) for n, raw, seq in sent[:3]]
            await attempts.save(platform.db, saves, at + 5000, shelf=platform.shelf)
            continue
        papers.append(
            SubmitWish(begun.attempt, begun.ticket, sent, at=at + synthetic.duration_ms(rules, one.person, rng))
        )
    done = await attempts.submit(
        platform.db, papers, max((one.at or 0 for one in papers), default=0), shelf=platform.shelf
    )
    assert all(isinstance(one, Submitted) for one in done)


def expected(rules: ContestRules, counts: Counter[Any], entry: int, at: int) -> str:
    """The refusal that the limits demand, by counting; "" and counted when there is none."""
    where = next(one.key for one in rules.rounds if one.opens_at <= at < one.closes_at)
    keys = {
        "quota_total": (rules.quota.total, (entry,)),
        "quota_round": (rules.quota.per_round, (entry, where)),
        "quota_day": (rules.quota.per_day, (entry, local_day(at))),
    }
    refused = [code for code, (limit, key) in keys.items() if limit is not None and counts[key] >= limit]
    if not refused:
        counts.update(key for _, key in keys.values())
    return refused[-1] if len(refused) == 1 else "|".join(refused)


def _answers(
    rules: ContestRules, begun: Started, one: Entrant, truth: int, rng: random.Random, *, right: bool = False
) -> tuple[SentAnswer, ...]:
    sent = [
        SentAnswer(n, list(question.answer) if right else synthetic.answer(question, one.person.skill, rng), 1)
        for n, question in enumerate((begun.questions[item.question] for item in begun.paper.items), 1)
    ]
    assert rules.prediction is not None
    if right or rng.random() < 0.03:
        exact = rules.prediction.kind is PredictionKind.PARTICIPANTS and rules.prediction.scope == "round"
        sent.append(SentAnswer(0, truth if exact else 2000, 1))
    elif rules.prediction.required or rng.random() < 0.95:
        sent.append(SentAnswer(0, synthetic.foresee(rules.prediction, truth, rng), 1))
    return tuple(sent)


async def _cast(platform: Platform, contest_id: int, rules: ContestRules, turn: Turn, told: Told) -> None:
    """Those with a part take perfect papers at the same moment; each kind is as quick as its pace."""
    at = platform.clock.wall_ms() + 1000
    wishes = [
        StartWish(contest_id, entry=one.entry, device=f"d{one.entry}", address="hall", at=at) for one in turn.cast
    ]
    given = await attempts.start(platform.db, wishes, at, shelf=platform.shelf)
    papers = []
    for one, begun in zip(turn.cast, given, strict=True):
        assert isinstance(begun, Started), begun
        told.started += 1
        sent = _answers(rules, begun, one, told.truth, random.Random(0), right=True)
        took = _PACE[one.part] * rules.blueprint.questions
        papers.append(SubmitWish(begun.attempt, begun.ticket, sent, at=at + took))
    done = await attempts.submit(platform.db, papers, max(one.at or 0 for one in papers), shelf=platform.shelf)
    assert all(isinstance(one, Submitted) and one.correct == one.of for one in done)


async def _from_phones(
    platform: Platform, slug: str, rules: ContestRules, phones: list[Entrant], told: Told, counts: Counter[Any]
) -> None:
    """Each with requests of their own: start, answers one by one, hand in."""
    platform.at(platform.clock.wall_ms() + 5 * MINUTE)
    base = f"/api/contests/{slug}/attempts"

    async def begin(one: Entrant) -> dict[str, Any]:
        assert one.phone is not None
        reply = await one.phone.post(base, json={"device": f"phone-{one.entry}"})
        assert reply.status_code == 200, reply.text
        assert expected(rules, counts, one.entry, platform.clock.wall_ms()) == ""
        found: dict[str, Any] = reply.json()
        return found

    papers = await asyncio.gather(*(begin(one) for one in phones))
    platform.at(platform.clock.wall_ms() + MINUTE)

    async def answer(one: Entrant, paper: dict[str, Any]) -> None:
        assert one.phone is not None
        bearer = {"Authorization": f"Bearer {paper['ticket']}"}
        for asked in paper["questions"][:6]:
            choice = [asked["options"][(one.entry + asked["n"]) % len(asked["options"])]["id"]]
            where = f"/api/attempts/{paper['attempt']}/answers/{asked['n']}"
            reply = await one.phone.put(where, json={"choice": choice, "seq": asked["n"]}, headers=bearer)
            assert reply.json()["status"] == "saved", reply.text

    await asyncio.gather(*(answer(one, paper) for one, paper in zip(phones, papers, strict=True)))
    for one, paper in zip(phones, papers, strict=True):
        platform.at(platform.clock.wall_ms() + 137)
        await _hand_in(one, paper)
        told.started += 1
    again = await phones[0].phone.post(base, json={"device": "again"}) if phones[0].phone else None
    assert again is not None
    code = expected(rules, Counter(counts), phones[0].entry, platform.clock.wall_ms())
    if code:
        assert (again.status_code, again.json()["code"]) == (409, code), again.text
    else:
        assert again.status_code == 200, again.text
        expected(rules, counts, phones[0].entry, platform.clock.wall_ms())
        await _hand_in(phones[0], again.json())
        told.started += 1


async def _hand_in(one: Entrant, paper: dict[str, Any]) -> None:
    assert one.phone is not None
    bearer = {"Authorization": f"Bearer {paper['ticket']}"}
    rest = [
        {"n": asked["n"], "seq": 100 + asked["n"], "choice": [asked["options"][0]["id"]]}
        for asked in paper["questions"][6:]
    ]
    body = {"answers": [*rest, {"n": 0, "seq": 200, "choice": "1.987"}]}
    reply = await one.phone.post(f"/api/attempts/{paper['attempt']}/submit", json=body, headers=bearer)
    assert reply.status_code == 200, reply.text
    assert reply.json()["state"] == "submitted"
    assert "score" not in reply.json()["result"]
