"""The SQL tables of contests: people, entries, attempts, the log, results.

Times and secrets as in `contest.tables`. Personal data stands in `participants`, `consents`, `entries.fields`,
`entrant_sessions`, `phone_codes`, `complaints` and `data_requests` only; `contest.provincial.data_map` says for every
column what it is and how long it stays. Columns named `…_enc` are encrypted, `…_hash` keyed hashes for looking up.
"""

from contest.provincial.attempt_tables import (
    attempt_answers,
    attempts,
    contest_log,
    contest_log_heads,
    contest_turnout,
)
from contest.provincial.people_tables import (
    consents,
    data_requests,
    entrant_sessions,
    entries,
    participants,
    phone_codes,
)
from contest.provincial.result_tables import (
    complaints,
    contest_awards,
    contest_result_revisions,
    contest_results,
    review_cases,
    struck_units,
    tie_decisions,
)
from contest.provincial.setup_tables import (
    contest_denominators,
    contest_exclusions,
    contest_letterheads,
    contest_papers,
    contest_questions,
    contest_rounds,
    contest_units,
    contest_versions,
    contests,
)

__all__ = [
    "attempt_answers",
    "attempts",
    "complaints",
    "consents",
    "contest_awards",
    "contest_denominators",
    "contest_exclusions",
    "contest_letterheads",
    "contest_log",
    "contest_log_heads",
    "contest_papers",
    "contest_questions",
    "contest_result_revisions",
    "contest_results",
    "contest_rounds",
    "contest_turnout",
    "contest_units",
    "contest_versions",
    "contests",
    "data_requests",
    "entrant_sessions",
    "entries",
    "participants",
    "phone_codes",
    "review_cases",
    "struck_units",
    "tie_decisions",
]
