"""Which parts of the contest the players' server serves; `realtime.app` includes them before its own catch-all paths.

Holds no behaviour. A part is a module with a `router`.
"""

from fastapi import APIRouter

from realtime.entrants import api_attempts, api_people


def routers() -> list[APIRouter]:
    """Every router of the contest, in the order they are asked."""
    return [api_people.router, api_attempts.router]
