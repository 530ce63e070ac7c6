"""Six contests with the rules of real ones, each from an empty draft to winners that are public and prizes handed over.

Everything an organiser does goes through the pages, and what entrants do through the players' server or, for most of
the two thousand, the same use cases in batches.
"""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from contest.provincial import contests, log, log_check
from contest.provincial.rules import ContestRules
from contest.provincial.tables import attempts
from tests.flows.contests import checking, seeing
from tests.flows.contests.checking import Prize
from tests.flows.contests.deciding import GONE, Decided, complain, decide, finish, review
from tests.flows.contests.entering import Entrant, Part, bring_lists, enter
from tests.flows.contests.platform import Platform, running
from tests.flows.contests.playing import Told, plan, play
from tests.flows.contests.rule_sets import SIX, RuleSet
from tests.flows.contests.setting_up import import_bank, open_contest, set_up
from tests.flows.contests.taking_away import take_away
from tests.support.redis_server import running_redis, server_programs

DAY_MS = 86_400_000


@pytest.fixture(scope="session")
def contest_redis() -> Iterator[str]:
    """One server is enough: what is kept in it here is asked of both kinds elsewhere."""
    with running_redis(next(iter(server_programs().values()))) as url:
        yield url


@pytest.fixture
def contest_url(request: pytest.FixtureRequest, rule_set: RuleSet, tmp_path: Path) -> Iterator[str]:
    """Quảng Nam's contest runs on PostgreSQL, the others on SQLite."""
    if rule_set.name != "quang_nam_2022":
        path = tmp_path / "contest.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    cluster = request.getfixturevalue("postgres_cluster")
    yield cluster.create_database("six_contests", template=request.getfixturevalue("postgres_template"))
    cluster.drop_database("six_contests")


# Ten seconds of work; a machine that does other things besides may need minutes.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("rule_set", SIX, ids=[one.name for one in SIX])
async def test_a_contest_from_empty_pages_to_prizes(
    rule_set: RuleSet, contest_url: str, contest_redis: str, tmp_path: Path
) -> None:
    first = rule_set.rules["rounds"][0]["opens_at"]
    async with running(contest_url, contest_redis, tmp_path, first - 7 * DAY_MS) as platform:
        bank_id = await import_bank(platform.first)
        contest_id = await set_up(platform.first, rule_set, bank_id)
        await open_contest(platform.first, contest_id, rule_set)
        async with platform.db.read() as reader:
            contest = await contests.load(reader, contest_id)
        assert contest.state == "open"
        assert contest.rules is not None
        assert contest.rules.model_dump() == rule_set.expected(bank_id).model_dump()
        rng = random.Random(rule_set.name)
        codes = await bring_lists(platform.first, contest_id, rule_set)
        crowd = await enter(platform, contest_id, contest.slug, rule_set, contest.rules, codes, rng)
        turns = plan(rule_set, contest.rules, crowd, rng)
        told = await play(platform, contest_id, contest.slug, contest.rules, turns, rng)
        await every_paper_is_in(platform, contest_id, contest.rules, told)
        decided = await decide(platform, contest_id, crowd)
        await review(platform, contest_id)
        await seeing.winners_are_told(platform, contest.slug, contest.rules, rule_set, crowd)
        await complain(platform, contest_id, contest.slug, crowd[10])
        await finish(platform, contest_id, decided)
        prizes = await check(platform, contest_id, rule_set, contest.rules, crowd, decided)
        await seeing.prizes_are_public(platform, contest_id, contest.slug, crowd, prizes)
        await seeing.keys_are_out(contest.slug, crowd[10])
        if rule_set.documents:
            names = {str(one.entry): one.name for one in crowd}
            winners = [names[holder] for key, _, _, _, holder in prizes if key != "collective"]
            assert await take_away(platform, contest_id, winners) > 8


async def every_paper_is_in(platform: Platform, contest_id: int, rules: ContestRules, told: Told) -> None:
    """What was begun was handed in, by the entrant or by the server; limits that exist were reached."""
    c = attempts.c
    counted = select(c.by_server, func.count()).where(c.contest_id == contest_id, c.state == "submitted")
    async with platform.db.read() as reader:
        rows = await reader.execute(counted.group_by(c.by_server))
    assert {bool(by_server): many for by_server, many in rows.all()} == {
        False: told.started - told.by_server,
        True: told.by_server,
    }
    assert told.by_server
    limits = {f"quota_{name.removeprefix('per_')}" for name, limit in rules.quota.model_dump().items() if limit}
    assert set(told.refused) == limits


async def check(
    platform: Platform, contest_id: int, rule_set: RuleSet, rules: ContestRules, crowd: list[Entrant], decided: Decided
) -> list[Prize]:
    """Prizes as handed over, as reckoned by the second program, and as worked out by hand; and what holds anyway."""
    stored = await checking.stored_prizes(platform, contest_id)
    recounted = await checking.recounted_prizes(platform, contest_id, decided.keys)
    assert sorted(stored) == sorted(recounted)
    books = await checking.read(platform, contest_id, rules, crowd, decided)
    people = checking.expected_prizes(books, rule_set)
    by_hand = [*people, *checking.expected_units(books, people)]
    assert sorted(stored) == sorted(by_hand)
    audiences = [one.key for one in rules.audiences] or [""]
    seats = Counter({
        (window, audience, prize.key): prize.count
        for prize in rules.prizes for window in rule_set.windows for audience in audiences
    })  # fmt: skip
    individual = [one for one in stored if one[0] != "collective"]
    assert Counter(one[:3] for one in individual) == seats
    assert len({one[4] for one in individual}) == len(individual), "somebody won twice"
    gone = {str(one.entry) for one in crowd if one.part in (Part.EXCLUDED, *GONE)}
    assert not gone & {one[4] for one in individual}
    # The two that nothing tells apart: the committee's order and the draw's.
    group = next((one.key for one in rules.audiences if "citizen" in one.groups or one.key == "bang-b"), "")
    pairs = {
        part: [str(one.entry) for one in crowd if one.part is part] for part in (Part.FIRST_PAIR, Part.SECOND_PAIR)
    }
    orders = {frozenset(order): order for key, _, order in decided.orders if key != "collective"}
    first, second = orders[frozenset(pairs[Part.FIRST_PAIR])], sorted(pairs[Part.SECOND_PAIR], key=int)
    if rules.prizes[1].count == 2:
        # Otherwise both get the same prize, and there is nothing to draw.
        second = list(orders[frozenset(second)])
        assert decided.draws
    window = rule_set.windows[-1]
    assert (window, group, "nhat", 1, first[0]) in stored
    assert (window, group, "nhi", 1, first[1]) in stored
    assert (window, group, "nhi", 2, second[0]) in stored
    async with platform.db.read() as reader:
        verdict = await log_check.verify(reader, contest_id)
        heads = await log.heads(reader, contest_id)
    assert verdict.ok, verdict
    assert len(heads) >= len(rules.rounds)
    return stored
