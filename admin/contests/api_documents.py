"""The JSON API's way to what organisers take away: documents, files, participation. Pages link to the same addresses.

Every file that is made is noted in the audit log, without personal data.
"""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from admin.caller import Caller
from admin.contests import document_desk, participation_desk
from admin.contests.document_desk import Made
from admin.contests.editing import CanRead
from admin.contests.takeaways import WHOLE
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import Services, services_of
from contest.audit import record

router = APIRouter(prefix="/api/contests/{contest_id}/documents", tags=["contests"])

CanSeePeople = Annotated[Caller, requires(Permission.PEOPLE_READ)]
Key = Annotated[str, Query(max_length=32, description="A result's key; _all for all of them.")]
Paper = Annotated[Literal["vi", "en"], Query(description="The language of the printed document.")]
Day = Annotated[str, Query(max_length=10, description="YYYY-MM-DD, now, or empty for the newest snapshot.")]
_ALL = WHOLE


@router.get("/annex.pdf", response_class=Response)
async def annex(
    request: Request, caller: CanSeePeople, contest_id: RowId, key: Key = _ALL, lang: Paper = "vi"
) -> Response:
    """The annex of the decision with full names; marked as a draft until published."""
    made = await document_desk.annex(services_of(request).db, contest_id, key, lang)
    return await sent(request, caller, contest_id, "annex", made, key=key)


@router.get("/public-annex.pdf", response_class=Response)
async def public_annex(
    request: Request, caller: CanRead, contest_id: RowId, key: Key = _ALL, lang: Paper = "vi"
) -> Response:
    """The annex as everybody may read it: published results, names only with consent."""
    made = await document_desk.annex(services_of(request).db, contest_id, key, lang, public=True)
    return await sent(request, caller, contest_id, "public_annex", made, key=key)


@router.get("/minutes.pdf", response_class=Response)
async def minutes(request: Request, caller: CanSeePeople, contest_id: RowId, key: Key, lang: Paper = "vi") -> Response:
    """The minutes of finding one result's winners."""
    services = services_of(request)
    made = await document_desk.minutes_file(services.db, contest_id, key, lang, now_ms=services.clock.wall_ms())
    return await sent(request, caller, contest_id, "minutes", made, key=key)


@router.get("/certificates.{fmt}", response_class=Response)
async def certificates(
    request: Request,
    caller: CanSeePeople,
    contest_id: RowId,
    fmt: Literal["pdf", "zip"],
    key: Key = _ALL,
    lang: Paper = "vi",
) -> Response:
    """The certificates of final results: one file, or a ZIP with one each."""
    services = services_of(request)
    make = document_desk.certificates_file if fmt == "pdf" else document_desk.certificates_archive
    made = await make(services.db, contest_id, key, lang, services.public_url)
    return await sent(request, caller, contest_id, f"certificates_{fmt}", made, key=key)


@router.get("/certificate-sample.pdf", response_class=Response)
async def certificate_sample(request: Request, caller: CanRead, contest_id: RowId, lang: Paper = "vi") -> Response:
    """A certificate for nobody, to look at before there are prizes."""
    made = await document_desk.certificate_sample(services_of(request).db, contest_id, lang)
    return await sent(request, caller, contest_id, "certificate_sample", made)


@router.get("/winners.{fmt}", response_class=Response)
async def winners(
    request: Request, caller: CanSeePeople, contest_id: RowId, fmt: Literal["xlsx", "csv"], key: Key = _ALL
) -> Response:
    """The winners with full names; csv has the people, or with key=collective the units."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    made = await document_desk.winners_file(services.db, contest_id, key, language_of(request), fmt, now_ms=now_ms)
    return await sent(request, caller, contest_id, f"winners_{fmt}", made, key=key)


@router.get("/public-winners.{fmt}", response_class=Response)
async def public_winners(
    request: Request, caller: CanRead, contest_id: RowId, fmt: Literal["xlsx", "csv"], key: Key = _ALL
) -> Response:
    """The winners as everybody may read them: published results, names only with consent."""
    services = services_of(request)
    now_ms, lang = services.clock.wall_ms(), language_of(request)
    made = await document_desk.winners_file(services.db, contest_id, key, lang, fmt, now_ms=now_ms, public=True)
    return await sent(request, caller, contest_id, f"public_winners_{fmt}", made, key=key)


@router.get("/dossiers/{public_id}.{fmt}", response_class=Response)
async def dossier(
    request: Request,
    caller: CanSeePeople,
    contest_id: RowId,
    public_id: str,
    fmt: Literal["pdf", "xlsx"],
    lang: Paper = "vi",
) -> Response:
    """Attempts, times, signals and decisions of one entry."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    made = await document_desk.dossier_file(services.db, contest_id, public_id, lang, fmt, now_ms=now_ms)
    return await sent(request, caller, contest_id, f"dossier_{fmt}", made, entry=public_id)


@router.get("/participation.{fmt}", response_class=Response)
async def participation(
    request: Request, caller: CanRead, contest_id: RowId, fmt: Literal["xlsx", "csv"], day: Day = ""
) -> Response:
    """People and attempts by unit as of 11:00 of a day; rounded while a prediction is open."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    seen = await participation_desk.look(
        services.db, contest_id, day, language_of(request), actor=caller.actor, now_ms=now_ms
    )
    made = await participation_desk.file(services.db, seen, fmt)
    return await sent(request, caller, contest_id, f"participation_{fmt}", made, day=day)


async def sent(request: Request, caller: Caller, contest_id: int, what: str, made: Made, **facts: str) -> Response:
    """The file as a download, noted: what, by whom, of which contest."""
    services: Services = services_of(request)
    async with services.db.write() as writer:
        await record(
            writer,
            actor=caller.actor,
            action="contest.document",
            subject=f"contest:{contest_id}",
            now_ms=services.clock.wall_ms(),
            detail={"what": what, **{name: value for name, value in facts.items() if value}},
        )
    if isinstance(made.body, Path):
        gone = BackgroundTask(_remove, made.body)
        return FileResponse(made.body, media_type=made.media_type, filename=made.name, background=gone)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return Response(made.body, media_type=made.media_type, headers=headers)


async def _remove(path: Path) -> None:
    await asyncio.to_thread(path.unlink, missing_ok=True)
