"""From an uploaded file to a quiz: read within limits, reported row by row, stored only when asked.

Never parses a format: that is `contest.formats`.
"""

from pathlib import PurePath

from fastapi import UploadFile

from admin.caller import Caller
from admin.services import Services
from contest import question_bank
from contest.audit import record
from contest.errors import Invalid, TooLarge
from contest.formats.limits import MAX_FILE_BYTES
from contest.formats.reading import read_async
from contest.formats.report import ImportReport, sentence
from contest.ids import QuizId


async def read_upload(file: UploadFile) -> ImportReport:
    """What the file holds; nothing is stored. Raises TooLarge and Invalid with the reader's codes."""
    data = await file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
    return await read_async(file.filename or "", data)


async def store(
    services: Services, report: ImportReport, *, lang: str, title: str | None, file_name: str | None, caller: Caller
) -> QuizId:
    """Makes a quiz of the imported questions. Raises Invalid("import_nothing") when there are none."""
    if not report.questions:
        reasons = [{"row": one.row, "reason": sentence(lang, one), "code": one.code} for one in report.skipped[:50]]
        raise Invalid("import_nothing", skipped=reasons)
    items = [item.question for item in report.questions]
    now_ms = services.clock.wall_ms()
    chosen = title or report.title or PurePath(file_name or "").stem or "?"
    async with services.db.write() as writer:
        quiz_id = await question_bank.create(
            writer,
            title=chosen[: question_bank.MAX_TITLE],
            items=items,
            owner_id=caller.account_id,
            now_ms=now_ms,
        )
        await record(
            writer,
            actor=caller.actor,
            action="quiz.import",
            subject=f"quiz:{quiz_id}",
            now_ms=now_ms,
            detail={"format": report.format, "questions": len(items), "skipped": len(report.skipped)},
        )
    return quiz_id
