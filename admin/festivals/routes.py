"""The modules that serve the organiser's side of festivals, in the order in which their routes are tried.

Holds no behaviour.
"""

from types import ModuleType
from typing import Final

from admin.festivals import (
    api_acts,
    api_festivals,
    pages_acts,
    pages_acts_settings,
    pages_cards,
    pages_draw_host,
    pages_draws,
    pages_festivals,
    pages_programme,
    pages_run,
    pages_staff,
    pages_staff_conflicts,
    pages_staff_import,
)

PARTS: Final[tuple[ModuleType, ...]] = (
    api_festivals,
    pages_festivals,
    pages_programme,
    pages_run,
    pages_cards,
    api_acts,
    pages_acts,
    pages_acts_settings,
    pages_staff,
    pages_staff_conflicts,
    pages_staff_import,
    pages_draws,
    pages_draw_host,
)
"""Each has a `router` whose routes declare their permissions."""
