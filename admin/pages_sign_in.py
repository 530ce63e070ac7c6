"""The doors: signing in and out, the first start, the language.

Never tells whether a name exists.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin import accounts, sessions, setup
from admin.caller import Caller, caller_of, cookie_name
from admin.language import COOKIE as LANGUAGE_COOKIE
from admin.permissions import Permission, requires
from admin.services import services_of
from admin.templating import page
from admin.throttle import (
    LOGIN_BY_ACCOUNT,
    LOGIN_BY_ADDRESS,
    LOGIN_BY_BOTH,
    SETUP_BY_ADDRESS,
    Throttled,
)
from contest.audit import record
from contest.catalogue import LANGUAGES
from contest.errors import Refused
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

SignedIn = Annotated[Caller, requires(Permission.PROFILE)]
Field = Annotated[str, Form(max_length=400)]


@router.get("/login")
async def login_page(request: Request, next: str = "/") -> Response:
    """The sign-in form; whoever is signed in already goes on."""
    if await caller_of(request) is not None:
        return _to(_local(next))
    async with services_of(request).db.read() as reader:
        first_start = await setup.waiting(reader)
    return page(request, "login.html", next=_local(next), name="", code=None, params={}, first_start=first_start)


@router.post("/login")
async def login(request: Request, name: Field = "", password: Field = "", next: Field = "/") -> Response:
    """Signs in. A wrong name, a wrong password and a closed account get the same answer after the same time."""
    services = services_of(request)
    key, address = accounts.key_of(name), request.client.host if request.client else ""
    both = (LOGIN_BY_BOTH, f"{key}|{address}")
    try:
        await services.throttle.attempt([both, (LOGIN_BY_ACCOUNT, key), (LOGIN_BY_ADDRESS, address)])
    except Throttled as throttled:
        services.metrics.logins.labels("throttled").inc()
        headers = {"Retry-After": str(throttled.retry_after_s)}
        return _login_again(request, name, next, throttled, HTTPStatus.TOO_MANY_REQUESTS, headers)
    account = await accounts.authenticate(services.db, services.passwords, name=name, password=password)
    if account is None:
        services.metrics.logins.labels("refused").inc()
        return _login_again(request, name, next, Refused("login_wrong"), HTTPStatus.FORBIDDEN)
    services.metrics.logins.labels("done").inc()
    await services.throttle.forgive([both])
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        secret = await sessions.start(writer, account.id, now_ms)
        await record(
            writer,
            actor=f"account:{account.id}",
            action="session.start",
            subject=f"account:{account.id}",
            now_ms=now_ms,
        )
    return _signed_in(request, secret, _local(next))


@router.post("/logout")
async def logout(request: Request, caller: SignedIn, everywhere: Annotated[bool, Form()] = False) -> Response:
    """Signs out here, or on every device; sockets of the session close within a second."""
    services = services_of(request)
    async with services.db.write() as writer:
        if everywhere and caller.account_id is not None:
            await sessions.end_all(writer, caller.account_id)
        elif caller.session_hash is not None:
            await sessions.end(writer, caller.session_hash)
    response = _to("/login")
    response.delete_cookie(
        cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )
    return response


@router.get("/setup")
async def setup_page(request: Request) -> HTMLResponse:
    """The first administrator's form. The page's script moves the secret from the link's fragment into it."""
    async with services_of(request).db.read() as reader:
        waiting = await setup.waiting(reader)
    return page(request, "setup.html", waiting=waiting, name="", secret="", code=None, params={})


@router.post("/setup")
async def set_up(request: Request, secret: Field = "", name: Field = "", password: Field = "") -> Response:
    """Makes the first administrator and signs them in."""
    services = services_of(request)
    address = request.client.host if request.client else ""
    try:
        await services.throttle.attempt([(SETUP_BY_ADDRESS, address)])
        _, session = await setup.complete(
            services.db,
            services.passwords,
            secret=secret,
            name=name,
            password=password,
            now_ms=services.clock.wall_ms(),
        )
    except Refused as refusal:
        status = HTTPStatus.TOO_MANY_REQUESTS if isinstance(refusal, Throttled) else status_of(refusal)
        return page(
            request,
            "setup.html",
            status=status,
            waiting=True,
            name=name,
            secret=secret,
            code=refusal.code,
            params=refusal.params,
        )
    return _signed_in(request, session, "/")


@router.post("/language")
async def set_language(request: Request, lang: Field, back: Field = "/") -> Response:
    """Remembers the language on this device."""
    response = _to(_local(back))
    if lang in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, lang, max_age=365 * 24 * 3600, secure=request.url.scheme == "https", samesite="lax"
        )
    return response


def _login_again(
    request: Request,
    name: str,
    back: str,
    refusal: Refused,
    status: HTTPStatus,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    return page(
        request,
        "login.html",
        status=status,
        headers=headers,
        next=_local(back),
        name=name,
        code=refusal.code,
        params=refusal.params,
        first_start=False,
    )


def _signed_in(request: Request, secret: str, back: str) -> Response:
    response = _to(back)
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=sessions.ABSOLUTE_MS // 1000,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def _local(path: str) -> str:
    """A path on this server and nothing else: no open redirect."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain else "/"


def _to(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
