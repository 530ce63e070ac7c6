"""The SQL tables of the movement's statistics. Times as in `contest.tables`."""

from contest.statistics.feed_tables import feed_dead_letters, feed_relays, feed_subscriptions
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
    "feed_dead_letters",
    "feed_relays",
    "feed_subscriptions",
    "indicators",
    "movement_targets",
    "participation_facts",
    "report_snapshots",
    "rollup_state",
    "rollups",
    "villages",
]
