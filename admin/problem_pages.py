"""Refusals told to people: a page or a strip in the page where a program gets a problem document.

Never decides that something is refused.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from admin.language import language_of
from admin.permissions import NotSignedIn
from admin.templating import is_htmx, page
from contest.errors import Refused
from realtime import problems

log = structlog.get_logger(__name__)

_FOR_PROGRAMS = ("/api/", "/static/", "/healthz", "/readyz", "/metrics", "/qr/")


def for_people(request: Request) -> bool:
    """Whether the answer is read in a browser's window."""
    path = request.url.path
    if path == "/api/docs":
        return True
    return not path.startswith(_FOR_PROGRAMS) and (is_htmx(request) or "text/html" in request.headers.get("accept", ""))


def install(app: FastAPI) -> None:
    """Handlers for both kinds of readers."""
    problems.install(app, language_of)

    async def not_signed_in(request: Request, error: Exception) -> Response:
        if not for_people(request):
            headers = {"WWW-Authenticate": 'Bearer realm="hoithi"'}
            return problems.problem(HTTPStatus.UNAUTHORIZED, "not_signed_in", language_of(request), headers=headers)
        back = request.url.path if request.method == "GET" else "/"
        login = "/login" if back == "/" else f"/login?next={quote(back)}"
        if is_htmx(request):
            return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": login})
        return RedirectResponse(login, HTTPStatus.SEE_OTHER)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        retry_after = getattr(error, "retry_after_s", None)
        status = HTTPStatus.TOO_MANY_REQUESTS if retry_after is not None else problems.status_of(error)
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return _answer(request, status, error.code, error.params, headers)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        return _answer(request, status, problems.code_of(status), {}, error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        if all(detail["loc"][0] == "path" for detail in error.errors()):
            return _answer(request, HTTPStatus.NOT_FOUND, "not_found", {})  # No such number, no such thing.
        params = {"errors": problems.validation_rows(error)}
        return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, "request_invalid", params)

    async def failed(request: Request, error: Exception) -> Response:
        reference = uuid4().hex[:12]
        log.error("request_failed", reference=reference, method=request.method, exc_info=error)
        return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", {"reference": reference})

    app.add_exception_handler(NotSignedIn, not_signed_in)
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, failed)


def _answer(
    request: Request,
    status: HTTPStatus,
    code: str,
    params: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> Response:
    if not for_people(request):
        return problems.problem(status, code, language_of(request), params, headers)
    if is_htmx(request):
        # Into the strip at the top, whatever the button's own target was.
        moved = {**(headers or {}), "HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
        return page(request, "_problem.html", status=status, headers=moved, code=code, params=dict(params))
    return page(request, "problem.html", status=status, headers=headers, code=code, params=dict(params))


async def refuse(scope: Scope, receive: Receive, send: Send, status: HTTPStatus, code: str) -> None:
    """A problem document outside the app: for what is refused before the app sees it."""
    if scope["type"] == "websocket":
        # Answered with a bare 403: no page can read more of it, and uvicorn calls any other answer an error of ours.
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    response = problems.problem(status, code, language_of(HTTPConnection(scope)))
    await response(scope, receive, send)
