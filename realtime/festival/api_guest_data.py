"""A guest's own data over HTTP: confirm a number, see, correct, take back, delete.

Never tells whether a number is known to anybody before it has been confirmed.
"""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from contest.catalogue import text
from contest.errors import Conflict, Invalid
from contest.festival import festivals, guest_rights, identity_phone
from contest.festival.identity import PHONE
from contest.provincial import phone_codes, phones
from realtime.entrants import people_limits
from realtime.entrants.api_people import NO_STORE, Body
from realtime.entrants.services import entrants_of
from realtime.festival import guest_limits
from realtime.festival.api_guests import Lang, SaidIn, Slug
from realtime.festival.guest_session import forget, required_guest
from realtime.festival.guest_views import MeOut, me_now

router = APIRouter(prefix="/api/festivals", tags=["festivals"])


class PhoneIn(Body):
    """A number to be confirmed; `consent` is the ticked box, `guardian` that of a child's parent."""

    phone: str = Field(max_length=40)
    consent: bool = False
    lang: Lang = "vi"


class PhoneCode(PhoneIn):
    """The code that came. `am`: of those who confirmed this number before, the card of who I am; "" for none."""

    code: str = Field(max_length=20)
    guardian: bool = False
    am: str | None = Field(default=None, max_length=12)


class CodeSent(BaseModel):
    """How long the code holds, and when another may be asked for."""

    expires_in_ms: int
    resend_in_ms: int


class WithdrawIn(Body):
    """A consent to take back."""

    purpose: Literal["statistics", "phone", "publish_name"]


def number_of(body: PhoneIn) -> str:
    """The number in E.164. Raises Invalid("guest_consent_phone") and what `phones.read` finds."""
    if not body.consent:
        raise Invalid("guest_consent_phone")
    found = phones.read(body.phone)
    if found.number is None:
        raise Invalid(found.code or "phone_invalid", suggestion=found.suggestion)
    return found.number


@router.post("/{slug}/phone", status_code=202, response_model=CodeSent, summary="Have a code sent to my phone")
async def send_code(request: Request, slug: Slug, body: PhoneIn) -> Response:
    """The same answer for every number. 409 `codes_unavailable` where nothing can be sent."""
    services, guest = entrants_of(request), await required_guest(request)
    async with services.db.read() as reader:
        await festivals.by_slug(reader, slug)
    if not services.outbox.sends:
        raise Conflict("codes_unavailable")
    phone = number_of(body)
    await people_limits.count(
        request,
        (guest_limits.CODES_BY_ADDRESS, None),
        (guest_limits.CODES_BY_GUEST, guest.card),
        (people_limits.CODES_BY_PREFIX, phone[:-3]),
    )
    issued = await phone_codes.issue(services.db, services.field_box, phone, now_ms=services.clock.wall_ms())
    services.outbox.put(phone, issued.code, body.lang)
    told = {"expires_in_ms": issued.expires_in_ms, "resend_in_ms": issued.resend_in_ms}
    return JSONResponse(told, 202, NO_STORE)


@router.post("/{slug}/phone/confirm", response_model=MeOut, summary="Confirm my number")
async def confirm(request: Request, slug: Slug, body: PhoneCode) -> Response:
    """From now on the number is this guest's. 409 `phone_shared` lists who confirmed it before; asked again with `am`,
    the guest becomes that one or stays another. 422 `code_wrong`, `code_expired`, `guardian_needed`."""
    services, guest = entrants_of(request), await required_guest(request)
    now_ms = services.clock.wall_ms()
    phone = number_of(body)
    await people_limits.count(request, (people_limits.SIGN_IN_BY_PHONE, phone))
    now = await identity_phone.confirm(
        services.db,
        services.field_box,
        guest,
        phone,
        "".join(sign for sign in body.code if not sign.isspace()),
        words=text(body.lang, f"guest.consent.{PHONE}"),
        by_guardian=body.guardian,
        am=body.am,
        now_ms=now_ms,
    )
    return JSONResponse(await me_now(services.db, services.box, slug, now.id, now_ms), headers=NO_STORE)


@router.get("/{slug}/me/data", summary="Everything there is about me")
async def my_data(request: Request, slug: Slug) -> Response:
    """A JSON document to keep."""
    services, guest = entrants_of(request), await required_guest(request)
    await people_limits.count(request, (guest_limits.EXPORTS_BY_GUEST, guest.card))
    async with services.db.read() as reader:
        content = await guest_rights.export(reader, services.field_box, guest)
    headers = NO_STORE | {"Content-Disposition": 'attachment; filename="hoithi-the-ngay-hoi.json"'}
    return JSONResponse(content, headers=headers)


@router.post("/{slug}/me", response_model=MeOut, summary="Correct what I said")
async def correct(request: Request, slug: Slug, body: SaidIn) -> Response:
    """What was counted keeps what held on its day."""
    return await _changed(request, slug, body)


@router.post("/{slug}/me/withdraw", response_model=MeOut, summary="Take a consent back")
async def withdraw(request: Request, slug: Slug, body: WithdrawIn) -> Response:
    """The data it was for is gone at once."""
    return await _changed(request, slug, body)


async def _changed(request: Request, slug: str, body: SaidIn | WithdrawIn) -> Response:
    services, guest = entrants_of(request), await required_guest(request)
    now_ms = services.clock.wall_ms()
    await people_limits.count(request, (guest_limits.CHANGES_BY_GUEST, guest.card))
    async with services.db.write() as writer:
        if isinstance(body, SaidIn):
            await guest_rights.correct(writer, guest, body.said(), now_ms=now_ms)
        else:
            await guest_rights.withdraw(writer, guest, body.purpose, now_ms=now_ms)
    content: dict[str, Any] = await me_now(services.db, services.box, slug, guest.id, now_ms)
    return JSONResponse(content, headers=NO_STORE)


@router.post("/{slug}/me/erase", status_code=204, summary="Delete me")
async def erase(request: Request, slug: Slug) -> Response:
    """Name, number and everything said is deleted at once; counts stay without anybody in them."""
    services, guest = entrants_of(request), await required_guest(request)
    async with services.db.write() as writer:
        await guest_rights.erase(writer, [guest.id], now_ms=services.clock.wall_ms())
    response = Response(status_code=204, headers=NO_STORE)
    forget(request, response)
    return response
