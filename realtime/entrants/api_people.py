"""Entering a contest over HTTP: the form, the units to choose from, registering, and who I am.

Never holds a rule: `contest.provincial` does. Signing in is `api_sign_in`, one's data `api_my_data`.
"""

import contextlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import JSONResponse, Response

from contest import units
from contest.catalogue import text
from contest.database import Reader
from contest.errors import Conflict, Forbidden
from contest.ids import ParticipantId
from contest.provincial import contest_units, entry_form, people, phone_codes, sign_in
from contest.provincial.contests import ContestRecord
from contest.provincial.entry_form import Read
from contest.provincial.local_time import local_date
from contest.provincial.people import INVITED, UNCONFIRMED
from contest.provincial.phones import tail
from contest.provincial.rules import ContestRules
from contest.provincial.windows import phase
from realtime.entrants import contest_card, people_limits
from realtime.entrants.contest_card import consent_text, contest_view, entry_view, public_contest
from realtime.entrants.services import entrants_of
from realtime.entrants.session import caller_of, remember
from realtime.entrants.vouching import forget_vouched, vouched
from realtime.problems import accepted_language, problem
from realtime.throttle import Throttled
from scoring.folding import fold

router = APIRouter(prefix="/api", tags=["people"])
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Lang = Annotated[str | None, Query(pattern="^(vi|en)$")]
NO_STORE = {"Cache-Control": "no-store"}


class Body(BaseModel):
    """What the players' pages send."""

    model_config = ConfigDict(extra="forbid", str_max_length=2_000)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, sent: Any) -> Any:
        """PostgreSQL stores no NUL in a text; nobody types one."""
        texts = [sent] if isinstance(sent, str) else list(sent.values()) if isinstance(sent, dict) else []
        texts += [text for inner in texts if isinstance(inner, dict) for text in inner.values()]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise ValueError("NUL")
        return sent


class Wish(Body):
    """A filled-in entry form; the keys of `values` are those of the form."""

    values: dict[str, str | None] = Field(max_length=40)
    consents: dict[str, bool] = Field(max_length=10)
    guardian_consent: bool = False
    lang: str = Field(default="vi", pattern="^(vi|en)$")


@router.get("/contests/{slug}/me", summary="The contest and my entry in it")
async def me(request: Request, slug: Slug, lang: Lang = None) -> Response:
    """Always 200; `signed_in` says whether the cookie is good, `entry` is null for who has not entered."""
    services = entrants_of(request)
    caller = await caller_of(request)
    async with services.db.read() as reader:
        record, rules = await public_contest(reader, slug)
        card = await contest_view(reader, record, rules, lang or accepted_language(request), services.clock.wall_ms())
        entry = caller and await people.entry_of(reader, record.id, caller.participant_id)
        shown = entry and await entry_view(reader, services.field_box, entry)
    return JSONResponse({"contest": card, "signed_in": caller is not None, "entry": shown}, headers=NO_STORE)


@router.get("/contests/{slug}/form", summary="The entry form")
async def form(request: Request, slug: Slug, lang: Lang = None) -> Response:
    """What the contest asks of who enters, and the ways to come back."""
    services = entrants_of(request)
    async with services.db.read() as reader:
        record, rules = await public_contest(reader, slug)
        card = await contest_view(reader, record, rules, lang or accepted_language(request), services.clock.wall_ms())
        asked = await contest_card.form_view(reader, record, rules, services.settings, sends=services.outbox.sends)
    word = vouched(request)
    return JSONResponse({"contest": card, **asked, "values": word.values if word else {}}, headers=NO_STORE)


@router.get("/contests/{slug}/units", summary="Units of the contest's own list")
async def found_units(request: Request, slug: Slug, q: Annotated[str, Query(max_length=80)] = "") -> Response:
    """At most eight, the best first; diacritics make no difference."""
    async with entrants_of(request).db.read() as reader:
        record, _ = await public_contest(reader, slug)
        found = await contest_units.search(reader, record.id, q)
    rows = [{"code": unit.code, "name": unit.name, "commune": unit.commune, "was": None} for unit in found]
    return JSONResponse({"units": rows}, headers={"Cache-Control": "public, max-age=60"})


