"""Bearer tokens for automation: shown once, stored as hashes, revocable.

Never expires by itself, so the list shows the age of each.
"""

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from admin import audit
from admin.roles import Role
from contest.database import Database, Reader
from contest.errors import Invalid, NotFound
from contest.tables import api_tokens
from contest.tickets import digest, new_secret
from scoring.folding import nfc

MAX_NAME = 60
PREFIX = "hoithi_"
"""Lets people and secret scanners see what a leaked string is."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret."""

    id: int
    name: str
    role: Role
    created_at: int
    revoked_at: int | None = None


async def create(db: Database, *, name: str, role: Role, actor: str, now_ms: int) -> tuple[Token, str]:
    """A new token and its secret, which cannot be had again. Raises Invalid("token_name")."""
    clean = nfc(name)
    if not clean or len(clean) > MAX_NAME or not clean.isprintable():
        raise Invalid("token_name", limit=MAX_NAME)
    secret = PREFIX + new_secret()
    async with db.write() as writer:
        inserted = await writer.execute(
            insert(api_tokens)
            .values(token_hash=digest(secret), name=clean, role=role.value, created_at=now_ms)
            .returning(api_tokens.c.id)
        )
        token = Token(int(inserted.scalar_one()), clean, role, now_ms)
        await audit.record(
            writer,
            actor=actor,
            action="token.create",
            subject=f"token:{token.id}",
            now_ms=now_ms,
            detail={"role": role.value},
        )
    return token, secret


async def find(reader: Reader, secret: str) -> Token | None:
    """The token of a bearer secret, None when unknown or revoked."""
    row = (
        await reader.execute(
            select(api_tokens).where(api_tokens.c.token_hash == digest(secret), api_tokens.c.revoked_at.is_(None))
        )
    ).one_or_none()
    return None if row is None else Token(row.id, row.name, Role(row.role), row.created_at)


async def revoke(db: Database, token_id: int, *, actor: str, now_ms: int) -> None:
    """Ends the token now; revoking it again changes nothing. Raises NotFound("token_unknown")."""
    async with db.write() as writer:
        known = await writer.execute(select(api_tokens.c.revoked_at).where(api_tokens.c.id == token_id))
        row = known.one_or_none()
        if row is None:
            raise NotFound("token_unknown")
        if row.revoked_at is not None:
            return
        await writer.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(revoked_at=now_ms))
        await audit.record(writer, actor=actor, action="token.revoke", subject=f"token:{token_id}", now_ms=now_ms)


async def listing(reader: Reader) -> list[Token]:
    """All tokens, newest first, revoked ones last."""
    rows = await reader.execute(
        select(api_tokens).order_by(api_tokens.c.revoked_at.is_not(None), api_tokens.c.id.desc())
    )
    return [Token(row.id, row.name, Role(row.role), row.created_at, row.revoked_at) for row in rows]
