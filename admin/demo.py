"""The demo province: units, a bank of real questions and a quiz ready to host.

Never changes what is there already: what an organiser has edited or archived stays as it is.
"""

import json
from importlib.resources import files
from typing import Any

from sqlalchemy import insert, select

from contest import question_bank, units
from contest.database import Database, Writer
from contest.tables import installation

MARK = "demo"


async def seed_demo(db: Database, now_ms: int) -> bool:
    """Fills in the demo once; False when it had been done before. May run in several processes at once."""
    async with db.write() as writer:
        await units.seed(writer)
        if await _marked(writer):
            return False
        for name, is_bank in (("bank", True), ("ready_quiz", False)):
            content = _content(name)
            items = question_bank.parse(content["questions"])
            await question_bank.create(
                writer, title=content["title"], items=items, owner_id=None, now_ms=now_ms, is_bank=is_bank
            )
        await writer.execute(insert(installation).values(key=MARK, value=str(now_ms)))
    return True


async def _marked(writer: Writer) -> bool:
    found = await writer.execute(select(installation.c.key).where(installation.c.key == MARK))
    return found.first() is not None


def _content(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files("contest") / "data" / f"{name}.json").read_text("utf-8"))
    return content
