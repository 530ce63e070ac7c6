"""The page of staff phones, and the worker that keeps it on the phone for where there is no network.

Never knows who opens it: the token is in the fragment, which no server sees.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from realtime import problems
from realtime.assets import Assets
from realtime.festival.acts_access import Slug
from realtime.festival.page_app import frame

router = APIRouter(include_in_schema=False)
CAMERA = "camera=(self), microphone=(), geolocation=(), payment=()"


@router.get("/f/{slug}/staff")
async def staff_page(request: Request, slug: Slug) -> Response:
    """The page; it alone may use the camera."""
    response = frame(request, "gate")
    response.headers["Permissions-Policy"] = CAMERA
    return response


@router.get("/f/{slug}/staff/")
async def staff_page_with_slash(slug: Slug) -> Response:
    """People add a slash."""
    return RedirectResponse(f"/f/{slug}/staff", 308)


@router.get("/f/{slug}/staff-worker.js")
async def staff_worker(request: Request, slug: Slug) -> Response:
    """Beside the page, so that it may keep it; asked for anew each time, because the page's files change with it."""
    assets: Assets = request.state.assets
    found = assets.file("gate-worker.js", None)
    if found is None:
        return problems.problem(404, "not_found", problems.accepted_language(request))
    return found[0].response(request)
