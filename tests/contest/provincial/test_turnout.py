"""The daily snapshot: when it is due, what it counts and what of it is shown."""

from contest.database import Database
from contest.provincial import turnout
from contest.provincial.turnout import Figure
from tests.support.contest_crowd import DAY_MS, HOUR_MS, MONDAY, Crowd, rules_of

RULES = rules_of(rounds=2)
ELEVEN = MONDAY + 11 * HOUR_MS
OVER = RULES.rounds[-1].closes_at + RULES.time_limit_s * 1000 + 5_000


def test_a_snapshot_is_due_at_eleven_until_everything_is_in() -> None:
    assert turnout.due(RULES, ELEVEN - 1) is None
    assert turnout.due(RULES, ELEVEN) == ("2026-11-02", ELEVEN)
    assert turnout.due(RULES, ELEVEN + DAY_MS - 1) == ("2026-11-02", ELEVEN)
    assert turnout.due(RULES, ELEVEN + DAY_MS) == ("2026-11-03", ELEVEN + DAY_MS)
    # The rounds end on Saturday at 8: the snapshot of that day has it all, and is the last.
    assert turnout.due(RULES, OVER + 30 * DAY_MS) == ("2026-11-07", ELEVEN + 5 * DAY_MS)
    late = rules_of(rounds=1, first=MONDAY + 12 * HOUR_MS, round_days=1)
    assert turnout.due(late, MONDAY + 9 * DAY_MS) == ("2026-11-04", ELEVEN + 2 * DAY_MS)


async def test_it_counts_people_and_papers_by_commune_unit_and_group_once(db: Database) -> None:
    crowd = await Crowd.of(db, RULES)
    opens = RULES.rounds[0].opens_at
    people = [await crowd.person(commune="24133", unit="THPT1") for _ in range(12)]
    people.append(await crowd.person(commune="24175", group="official"))
    people.append(await crowd.person(commune=None, group=None))
    for who in people:
        await crowd.paper(who, 7, at=opens)
    await crowd.paper(people[0], 8, at=opens + HOUR_MS)
    await crowd.void(await crowd.paper(await crowd.person(), 9, at=opens), ELEVEN - 1)
    await crowd.paper(await crowd.person(), 9, at=ELEVEN)  # after the snapshot's moment
    async with db.write() as writer:
        assert await turnout.take(writer, crowd.id, "2026-11-02", ELEVEN)
        assert not await turnout.take(writer, crowd.id, "2026-11-02", ELEVEN)
    async with db.read() as reader:
        exact = await turnout.latest(reader, crowd.id, RULES, OVER)
        rounded = await turnout.latest(reader, crowd.id, RULES, ELEVEN + 1)
        assert await turnout.latest(reader, crowd.id + 1, RULES, OVER) is None
    assert exact is not None
    assert exact.all == Figure("all", "", 14, 15)
    assert exact.of("commune") == {
        "24133": Figure("commune", "24133", 12, 13),
        "24175": Figure("commune", "24175", 1, 1),
    }
    assert exact.of("unit") == {"THPT1": Figure("unit", "THPT1", 12, 13)}
    assert exact.of("group")["official"].people == 1
    assert not exact.rounded
    assert rounded is not None
    assert rounded.rounded
    assert rounded.all == Figure("all", "", 10, 10)
    assert rounded.of("commune")["24175"] == Figure("commune", "24175", 0, 0)
