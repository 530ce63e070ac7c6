"""The JSON API of quizzes: made, imported, read, saved whole.

Never renders pages.
"""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile

from admin.api_models import (
    DrawIn,
    Imported,
    NoteRow,
    QuizChange,
    QuizIn,
    QuizLine,
    QuizMade,
    QuizOut,
    QuizVersion,
    SkippedRow,
)
from admin.caller import Caller
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.quiz_drawing import draw_into, pick_into
from admin.quiz_import import read_upload, store
from admin.services import services_of
from contest import question_bank
from contest.audit import record
from contest.database import Reader
from contest.drawing import Wanted
from contest.errors import Conflict
from contest.formats.report import sentence
from contest.ids import QuizId
from contest.model import Question
from contest.question_bank import QuestionId

router = APIRouter(prefix="/api", tags=["quizzes"])

CanRead = Annotated[Caller, requires(Permission.QUIZZES_READ)]
CanWrite = Annotated[Caller, requires(Permission.QUIZZES_WRITE)]


def bank_format(question: Question) -> dict[str, Any]:
    """A question as the bank format writes it: fields that say nothing are left out, whole numbers are integers."""
    fields = question.model_dump(mode="json", exclude_defaults=True)
    always = question.model_dump(mode="json", include={"type", "difficulty", "seconds", "stem_vi", "answer"})
    body = {**fields, **always}
    for name in ("answer", "tolerance"):
        if isinstance(body.get(name), str):
            value = float(body[name])
            body[name] = int(value) if value.is_integer() else value
    return body


@router.get("/quizzes")
async def list_quizzes(
    request: Request, caller: CanRead, q: str = "", archived: bool = False, limit: Annotated[int, Query(le=200)] = 200
) -> list[QuizLine]:
    """Quizzes, latest changed first; `q` is looked for in titles and questions, diacritics aside."""
    async with services_of(request).db.read() as reader:
        quizzes = await question_bank.listing(reader, query=q, archived=archived, limit=limit)
    return [
        QuizLine(
            id=quiz.id,
            title=quiz.title,
            questions=quiz.questions,
            is_bank=quiz.is_bank,
            version=quiz.version,
            archived=quiz.archived_at is not None,
            updated_at=quiz.updated_at,
        )
        for quiz in quizzes
    ]


@router.post("/quizzes", status_code=201)
async def create_quiz(request: Request, caller: CanWrite, body: QuizIn) -> QuizMade:
    """Makes a quiz of questions in the bank format; all of them or none, naming every bad row."""
    services = services_of(request)
    items = question_bank.parse(body.questions)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        quiz_id = await question_bank.create(
            writer, title=body.title, items=items, owner_id=caller.account_id, now_ms=now_ms, is_bank=body.is_bank
        )
        await record(
            writer,
            actor=caller.actor,
            action="quiz.create",
            subject=f"quiz:{quiz_id}",
            now_ms=now_ms,
            detail={"questions": len(items)},
        )
    return QuizMade(id=quiz_id, questions=len(items))


@router.post("/quizzes/import", status_code=201)
async def import_quiz(
    request: Request,
    caller: CanWrite,
    file: Annotated[UploadFile, File()],
    title: Annotated[str | None, Form()] = None,
) -> Imported:
    """Makes a quiz of what a file holds: JSON bank, Kahoot's xlsx, a table (xlsx, csv), Aiken or GIFT."""
    lang = language_of(request)
    report = await read_upload(file)
    quiz_id = await store(services_of(request), report, lang=lang, title=title, file_name=file.filename, caller=caller)
    notes = [NoteRow(row=None, note=sentence(lang, note), code=note.code) for note in report.notes]
    for item in report.questions:
        notes += [NoteRow(row=item.row, note=sentence(lang, note), code=note.code) for note in item.notes]
    return Imported(
        id=quiz_id,
        imported=len(report.questions),
        skipped=[
            SkippedRow(row=one.row, reason=sentence(lang, one), code=one.code, excerpt=one.excerpt)
            for one in report.skipped
        ],
        notes=notes,
    )


@router.get("/quizzes/{quiz_id}")
async def read_quiz(request: Request, caller: CanRead, quiz_id: RowId) -> QuizOut:
    """A quiz with its questions and their keys."""
    async with services_of(request).db.read() as reader:
        quiz = await question_bank.get(reader, QuizId(quiz_id))
    return QuizOut(
        id=quiz.summary.id,
        title=quiz.summary.title,
        is_bank=quiz.summary.is_bank,
        version=quiz.summary.version,
        updated_at=quiz.summary.updated_at,
        questions=[bank_format(question) for question in quiz.plain],
    )


@router.put("/quizzes/{quiz_id}")
async def save_quiz(request: Request, caller: CanWrite, quiz_id: RowId, body: QuizChange) -> QuizVersion:
    """Saves title, questions or both; 409 `stale` when somebody else saved since `version`."""
    services = services_of(request)
    items = None if body.questions is None else question_bank.parse(body.questions)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        before = (await question_bank.get(Reader(writer), QuizId(quiz_id))).summary
        if before.version != body.version:
            raise Conflict("stale", version=before.version)
        version, count = before.version, before.questions
        if items is not None:
            version = await question_bank.replace_questions(
                writer, before.id, items, expected=body.version, now_ms=now_ms
            )
            count = len(items)
        if body.title is not None:
            await question_bank.rename(writer, before.id, body.title, now_ms=now_ms)
            version += 1
        await record(writer, actor=caller.actor, action="quiz.save", subject=f"quiz:{quiz_id}", now_ms=now_ms)
    return QuizVersion(id=quiz_id, version=version, questions=count)


@router.post("/quizzes/{quiz_id}/draw")
async def draw_questions(request: Request, caller: CanWrite, quiz_id: RowId, body: DrawIn) -> QuizVersion:
    """Adds questions of a bank at the end, all or none: `count` at random, or the ones named."""
    services = services_of(request)
    target, bank = QuizId(quiz_id), QuizId(body.bank)
    if body.questions is not None:
        after = await pick_into(services, caller, target, bank, [QuestionId(one) for one in body.questions])
    else:
        wanted = Wanted(frozenset(body.categories), frozenset(body.difficulties), body.q)
        after = await draw_into(services, caller, target, bank, wanted, body.count or 0, repeats=body.repeats)
    return QuizVersion(id=quiz_id, version=after.version, questions=after.questions)


@router.delete("/quizzes/{quiz_id}", status_code=204)
async def archive_quiz(request: Request, caller: CanWrite, quiz_id: RowId) -> None:
    """Takes the quiz out of the lists; nothing is deleted, and rounds played from it keep their copy."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        await question_bank.archive(writer, QuizId(quiz_id), now_ms=now_ms)
        await record(writer, actor=caller.actor, action="quiz.archive", subject=f"quiz:{quiz_id}", now_ms=now_ms)
