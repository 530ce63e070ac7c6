"""The phone's page of a contest: entering, taking attempts, one's own results.

Never knows the contest: the page asks the API for it.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from realtime import problems
from realtime.assets import Assets

router = APIRouter(include_in_schema=False)
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


@router.get("/c/{slug}/app")
async def contest_app(request: Request, slug: Slug) -> Response:
    """The page; which screen it shows is in the fragment, which no server sees."""
    assets: Assets = request.state.assets
    page = assets.page("contest")
    if page is None:
        return problems.problem(404, "not_found", problems.accepted_language(request))
    return page.response(request)


@router.get("/c/{slug}/app/")
async def contest_app_with_slash(slug: Slug) -> Response:
    """People add a slash."""
    return RedirectResponse(f"/c/{slug}/app", 308)
