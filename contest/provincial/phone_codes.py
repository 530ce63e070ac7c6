"""Codes sent to phones: six digits, five tries, five minutes, used once, and never more of them than the budget.

Never sends: `contest.provincial.senders` does. A number that nobody has is treated exactly like one somebody has.
"""

import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import Integer, case, cast, delete, func, insert, or_, select, update

from contest.database import Database, Writer
from contest.errors import Invalid, Refused
from contest.provincial.people import phone_hash
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import phone_codes

LIFETIME_MS = 5 * 60_000
TRIES = 5
PAUSE_MS = 60_000
"""Between two codes to one phone."""
PER_PHONE_DAY = 6
PER_DAY = 20_000
"""For the whole platform, so that a flood of made-up numbers has a price that ends."""
_DAY_MS = 24 * 3600 * 1000
_LOCK = 0x686F6974


class SlowDown(Refused):
    """Too many codes; `retry_after_s` says when to come again."""

    http_status = 429

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__("phone_code_wait")
        self.retry_after_s = max(1, -(-retry_after_ms // 1000))


@dataclass(frozen=True, slots=True)
class Issued:
    """A code to be sent, and what the phone's page is told."""

    code: str
    expires_in_ms: int = LIFETIME_MS
    resend_in_ms: int = PAUSE_MS


async def issue(db: Database, box: FieldBox, phone: str, *, now_ms: int) -> Issued:
    """A fresh code for a number (E.164); the ones before it are void. Raises SlowDown when a budget is used up."""
    subject = phone_hash(box, phone)
    code = f"{secrets.randbelow(1_000_000):06}"
    async with db.write() as writer:
        await _one_at_a_time(writer)
        mine = case((phone_codes.c.phone_hash == subject, 1), else_=0)
        row = (
            await writer.execute(
                select(
                    func.count().label("all"),
                    cast(func.coalesce(func.sum(mine), 0), Integer).label("mine"),
                    func.max(case((mine == 1, phone_codes.c.created_at))).label("last"),
                ).where(phone_codes.c.created_at > now_ms - _DAY_MS)
            )
        ).one()
        if row.last is not None and row.last > now_ms - PAUSE_MS:
            raise SlowDown(row.last + PAUSE_MS - now_ms)
        if row.mine >= PER_PHONE_DAY or row.all >= PER_DAY:
            raise SlowDown(3_600_000)
        await writer.execute(
            insert(phone_codes).values(
                phone_hash=subject,
                code_hash=_hash(box, subject, code),
                created_at=now_ms,
                expires_at=now_ms + LIFETIME_MS,
            )
        )
    return Issued(code)


async def check(db: Database, box: FieldBox, phone: str, typed: str, *, now_ms: int, use: bool = True) -> None:
    """Returns when the code is right; with `use` it is gone then. The try is counted whatever comes of it.

    Raises Invalid("code_wrong", tries_left=…) or Invalid("code_expired") for one that is old, used or tried too often.
    """
    subject = phone_hash(box, phone)
    async with db.write() as writer:
        newest = select(func.max(phone_codes.c.id)).where(phone_codes.c.phone_hash == subject).scalar_subquery()
        row = (
            await writer.execute(
                update(phone_codes)
                .where(
                    phone_codes.c.id == newest,
                    phone_codes.c.used_at.is_(None),
                    phone_codes.c.expires_at > now_ms,
                    phone_codes.c.tries < TRIES,
                )
                .values(tries=phone_codes.c.tries + 1)
                .returning(phone_codes.c.id, phone_codes.c.tries, phone_codes.c.code_hash)
            )
        ).one_or_none()
        right = row is not None and hmac.compare_digest(row.code_hash, _hash(box, subject, typed))
        if row is not None and right and use:
            await writer.execute(update(phone_codes).where(phone_codes.c.id == row.id).values(used_at=now_ms))
    # Refused only now, so that the counted try is committed.
    if row is None:
        raise Invalid("code_expired")
    if not right:
        raise Invalid("code_wrong", tries_left=TRIES - row.tries)


async def forget(writer: Writer, now_ms: int) -> int:
    """Removes codes that count for no budget any more; how many."""
    old = or_(phone_codes.c.created_at <= now_ms - _DAY_MS, phone_codes.c.created_at > now_ms + _DAY_MS)
    return (await writer.execute(delete(phone_codes).where(old))).rowcount


def _hash(box: FieldBox, subject: str, code: str) -> str:
    return box.digest("phone-code", f"{subject}|{code}")


async def _one_at_a_time(writer: Writer) -> None:
    # SQLite's write lock does it by itself; PostgreSQL would let two requests count the same codes.
    if writer.dialect.name == "postgresql":
        await writer.execute(select(func.pg_advisory_xact_lock(_LOCK)))
