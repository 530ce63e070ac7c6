"""The first start: a one-time link with which somebody becomes the first administrator.

There is no default password. Never puts the secret where a server log could see it: it travels in the link's fragment
and in the body of the form.
"""

import hmac

from sqlalchemy import delete, insert, select

from admin import accounts, audit, sessions
from admin.passwords import Passwords
from admin.roles import Role
from contest.clock import Clock, SystemClock
from contest.database import Database, Reader
from contest.errors import Forbidden
from contest.tables import installation
from contest.tickets import digest, new_secret

KEY = "setup_link_sha256"


async def ensure_setup_link(db: Database, admin_url: str, clock: Clock | None = None) -> str | None:
    """The link to print at this start, or None when there is an administrator.

    Each call makes a new link and ends the one before; a link is good until it is used or replaced.
    """
    now_ms = (clock or SystemClock()).wall_ms()
    async with db.write() as writer:
        if await accounts.administrators(Reader(writer)):
            await writer.execute(delete(installation).where(installation.c.key == KEY))
            return None
        secret = new_secret()
        await writer.execute(delete(installation).where(installation.c.key == KEY))
        await writer.execute(insert(installation).values(key=KEY, value=digest(secret)))
        await audit.record(writer, actor=audit.SYSTEM, action="setup.link", subject="installation", now_ms=now_ms)
    return f"{admin_url.rstrip('/')}/setup#{secret}"


async def waiting(reader: Reader) -> bool:
    """Whether a set-up link is open."""
    row = await reader.execute(select(installation.c.key).where(installation.c.key == KEY))
    return row.first() is not None


async def complete(
    db: Database, passwords: Passwords, *, secret: str, name: str, password: str, now_ms: int
) -> tuple[accounts.Account, str]:
    """Makes the first administrator and signs them in: the account and its session's secret.

    Raises Forbidden("setup_link_invalid") for a wrong, used or replaced link, Invalid for name or password (the link
    then stays good).
    """
    async with db.read() as reader:
        if not await _matches(reader, secret):
            raise Forbidden("setup_link_invalid")
    accounts.check_name(name)
    hashed = await passwords.hash(password)
    async with db.write() as writer:
        # Deleting first takes the row's lock: of two forms sent at once with the same link one finds nothing.
        gone = await writer.execute(
            delete(installation).where(installation.c.key == KEY, installation.c.value == digest(secret))
        )
        if gone.rowcount != 1:
            raise Forbidden("setup_link_invalid")
        account = await accounts.insert_account(
            writer, name=name, role=Role.ADMINISTRATOR, password_hash=hashed, actor=audit.SYSTEM, now_ms=now_ms
        )
        session = await sessions.start(writer, account.id, now_ms)
    return account, session


async def _matches(reader: Reader, secret: str) -> bool:
    stored = (await reader.execute(select(installation.c.value).where(installation.c.key == KEY))).scalar_one_or_none()
    return stored is not None and hmac.compare_digest(stored, digest(secret))
