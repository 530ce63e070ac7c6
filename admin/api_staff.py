"""The JSON API of staff: oneself, accounts, tokens, the audit log, and the list of units.

Never signs anybody in: that is a page.
"""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request

from admin import accounts, audit, tokens
from admin.api_models import (
    AccountChange,
    AccountIn,
    AccountOut,
    AuditLine,
    Me,
    TokenIn,
    TokenMade,
    TokenOut,
    UnitLine,
)
from admin.caller import Caller
from admin.language import language_of
from admin.params import Moment, RowId
from admin.permissions import Permission, requires
from admin.services import services_of
from contest import units
from contest.ids import AccountId

router = APIRouter(prefix="/api", tags=["staff"])

SignedIn = Annotated[Caller, requires(Permission.PROFILE)]
ManagesAccounts = Annotated[Caller, requires(Permission.ACCOUNTS_MANAGE)]
ManagesTokens = Annotated[Caller, requires(Permission.TOKENS_MANAGE)]
ReadsAudit = Annotated[Caller, requires(Permission.AUDIT_READ)]


@router.get("/me")
async def read_me(request: Request, caller: SignedIn) -> Me:
    """Who is calling."""
    return Me(name=caller.name, role=caller.role, lang=language_of(request))


@router.get("/units")
async def list_units(caller: SignedIn) -> list[UnitLine]:
    """Communes and wards in Vietnamese order, in the shape phones get them: the console's small stage asks for them."""
    listed = units.phone_listing(units.shipped())
    return [UnitLine(code=code, name=name, fold=fold, old=old) for code, name, fold, old in listed]


@router.get("/accounts")
async def list_accounts(request: Request, caller: ManagesAccounts) -> list[AccountOut]:
    """Everybody who can sign in, closed accounts last."""
    async with services_of(request).db.read() as reader:
        return [AccountOut(**asdict(account)) for account in await accounts.listing(reader)]


@router.post("/accounts", status_code=201)
async def create_account(request: Request, caller: ManagesAccounts, body: AccountIn) -> AccountOut:
    """A new account; its owner should change the password at the first sign-in."""
    services = services_of(request)
    account = await accounts.create(
        services.db,
        services.passwords,
        name=body.name,
        role=body.role,
        password=body.password,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return AccountOut(**asdict(account))


@router.patch("/accounts/{account_id}")
async def change_account(
    request: Request, caller: ManagesAccounts, account_id: RowId, body: AccountChange
) -> AccountOut:
    """Changes role, password or whether the account is open; closing it or a new password ends its sessions."""
    services = services_of(request)
    account, now_ms = AccountId(account_id), services.clock.wall_ms()
    if body.password is not None:
        await accounts.set_password(
            services.db, services.passwords, account, body.password, actor=caller.actor, now_ms=now_ms
        )
    if body.role is not None:
        await accounts.set_role(services.db, account, body.role, actor=caller.actor, now_ms=now_ms)
    if body.active is not None:
        await accounts.set_active(services.db, account, body.active, actor=caller.actor, now_ms=now_ms)
    async with services.db.read() as reader:
        return AccountOut(**asdict(await accounts.get(reader, account)))


@router.get("/tokens")
async def list_tokens(request: Request, caller: ManagesTokens) -> list[TokenOut]:
    """All bearer tokens, without their secrets."""
    async with services_of(request).db.read() as reader:
        return [TokenOut(**asdict(token)) for token in await tokens.listing(reader)]


@router.post("/tokens", status_code=201)
async def create_token(request: Request, caller: ManagesTokens, body: TokenIn) -> TokenMade:
    """A new bearer token; its secret is in this answer and nowhere else."""
    services = services_of(request)
    token, secret = await tokens.create(
        services.db, name=body.name, role=body.role, actor=caller.actor, now_ms=services.clock.wall_ms()
    )
    return TokenMade(**asdict(token), token=secret)


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(request: Request, caller: ManagesTokens, token_id: RowId) -> None:
    """Ends a token now."""
    services = services_of(request)
    await tokens.revoke(services.db, token_id, actor=caller.actor, now_ms=services.clock.wall_ms())


@router.get("/audit")
async def read_audit(
    request: Request,
    caller: ReadsAudit,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since_ms: Moment | None = None,
    until_ms: Moment | None = None,
    before: RowId | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AuditLine]:
    """Who did what, latest first; `action` matches as a prefix, `before` is the id to go on from."""
    async with services_of(request).db.read() as reader:
        entries = await audit.listing(
            reader,
            actor=actor,
            action=action,
            subject=subject,
            since_ms=since_ms,
            until_ms=until_ms,
            before=before,
            limit=limit,
        )
    return [AuditLine(**asdict(entry)) for entry in entries]
