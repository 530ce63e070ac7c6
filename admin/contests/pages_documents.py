"""The organiser's pages of what a contest leaves on paper and in files, and of who takes part where.

Never makes a file: they are made at the addresses of `api_documents`, which these pages link to.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.caller import Caller
from admin.contests import documents_certificates, editing, participation_desk, takeaways
from admin.contests.editing import CanRead, CanWrite
from admin.contests.participation_desk import NOW
from admin.contests.takeaways import WHOLE
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, allows
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import page
from contest.errors import Forbidden, Invalid, Refused
from contest.provincial import letterheads, results
from contest.provincial.letterheads import Letterhead
from contest.provincial.result_states import PUBLIC, SETTLED
from contest.provincial.results import Standing
from contest.provincial.windows import COLLECTIVE
from contest.provincial.winners import Winner
from contest.provincial.wording import ranking_name
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form(max_length=6000)]
_MOST_NAMED, _MOST_LINES = 300, 150


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one result has to take away. `people` are its winners by name, for who may see them."""

    standing: Standing
    name: str
    seats: int
    certificates: int
    people: tuple[Winner, ...]

    @property
    def reckoned(self) -> bool:
        return self.standing.result.document is not None

    @property
    def public(self) -> bool:
        return self.standing.result.state in PUBLIC

    @property
    def final(self) -> bool:
        return self.standing.result.state in SETTLED


@router.get("/contests/{contest_id}/documents")
async def documents_page(request: Request, caller: CanRead, contest_id: RowId) -> HTMLResponse:
    """Everything to take away, result by result, and the letterhead."""
    return await _documents(request, caller, contest_id)


@router.post("/contests/{contest_id}/letterhead")
async def save_letterhead(
    request: Request,
    caller: CanWrite,
    contest_id: RowId,
    parent: Field = "",
    agency: Field = "",
    place: Field = "",
    signer_role: Field = "",
    signer_name: Field = "",
    committee: Field = "",
    receivers: Field = "",
) -> Response:
    """What stands around the text of every document from now on."""
    services = services_of(request)
    given = {
        "parent": parent,
        "agency": agency,
        "place": place,
        "signer_role": signer_role,
        "signer_name": signer_name,
        "committee": committee,
        "receivers": receivers,
    }
    try:
        letterhead = letterheads.parsed(given)
    except Invalid as refusal:
        return await _documents(request, caller, contest_id, refusal, given)
    async with services.db.write() as writer:
        now_ms = services.clock.wall_ms()
        await letterheads.save(writer, contest_id, letterhead, actor=caller.actor, now_ms=now_ms)
    return see_other(f"/contests/{contest_id}/documents?saved=1#letterhead")


@router.get("/contests/{contest_id}/participation")
async def participation_page(
    request: Request, caller: CanRead, contest_id: RowId, day: Annotated[str, Query(max_length=10)] = ""
) -> HTMLResponse:
    """Who takes part where: the newest snapshot of 11:00, another day's, or the exact figures of now."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        return page(request, "contest_participation.html", contest=contest, seen=None, refusal=None)
    lang, now_ms = language_of(request), services.clock.wall_ms()
    refusal: Refused | None = None
    try:
        seen = await participation_desk.look(services.db, contest_id, day, lang, actor=caller.actor, now_ms=now_ms)
    except Forbidden as refused:
        refusal = refused
        seen = await participation_desk.look(services.db, contest_id, "", lang, actor=caller.actor, now_ms=now_ms)
    return page(
        request,
        "contest_participation.html",
        status=200 if refusal is None else status_of(refusal),
        contest=contest,
        seen=seen,
        refusal=refusal,
        now=NOW,
        most=_MOST_LINES,
    )


async def _documents(
    request: Request,
    caller: Caller,
    contest_id: int,
    refusal: Invalid | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    now_ms, lang = services.clock.wall_ms(), language_of(request)
    named = allows(caller.role, Permission.PEOPLE_READ)
    shelves: list[Shelf] = []
    async with services.db.read() as reader:
        letterhead = await letterheads.load(reader, contest_id, contest.rules)
        if contest.rules is not None:
            for standing in await results.listing(reader, contest_id, now_ms):
                seats: tuple[Winner, ...] = ()
                certificates = 0
                key = standing.result.key
                if standing.result.document is not None:
                    gathered = await takeaways.gather(reader, contest_id, key)
                    seats, certificates = gathered.seats, documents_certificates.count(gathered)
                people = tuple(seat for seat in seats if seat.person is not None) if named else ()
                name = ranking_name(contest.rules, key, lang)
                shelves.append(Shelf(standing, name, len(seats), certificates, people[:_MOST_NAMED]))
    return page(
        request,
        "contest_documents.html",
        status=200 if refusal is None else status_of(refusal),
        contest=contest,
        shelves=shelves,
        whole=WHOLE,
        collective=COLLECTIVE,
        named=named,
        fields=given or _fields(letterhead),
        refusal=refusal,
        saved=request.query_params.get("saved") == "1",
    )


def _fields(letterhead: Letterhead) -> dict[str, str]:
    return {
        "parent": letterhead.parent,
        "agency": letterhead.agency,
        "place": letterhead.place,
        "signer_role": letterhead.signer_role,
        "signer_name": letterhead.signer_name,
        "committee": "\n".join(letterhead.committee),
        "receivers": "\n".join(letterhead.receivers),
    }
