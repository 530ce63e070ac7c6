"""The demo province: units, a bank of real questions, a quiz ready to host and a contest that is open.

Never changes what is there already: what an organiser has edited or archived stays as it is.
"""

import json
from importlib.resources import files
from typing import Any

from sqlalchemy import insert, select

from admin import demo_movement
from contest import question_bank, units
from contest.catalogue import text
from contest.database import Database, Writer
from contest.provincial import contests, templates
from contest.provincial.local_time import local_day
from contest.tables import installation

MARK = "demo"
CONTEST = "dak_lak_2025"


async def seed_demo(db: Database, now_ms: int) -> bool:
    """Fills in the demo once; False when it had been done before. May run in several processes at once."""
    async with db.write() as writer:
        await units.seed(writer)
        await demo_movement.seed(writer, now_ms)
        if await _marked(writer):
            return False
        bank, ready = _content("bank"), _content("ready_quiz")
        # The ready quiz names questions of the bank, so that a correction is made once.
        by_id = {item["id"]: item for item in bank["questions"]}
        chosen = [by_id[item] if isinstance(item, str) else item for item in ready["questions"]]
        made = {}
        for title, raw, is_bank in ((bank["title"], bank["questions"], True), (ready["title"], chosen, False)):
            items = question_bank.parse(raw)
            made[is_bank] = await question_bank.create(
                writer, title=title, items=items, owner_id=None, now_ms=now_ms, is_bank=is_bank
            )
        await _contest(writer, int(made[True]), now_ms)
        await writer.execute(insert(installation).values(key=MARK, value=str(now_ms)))
    return True


async def _contest(writer: Writer, bank_id: int, now_ms: int) -> None:
    """A contest by the rules of Đắk Lắk 2025 whose first round begins today."""
    rules = templates.instantiate(CONTEST, local_day(now_ms)).model_copy(update={"bank_id": bank_id})
    draft = await contests.create(writer, title=text("vi", "demo.contest"), rules=rules, actor="system", now_ms=now_ms)
    await contests.open_contest(writer, draft.id, actor="system", now_ms=now_ms)


async def _marked(writer: Writer) -> bool:
    found = await writer.execute(select(installation.c.key).where(installation.c.key == MARK))
    return found.first() is not None


def _content(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files("contest") / "data" / f"{name}.json").read_text("utf-8"))
    return content
