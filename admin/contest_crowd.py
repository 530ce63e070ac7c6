"""A rehearsal contest with synthetic people, for load tests: `python -m admin.contest_crowd --people N --sessions F`.

Makes a contest of its own, open now, and writes one session secret a line. Never touches a contest that is there.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from contest import question_bank
from contest.audit import SYSTEM
from contest.clock import SystemClock
from contest.database import Database
from contest.provincial import contests, people
from contest.provincial.people_model import EntryData
from contest.provincial.rules import Blueprint, Cell, ContestRound, ContestRules, Quota
from contest.provincial.secrets_box import FieldBox
from contest.settings import Settings, load_field_key

TITLE = "Tổng duyệt"
AT_ONCE = 500
"""People entered in one transaction."""
_HOUR_MS = 3_600_000
_FAMILY = ("Nguyễn", "Trần", "Lê", "Y", "H'", "Phạm", "Hoàng", "Đặng")
_GIVEN = ("An", "Bình", "Chi", "Dung", "Hà", "Khánh", "Lan", "Minh", "Ngọc", "Phúc")


def _people(first: int, count: int) -> list[EntryData]:
    """Different people with numbers that no operator has given out, born in 1990."""
    return [
        EntryData(
            full_name=f"{_FAMILY[n % len(_FAMILY)]} {_GIVEN[n // 7 % len(_GIVEN)]} {_GIVEN[n // 3 % len(_GIVEN)]}",
            phone=f"+849{n:08d}",
            birth_date="1990-01-01",
        )
        for n in range(first, first + count)
    ]


def _rules(bank_id: int, now_ms: int) -> ContestRules:
    return ContestRules(
        title=TITLE,
        rounds=(ContestRound(key="r1", name="Đợt 1", opens_at=now_ms - _HOUR_MS, closes_at=now_ms + 24 * _HOUR_MS),),
        bank_id=bank_id,
        blueprint=Blueprint(cells=(Cell(count=10),)),
        quota=Quota(per_day=None, per_round=1),
    )


async def crowd(db: Database, box: FieldBox, count: int, now_ms: int) -> tuple[str, list[str]]:
    """A contest of its own with so many people: its address, and the secrets of their sessions."""
    items = question_bank.parse(json.loads((files("contest") / "data" / "bank.json").read_text("utf-8"))["questions"])
    async with db.write() as writer:
        bank_id = await question_bank.create(
            writer, title=TITLE, items=items, owner_id=None, now_ms=now_ms, is_bank=True
        )
        made = await contests.create(writer, title=TITLE, rules=_rules(bank_id, now_ms), actor=SYSTEM, now_ms=now_ms)
        await contests.open_contest(writer, made.id, actor=SYSTEM, now_ms=now_ms)
    secrets: list[str] = []
    for first in range(0, count, AT_ONCE):
        some = _people(first, min(AT_ONCE, count - first))
        async with db.write() as writer:
            entered = await people.register_many(writer, box, made.id, some, now_ms=now_ms)
        secrets += [one.session for one in entered]
    return made.slug, secrets


async def _main(given: argparse.Namespace) -> None:
    settings = Settings(**({"data_dir": given.data_dir} if given.data_dir else {}))
    db = Database(settings.sql_url)
    try:
        box = FieldBox(load_field_key(settings))
        slug, secrets = await crowd(db, box, given.people, SystemClock().wall_ms())
    finally:
        await db.close()
    given.sessions.write_text("\n".join(secrets) + "\n", "utf-8")
    sys.stdout.write(slug + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command: prints the contest's address."""
    parser = argparse.ArgumentParser(prog="python -m admin.contest_crowd", description=__doc__)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--sessions", type=Path, required=True, help="where the session secrets are written")
    parser.add_argument("--data-dir", type=Path, help="as of every command")
    asyncio.run(_main(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