@router.post("/contests/{slug}/entries", status_code=201, summary="Enter the contest")
async def enter(request: Request, slug: Slug, body: Wish) -> Response:
    """Registers and signs in. `code` is the personal code, told this once; `confirm` says that a code was sent."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    box = services.field_box
    await people_limits.count(request, (people_limits.REGISTER_BY_ADDRESS, None))
    caller = await caller_of(request)
    async with services.db.read() as reader:
        record, rules = await public_contest(reader, slug)
        if record.state != "open" or phase(rules, now_ms) == "over":
            raise Forbidden("entry_closed")
        known = await _known(reader, record, rules, caller.participant_id if caller else None, body)
        unit = str(body.values.get("unit") or "")
        listed = bool(unit) and await contest_units.get(reader, record.id, unit) is not None
    found = _read(rules, body, listed, now_ms)
    if found.data is None:
        return _wrong(found, body.lang)
    made = await people.register(
        services.db, box, record.id, rules.entry, found.data,
        now_ms=now_ms, given=found.given, guardian=found.guardian, known=known,
    )  # fmt: skip
    confirm = None
    if made.entry.state == UNCONFIRMED and found.data.phone is not None:
        confirm = await _send_first_code(request, found.data.phone, body.lang, now_ms)
    async with services.db.read() as reader:
        shown = await entry_view(reader, box, made.entry)
    content = {"entry": shown, "code": made.personal_code, "confirm": confirm}
    response = JSONResponse(content, 201, NO_STORE)
    remember(request, response, made.session)
    if (word := vouched(request)) is not None:
        # Somebody else of the family was quicker with the same word: the entry stands, and its code must be told.
        with contextlib.suppress(Conflict):
            await sign_in.link_subject(services.db, box, made.participant_id, word.issuer, word.subject)
        forget_vouched(response)
    return response


def _read(rules: ContestRules, body: Wish, unit_listed: bool, now_ms: int) -> Read:
    return entry_form.read(
        rules.entry,
        body.values,
        consents=body.consents,
        consent_text=lambda purpose: consent_text(body.lang, purpose, rules.title),
        guardian_consent=body.guardian_consent,
        lang=body.lang,
        today=local_date(now_ms),
        communes={str(unit.code) for unit in units.shipped()},
        unit_known=lambda code: unit_listed,
    )


def _wrong(found: Read, lang: str) -> Response:
    rows: list[dict[str, Any]] = [
        {
            "field": one.field,
            "code": one.code,
            "text": text(lang, f"entry.{one.code}", **one.params),
            "suggestion": one.suggestion,
        }
        for one in found.problems
    ]
    return problem(422, "entry_invalid", lang, {"problems": rows}, NO_STORE)


async def _known(
    reader: Reader, record: ContestRecord, rules: ContestRules, caller: ParticipantId | None, body: Wish
) -> ParticipantId | None:
    """Who of those signed in on this device is entering, if it is they."""
    if caller is not None:
        entry = await people.entry_of(reader, record.id, caller)
        if entry is not None and entry.state == INVITED:
            return caller
        same = fold(await people.name_of(reader, caller)) == fold(body.values.get("full_name") or "")
        if entry is not None and same and entry.state != UNCONFIRMED:
            raise Conflict("already_entered")
        if entry is None and same and rules.entry.admission == "open":
            return caller
    if rules.entry.admission == "roster":
        raise Forbidden("not_on_roster")
    return None


async def _send_first_code(request: Request, phone: str, lang: str, now_ms: int) -> dict[str, Any]:
    services = entrants_of(request)
    try:
        await people_limits.count(
            request, (people_limits.FIRST_CODES_BY_ADDRESS, None), (people_limits.CODES_BY_PREFIX, phone[:-3])
        )
        issued = await phone_codes.issue(services.db, services.field_box, phone, now_ms=now_ms)
    except (phone_codes.SlowDown, Throttled) as wait:
        # The entry is made; the page's own button asks again.
        return {"phone_tail": tail(phone), "expires_in_ms": 0, "resend_in_ms": wait.retry_after_s * 1000}
    services.outbox.put(phone, issued.code, lang)
    return {
        "phone_tail": tail(phone), "expires_in_ms": issued.expires_in_ms, "resend_in_ms": issued.resend_in_ms,
    }  # fmt: skip
