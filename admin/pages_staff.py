"""The organiser's frame: dashboard, accounts, tokens, one's own password, the audit log, how the platform is.

Never shows quizzes or rounds in full.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin import accounts, audit, health, tokens
from admin.caller import Caller
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, allows, requires
from admin.roles import Role
from admin.services import services_of
from admin.templating import page
from contest import question_bank, rounds
from contest.errors import Refused
from contest.ids import AccountId
from contest.phases import FINAL
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

SignedIn = Annotated[Caller, requires(Permission.PROFILE)]
ManagesAccounts = Annotated[Caller, requires(Permission.ACCOUNTS_MANAGE)]
ManagesTokens = Annotated[Caller, requires(Permission.TOKENS_MANAGE)]
ReadsAudit = Annotated[Caller, requires(Permission.AUDIT_READ)]
Field = Annotated[str, Form(max_length=400)]

_AUDIT_PAGE = 100


@router.get("/")
async def dashboard(request: Request, caller: SignedIn) -> HTMLResponse:
    """What is going on and what to do next."""
    services = services_of(request)
    async with services.db.read() as reader:
        listed = await rounds.listing(reader)
        quizzes = await question_bank.listing(reader, limit=6)
    everybody = allows(caller.role, Permission.ROUNDS_ALL)
    mine = [row for row in listed if everybody or row.created_by == caller.actor]
    return page(
        request,
        "dashboard.html",
        running=[row for row in mine if row.phase not in FINAL],
        over=[row for row in mine if row.phase in FINAL][:5],
        quizzes=quizzes,
        public_url=services.public_url,
    )


@router.get("/profile")
async def profile(request: Request, caller: SignedIn) -> HTMLResponse:
    """One's own account."""
    return page(request, "profile.html", code=None, params={})


@router.post("/profile/password")
async def change_password(request: Request, caller: SignedIn, old: Field = "", new: Field = "") -> Response:
    """Changes one's own password; every session ends, this one too."""
    services = services_of(request)
    try:
        account = await accounts.authenticate(services.db, services.passwords, name=caller.name, password=old)
        if account is None or account.id != caller.account_id:
            raise Refused("password_wrong")
        await accounts.set_password(
            services.db, services.passwords, account.id, new, actor=caller.actor, now_ms=services.clock.wall_ms()
        )
    except Refused as refusal:
        return page(request, "profile.html", status=status_of(refusal), code=refusal.code, params=refusal.params)
    return _to("/login")


@router.get("/accounts")
async def accounts_page(request: Request, caller: ManagesAccounts) -> HTMLResponse:
    """Who may sign in, and the bearer tokens."""
    return await _accounts(request)


@router.post("/accounts")
async def create_account(
    request: Request, caller: ManagesAccounts, role: Annotated[Role, Form()], name: Field = "", password: Field = ""
) -> Response:
    """A new account."""
    services = services_of(request)
    try:
        await accounts.create(
            services.db,
            services.passwords,
            name=name,
            role=role,
            password=password,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    except Refused as refusal:
        return await _accounts(request, refusal=refusal, name=name)
    return _to("/accounts")


@router.post("/accounts/{account_id}")
async def change_account(
    request: Request,
    caller: ManagesAccounts,
    account_id: RowId,
    role: Annotated[Role | None, Form()] = None,
    active: Annotated[bool | None, Form()] = None,
    password: Field = "",
) -> Response:
    """Role, password, open or closed: whichever the form has."""
    services = services_of(request)
    account, now_ms = AccountId(account_id), services.clock.wall_ms()
    try:
        if password:
            await accounts.set_password(
                services.db, services.passwords, account, password, actor=caller.actor, now_ms=now_ms
            )
        if role is not None:
            await accounts.set_role(services.db, account, role, actor=caller.actor, now_ms=now_ms)
        if active is not None:
            await accounts.set_active(services.db, account, active, actor=caller.actor, now_ms=now_ms)
    except Refused as refusal:
        return await _accounts(request, refusal=refusal)
    return _to("/accounts")


@router.post("/tokens")
async def create_token(
    request: Request, caller: ManagesTokens, role: Annotated[Role, Form()], name: Field = ""
) -> Response:
    """A new bearer token, shown on this one page only."""
    services = services_of(request)
    try:
        _, secret = await tokens.create(
            services.db, name=name, role=role, actor=caller.actor, now_ms=services.clock.wall_ms()
        )
    except Refused as refusal:
        return await _accounts(request, refusal=refusal)
    return await _accounts(request, secret=secret)


@router.post("/tokens/{token_id}/revoke")
async def revoke_token(request: Request, caller: ManagesTokens, token_id: RowId) -> Response:
    """Ends a token."""
    services = services_of(request)
    await tokens.revoke(services.db, token_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return _to("/accounts")


@router.get("/audit")
async def audit_page(
    request: Request, caller: ReadsAudit, actor: str = "", action: str = "", before: RowId | None = None
) -> HTMLResponse:
    """Who did what."""
    async with services_of(request).db.read() as reader:
        entries = await audit.listing(
            reader, actor=actor or None, action=action or None, before=before, limit=_AUDIT_PAGE + 1
        )
        names = await audit.actor_names(reader)
    lang = language_of(request)
    shown = entries[:_AUDIT_PAGE]
    return page(
        request,
        "audit.html",
        entries=[(one, audit.sentence(lang, one), audit.subject_name(lang, one, names)) for one in shown],
        more=entries[_AUDIT_PAGE - 1].id if len(entries) > _AUDIT_PAGE else None,
        names=names,
        actor=actor,
        action=action,
    )


@router.get("/about")
async def about(request: Request, caller: SignedIn) -> HTMLResponse:
    """How the platform is, and where phones reach it."""
    services = services_of(request)
    return page(
        request,
        "about.html",
        checks=await health.check(services),
        public_url=services.public_url,
        engine="SQLite" if services.db.is_sqlite else "PostgreSQL",
    )


async def _accounts(
    request: Request, *, refusal: Refused | None = None, secret: str | None = None, name: str = ""
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        people, keys = await accounts.listing(reader), await tokens.listing(reader)
    return page(
        request,
        "accounts.html",
        status=HTTPStatus.OK if refusal is None else status_of(refusal),
        accounts=people,
        tokens=keys,
        roles=list(Role),
        secret=secret,
        name=name,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )


def _to(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
