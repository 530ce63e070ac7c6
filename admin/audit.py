"""Reading who did what; noting it is `contest.audit`.

Never shows personal data of participants: subjects are ids, details are facts about the act.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from admin.roles import Role
from contest.audit import SYSTEM, record
from contest.catalogue import text
from contest.database import Reader
from contest.tables import accounts, api_tokens, audit_log
from scoring.folding import nfc

_PLACEHOLDER = re.compile(r"\{\w+\}")
__all__ = ["SYSTEM", "AuditEntry", "actor_names", "listing", "record", "sentence", "subject_name"]


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


def sentence(lang: str, entry: AuditEntry) -> str:
    """What was done, in words; the bare action for one that has none."""
    key = f"audit.did.{entry.action}"
    params = {
        name: text(lang, f"role.{value}") if name in ("role", "from", "to") and value in set(Role) else value
        for name, value in entry.detail.items()
    }
    words = text(lang, key, **params)
    # What an act left to the default (the question voided, the seconds added) is not in its detail.
    return entry.action if words == key else _PLACEHOLDER.sub("…", words)


def subject_name(lang: str, entry: AuditEntry, names: Mapping[str, str]) -> str:
    """With what it was done, in words: an account or token by name, a quiz or round by number."""
    kind, _, number = entry.subject.partition(":")
    if entry.subject in names:
        return names[entry.subject]
    if not number:
        return text(lang, f"audit.subject_{kind}")
    return f"{text(lang, f'audit.kind_{kind}')} {number}"


async def actor_names(reader: Reader) -> dict[str, str]:
    """The names behind 'account:ID' and 'token:ID'."""
    names = {f"account:{row.id}": row.name for row in await reader.execute(select(accounts.c.id, accounts.c.name))}
    for row in await reader.execute(select(api_tokens.c.id, api_tokens.c.name)):
        names[f"token:{row.id}"] = row.name
    return names
