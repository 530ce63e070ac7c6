"""Noting who did what, in the same transaction as the act itself.

Never holds personal data of participants: subjects are ids, details are facts about the act.
"""

from typing import Any

from sqlalchemy import insert

from contest.database import Writer
from contest.tables import audit_log

SYSTEM = "system"


async def record(
    writer: Writer, *, actor: str, action: str, subject: str, now_ms: int, detail: dict[str, Any] | None = None
) -> None:
    """Notes the act; it is there exactly when the act is. `actor` is 'account:ID', 'token:ID' or 'system'."""
    await writer.execute(
        insert(audit_log).values(at=now_ms, actor=actor, action=action, subject=subject, detail=detail or {})
    )
