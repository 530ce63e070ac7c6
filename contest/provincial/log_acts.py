"""Organisers' acts that decide who wins, held against their lines: versions of the rules and settled ties.

Never walks the log: `log_check` hands over what the lines say.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from contest.database import Reader
from contest.provincial import log
from contest.provincial.drafts import digest
from contest.provincial.log_chain import Finding, Why
from contest.provincial.tables import contest_versions, tie_decisions

_VERSIONS = frozenset({"contest.opened", "contest.amended"})
_TIES = frozenset({"tie.committee", "tie.draw", "tie.pool"})


@dataclass(slots=True)
class Acts:
    """What the lines say, by the name of the act: the line's seq and the facts as canonical text."""

    said: dict[str, tuple[int, str]] = field(default_factory=dict)

    def note(self, line: log.Line) -> None:
        """Takes a line in when it is about such an act. Raises ValueError, KeyError or TypeError for a strange body."""
        if line.kind in _VERSIONS:
            body = json.loads(line.body)
            self.said[_rules(body["version"])] = line.seq, _facts(digest=body["digest"])
        elif line.kind in _TIES:
            body = json.loads(line.body)
            kind = line.kind.removeprefix("tie.")
            self.said[_tie(body["line"])] = (
                line.seq,
                _tie_facts(kind, body["key"], body["audience"], body.get("order", []), body.get("pool_hash")),
            )


async def differing(reader: Reader, contest_id: int, acts: Acts) -> list[Finding]:
    """Acts that are stored otherwise than their lines say, without a line, or no longer."""
    stored: dict[str, str] = {}
    versions = select(contest_versions).where(contest_versions.c.contest_id == contest_id)
    for row in await reader.execute(versions):
        stored[_rules(row.version)] = _facts(digest=digest(row.rules))
    ties = select(tie_decisions).where(tie_decisions.c.contest_id == contest_id)
    for row in await reader.execute(ties):
        order = row._mapping["order"]
        pool_hash = row.evidence.get("pool_hash")
        stored[_tie(row.id)] = _tie_facts(row.kind, row.ranking, row.audience, order, pool_hash)
    findings = [
        Finding(Why.ACT_DIFFERS, seq, subject=name)
        for name, (seq, facts) in acts.said.items()
        if stored.get(name) != facts
    ]
    findings += [Finding(Why.ACT_UNLOGGED, subject=name) for name in sorted(stored.keys() - acts.said.keys())]
    return findings


def _rules(version: object) -> str:
    return f"rules-{version}"


def _tie(number: object) -> str:
    return f"tie-{number}"


def _tie_facts(kind: str, ranking: str, audience: str, order: object, pool_hash: object) -> str:
    return _facts(kind=kind, ranking=ranking, audience=audience, order=order, pool_hash=pool_hash)


def _facts(**facts: Any) -> str:
    return log.canonical(facts)
