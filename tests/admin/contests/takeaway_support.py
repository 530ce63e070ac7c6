"""A contest taken to final results on the admin server's own database, with names that try to be formulas."""

from typing import Any

from sqlalchemy import insert, select, update

from contest.database import Database
from contest.provincial import results
from contest.provincial.publishing import finalise, publish
from contest.provincial.rules import Collective, CollectiveLevel, Formula
from contest.provincial.tables import consents, contest_exclusions, entries, participants
from tests.contest.provincial.contest_fixture import DAY, OPENS
from tests.contest.provincial.results_support import HOUR, Staged, first_round, prize_rules, stage

LAN, MINH = "account:1", "account:2"
CLOSED = OPENS + DAY + HOUR
FORMULA = '=HYPERLINK("http://x";"x")'
CHILD = 1
"""The second person is a minor who let their name be published without a guardian saying so."""


def takeaway_rules(**changes: Any) -> Any:
    """Those of `results_support` and a collective prize for communes."""
    collective = Collective(
        formula=Formula.PARTICIPANTS, by="commune", levels=(CollectiveLevel(name="Tập thể Nhất", count=1),)
    )
    return prize_rules(
        **{"organiser": "Sở Khoa học và Công nghệ", "basis": "Kế hoạch số 12/KH-UBND;", "collective": collective}
        | changes
    )


async def staged_round(db: Database) -> Staged:
    """The first round with its papers in; nothing reckoned. The fifth person may not win."""
    staged = await stage(db, takeaway_rules())
    await first_round(staged)
    async with db.write() as writer:
        people = (
            await writer.execute(select(entries.c.id, entries.c.participant_id).where(entries.c.id.in_(staged.ids)))
        ).all()
        of = {row.id: row.participant_id for row in people}
        await writer.execute(
            update(participants).where(participants.c.id == of[staged.ids[2]]).values(full_name=FORMULA)
        )
        await writer.execute(update(entries).where(entries.c.id == staged.ids[CHILD]).values(minor=True))
        for person in (0, CHILD):
            await writer.execute(
                insert(consents).values(
                    participant_id=of[staged.ids[person]],
                    contest_id=staged.contest,
                    purpose="publish_name",
                    granted=True,
                    by_guardian=False,
                    text="Đồng ý.",
                    channel="web",
                    at=OPENS,
                )
            )
        last = await writer.scalar(select(participants.c.phone_hash).where(participants.c.id == of[staged.ids[4]]))
        await writer.execute(
            insert(contest_exclusions).values(
                contest_id=staged.contest,
                phone_hash=last,
                reason="Thành viên Tổ giúp việc",
                added_by=LAN,
                added_at=OPENS,
            )
        )
    return staged


async def reckon(staged: Staged, key: str = "r1", at: int = CLOSED) -> None:
    await results.compute(staged.db, staged.contest, key, actor=LAN, now_ms=at)


async def to_published(staged: Staged, key: str = "r1", at: int = CLOSED) -> results.Result:
    await reckon(staged, key, at)
    await results.verify(staged.db, staged.contest, key, actor=LAN, now_ms=at)
    await publish(staged.db, staged.contest, key, actor=LAN, now_ms=at)
    return await publish(staged.db, staged.contest, key, actor=MINH, now_ms=at)


async def to_final(staged: Staged, key: str = "r1", at: int = CLOSED) -> int:
    """Gives the moment at which it became final."""
    published = await to_published(staged, key, at)
    after = published.complaints_until or at
    await finalise(staged.db, staged.contest, key, actor=LAN, now_ms=after)
    return after
