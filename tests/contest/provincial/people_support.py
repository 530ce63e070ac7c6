"""People for tests: a contest to enter and data of somebody who enters it."""

from typing import Any

from sqlalchemy import insert

from contest.database import Database
from contest.ids import ContestId
from contest.provincial.people_model import EntryData
from contest.provincial.rules import ContestRound, ContestRules, EntryForm, TargetGroup
from contest.provincial.tables import contests

NOW = 1_790_000_000_000
DAY = 24 * 3600 * 1000


def rules(**form: Any) -> ContestRules:
    """Rules of a contest that opened yesterday and ends tomorrow."""
    return ContestRules(
        title="Tìm hiểu chuyển đổi số",
        rounds=(ContestRound(key="r1", name="Đợt 1", opens_at=NOW - DAY, closes_at=NOW + DAY),),
        entry=EntryForm(**form),
    )


async def make_contest(db: Database, slug: str = "cds") -> ContestId:
    """A contest's row alone, for what needs no more than its number."""
    async with db.write() as writer:
        made = await writer.execute(
            insert(contests)
            .values(
                slug=slug, title="Tìm hiểu chuyển đổi số", title_fold="tim hieu", state="open", draft={},
                created_by="system", created_at=NOW, updated_at=NOW,
            )
            .returning(contests.c.id)
        )  # fmt: skip
        return ContestId(made.scalar_one())


def somebody(**changes: Any) -> EntryData:
    """A grown-up with a phone."""
    given: dict[str, Any] = {
        "full_name": "Y Mek Ê Nuôl",
        "phone": "+84912345678",
        "birth_date": "1990-02-28",
        "commune": "24133",
        "group": TargetGroup.CITIZEN,
    }
    return EntryData(**(given | changes))
