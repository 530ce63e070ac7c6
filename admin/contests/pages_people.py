"""The organiser's page of people: finding somebody who lost their code, and what people asked about their data.

Never puts a name, a phone or a number into an address, and notes every look in the audit log.
"""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import HTMLResponse, Response

from admin.caller import Caller
from admin.contests import editing
from admin.contests.editing import CanWrite
from admin.contests.result_views import done
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import services_of
from admin.templating import page
from contest import audit
from contest.errors import Conflict, Invalid, Refused
from contest.ids import ParticipantId
from contest.provincial import data_map, data_rights, people, people_search, retention
from contest.provincial.data_map import Kind
from contest.provincial.entry_form import Wrong, birth_date_of, person_name, phone_of
from contest.provincial.local_time import local_date
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

# Never the row's number: the newest one tells how many have entered.
PersonId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{22}$")]
CanSeePeople = Annotated[Caller, requires(Permission.PEOPLE_READ)]
Short = Annotated[str, Form(max_length=160)]


@router.get("/people")
async def people_page(request: Request, caller: CanSeePeople) -> HTMLResponse:
    """The search form and the requests that wait, the most urgent first."""
    return await _list(request)


@router.post("/people")
async def search(request: Request, caller: CanSeePeople, q: Short = "") -> HTMLResponse:
    """Who is meant; a form and no address, for what is typed is personal."""
    services = services_of(request)
    box = await editing.box_of(services)
    async with services.db.read() as reader:
        found = await people_search.find(reader, box, q) if q.strip() else []
    async with services.db.write() as writer:
        await audit.record(
            writer, actor=caller.actor, action="people.search", subject="participants",
            now_ms=services.clock.wall_ms(), detail={"found": len(found)},
        )  # fmt: skip
    return await _list(request, found=found, q=q)


@router.get("/people/data-map")
async def map_page(request: Request, caller: CanSeePeople) -> HTMLResponse:
    """What is stored about people, column by column, and how long."""
    rows = [one for one in data_map.places() if one.kind not in (Kind.FACT, Kind.STAFF)]
    return page(request, "people_map.html", rows=rows, rules=retention.RULES)


@router.get("/people/{person_id}")
async def person_page(request: Request, caller: CanSeePeople, person_id: PersonId) -> HTMLResponse:
    """One person, no more than helping them needs."""
    services = services_of(request)
    async with services.db.write() as writer:
        await audit.record(
            writer, actor=caller.actor, action="people.view", subject=f"participant:{person_id}",
            now_ms=services.clock.wall_ms(),
        )  # fmt: skip
    return await _person(request, person_id)


@router.post("/people/{person_id}/code")
async def new_code(request: Request, caller: CanWrite, person_id: PersonId) -> HTMLResponse:
    """A new personal code instead of the lost one, shown this once."""
    services = services_of(request)
    box = await editing.box_of(services)
    participant_id = await _living(request, person_id)
    async with services.db.write() as writer:
        code = await people.reissue_code(writer, box, participant_id)
        await audit.record(
            writer, actor=caller.actor, action="participant.code", subject=f"participant:{person_id}",
            now_ms=services.clock.wall_ms(),
        )  # fmt: skip
    return await _person(request, person_id, code=code)


@router.post("/people/{person_id}/confirm")
async def confirm(request: Request, caller: CanWrite, person_id: PersonId) -> Response:
    """Somebody of the staff has made sure that the phone is theirs."""
    services, now_ms = services_of(request), services_of(request).clock.wall_ms()
    participant_id = await _living(request, person_id)
    async with services.db.write() as writer:
        await people.confirm_phone(writer, participant_id, now_ms)
        await audit.record(
            writer, actor=caller.actor, action="participant.confirm", subject=f"participant:{person_id}",
            now_ms=now_ms,
        )  # fmt: skip
    return done(request, f"/people/{person_id}")


@router.post("/people/{person_id}/correct")
async def correct(
    request: Request,
    caller: CanWrite,
    person_id: PersonId,
    name: Short = "",
    birth_date: Short = "",
    phone: Short = "",
) -> Response:
    """Puts right who somebody is. An empty phone leaves the one there is."""
    services, now_ms = services_of(request), services_of(request).clock.wall_ms()
    box = await editing.box_of(services)
    participant_id = await _living(request, person_id)
    try:
        await data_rights.correct(
            services.db, box, participant_id,
            full_name=person_name(name), birth_date=_birth(birth_date, local_date(now_ms)),
            phone=phone_of(phone) if phone.strip() else None, actor=caller.actor, now_ms=now_ms,
        )  # fmt: skip
    except Wrong as wrong:
        return await _person(request, person_id, problem=f"entry.{wrong.code}", params=dict(wrong.params))
    except Refused as refusal:
        return await _person(
            request, person_id, problem=f"error.{refusal.code}", params=refusal.params, status=status_of(refusal)
        )
    return done(request, f"/people/{person_id}")


@router.post("/people/{person_id}/erase")
async def erase(request: Request, caller: CanWrite, person_id: PersonId, sure: Short = "") -> Response:
    """Removes the person and leaves the numbers; the box must be ticked."""
    if sure != "yes":
        raise Invalid("erase_not_sure")
    services = services_of(request)
    participant_id = await _living(request, person_id)
    try:
        await data_rights.erase(services.db, participant_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    except Conflict as refusal:
        return await _person(request, person_id, problem=f"error.{refusal.code}", status=409)
    return done(request, f"/people/{person_id}")


@router.post("/people/requests/{request_id}")
async def settle(request: Request, caller: CanWrite, request_id: RowId, act: Short = "") -> Response:
    """Marks a request done or refused."""
    if act not in ("done", "refused"):
        raise Invalid("request_kind")
    services = services_of(request)
    async with services.db.write() as writer:
        await data_rights.settle(
            writer, request_id, done=act == "done", actor=caller.actor, now_ms=services.clock.wall_ms()
        )
    return done(request, "/people")


async def _list(request: Request, found: list[people_search.PersonLine] | None = None, q: str = "") -> HTMLResponse:
    services = services_of(request)
    async with services.db.read() as reader:
        waiting = await data_rights.queue(reader)
        settled = await data_rights.queue(reader, waiting=False, limit=20)
    return page(
        request, "people.html", found=found, q=q, waiting=waiting, settled=settled, most=people_search.MOST,
        now_ms=services.clock.wall_ms(),
    )  # fmt: skip


async def _person(
    request: Request,
    person_id: str,
    *,
    code: str | None = None,
    problem: str | None = None,
    params: dict[str, Any] | None = None,
    status: int = 200,
) -> HTMLResponse:
    services = services_of(request)
    box = await editing.box_of(services)
    async with services.db.read() as reader:
        person, entries = await people_search.person(reader, box, person_id)
        asked = await data_rights.requests_of(reader, person.id)
    headers = {"Cache-Control": "no-store"}
    return page(
        request, "person.html", status=status, headers=headers, person=person, entries=entries, asked=asked,
        code=code, problem=problem, params=params or {}, now_ms=services.clock.wall_ms(),
    )  # fmt: skip


async def _living(request: Request, person_id: str) -> ParticipantId:
    services = services_of(request)
    box = await editing.box_of(services)
    async with services.db.read() as reader:
        person, _ = await people_search.person(reader, box, person_id)
    if person.erased_at is not None:
        raise Conflict("person_erased")
    return person.id


def _birth(typed: str, today: date) -> str | None:
    return birth_date_of(typed, today) if typed.strip() else None
