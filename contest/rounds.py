"""Live rounds in SQL: made, loaded, listed, and saved by compare-and-set on their version.

Never decides what may happen to a round: that is `contest.round_state`.
"""

import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from contest import audit
from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import QuizId, RoundId
from contest.model import Mode, Option, Question, RoundSettings
from contest.phases import FINAL, Phase
from contest.round_state import BellPlan, RoundPlan, RoundState
from contest.tables import rounds
from contest.tickets import new_room_code
from scoring import golden_bell
from scoring.answer_key import QuestionType
from scoring.fairtime import PRESETS

_CODE_TRIES = 20
PLAYABLE = frozenset({Mode.POINTS, Mode.TEAMS, Mode.GOLDEN_BELL, Mode.DUEL})
"""The modes a round can be made with; the others are refused with `mode_not_available`."""


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """One row of `rounds`, decoded. `questions` are in the order asked, their options in the order shown."""

    id: RoundId
    code: str
    code_active: bool
    quiz_id: QuizId | None
    title: str
    settings: RoundSettings
    questions: tuple[Question, ...]
    state: RoundState
    seat_count: int
    people_version: int
    stage_token_hash: str | None
    created_by: str
    created_at: int
    started_at: int | None
    finished_at: int | None
    hall_id: int | None = None

    @property
    def plan(self) -> RoundPlan:
        """What the state machine needs to know of this round."""
        settings = self.settings
        bell = settings.mode is Mode.GOLDEN_BELL
        same = settings.seconds or (golden_bell.SECONDS if bell else None)
        return RoundPlan(
            seconds=tuple(same or question.seconds for question in self.questions),
            reading_seconds=settings.reading_seconds,
            cap_ms=self.cap_ms,
            bell=BellPlan(
                deciding=tuple(golden_bell.decides(question.type, question.weight) for question in self.questions),
                rescues_allowed=settings.rescues_allowed,
                rescue_from=settings.rescue_from,
            )
            if bell
            else None,
            decided=self.state.won_by is not None,
            duel=settings.mode is Mode.DUEL,
        )

    @property
    def people_count(self) -> int:
        """How many seats there are, of people thrown out here too; numbers that nobody has here left out."""
        return self.seat_count - self.state.left_out

    @property
    def cap_ms(self) -> int:
        """The most network delay this round's fairness preset credits, in ms."""
        return PRESETS[self.settings.fairness].cap_with_kernel_ms

    def question(self, number: int) -> Question:
        """Question `number`, from 1."""
        return self.questions[number - 1]

    def limit_ms(self, number: int) -> int:
        """The answering time points are reckoned with: the plan's own, whatever was added later.

        An extension gives everybody more time to answer, but must not make an early answer worth less; answers after
        the planned end earn what the last moment earns.
        """
        return self.plan.seconds[number - 1] * 1000


class Marks(NamedTuple):
    """What a process compares once a second to learn that it has missed something."""

    version: int
    people_version: int
    seat_count: int
    phase: Phase


class Listed(NamedTuple):
    """A row of the list of rounds."""

    id: RoundId
    code: str
    code_active: bool
    title: str
    phase: Phase
    seats: int
    created_by: str
    created_at: int
    finished_at: int | None


def _state_from(stored: Mapping[str, Any]) -> RoundState:
    fields = dict(stored)
    fields["phase"] = Phase(fields["phase"])
    if fields.get("paused_from") is not None:
        fields["paused_from"] = Phase(fields["paused_from"])
    fields["voided"] = tuple(fields.get("voided", ()))
    fields["withdrawn"] = tuple(fields.get("withdrawn", ()))
    fields["rescue_questions"] = tuple(fields.get("rescue_questions", ()))
    fields["rescued_after"] = tuple(fields.get("rescued_after", ()))
    fields["finalists"] = tuple(fields.get("finalists", ()))
    fields["rulings"] = tuple((q, seat, right) for q, seat, right in fields.get("rulings", ()))
    return RoundState(**fields)


