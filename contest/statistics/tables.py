"""The SQL tables of the movement's statistics. Times as in `contest.tables`."""

from contest.statistics.ledger_tables import (
    campaigns,
    fact_stream,
    facts_held,
    participation_facts,
    rollup_state,
    rollups,
    villages,
)

__all__ = [
    "campaigns",
    "fact_stream",
    "facts_held",
    "participation_facts",
    "rollup_state",
    "rollups",
    "villages",
]
