"""Signing in and out of contests, and confirming a phone.

Never tells whether a number, a code or a person is known: every failure looks and lasts the same.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy import select
from starlette.responses import JSONResponse, Response

from contest.errors import Conflict, Forbidden, Invalid
from contest.provincial import people, phone_codes, phones, sessions, sign_in
from contest.provincial.sign_in import SignedIn
from contest.provincial.tables import participants
from realtime.entrants import people_limits
from realtime.entrants.api_people import NO_STORE, Body, Slug
from realtime.entrants.contest_card import entry_view, public_contest
from realtime.entrants.services import entrants_of
from realtime.entrants.session import caller_of, forget, remember, required

router = APIRouter(prefix="/api", tags=["people"])
Typed = Annotated[str, Field(max_length=60)]


class SignIn(Body):
    """The personal code with the phone, or the phone with the code sent to it (and `person` where several share it)."""

    code: Typed | None = None
    phone: Typed | None = None
    phone_code: Typed | None = None
    person: Annotated[str, Field(max_length=22)] | None = None


class CodeWish(Body):
    """What a code is wanted for."""

    purpose: Literal["confirm", "sign_in"]
    phone: Typed | None = None
    lang: Literal["vi", "en"] = "vi"


class Confirmation(Body):
    """The code that came to the phone."""

    code: Typed


@router.post("/contests/{slug}/sign-in", summary="Come back with a personal code or a code sent to the phone")
async def come_back(request: Request, slug: Slug, body: SignIn) -> Response:
    """403 `sign_in_failed` whatever was wrong; 409 `several_people` lists who shares the phone."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    async with services.db.read() as reader:
        record, _ = await public_contest(reader, slug)
    phone = phones.read(body.phone).number if body.phone else None
    subject = phone or (body.code or "")[:20].upper()
    limits = people_limits.resolved(request, [(people_limits.SIGN_IN_BY_PHONE, subject)])
    await people_limits.count(request, (people_limits.SIGN_IN_BY_ADDRESS, None), *limits)
    signed = await _signed_in(request, body, phone, now_ms)
    await services.throttle.forgive(limits)
    async with services.db.read() as reader:
        entry = await people.entry_of(reader, record.id, signed.participant_id)
        shown = entry and await entry_view(reader, services.field_box, entry)
    response = JSONResponse({"entry": shown, "signed_in": True}, headers=NO_STORE)
    remember(request, response, signed.session)
    return response


async def _signed_in(request: Request, body: SignIn, phone: str | None, now_ms: int) -> SignedIn:
    services = entrants_of(request)
    if body.phone_code is not None and phone is not None:
        digits = "".join(char for char in body.phone_code if not char.isspace())
        return await sign_in.by_phone(services.db, services.field_box, phone, digits, person=body.person, now_ms=now_ms)
    if body.code:
        return await sign_in.by_code(services.db, services.field_box, body.code, phone, now_ms=now_ms)
    raise Forbidden("sign_in_failed")


@router.post("/contests/{slug}/phone-code", status_code=202, summary="Have a code sent to a phone")
async def phone_code(request: Request, slug: Slug, body: CodeWish) -> Response:
    """The same answer for numbers nobody has; a message goes only to numbers that are here."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    box = services.field_box
    async with services.db.read() as reader:
        await public_contest(reader, slug)
    if not services.outbox.sends:
        raise Conflict("codes_unavailable")
    if body.purpose == "confirm":
        phone = await _own_phone(request)
    else:
        found = phones.read(body.phone or "")
        if found.number is None:
            raise Invalid(found.code or "phone_invalid", suggestion=found.suggestion)
        phone = found.number
    await people_limits.count(
        request, (people_limits.CODES_BY_ADDRESS, None), (people_limits.CODES_BY_PREFIX, phone[:-3])
    )
    async with services.db.read() as reader:
        known = await sign_in.known_phone(reader, box, phone)
    issued = await phone_codes.issue(services.db, box, phone, now_ms=now_ms)
    if known:
        services.outbox.put(phone, issued.code, body.lang)
    told: dict[str, Any] = {"expires_in_ms": issued.expires_in_ms, "resend_in_ms": issued.resend_in_ms}
    return JSONResponse(told, 202, NO_STORE)


@router.post("/contests/{slug}/confirm", summary="Confirm my phone with the code sent to it")
async def confirm(request: Request, slug: Slug, body: Confirmation) -> Response:
    """422 `code_wrong` with `tries_left`, or `code_expired`."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    caller, phone = await required(request), await _own_phone(request)
    async with services.db.read() as reader:
        record, _ = await public_contest(reader, slug)
    digits = "".join(char for char in body.code if not char.isspace())
    await phone_codes.check(services.db, services.field_box, phone, digits, now_ms=now_ms)
    async with services.db.write() as writer:
        await people.confirm_phone(writer, caller.participant_id, now_ms)
    async with services.db.read() as reader:
        entry = await people.entry_of(reader, record.id, caller.participant_id)
        shown = entry and await entry_view(reader, services.field_box, entry)
    return JSONResponse({"entry": shown}, headers=NO_STORE)


@router.post("/contests/{slug}/sign-out", status_code=204, summary="Sign this device out")
async def sign_out(request: Request, slug: Slug) -> Response:
    """Harmless to repeat."""
    services = entrants_of(request)
    caller = await caller_of(request)
    if caller is not None:
        async with services.db.write() as writer:
            await sessions.end(writer, caller.token_hash)
    response = Response(status_code=204, headers=NO_STORE)
    forget(request, response)
    return response


async def _own_phone(request: Request) -> str:
    services, caller = entrants_of(request), await required(request)
    async with services.db.read() as reader:
        sealed = await reader.scalar(select(participants.c.phone_enc).where(participants.c.id == caller.participant_id))
    phone = services.field_box.open_or_none(sealed)
    if phone is None:
        raise Conflict("no_phone")
    return phone
