"""Refusals as HTTP: the one place where codes become statuses and RFC 9457 documents.

Never decides that something is refused, and never shows what went wrong inside.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from contest.catalogue import DEFAULT, LANGUAGES, error_text
from contest.errors import Conflict, Forbidden, Invalid, NotFound, Refused, TooLarge

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_STATUSES: tuple[tuple[type[Refused], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Forbidden, HTTPStatus.FORBIDDEN),
)
_CODES = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "media_type",
}

Language = Callable[[HTTPConnection], str]


def accepted_language(connection: HTTPConnection) -> str:
    """The first language of Accept-Language that we have, else Vietnamese."""
    return language_of(connection.headers.get("accept-language", ""))


def language_of(accepted: str) -> str:
    """The same of the header's own words."""
    for wanted in accepted.split(","):
        lang = wanted.strip()[:2].lower()
        if lang in LANGUAGES:
            return lang
    return DEFAULT


def status_of(refusal: Refused) -> HTTPStatus:
    """The HTTP status a refusal is told with."""
    if (own := getattr(refusal, "http_status", None)) is not None:
        return HTTPStatus(own)
    for kind, status in _STATUSES:
        if isinstance(refusal, kind):
            return status
    return HTTPStatus.BAD_REQUEST


def code_of(status: HTTPStatus) -> str:
    """The code of a refusal by the framework itself."""
    return _CODES.get(status, "bad_request")


def problem(
    status: int,
    code: str,
    lang: str,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An RFC 9457 document: `type`, `title`, `status`, the sentence as `detail`, our stable `code`, and `params`."""
    params = dict(params or {})
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": error_text(lang, code, **params),
    }
    content |= {name: value for name, value in params.items() if name not in content}
    return JSONResponse(content, int(status), dict(headers or {}), MEDIA_TYPE)


def validation_rows(error: RequestValidationError) -> list[dict[str, str]]:
    """Where the request was wrong, without repeating what it said: it may be personal."""
    return [
        {"field": ".".join(str(part) for part in detail["loc"]), "problem": str(detail["type"])}
        for detail in error.errors()[:50]
    ]


def install(app: FastAPI, language: Language = accepted_language) -> None:
    """Gives the app its handlers for refusals, bad requests, unknown paths and failures."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        headers = {}
        if (retry_after := getattr(error, "retry_after_s", None)) is not None:
            headers["Retry-After"] = str(retry_after)
        return problem(status_of(error), error.code, language(request), error.params, headers)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = code_of(HTTPStatus(error.status_code))
        return problem(error.status_code, code, language(request), headers=error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        params = {"errors": validation_rows(error)}
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "request_invalid", language(request), params)

    async def failed(request: Request, error: Exception) -> Response:
        reference = uuid4().hex[:12]
        log.error("request_failed", reference=reference, method=request.method, exc_info=error)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", language(request), {"reference": reference})

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, failed)
