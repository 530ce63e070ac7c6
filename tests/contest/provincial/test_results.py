"""From handed-in papers to prizes: every step, every refusal, and what a correction takes back."""

import pytest
from sqlalchemy import insert, select, update

from contest.database import Database
from contest.errors import Conflict, Forbidden, NotFound, Refused
from contest.provincial import attempts, awards, complaints, log_check, results
from contest.provincial.freezing import freeze
from contest.provincial.frozen import digest
from contest.provincial.publishing import finalise, publish, withdraw_signature
from contest.provincial.reckoning import needed, part_of, ready_at, reckoned, result_keys
from contest.provincial.result_states import ResultState
from contest.provincial.rules import Collective, CollectiveLevel, Formula, Prediction, Prize
from contest.provincial.tables import attempts as attempts_table
from contest.provincial.tables import contest_exclusions, contest_log, contest_results, participants
from contest.tables import accounts, audit_log
from tests.contest.provincial.contest_fixture import DAY, OPENS
from tests.contest.provincial.results_support import BOX, HOUR, NAMES, OVER, Staged, first_round, prize_rules, stage

LAN, MINH = "account:1", "account:2"
R1_OVER = OPENS + DAY + HOUR


async def code_of(coroutine: object) -> str:
    with pytest.raises(Refused) as refused:
        await coroutine  # type: ignore[misc]
    return refused.value.code


async def to_published(staged: Staged, key: str = "r1", now: int = R1_OVER) -> results.Result:
    await results.compute(staged.db, staged.contest, key, actor=LAN, now_ms=now)
    await results.verify(staged.db, staged.contest, key, actor=LAN, now_ms=now)
    await publish(staged.db, staged.contest, key, actor=LAN, now_ms=now)
    return await publish(staged.db, staged.contest, key, actor=MINH, now_ms=now)


async def state(staged: Staged, key: str = "r1") -> results.Result:
    async with staged.db.read() as reader:
        return await results.load(reader, staged.contest, key)


