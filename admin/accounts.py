"""Accounts of staff: made, signed in, changed, closed.

Never keeps a session (see `admin.sessions`) and never limits attempts (see `admin.throttle`).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from admin import audit, sessions
from admin.passwords import Passwords
from admin.roles import Role
from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import AccountId
from contest.tables import accounts
from scoring.folding import fold, nfc

MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff."""

    id: AccountId
    name: str
    role: Role
    active: bool
    created_at: int


def check_name(name: str) -> tuple[str, str]:
    """The name as stored and its folded key. Raises Invalid("account_name")."""
    clean = nfc(name)
    key = fold(clean)
    if not key or len(clean) > MAX_NAME or not clean.isprintable():
        raise Invalid("account_name", limit=MAX_NAME)
    return clean, key


def key_of(typed: str) -> str:
    """The folded key that a name typed at the door is looked up by. Attempts are counted under the same key: otherwise
    a tail that is cut off here would make each guess look like another name."""
    return fold(nfc(typed)[:MAX_NAME])


async def create(
    db: Database, passwords: Passwords, *, name: str, role: Role, password: str, actor: str, now_ms: int
) -> Account:
    """A new account, able to sign in at once.

    Raises Invalid for the name or the password, Conflict("account_exists") when a name equal but for case and
    diacritics is taken.
    """
    check_name(name)
    hashed = await passwords.hash(password)
    async with db.write() as writer:
        return await insert_account(writer, name=name, role=role, password_hash=hashed, actor=actor, now_ms=now_ms)


async def insert_account(
    writer: Writer, *, name: str, role: Role, password_hash: str, actor: str, now_ms: int
) -> Account:
    """`create` inside a transaction that does more."""
    clean, key = check_name(name)
    taken = await writer.execute(select(accounts.c.id).where(accounts.c.name_key == key))
    if taken.first() is not None:
        raise Conflict("account_exists", name=clean)
    try:
        inserted = await writer.execute(
            insert(accounts)
            .values(name=clean, name_key=key, role=role.value, password_hash=password_hash, created_at=now_ms)
            .returning(accounts.c.id)
        )
    except IntegrityError:
        raise Conflict("account_exists", name=clean) from None
    account = Account(AccountId(inserted.scalar_one()), clean, role, True, now_ms)
    await audit.record(
        writer,
        actor=actor,
        action="account.create",
        subject=f"account:{account.id}",
        now_ms=now_ms,
        detail={"role": role.value},
    )
    return account


async def authenticate(db: Database, passwords: Passwords, *, name: str, password: str) -> Account | None:
    """The account when name and password are right and it is active; None otherwise, after the same time."""
    async with db.read() as reader:
        row = (await reader.execute(select(accounts).where(accounts.c.name_key == key_of(name)))).one_or_none()
    stored = row.password_hash if row is not None and row.active else None
    checked = await passwords.check(stored, password)
    if row is None or not checked.right:
        return None
    if checked.rehashed is not None:
        async with db.write() as writer:
            await writer.execute(
                update(accounts)
                .where(accounts.c.id == row.id, accounts.c.password_hash == row.password_hash)
                .values(password_hash=checked.rehashed)
            )
    return _account(row)


async def set_password(
    db: Database, passwords: Passwords, account_id: AccountId, password: str, *, actor: str, now_ms: int
) -> None:
    """Sets a new password and ends every session of the account. Raises Invalid, NotFound("account_unknown")."""
    hashed = await passwords.hash(password)
    async with db.write() as writer:
        await get(Reader(writer), account_id)
        await writer.execute(update(accounts).where(accounts.c.id == account_id).values(password_hash=hashed))
        await sessions.end_all(writer, account_id)
        await audit.record(
            writer, actor=actor, action="account.password", subject=f"account:{account_id}", now_ms=now_ms
        )


async def set_role(db: Database, account_id: AccountId, role: Role, *, actor: str, now_ms: int) -> None:
    """Raises NotFound("account_unknown"), Conflict("last_administrator")."""
    async with db.write() as writer:
        account = await get(Reader(writer), account_id)
        if account.role is Role.ADMINISTRATOR and role is not Role.ADMINISTRATOR:
            await _keep_an_administrator(writer, account)
        await writer.execute(update(accounts).where(accounts.c.id == account_id).values(role=role.value))
        await audit.record(
            writer,
            actor=actor,
            action="account.role",
            subject=f"account:{account_id}",
            now_ms=now_ms,
            detail={"from": account.role.value, "to": role.value},
        )


async def set_active(db: Database, account_id: AccountId, active: bool, *, actor: str, now_ms: int) -> None:
    """Opens or closes an account; closing ends its sessions at once.

    Raises NotFound("account_unknown"), Conflict("last_administrator").
    """
    async with db.write() as writer:
        account = await get(Reader(writer), account_id)
        if not active:
            await _keep_an_administrator(writer, account)
            await sessions.end_all(writer, account_id)
        await writer.execute(update(accounts).where(accounts.c.id == account_id).values(active=active))
        await audit.record(
            writer,
            actor=actor,
            action="account.open" if active else "account.close",
            subject=f"account:{account_id}",
            now_ms=now_ms,
        )


async def get(reader: Reader, account_id: AccountId) -> Account:
    """Raises NotFound("account_unknown")."""
    row = (await reader.execute(select(accounts).where(accounts.c.id == account_id))).one_or_none()
    if row is None:
        raise NotFound("account_unknown")
    return _account(row)


async def listing(reader: Reader) -> list[Account]:
    """All accounts, closed ones last, by name."""
    rows = await reader.execute(select(accounts).order_by(accounts.c.active.desc(), accounts.c.name_key))
    return [_account(row) for row in rows]


async def administrators(reader: Reader) -> int:
    """How many active administrators there are."""
    count = await reader.execute(
        select(func.count()).where(accounts.c.role == Role.ADMINISTRATOR.value, accounts.c.active)
    )
    return int(count.scalar_one())


async def _keep_an_administrator(writer: Writer, leaving: Account) -> None:
    # Locking the rows of all administrators makes two that close each other queue instead of both succeeding.
    if leaving.role is not Role.ADMINISTRATOR or not leaving.active:
        return
    rows = await writer.execute(
        select(accounts.c.id).where(accounts.c.role == Role.ADMINISTRATOR.value, accounts.c.active).with_for_update()
    )
    if len(rows.all()) <= 1:
        raise Conflict("last_administrator")


def _account(row: Row[Any]) -> Account:
    return Account(AccountId(row.id), row.name, Role(row.role), bool(row.active), row.created_at)
