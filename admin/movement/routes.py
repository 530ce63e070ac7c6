"""The modules that serve the organiser's side of the movement's statistics, in the order they are tried.

Holds no behaviour.
"""

from types import ModuleType
from typing import Final

from admin.movement import (
    api_dashboards,
    api_feed,
    api_targets,
    pages_campaigns,
    pages_dashboard_festival,
    pages_dashboards,
    pages_denominators,
    pages_feed,
    pages_figures,
    pages_import,
    pages_indicators,
    pages_reports,
    pages_targets,
    pages_team,
    pages_team_import,
    pages_team_sessions,
    pages_team_sheet,
    pages_teams,
    pages_villages,
)

PARTS: Final[tuple[ModuleType, ...]] = (
    api_dashboards,
    pages_dashboard_festival,
    pages_dashboards,
    pages_reports,
    api_targets,
    pages_campaigns,
    pages_denominators,
    pages_figures,
    pages_import,
    pages_indicators,
    pages_targets,
    pages_villages,
    pages_team_import,
    pages_team_sheet,
    pages_team_sessions,
    pages_teams,
    pages_team,
    api_feed,
    pages_feed,
)
"""Each has a `router` whose routes declare their permissions."""
