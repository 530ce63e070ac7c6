"""The SQL tables of the movement's statistics. Times as in `contest.tables`."""

from contest.statistics.ledger_tables import (
    campaigns,
    counted_people,
    fact_stream,
    facts_held,
    participation_facts,
    rollup_state,
    rollups,
    villages,
)
from contest.statistics.report_tables import report_snapshots
from contest.statistics.target_tables import denominators, external_figures, indicators, movement_targets

__all__ = [
    "campaigns",
    "counted_people",
    "denominators",
    "external_figures",
    "fact_stream",
    "facts_held",
    "indicators",
    "movement_targets",
    "participation_facts",
    "report_snapshots",
    "rollup_state",
    "rollups",
    "villages",
]
