"""The phone page of a team's member, and the worker that keeps it on the phone for where there is no network.

Never knows who opens it: the secret is in the fragment, which no server sees.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from realtime import problems
from realtime.assets import Assets

router = APIRouter(include_in_schema=False)


@router.get("/team")
async def team_page(request: Request) -> Response:
    """The page."""
    assets: Assets = request.state.assets
    page = assets.page("team")
    if page is None:
        return problems.problem(404, "not_found", problems.accepted_language(request))
    return page.response(request)


@router.get("/team/")
async def team_page_with_slash() -> Response:
    """People add a slash."""
    return RedirectResponse("/team", 308)


@router.get("/team-worker.js")
async def team_worker(request: Request) -> Response:
    """At the top, so that it may keep /team; the address of the page's files changes with their version."""
    assets: Assets = request.state.assets
    found = assets.file("team-worker.js", None)
    if found is None:
        return problems.problem(404, "not_found", problems.accepted_language(request))
    return found[0].response(request)
