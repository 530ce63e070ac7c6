"""Judging and awarding: the reveal of one question, and the recount when one is voided.

Both use `scoring.replay`, the single definition of how answers become totals; both run inside the transaction that
saves the round's new state, so nobody ever sees one without the other. Never talks to Redis.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import bindparam, select

from contest.bulk import run_rows
from contest.database import Reader, Writer
from contest.games import golden_bell, rules
from contest.phases import Phase
from contest.rounds import RoundRecord
from contest.seats import SeatRecord, of_round
from contest.tables import answers
from scoring.answer_key import Choice, Verdict
from scoring.replay import ReplayAnswer, ReplayQuestion, Scored, add, replay
from scoring.standings import Total

_VERDICTS = {verdict.value: verdict for verdict in Verdict}


class Judged(NamedTuple):
    """What the reveal of a question shows of one seat; `choice` None: no answer."""

    choice: Choice | None
    verdict: Verdict
    points: int
    fair_ms: int | None
    credit_ms: int | None


class _AnswerRow(NamedTuple):
    question: int
    seat: int
    choice: str
    fair_ms: int
    credit_ms: int
    elapsed_ms: int

    @property
    def net_ms(self) -> int:
        return self.elapsed_ms - self.credit_ms


def replay_question(record: RoundRecord, number: int) -> ReplayQuestion:
    """Question `number` as the recount sees it, with the round's present voids."""
    question = record.question(number)
    return ReplayQuestion(
        number=number,
        key=question.key,
        limit_ms=record.limit_ms(number),
        weight=question.weight,
        voided=number in record.state.voided,
    )


def judged_count(record: RoundRecord) -> int:
    """How many questions have been revealed so far: their answers are judged.

    A round that was finished inside a question counts that one too; it is void, so it gives nobody anything.
    """
    state = record.state
    asked = state.question or 0
    phase = state.paused_from if state.phase is Phase.PAUSED else state.phase
    return asked - 1 if phase in (Phase.GET_READY, Phase.OPEN, Phase.CLOSING) else asked


async def _answers(reader: Reader | Writer, record: RoundRecord, numbers: Iterable[int]) -> list[_AnswerRow]:
    c = answers.c
    columns = (c.question, c.seat, c.choice, c.fair_ms, c.credit_ms, c.elapsed_ms)
    query = (
        select(*columns)
        .where(answers.c.round_id == record.id, answers.c.question.in_(bindparam("numbers", expanding=True)))
        .order_by(answers.c.question, answers.c.seat)
    )
    return [_AnswerRow(*row) for row in await reader.execute(query, {"numbers": list(numbers)})]


async def close_question(
    writer: Writer, record: RoundRecord, number: int
) -> tuple[list[SeatRecord], dict[int, Judged]]:
    """Judges and awards question `number` once and adds to the seats' totals.

    Must run in the transaction that moves the round from closing to revealed (which makes it run once). Returns the
    seats in play with their new totals, and what each is to be told.
    """
    in_play = [seat for seat in await of_round(Reader(writer), record.id) if not seat.kicked]
    rows = await _answers(writer, record, [number])
    choices = _choices(rows)
    score = await rules.score_of(Reader(writer), record)
    scored = score(
        replay_question(record, number),
        (ReplayAnswer(number, row.seat, choices[row.seat], row.fair_ms, row.net_ms) for row in rows),
        {seat.seat: seat.earned for seat in in_play},
        {seat.seat: seat.streak for seat in in_play},
    )
    totals: dict[int, Total] = {seat.seat: add(seat.total, scored[seat.seat]) for seat in in_play}
    streaks = {seat: one.award.streak for seat, one in scored.items()}
    await _store_awards(writer, record, {(number, seat): one for seat, one in scored.items() if seat in choices})
    changed = [seat for seat in in_play if totals[seat.seat] != seat.total or streaks[seat.seat] != seat.streak]
    await _store_totals(writer, record, changed, totals, streaks)
    return [_with_total(seat, totals, streaks) for seat in in_play], judged_by_seat(rows, choices, scored)


async def recount(writer: Writer, record: RoundRecord) -> list[SeatRecord]:
    """Scores every revealed question again from the stored answers, with the record's present voids.

    Returns the seats in play with their totals. Running it again changes nothing.
    """
    seats_, recounted = await replay_round(Reader(writer), record)
    await _store_awards(writer, record, recounted.scored)
    await _store_totals(writer, record, seats_, recounted.totals, recounted.streaks)
    return [_with_total(seat, recounted.totals, recounted.streaks) for seat in seats_]


class Recounted(NamedTuple):
    totals: Mapping[int, Total]
    scored: Mapping[tuple[int, int], Scored]
    streaks: Mapping[int, int]


