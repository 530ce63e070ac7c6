"""The frames of a festival's two scripts: the guest's page and the stage. They ask the API for everything else.

Never knows the festival.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from realtime import problems
from realtime.assets import Assets
from realtime.festival.pages_public import Slug

router = APIRouter(include_in_schema=False)


@router.get("/f/{slug}/app")
async def festival_app(request: Request, slug: Slug) -> Response:
    """The guest's page; which screen it shows is in the fragment, which no server sees."""
    return frame(request, "festival")


@router.get("/f/{slug}/app/")
async def festival_app_with_slash(slug: Slug) -> Response:
    """People add a slash."""
    return RedirectResponse(f"/f/{slug}/app", 308)


@router.get("/f/{slug}/stage")
async def festival_stage(request: Request, slug: Slug) -> Response:
    """The projector's page; its token is in the fragment."""
    return frame(request, "festival_stage")


def frame(request: Request, name: str) -> Response:
    """The page of a script, or 404 while it has not been built."""
    assets: Assets = request.state.assets
    page = assets.page(name)
    if page is None:
        return problems.problem(404, "not_found", problems.accepted_language(request))
    return page.response(request)
