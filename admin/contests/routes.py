"""The modules that serve the organiser's side of contests, in the order in which their routes are tried.

Holds no behaviour.
"""

from types import ModuleType
from typing import Final

from admin.contests import pages_contests, pages_dry_run, pages_rules, pages_setup

PARTS: Final[tuple[ModuleType, ...]] = (pages_contests, pages_setup, pages_rules, pages_dry_run)
"""Each has a `router` whose routes declare their permissions."""
