"""What is due once a day for every contest that has opened: a look for what is odd, and the log's published head.

Any number of processes may call it as often as they like; a day's head is published once. Never decides anything.
"""

from sqlalchemy import and_, select

from contest.database import Database
from contest.provincial import log, review
from contest.provincial.local_time import local_day
from contest.provincial.tables import contest_log_heads, contests


async def tend(db: Database, now_ms: int) -> list[int]:
    """The contests whose head of today was published now. One small query when there is nothing to do."""
    today = local_day(now_ms)
    head = and_(contest_log_heads.c.contest_id == contests.c.id, contest_log_heads.c.day == today)
    waiting = (
        select(contests.c.id)
        .outerjoin(contest_log_heads, head)
        .where(contests.c.state.in_(("open", "closed")), contest_log_heads.c.day.is_(None))
        .order_by(contests.c.id)
    )
    async with db.read() as reader:
        due = list((await reader.execute(waiting)).scalars())
    published = []
    for contest_id in due:
        async with db.write() as writer:
            if await log.publish_head(writer, contest_id, today, now_ms) is not None:
                published.append(contest_id)
    # Afterwards: a head must not wait for anything. A look that fails today is made again tomorrow.
    for contest_id in published:
        await review.scan(db, contest_id, now_ms)
    return published