def _record(row: Any) -> RoundRecord:
    return RoundRecord(
        id=RoundId(row.id),
        code=row.code,
        code_active=row.code_active,
        quiz_id=row.quiz_id,
        title=row.title,
        settings=RoundSettings.model_validate(row.settings),
        questions=tuple(Question.model_validate(body) for body in row.questions),
        state=_state_from(row.state),
        seat_count=row.seat_count,
        people_version=row.people_version,
        stage_token_hash=row.stage_token_hash,
        created_by=row.created_by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        hall_id=row.hall_id,
    )


def shuffled(question: Question, shuffle: bool, rng: random.Random) -> Question:
    """The question with its options in the order to be shown; ids stay with their texts.

    Ordering questions are always shuffled, and never left in the right order; true/false keeps its order, and so do
    polls, whose options often form a scale.
    """
    options: list[Option] = list(question.options)
    if question.type is QuestionType.ORDERING:
        right = list(question.answer) if isinstance(question.answer, tuple) else []
        while True:
            rng.shuffle(options)
            if [option.id for option in options] != right:
                break
    elif shuffle and question.type in (QuestionType.SINGLE, QuestionType.MULTI):
        rng.shuffle(options)
    return question.model_copy(update={"options": tuple(options)})


async def create(
    db: Database,
    *,
    title: str,
    quiz_id: QuizId | None,
    questions: Sequence[Question],
    settings: RoundSettings,
    created_by: str,
    now_ms: int,
) -> RoundRecord:
    """A new live round in its lobby, with a free code of six digits.

    Freezes the questions: later edits of the quiz do not reach it. Notes the act in the same transaction. Raises
    Invalid("mode_not_available") for modes that are not playable yet and Invalid("quiz_empty").
    """
    values = new_values(
        title, quiz_id, questions, settings, RoundState(auto=settings.auto), created_by=created_by, now_ms=now_ms
    )
    for _ in range(_CODE_TRIES):
        try:
            async with db.write() as writer:
                row = (
                    await writer.execute(insert(rounds).values(code=new_room_code(), **values).returning(rounds))
                ).one()
                await audit.record(
                    writer,
                    actor=created_by,
                    action="round.create",
                    subject=f"round:{row.id}",
                    now_ms=now_ms,
                    detail={"quiz": quiz_id, "questions": len(questions)},
                )
                return _record(row)
        except IntegrityError:
            continue  # Another open round has this code: draw again.
    raise Conflict("rounds_full")


def new_values(
    title: str,
    quiz_id: QuizId | None,
    questions: Sequence[Question],
    settings: RoundSettings,
    state: RoundState,
    *,
    created_by: str,
    now_ms: int,
) -> dict[str, Any]:
    """The row of a new round, but for its code: the questions frozen, their options in an order drawn now.

    Raises Invalid("mode_not_available") and Invalid("quiz_empty").
    """
    if settings.mode not in PLAYABLE:
        raise Invalid("mode_not_available", mode=settings.mode.value)
    if not questions:
        raise Invalid("quiz_empty")
    rng = random.Random(secrets.randbits(64))
    frozen = [shuffled(question, settings.shuffle, rng) for question in questions]
    return {
        "quiz_id": quiz_id,
        "title": title,
        "settings": settings.model_dump(mode="json"),
        "questions": [question.model_dump(mode="json") for question in frozen],
        "created_by": created_by,
        "created_at": now_ms,
        **_state_columns(state),
    }


def _state_columns(state: RoundState) -> dict[str, Any]:
    return {
        "state": asdict(state),
        "version": state.version,
        "phase": state.phase.value,
        "accepting": state.accepting,
        "deadline_ms": state.deadline_ms,
        "locked": state.locked,
    }


