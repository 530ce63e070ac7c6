"""Reading who did what; noting it is `contest.audit`.

Never shows personal data of participants: subjects are ids, details are facts about the act.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from contest.audit import SYSTEM, record
from contest.database import Reader
from contest.tables import accounts, api_tokens, audit_log
from scoring.folding import nfc

__all__ = ["SYSTEM", "AuditEntry", "actor_names", "listing", "record"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `actor` is 'account:ID', 'token:ID' or 'system'; `actor_name` is for people."""

    id: int
    at: int
    actor: str
    actor_name: str
    action: str
    subject: str
    detail: dict[str, Any]


async def listing(
    reader: Reader,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Latest first. `action` matches as a prefix ("round" finds round.create); `before` is the id to go on from."""
    wanted = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
    if actor:
        wanted = wanted.where(audit_log.c.actor == nfc(actor))
    if action:
        wanted = wanted.where(audit_log.c.action.startswith(nfc(action), autoescape=True))
    if subject:
        wanted = wanted.where(audit_log.c.subject == nfc(subject))
    if since_ms is not None:
        wanted = wanted.where(audit_log.c.at >= since_ms)
    if until_ms is not None:
        wanted = wanted.where(audit_log.c.at < until_ms)
    if before is not None:
        wanted = wanted.where(audit_log.c.id < before)
    names = await actor_names(reader)
    return [
        AuditEntry(
            row.id, row.at, row.actor, names.get(row.actor, row.actor), row.action, row.subject, dict(row.detail)
        )
        for row in await reader.execute(wanted)
    ]


async def actor_names(reader: Reader) -> dict[str, str]:
    """The names behind 'account:ID' and 'token:ID'."""
    names = {f"account:{row.id}": row.name for row in await reader.execute(select(accounts.c.id, accounts.c.name))}
    for row in await reader.execute(select(api_tokens.c.id, api_tokens.c.name)):
        names[f"token:{row.id}"] = row.name
    return names
