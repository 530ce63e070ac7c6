"""Results that something else than a void has made outdated: nothing leads on from them but being reckoned anew."""

from sqlalchemy import delete, insert, select, update

from contest.database import Database
from contest.ids import ParticipantId
from contest.provincial import contests, corrections, data_rights, results, voiding
from contest.provincial.frozen import digest
from contest.provincial.publishing import finalise, publish
from contest.provincial.reckoning import reckoned
from contest.provincial.result_documents import awards_of
from contest.provincial.result_states import ResultState
from contest.provincial.tables import attempts as attempts_table
from contest.provincial.tables import contest_exclusions, entries, participants
from tests.contest.provincial.results_support import BOX, first_round, prize_rules, stage
from tests.contest.provincial.test_corrections import LAN, MINH, R1_OVER, code_of, published, state


async def test_a_list_that_came_late_sends_back_what_it_changes(db: Database) -> None:
    """It cannot be refused, and a result that no longer follows from SQL can be neither published nor final."""
    staged = await stage(db)
    await first_round(staged)
    c, before = staged.contest, await published(staged)
    async with db.write() as writer:
        phone = await writer.scalar(select(entries.c.phone_hash).where(entries.c.id == staged.ids[0]))
        await writer.execute(
            insert(contest_exclusions).values(contest_id=c, phone_hash=phone, reason="", added_by=LAN, added_at=1)
        )
    over = before.complaints_until or 0
    assert await code_of(finalise(db, c, "r1", actor=LAN, now_ms=over)) == "result_differs"
    back = await corrections.send_back_outdated(db, c, cause="exclusions_list", actor=LAN, now_ms=R1_OVER)
    assert back == ["r1"]
    assert await corrections.send_back_outdated(db, c, cause="exclusions_list", actor=LAN, now_ms=R1_OVER) == []
    assert (await state(staged)).state is ResultState.CLOSED
    after = await published(staged)
    assert after.document is not None
    assert [one["holder"] for one in awards_of(after.document)] == [str(one) for one in staged.ids[1:4]]
    until = after.complaints_until or 0
    assert (await finalise(db, c, "r1", actor=LAN, now_ms=until)).state is ResultState.FINAL
    async with db.write() as writer:
        await writer.execute(delete(contest_exclusions))
    assert await corrections.send_back_outdated(db, c, cause="exclusions_list", actor=LAN, now_ms=until) == []


async def test_any_act_sends_back_what_something_else_made_outdated(db: Database) -> None:
    staged = await stage(db)
    papers = await first_round(staged)
    await published(staged)
    async with db.write() as writer:
        await writer.execute(
            update(attempts_table).where(attempts_table.c.public_id == papers[0]).values(duration_ms=59_000)
        )
    await voiding.void(db, staged.contest, "attempt", papers[4], ground="other", note="x", actor=LAN, now_ms=R1_OVER)
    assert (await state(staged)).state is ResultState.CLOSED


async def test_nothing_is_published_by_rules_that_no_longer_hold(db: Database) -> None:
    staged = await stage(db)
    await first_round(staged)
    c = staged.contest
    await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    await results.verify(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    await publish(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    rules = prize_rules()
    one, two = rules.prizes
    dearer = rules.model_copy(update={"prizes": (one.model_copy(update={"count": 2}), two)})
    async with db.write() as writer:
        await contests.amend(writer, c, dearer, reason="Thêm giải", actor=LAN, now_ms=R1_OVER)
    assert await code_of(publish(db, c, "r1", actor=MINH, now_ms=R1_OVER)) == "rules_changed"
    assert await corrections.send_back_outdated(db, c, cause="rules_amended", actor=LAN, now_ms=R1_OVER) == ["r1"]
    document = (await published(staged)).document
    assert document is not None
    assert [award["prize"] for award in awards_of(document)] == ["nhat", "nhat", "nhi", "nhi"]


async def test_who_may_not_win_does_not_win_by_being_erased(db: Database) -> None:
    staged = await stage(db)
    await first_round(staged)
    number = BOX.digest("id", "066090012345")
    async with db.write() as writer:
        await writer.execute(update(entries).where(entries.c.id == staged.ids[0]).values(id_hash=number))
        who = await writer.scalar(select(entries.c.participant_id).where(entries.c.id == staged.ids[0]))
        await writer.execute(update(participants).where(participants.c.id == who).values(id_hash=number))
        await writer.execute(
            insert(contest_exclusions).values(
                contest_id=staged.contest, id_hash=number, reason="", added_by=LAN, added_at=1
            )
        )
    before = digest((await reckoned(db, staged.contest, fresh=True)).outcome)
    await data_rights.erase(db, ParticipantId(int(who or 0)), actor=LAN, now_ms=R1_OVER)
    assert digest((await reckoned(db, staged.contest, fresh=True)).outcome) == before
