"""Which parts of the festival and the movement the players' server serves; `realtime.app` includes them.

Holds no behaviour. A part is a module with a `router`.
"""

from fastapi import APIRouter

from realtime.festival import (
    api_acts,
    api_draws,
    api_guest_data,
    api_guests,
    api_launch,
    api_skills,
    api_staff,
    api_state,
    api_team,
    page_app,
    page_staff,
    page_team,
    pages_draws,
    pages_movement,
    pages_public,
)


def routers() -> list[APIRouter]:
    """Every router, in the order they are asked."""
    return [
        api_acts.router,
        api_launch.router,
        api_staff.router,
        api_skills.router,
        page_staff.router,
        api_state.router,
        api_guests.router,
        api_guest_data.router,
        api_draws.router,
        pages_draws.router,
        pages_movement.router,
        pages_public.router,
        page_app.router,
        api_team.router,
        page_team.router,
    ]