async def test_from_papers_to_prizes(db: Database) -> None:
    """The whole way of one round while the other is still open, and the log that tells it holds."""
    staged = await stage(db)
    await first_round(staged)
    c = staged.contest
    made = await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    assert made.state is ResultState.PROVISIONAL
    assert made.agreed
    assert made.document is not None
    assert made.document["truths"] == {"r1": "5"}
    (ranking,) = made.document["rankings"]
    assert [row["entry"] for row in ranking["rows"]] == staged.ids
    assert [(a["prize"], a["holder"]) for a in made.document["awards"]] == [
        ("nhat", str(staged.ids[0])),
        ("nhi", str(staged.ids[1])),
        ("nhi", str(staged.ids[2])),
    ]
    # The other round goes on, and changes nothing of this one.
    await staged.sit(4, at=OPENS + DAY + 2 * HOUR, prediction=1)
    assert await code_of(publish(db, c, "r1", actor=LAN, now_ms=R1_OVER)) == "result_state"
    await results.verify(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    signed = await publish(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    assert (signed.state, signed.publish_first_by) == (ResultState.VERIFIED, LAN)
    assert await code_of(publish(db, c, "r1", actor=LAN, now_ms=R1_OVER)) == "second_person_needed"
    await withdraw_signature(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    await publish(db, c, "r1", actor=MINH, now_ms=R1_OVER)
    public = await publish(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    assert (public.state, public.publish_first_by, public.published_by) == (ResultState.PUBLISHED, MINH, LAN)
    # Friday evening in UTC is Saturday here: two working days end with Tuesday.
    assert public.complaints_until == OPENS + 5 * DAY
    assert await code_of(finalise(db, c, "r1", actor=LAN, now_ms=R1_OVER)) == "complaint_window_open"
    after = public.complaints_until or 0
    final = await finalise(db, c, "r1", actor=LAN, now_ms=after)
    assert final.state is ResultState.FINAL
    async with db.read() as reader:
        given = await awards.listing(reader, c)
        verdict = await log_check.verify(reader, c)
    assert [(one.prize, one.place, one.entry_id, one.value_vnd) for one in given] == [
        ("nhat", 1, staged.ids[0], 2_000_000),
        ("nhi", 1, staged.ids[1], 1_000_000),
        ("nhi", 2, staged.ids[2], 1_000_000),
    ]
    assert len({one.certificate for one in given}) == 3
    assert all(len(one.certificate) == 22 for one in given)
    assert await awards.hand_over(db, c, "r1", actor=LAN, now_ms=after, ids=[given[0].id]) == 1
    assert (await state(staged)).state is ResultState.FINAL
    await awards.revoke(db, c, given[1].id, reason="Thi hộ.", actor=LAN, now_ms=after)
    assert await awards.hand_over(db, c, "r1", actor=LAN, now_ms=after) == 1
    assert (await state(staged)).state is ResultState.AWARDED
    assert await code_of(awards.revoke(db, c, given[1].id, reason="x", actor=LAN, now_ms=after)) == "award_revoked"
    assert verdict.ok, verdict


async def test_nothing_is_told_before_its_time(db: Database) -> None:
    """A result waits for its rounds, for attempts still running, and nobody reckons what is unknown."""
    staged = await stage(db)
    c = staged.contest
    await first_round(staged)
    await staged.start(0, OPENS + DAY - 1000)
    assert await code_of(results.compute(db, c, "r1", actor=LAN, now_ms=OPENS + DAY - 1)) == "result_not_closed"
    # A minute after the close somebody may still hand in what they began before it.
    assert await code_of(results.compute(db, c, "r1", actor=LAN, now_ms=OPENS + DAY + 60_000)) == "result_not_closed"
    assert await code_of(results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)) == "attempts_running"
    async with db.read() as reader:
        standing = (await results.listing(reader, c, R1_OVER))[0]
    assert (standing.state, standing.running, standing.act) == (ResultState.OPEN, True, None)
    assert await attempts.expire(db, R1_OVER) == 1
    await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    assert await code_of(results.compute(db, c, "r2", actor=LAN, now_ms=R1_OVER)) == "result_not_closed"
    with pytest.raises(NotFound):
        await results.compute(db, c, "overall", actor=LAN, now_ms=OVER)


async def test_what_a_result_waits_for() -> None:
    """Only what could still change it: its own round, a common truth, a better prize of somewhere else."""
    two = prize_rules()
    assert [one.key for one in needed(two, "r1")] == ["r1", "r1"]
    assert ready_at(two, "r1") < ready_at(two, "r2")
    common = prize_rules(prediction=Prediction(scope="contest"))
    assert ready_at(common, "r1") == ready_at(common, "r2")
    one_prize = prize_rules(one_prize=True)
    assert ready_at(one_prize, "r1") == ready_at(one_prize, "r2")
    one_level = prize_rules(one_prize=True, prizes=(Prize(key="nhat", name="Nhất", count=3),))
    assert ready_at(one_level, "r1") < ready_at(one_level, "r2")
    collective = prize_rules(
        collective=Collective(formula=Formula.PARTICIPANTS, levels=(CollectiveLevel(name="Nhất", count=1),))
    )
    assert result_keys(collective) == ("r1", "r2", "collective")
    assert ready_at(collective, "collective") == ready_at(two, "r2")


async def test_a_changed_database_stops_every_step(db: Database) -> None:
    """Somebody with a way into SQL makes a winner: verifying, signing and ending all refuse."""
    staged = await stage(db)
    c = staged.contest
    papers = await first_round(staged)

    async def cheat(score: int) -> None:
        async with db.write() as writer:
            await writer.execute(
                update(attempts_table).where(attempts_table.c.public_id == papers[4]).values(score=score)
            )

    await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    await cheat(10)
    assert await code_of(results.verify(db, c, "r1", actor=LAN, now_ms=R1_OVER)) == "result_differs"
    await cheat(4)
    await results.verify(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    await cheat(10)
    assert await code_of(publish(db, c, "r1", actor=LAN, now_ms=R1_OVER)) == "result_differs"
    await cheat(4)
    public = await publish(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    public = await publish(db, c, "r1", actor=MINH, now_ms=R1_OVER)
    await cheat(10)
    assert await code_of(finalise(db, c, "r1", actor=LAN, now_ms=public.complaints_until or 0)) == "result_differs"
    async with db.read() as reader:
        assert not (await log_check.verify(reader, c)).ok


async def test_both_reckonings_must_agree(db: Database) -> None:
    """A second reckoning that came to something else keeps the result from being verified and published."""
    staged = await stage(db)
    await first_round(staged)
    await results.compute(db, staged.contest, "r1", actor=LAN, now_ms=R1_OVER)

    async def recount_says(value: str) -> None:
        async with db.write() as writer:
            await writer.execute(update(contest_results).values(recount_digest=value))

    agreed = (await state(staged)).digest or ""
    await recount_says("0" * 64)
    assert await code_of(results.verify(db, staged.contest, "r1", actor=LAN, now_ms=R1_OVER)) == "reckonings_differ"
    await recount_says(agreed)
    await results.verify(db, staged.contest, "r1", actor=LAN, now_ms=R1_OVER)
    await recount_says("0" * 64)
    assert await code_of(publish(db, staged.contest, "r1", actor=LAN, now_ms=R1_OVER)) == "reckonings_differ"


async def test_a_token_is_no_second_person_for_its_maker(db: Database) -> None:
    staged = await stage(db)
    await first_round(staged)
    c = staged.contest
    await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    await results.verify(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    async with db.write() as writer:
        for number, maker in ((7, LAN), (8, "token:7"), (9, MINH)):
            await writer.execute(
                insert(audit_log).values(at=1, actor=maker, action="token.create", subject=f"token:{number}", detail={})
            )
    await publish(db, c, "r1", actor="token:8", now_ms=R1_OVER)
    for same in ("token:8", "token:7", LAN):
        with pytest.raises(Forbidden):
            await publish(db, c, "r1", actor=same, now_ms=R1_OVER)
    public = await publish(db, c, "r1", actor="token:9", now_ms=R1_OVER)
    assert public.state is ResultState.PUBLISHED


async def test_the_signature_of_somebody_shut_out_since_counts_for_nothing(db: Database) -> None:
    staged = await stage(db)
    await first_round(staged)
    c = staged.contest
    await results.compute(db, c, "r1", actor=MINH, now_ms=R1_OVER)
    await results.verify(db, c, "r1", actor=MINH, now_ms=R1_OVER)
    await publish(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    shut_out = {"id": 1, "name": "Lan", "name_key": "lan", "role": "organiser", "active": False, "created_at": 0}
    async with db.write() as writer:
        await writer.execute(insert(accounts).values(shut_out))
    assert await code_of(publish(db, c, "r1", actor=MINH, now_ms=R1_OVER)) == "signer_shut_out"
    await withdraw_signature(db, c, "r1", actor=MINH, now_ms=R1_OVER)
    await publish(db, c, "r1", actor=MINH, now_ms=R1_OVER)
    assert (await publish(db, c, "r1", actor="account:3", now_ms=R1_OVER)).state is ResultState.PUBLISHED


async def test_freezing_is_the_same_in_any_order_and_leaves_void_out(db: Database) -> None:
    """Excluded people stay in, named as such; who only registered is not there; twice the same bytes."""
    staged = await stage(db, people=6)
    await first_round(staged)
    async with db.write() as writer:
        phone = await writer.scalar(
            select(participants.c.phone_hash).where(participants.c.full_name == NAMES[1]).limit(1)
        )
        await writer.execute(
            insert(contest_exclusions).values(
                contest_id=staged.contest, phone_hash=phone, reason="Ban Giám khảo", added_by=LAN, added_at=1
            )
        )
    async with db.read() as reader:
        frozen = await freeze(reader, staged.contest)
    assert [one.id for one in frozen.entries] == staged.ids[:5]
    assert [one.excluded for one in frozen.entries] == ["", "Ban Giám khảo", "", "", ""]
    now = await reckoned(db, staged.contest)
    again = await reckoned(db, staged.contest, fresh=True)
    assert digest(now.outcome) == digest(again.outcome)
    assert (await reckoned(db, staged.contest)) is again
    rows = now.part("r1").rankings[0].rows
    assert staged.ids[1] not in [row.entry for row in rows]
    assert part_of(now.outcome, frozen.rules, "r1").truths["r1"] == 5, "who may not win still took part"


async def test_late_complaints_and_what_keeps_a_result_from_its_end(db: Database) -> None:
    staged = await stage(db)
    await first_round(staged)
    c = staged.contest
    public = await to_published(staged)
    until = public.complaints_until or 0
    async with db.write() as writer:
        early = await complaints.receive(
            writer, c, text="Tôi nộp sớm hơn.", actor="entrant", now_ms=until - 1, result_key="r1"
        )
        late = await complaints.receive(writer, c, text="Chậm rồi.", actor=LAN, now_ms=until, result_key="r1")
    assert (early.late, late.late) == (False, True)
    assert await code_of(finalise(db, c, "r1", actor=LAN, now_ms=until)) == "complaints_open"
    async with db.write() as writer:
        for one in (early, late):
            await complaints.decide(
                writer,
                c,
                one.public_id,
                state="rejected",
                decision="Đúng giờ máy chủ.",
                effect="",
                actor=LAN,
                now_ms=until,
            )
    async with db.write() as writer:
        with pytest.raises(Conflict):
            await complaints.decide(
                writer, c, early.public_id, state="upheld", decision="x", effect="", actor=LAN, now_ms=until
            )
    assert (await finalise(db, c, "r1", actor=LAN, now_ms=until)).state is ResultState.FINAL
    async with db.read() as reader:
        lines = (await reader.execute(select(contest_log.c.body))).scalars().all()
        acts = (await reader.execute(select(audit_log.c.detail))).scalars().all()
    told = " ".join([*lines, *map(str, acts)])
    for secret in ("sớm hơn", "Chậm rồi", "giờ máy chủ", *NAMES, "91000", BOX.digest("phone", "+84910000000")):
        assert secret not in told, "nothing personal in the logs"