async def replay_round(reader: Reader, record: RoundRecord) -> tuple[list[SeatRecord], Recounted]:
    """The totals as the stored answers make them, writing nothing: what standings and exports are checked against."""
    in_play = [seat for seat in await of_round(reader, record.id) if not seat.kicked]
    # A withdrawn question is void and stays unjudged: a stored verdict would tell the key of its copy.
    numbers = [number for number in range(1, judged_count(record) + 1) if number not in record.state.withdrawn]
    rows = await _answers(reader, record, numbers)
    result = replay(
        record.settings.scoring,
        record.settings.streak_bonus,
        [replay_question(record, number) for number in numbers],
        (ReplayAnswer(row.question, row.seat, json.loads(row.choice), row.fair_ms, row.net_ms) for row in rows),
        [seat.seat for seat in in_play],
        score=await rules.score_of(reader, record),
    )
    totals: dict[int, Total] = {seat.seat: seat.with_base(result.totals[seat.seat]) for seat in in_play}
    return in_play, Recounted(totals, result.scored, result.streaks)


async def judged(reader: Reader, record: RoundRecord, number: int) -> dict[int, Judged]:
    """What the reveal of question `number` showed of each seat that answered, from SQL."""
    columns = (
        answers.c.seat,
        answers.c.choice,
        answers.c.verdict,
        answers.c.points,
        answers.c.fair_ms,
        answers.c.credit_ms,
    )
    query = select(*columns).where(
        answers.c.round_id == record.id, answers.c.question == number, answers.c.verdict.is_not(None)
    )
    known: dict[str, Choice] = {}
    found: dict[int, Judged] = {}
    for seat, text, verdict, points, fair_ms, credit_ms in await reader.execute(query):
        if (choice := known.get(text)) is None:
            choice = known[text] = json.loads(text)
        found[seat] = Judged(choice, _VERDICTS[verdict], points, fair_ms, credit_ms)
    return found


def judged_by_seat(
    rows: Iterable[_AnswerRow], choices: Mapping[int, Choice], scored: Mapping[int, Scored]
) -> dict[int, Judged]:
    return {
        row.seat: Judged(
            choices[row.seat],
            scored[row.seat].judgement.verdict,
            scored[row.seat].award.points,
            row.fair_ms,
            row.credit_ms,
        )
        for row in rows
        if row.seat in scored
    }


def _with_total(seat: SeatRecord, totals: Mapping[int, Total], streaks: Mapping[int, int]) -> SeatRecord:
    total = totals[seat.seat]
    return structs.replace(
        seat,
        points=total.points,
        correct=total.correct,
        time_ms=total.time_ms,
        out_at=total.out_at,
        streak=streaks[seat.seat],
    )


def _choices(rows: Iterable[_AnswerRow]) -> dict[int, Choice]:
    """What each seat chose; a room of thousands gives a handful of different answers, and each is read once."""
    known: dict[str, Choice] = {}
    choices: dict[int, Choice] = {}
    for row in rows:
        choice = known.get(row.choice)
        if choice is None:
            choice = known[row.choice] = json.loads(row.choice)
        choices[row.seat] = choice
    return choices


async def _store_awards(writer: Writer, record: RoundRecord, scored: Mapping[tuple[int, int], Scored]) -> None:
    await run_rows(
        writer,
        [
            (one.judgement.verdict.value, one.award.points, record.id, question, seat)
            for (question, seat), one in scored.items()
        ],
        sqlite="UPDATE answers SET verdict = ?, points = ? WHERE round_id = ? AND question = ? AND seat = ?",
        postgresql="UPDATE answers SET verdict = new.verdict, points = new.points "
        "FROM unnest($1::text[], $2::int[], $3::bigint[], $4::int[], $5::int[]) "
        "AS new(verdict, points, round_id, question, seat) WHERE answers.round_id = new.round_id "
        "AND answers.question = new.question AND answers.seat = new.seat",
    )


async def _store_totals(
    writer: Writer,
    record: RoundRecord,
    changed: Iterable[SeatRecord],
    totals: Mapping[int, Total],
    streaks: Mapping[int, int],
) -> None:
    changed = list(changed)
    out = {int(seat.seat): totals[seat.seat].out_at for seat in changed}
    await golden_bell.store_out(writer, record, ((s.seat, out[s.seat]) for s in changed if out[s.seat] != s.out_at))
    await run_rows(
        writer,
        [
            (total.points, total.correct, total.time_ms, streaks[total.seat], record.id, total.seat)
            for total in (totals[seat.seat] for seat in changed)
        ],
        sqlite="UPDATE seats SET points = ?, correct = ?, time_ms = ?, streak = ? WHERE round_id = ? AND seat = ?",
        postgresql="UPDATE seats SET points = new.points, correct = new.correct, time_ms = new.time_ms, "
        "streak = new.streak FROM unnest($1::int[], $2::int[], $3::bigint[], $4::int[], $5::bigint[], $6::int[]) "
        "AS new(points, correct, time_ms, streak, round_id, seat) "
        "WHERE seats.round_id = new.round_id AND seats.seat = new.seat",
    )
