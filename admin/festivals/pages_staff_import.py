"""A staff phone's queue from a file, for a phone that never gets a network: every row answered for.

Never counts a row twice: rows carry the phone's nonces, and the phone may still send them itself.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, File, Request, UploadFile
from pydantic import ValidationError
from starlette.responses import HTMLResponse

from admin.caller import Caller
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import Services, services_of
from admin.templating import page
from contest.audit import record
from contest.database import Reader
from contest.errors import Invalid, NotFound, TooLarge
from contest.festival import festivals, scans, staff_phones
from contest.festival.model import Festival
from contest.festival.scans import Answer
from contest.festival.scans_desk import Sender, rows_of
from contest.festival.scans_model import MAX_BATCH, Entry
from contest.festival.staff_phones import KnownPhone
from realtime.festival.api_staff import EntryIn

router = APIRouter(include_in_schema=False)
CanWrite = Annotated[Caller, requires(Permission.FESTIVALS_WRITE)]
FORMAT = "hoithi-gate-1"
MAX_BYTES, MAX_ROWS = 2_000_000, 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. `entry` and `answer` are None for what could not be read."""

    number: int
    entry: Entry | None
    answer: Answer | None = None
    known: bool = False


@router.post("/festivals/{festival_id}/staff/import")
async def import_queue(
    request: Request, caller: CanWrite, festival_id: RowId, file: Annotated[UploadFile, File()]
) -> HTMLResponse:
    """Merges the file and reports every row; a repeat of a file says "known before"."""
    services = services_of(request)
    content = await file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise TooLarge("file_too_large", limit=MAX_BYTES)
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
    phone_id, raw = opened(content, festival)
    try:
        async with services.db.read() as reader:
            known = await staff_phones.by_id(reader, festival_id, phone_id)
    except NotFound as unknown:
        raise Invalid("queue_file") from unknown
    rows = await merged(services, festival, known, read(raw))
    taken = sum(row.answer is not None and not row.known for row in rows)
    async with services.db.write() as writer:
        await record(
            writer,
            actor=caller.actor,
            action="staff_phone.import",
            subject=f"staff_phone:{known.phone.id}",
            now_ms=services.clock.wall_ms(),
            detail={"total": len(rows), "taken": taken},
        )
    return page(
        request,
        "festival_staff_import.html",
        festival=festival,
        phone=known.phone,
        rows=rows,
        taken=taken,
        known=sum(row.known for row in rows),
        bad=sum(row.entry is None for row in rows),
    )


def opened(content: bytes, festival: Festival) -> tuple[int, list[Any]]:
    """The phone's number and the raw rows. Raises Invalid("queue_file")."""
    try:
        told = msgspec.json.decode(content)
    except msgspec.DecodeError as broken:
        raise Invalid("queue_file") from broken
    if not isinstance(told, dict) or told.get("format") != FORMAT or told.get("festival") != festival.slug:
        raise Invalid("queue_file")
    phone_id, entries = told.get("phone"), told.get("entries")
    if not isinstance(phone_id, int) or not isinstance(entries, list) or len(entries) > MAX_ROWS:
        raise Invalid("queue_file")
    return phone_id, entries


def read(raw: list[Any]) -> list[Row]:
    """Every row as an entry, or as one that could not be read."""
    rows = []
    for number, one in enumerate(raw, 1):
        try:
            entry = EntryIn.model_validate(one).entry()
        except ValidationError:
            entry = None
        rows.append(Row(number, entry))
    return rows


async def merged(services: Services, festival: Festival, known: KnownPhone, rows: list[Row]) -> list[Row]:
    """The rows with what each came to. The phone's clock is taken to be as far off as it last was."""
    done = [row for row in rows if row.entry is None]
    good = [row for row in rows if row.entry is not None]
    for first in range(0, len(good), MAX_BATCH):
        part = good[first : first + MAX_BATCH]
        entries = [row.entry for row in part if row.entry is not None]
        async with services.db.write() as writer:
            phone = await staff_phones.held(writer, festival.id, known.phone.id)
            before = await rows_of(Reader(writer), known.phone.id, [entry.nonce for entry in entries])
            sender = Sender(phone.phone, phone.created_at, phone.offset_ms or 0)
            answers = await scans.merge(writer, sender, festival, entries, now_ms=services.clock.wall_ms())
        done += [
            Row(row.number, row.entry, answer, answer.nonce in before)
            for row, answer in zip(part, answers, strict=True)
        ]
    return sorted(done, key=lambda row: row.number)