async def load(reader: Reader, round_id: RoundId, *, lock: bool = False) -> RoundRecord:
    """The round, or NotFound("round_unknown"). With `lock` (in a write transaction) nobody else can change it or
    store an answer to it until the transaction ends."""
    query = select(rounds).where(rounds.c.id == round_id)
    row = (await reader.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NotFound("round_unknown")
    return _record(row)


async def by_code(reader: Reader, code: str) -> RoundRecord | None:
    """The round whose code is in use now."""
    row = (await reader.execute(select(rounds).where(rounds.c.code == code, rounds.c.code_active))).one_or_none()
    return None if row is None else _record(row)


async def by_stage_token(reader: Reader, token_hash: str) -> RoundId | None:
    """The round whose stage this token opens."""
    found = await reader.scalar(select(rounds.c.id).where(rounds.c.stage_token_hash == token_hash))
    return None if found is None else RoundId(found)


async def marks(reader: Reader, ids: Sequence[RoundId]) -> dict[RoundId, Marks]:
    """The marks of many rounds in one query."""
    if not ids:
        return {}
    columns = (rounds.c.id, rounds.c.version, rounds.c.people_version, rounds.c.seat_count, rounds.c.phase)
    query = select(*columns).where(rounds.c.id.in_(bindparam("ids", expanding=True)))
    rows = await reader.execute(query, {"ids": list(ids)})
    return {RoundId(row.id): Marks(row.version, row.people_version, row.seat_count, Phase(row.phase)) for row in rows}


class Due(NamedTuple):
    """A round that moves by itself, for the timekeeper."""

    id: RoundId
    version: int
    phase: Phase
    deadline_ms: int


async def due(reader: Reader) -> list[Due]:
    """Every round with a deadline, passed or to come."""
    rows = await reader.execute(
        select(rounds.c.id, rounds.c.version, rounds.c.phase, rounds.c.deadline_ms).where(
            rounds.c.deadline_ms.is_not(None)
        )
    )
    return [Due(RoundId(row.id), row.version, Phase(row.phase), row.deadline_ms) for row in rows]


async def scored(reader: Reader, *, since_ms: int) -> dict[RoundId, int]:
    """The rounds with totals that are in play or ended after `since_ms`, with the version that last changed them."""
    rows = await reader.execute(
        select(rounds.c.id, rounds.c.state).where(
            or_(rounds.c.finished_at.is_(None), rounds.c.finished_at > since_ms), rounds.c.started_at.is_not(None)
        )
    )
    found = {RoundId(row.id): row.state.get("scored_version") for row in rows}
    return {round_id: version for round_id, version in found.items() if version is not None}


async def listing(reader: Reader, *, limit: int = 200) -> list[Listed]:
    """The newest rounds first."""
    columns = (
        rounds.c.id,
        rounds.c.code,
        rounds.c.code_active,
        rounds.c.title,
        rounds.c.phase,
        rounds.c.seat_count,
        rounds.c.state,
        rounds.c.created_by,
        rounds.c.created_at,
        rounds.c.finished_at,
    )
    rows = await reader.execute(select(*columns).order_by(rounds.c.id.desc()).limit(limit))
    return [
        Listed(
            RoundId(row.id),
            row.code,
            row.code_active,
            row.title,
            Phase(row.phase),
            row.seat_count - row.state.get("left_out", 0),
            row.created_by,
            row.created_at,
            row.finished_at,
        )
        for row in rows
    ]


async def save_state(
    writer: Writer,
    record: RoundRecord,
    state: RoundState,
    now_ms: int,
    *,
    questions: Sequence[Question] | None = None,
) -> bool:
    """Stores `state` if the round still has the version of `record`; False when somebody was faster.

    `questions` replaces the frozen list: only what has not been asked yet may differ from it.
    """
    changes = _state_columns(state)
    if questions is not None:
        changes["questions"] = [question.model_dump(mode="json") for question in questions]
    if record.started_at is None and state.phase is Phase.GET_READY:
        changes["started_at"] = now_ms
    if state.phase in FINAL and record.finished_at is None:
        changes["finished_at"] = now_ms
        changes["code_active"] = False
    result = await writer.execute(
        update(rounds).where(rounds.c.id == record.id, rounds.c.version == record.state.version).values(**changes)
    )
    return result.rowcount == 1


async def set_stage_token(writer: Writer, round_id: RoundId, token_hash: str) -> None:
    """Replaces the stage's read-only token; stages with the old one are refused at their next connection."""
    result = await writer.execute(update(rounds).where(rounds.c.id == round_id).values(stage_token_hash=token_hash))
    if result.rowcount != 1:
        raise NotFound("round_unknown")
