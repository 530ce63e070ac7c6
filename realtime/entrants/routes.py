"""Which parts of the contest the players' server serves; `realtime.app` includes them before its own catch-all paths.

Holds no behaviour. A part is a module with a `router`.
"""

from fastapi import APIRouter

from realtime.entrants import (
    api_attempts,
    api_boards,
    api_complaints,
    api_my_data,
    api_oidc,
    api_people,
    api_sign_in,
    page_app,
    pages_draws,
    pages_figures,
    pages_index,
    pages_public,
    pages_winners,
)


def routers() -> list[APIRouter]:
    """Every router of the contest, in the order they are asked."""
    return [
        api_people.router,
        api_sign_in.router,
        api_oidc.router,
        api_my_data.router,
        api_attempts.router,
        api_boards.router,
        api_complaints.router,
        page_app.router,
        pages_public.router,
        pages_figures.router,
        pages_draws.router,
        pages_index.router,
        pages_winners.router,
    ]
