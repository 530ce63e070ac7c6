"""Small quizzes and rounds that the tests of the use cases play with."""

from decimal import Decimal

from contest import rounds
from contest.answering import Arrival
from contest.database import Database, Reader, Writer
from contest.errors import Refused
from contest.ids import QuestionNumber, RoundId, Seat
from contest.joining import Admitted, Hello, join
from contest.model import Option, Question, RoundSettings
from contest.phases import CommandName
from contest.round_state import Command, Refusal, advance
from contest.rounds import RoundRecord
from scoring.answer_key import Choice, QuestionType

T0 = 1_790_000_000_000

OPTIONS = tuple(Option(id=name, text_vi=f"Phương án {name}") for name in "abcd")
SINGLE = Question(type=QuestionType.SINGLE, stem_vi="Một?", options=OPTIONS, answer=("b",))
MULTI = Question(type=QuestionType.MULTI, stem_vi="Nhiều?", options=OPTIONS, answer=("a", "c"))
TRUE_FALSE = Question.model_validate({"type": "true_false", "stem_vi": "Đúng không?", "answer": ["T"]})
ORDERING = Question(type=QuestionType.ORDERING, stem_vi="Xếp?", options=OPTIONS, answer=("d", "c", "b", "a"))
NUMERIC = Question(type=QuestionType.NUMERIC, stem_vi="Mấy?", answer=Decimal(12), tolerance=Decimal(1), unit_vi="số")
TEXT = Question(type=QuestionType.TEXT, stem_vi="Gì?", answer=("Đắk Lắk",))
POLL = Question(type=QuestionType.POLL, stem_vi="Thích?", options=OPTIONS)
EVERY_TYPE = (SINGLE, MULTI, TRUE_FALSE, ORDERING, NUMERIC, TEXT, POLL)
RIGHT: tuple[Choice, ...] = (["b"], ["a", "c"], ["T"], ["d", "c", "b", "a"], 12, "đắk lắk", ["a"])


async def new_round(db: Database, *questions: Question, **settings: object) -> RoundRecord:
    """A round in its lobby."""
    return await rounds.create(
        db,
        title="Vòng thử",
        quiz_id=None,
        questions=questions or EVERY_TYPE,
        settings=RoundSettings.model_validate(settings),
        created_by="system",
        now_ms=T0,
    )


async def seat(db: Database, record: RoundRecord, *names: str, unit: str | None = None) -> list[Admitted]:
    """Seats people who must get in."""
    outcomes = await join(db, [Hello(record.code, name, unit) for name in names], T0)
    admitted = [outcome for outcome in outcomes if isinstance(outcome, Admitted)]
    assert len(admitted) == len(names), outcomes
    return admitted


async def step(db: Database, round_id: RoundId, *names: CommandName) -> RoundRecord:
    """Moves the stored state by the table alone, without judging anything."""
    for name in names:
        async with db.write() as writer:
            record = await rounds.load(Reader(writer), round_id, lock=True)
            outcome = advance(record.plan, record.state, Command(name), T0, due=True)
            if isinstance(outcome, Refusal):
                raise Refused(outcome.code)
            assert await rounds.save_state(Writer(writer), record, outcome, T0)
    async with db.read() as reader:
        return await rounds.load(reader, round_id)


def arrival(
    record: RoundRecord,
    seat: int,
    choice: Choice,
    *,
    question: int = 1,
    fair_ms: int = 1_000,
    answer_id: str | None = None,
    in_time: bool = True,
) -> Arrival:
    """An answer as the gateway would hand it over."""
    return Arrival(
        round_id=record.id,
        question=QuestionNumber(question),
        seat=Seat(seat),
        answer_id=answer_id or f"id-{question}-{seat}",
        choice=choice,
        accepted_at=T0 + fair_ms,
        elapsed_ms=fair_ms,
        credit_ms=0,
        fair_ms=fair_ms,
        evidence="{}",
        in_time=in_time,
    )
