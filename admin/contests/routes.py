"""The modules that serve the organiser's side of contests, in the order in which their routes are tried.

Holds no behaviour.
"""

from types import ModuleType
from typing import Final

from admin.contests import (
    api,
    api_desks,
    api_documents,
    api_results,
    pages_contests,
    pages_desks,
    pages_documents,
    pages_dry_run,
    pages_lists,
    pages_people,
    pages_results,
    pages_rules,
    pages_setup,
    pages_ties,
    pages_voids,
)

PARTS: Final[tuple[ModuleType, ...]] = (
    api,
    api_results,
    api_desks,
    api_documents,
    pages_contests,
    pages_setup,
    pages_rules,
    pages_dry_run,
    pages_lists,
    pages_results,
    pages_ties,
    pages_voids,
    pages_desks,
    pages_people,
    pages_documents,
)
"""Each has a `router` whose routes declare their permissions."""
