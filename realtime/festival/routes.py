"""Which parts of the festival and the movement the players' server serves; `realtime.app` includes them.

Holds no behaviour. A part is a module with a `router`.
"""

from fastapi import APIRouter

from realtime.festival import api_team, page_team


def routers() -> list[APIRouter]:
    """Every router, in the order they are asked."""
    return [
        api_team.router,
        page_team.router,
    ]
