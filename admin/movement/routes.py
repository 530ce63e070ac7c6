"""The modules that serve the organiser's side of the movement's statistics, in the order they are tried.

Holds no behaviour.
"""

from types import ModuleType
from typing import Final

from admin.movement import api_dashboards, pages_dashboard_festival, pages_dashboards

PARTS: Final[tuple[ModuleType, ...]] = (
    api_dashboards,
    pages_dashboard_festival,
    pages_dashboards,
)
"""Each has a `router` whose routes declare their permissions."""
