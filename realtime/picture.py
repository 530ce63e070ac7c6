"""The picture of a live round: everything a process needs to show it, made once and sent to every process.

One `Picture` holds the frames for phones, stage and host (but for the seconds left, filled in when sent) and what the
gateway needs to judge arrivals; what a reveal says to each seat is in `realtime.results`. Both can be rebuilt from SQL
at any time. Nothing of an answer key is in a picture's phone or stage part before the reveal.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from contest.closing import Judged, judged, judged_count
from contest.database import Database
from contest.games import duel as duels
from contest.games.golden_bell import Floor
from contest.games.words import MOST_ON_PHONES
from contest.ids import QuestionNumber, RoundId
from contest.model import Question
from contest.phases import FINAL, Phase
from contest.rounds import RoundRecord
from contest.rounds import load as load_round
from contest.seats import SeatRecord, of_round
from realtime import bell_rows, cloud_rows, duel_rows, hall_rows, team_rows
from realtime.results import Results, make
from scoring.answer_key import OPINIONS, AnswerKey, QuestionType, Verdict
from scoring.standings import Standing, rank

TOP = 10
_NUMERIC_BARS = 8
_REVEALED = frozenset({Phase.REVEALED, Phase.STANDINGS, Phase.PODIUM, Phase.FINISHED})
_RANKED = frozenset({Phase.STANDINGS, Phase.PODIUM, Phase.FINISHED})


class Picture(msgspec.Struct, frozen=True):
    """One version of a live round, ready to be shown. Times `…_ms` are UTC wall clock."""

    round_id: int
    version: int
    people_version: int
    code: str
    phase: str
    question: int | None
    accepting: int | None
    paused_from: str | None
    seconds: int | None
    opened_ms: int | None
    deadline_ms: int | None
    left_ms: int | None
    locked: bool
    fairness: str
    cap_ms: int
    total: int
    seats: int
    type: str | None
    options: tuple[str, ...]
    player: dict[str, Any]
    stage: dict[str, Any]
    host: dict[str, Any]
    results_version: int | None
    """The version under which the results of the last reveal are kept; None before the first."""
    most_words: int = 1
    """How many words one may send to a cloud."""
    awaited: tuple[int, ...] | None = None
    """The only seats whose answers the question waits for; None: everybody's."""
    next_round: int | None = None
    """The round everybody is in now, when the hall has gone on."""
    teams: dict[str, str | None] = {}
    """The names of the teams a round has whoever comes, by key; None for a team told by its number."""

    @property
    def mode(self) -> str:
        """How the round is played."""
        return str(self.player["mode"])

    @property
    def final(self) -> bool:
        return Phase(self.phase) in FINAL

    @property
    def revealed(self) -> bool:
        """Whether the current question's key is public."""
        return Phase(self.phase) in _REVEALED or (self.paused_from is not None and Phase(self.paused_from) in _REVEALED)

    def shown_key(self) -> AnswerKey | None:
        """What `parse_choice` needs to know of the current question: type and options, nothing of what is right."""
        if self.type is None:
            return None
        return shape(QuestionType(self.type), self.options, self.most_words)


def shape(kind: QuestionType, options: tuple[str, ...], words: int = 1) -> AnswerKey:
    """An answer key that knows which choices are possible, and holds a dummy in place of what is right."""
    match kind:
        case QuestionType.POLL:
            return AnswerKey(kind, options)
        case QuestionType.CLOUD:
            return AnswerKey(kind, words=words)
        case QuestionType.NUMERIC:
            return AnswerKey(kind, number=_ZERO)
        case QuestionType.TEXT:
            return AnswerKey(kind, accepted=("-",))
        case QuestionType.ORDERING:
            return AnswerKey(kind, options, right=options)
        case _:
            return AnswerKey(kind, options, right=options[:1])


_ZERO = Decimal(0)
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Picture)


def encode(picture: Picture) -> bytes:
    """For the wire between processes."""
    return _encoder.encode(picture)


def decode(data: bytes) -> Picture:
    """The reverse; raises msgspec.DecodeError for what is not a picture (another version of the platform)."""
    return _decoder.decode(data)


# Frames


def left_seconds(picture: Picture, now_ms: int) -> float | None:
    """Seconds left in this phase at `now_ms`; None when it does not end by itself."""
    if picture.phase == Phase.PAUSED:
        return None if picture.left_ms is None else round(picture.left_ms / 1000, 1)
    if picture.deadline_ms is None:
        return None
    return round(max(0, picture.deadline_ms - now_ms) / 1000, 1)


def _frame(body: dict[str, Any], left: float | None) -> bytes:
    if body["q"] is not None:
        body = {**body, "q": {**body["q"], "left": left}}
    return _encoder.encode(body)


def player_frame(picture: Picture, now_ms: int) -> bytes:
    """The `state` frame of every phone."""
    return _frame(picture.player, left_seconds(picture, now_ms))


def stage_frame(picture: Picture, now_ms: int) -> bytes:
    """The `state` frame of the stage."""
    return _frame({**picture.player, **picture.stage}, left_seconds(picture, now_ms))


def host_frame(picture: Picture, now_ms: int) -> bytes:
    """The `state` frame of the host: the stage's and what only the host sees."""
    return _frame({**picture.player, **picture.stage, **picture.host}, left_seconds(picture, now_ms))


# Building


def build(
    record: RoundRecord,
    *,
    standings: Sequence[Standing],
    people: Mapping[int, SeatRecord],
    answered: Mapping[int, Judged],
    join_url: str,
    hall: dict[str, Any] | None = None,
    floor: Floor | None = None,
    duel: dict[str, Any] | None = None,
    words: list[dict[str, Any]] | None = None,
) -> Picture:
    """The picture of `record` now.

    `standings` and `people` are the seats in play; `answered` what was judged of the current question (empty before
    its reveal). `join_url` is what phones type; the code is appended. `hall` is what `hall_rows.stage_view` says,
    `floor` what `bell_rows.look` does, `duel` what `duel_rows.look` and `words` what `cloud_rows.look`.
    """
    state = record.state
    number = state.question
    question = record.question(number) if number else None
    # A round may end right after a question was withdrawn: its key is not shown then either.
    revealed = (
        question is not None
        and number not in state.withdrawn
        and (state.phase in _REVEALED or (state.phase is Phase.PAUSED and state.paused_from in _REVEALED))
    )
    buzzer = duels.with_buzzer(record, number)
    shown = state.phase not in (Phase.LOBBY, Phase.CANCELLED)
    player = {
        "t": "state",
        "v": state.version,
        "round": record.id,
        "mode": record.settings.mode.value,
        "phase": state.phase.value,
        "title": record.title,
        "code": record.code,
        "q": _shown_question(record, question, number) if question and number and shown else None,
        "voided": number in state.voided,
        "again": number is not None and number - 1 in state.withdrawn,
        "locked": state.locked,
        "auto": state.auto,
        "reactions": state.reactions,
        "overall": state.overall,
        "bell": bell_rows.player_view(record, floor),
    }
    if duel is not None:
        player["duel"] = duel
    if words is not None:
        player["words"] = words[:MOST_ON_PHONES]
    # At the buzzer the host's word comes first: whoever is asked must not read the answer on the wall.
    if question and revealed and not state.judging:
        player |= {
            "right": None if number in state.voided else right_choice(question),
            "why": question.explanation_vi or None,
            "counts": {} if buzzer else counts(question, answered.values()),
        }
    return Picture(
        round_id=record.id,
        version=state.version,
        people_version=record.people_version,
        code=record.code,
        phase=state.phase.value,
        question=number,
        accepting=state.accepting,
        paused_from=state.paused_from.value if state.paused_from else None,
        seconds=state.seconds,
        opened_ms=state.opened_ms,
        deadline_ms=state.deadline_ms,
        left_ms=state.left_ms,
        locked=state.locked,
        fairness=record.settings.fairness.value,
        cap_ms=record.cap_ms,
        total=len(record.questions),
        seats=record.people_count,
        # A press of the buzzer is a word, whatever is asked.
        type=None if question is None else QuestionType.TEXT.value if buzzer else question.type.value,
        options=tuple(option.id for option in question.options) if question and not buzzer else (),
        most_words=question.words if question else 1,
        awaited=state.finalists if duels.is_contested(record, number) else None,
        player=player,
        stage=_stage(record, standings, people, answered, join_url)
        | {"hall": hall}
        | ({} if words is None else {"words": words})
        | bell_rows.stage_view(record, floor, people),
        host=_host(record, number) | bell_rows.host_view(record, floor, people),
        results_version=state.scored_version if judged_count(record) else None,
        next_round=state.next_round,
        teams=team_rows.names(record.settings),
    )


def _shown_question(record: RoundRecord, question: Question, number: int) -> dict[str, Any]:
    state = record.state
    phase = state.paused_from if state.phase is Phase.PAUSED else state.phase
    # While people read the stem, and while an open question is paused, nobody needs the options.
    hidden = phase is Phase.GET_READY or (state.phase is Phase.PAUSED and phase is Phase.OPEN)
    return {
        "n": number,
        "of": len(record.questions),
        "type": question.type.value,
        "text": question.stem_vi,
        "options": [] if hidden else [{"id": option.id, "text": option.text_vi} for option in question.options],
        "seconds": state.seconds if state.seconds is not None else record.plan.seconds[number - 1],
        "left": None,
        "unit": question.unit_vi or None,
        "media": None,
        "weight": question.weight,
        **({"words": question.words} if question.type is QuestionType.CLOUD else {}),
    }


def right_choice(question: Question) -> list[str] | int | float | str | None:
    """The key in the form of a choice; the first accepted spelling for text, None where nothing is right."""
    if question.type in OPINIONS:
        return None
    if isinstance(question.answer, tuple):
        return question.answer[0] if question.type is QuestionType.TEXT else list(question.answer)
    number = question.answer
    return int(number) if number == number.to_integral_value() else float(number)


def counts(question: Question, answered: Iterable[Judged]) -> dict[str, int]:
    """How the room answered, for the bars: by option id, by verdict (text, ordering), or by value (numeric).

    What people typed is never shown: a hall's projector must not repeat it.
    """
    given = list(answered)
    if question.type is QuestionType.CLOUD:
        return {}
    if question.type is QuestionType.NUMERIC:
        values = Counter(json.dumps(one.choice) for one in given)
        return dict(values.most_common(_NUMERIC_BARS))
    if question.type in (QuestionType.TEXT, QuestionType.ORDERING):
        verdicts = Counter(one.verdict for one in given)
        return {verdict.value: verdicts[verdict] for verdict in (Verdict.RIGHT, Verdict.PARTIAL, Verdict.WRONG)}
    chosen = Counter(option for one in given if isinstance(one.choice, list) for option in one.choice)
    return {option.id: chosen[option.id] for option in question.options}


def _stage(
    record: RoundRecord,
    standings: Sequence[Standing],
    people: Mapping[int, SeatRecord],
    answered: Mapping[int, Judged],
    join_url: str,
) -> dict[str, Any]:
    state = record.state
    ranked = state.phase in _RANKED or (state.phase is Phase.PAUSED and state.paused_from in _RANKED)
    return {
        "join_url": f"{join_url}/{record.code}",
        "blank": state.blank,
        "sound": state.sound,
        "paused_from": state.paused_from.value if state.paused_from else None,
        "seats": record.people_count,
        "top": top_rows(standings, people, answered) if ranked else [],
        "teams": team_rows.stage_rows(record, people, answered) if ranked and people else [],
    }


def top_rows(
    standings: Sequence[Standing], people: Mapping[int, SeatRecord], answered: Mapping[int, Judged]
) -> list[dict[str, Any]]:
    """The first ten rows, with each seat's gain in the last question and its rank before it."""
    shown = standings[:TOP]
    gains = {seat: one.points for seat, one in answered.items()}
    # The rank before counts who had more points then; corrects and times of then are not needed for an arrow.
    before = sorted((s.total.points - gains.get(s.total.seat, 0) for s in standings), reverse=True)
    position: dict[int, int] = {}
    for index, points in enumerate(before, 1):
        position.setdefault(points, index)
    rows = []
    for standing in shown:
        total = standing.total
        gain = gains.get(total.seat, 0)
        person = people[total.seat]
        rows.append(
            {
                "rank": standing.rank,
                "seat": total.seat,
                "name": person.shown_name,
                "unit": person.unit,
                "points": total.points,
                "correct": total.correct,
                "time_ms": total.time_ms,
                "gain": gain,
                "before": position[total.points - gain],
            }
        )
    return rows


def host_question(record: RoundRecord, number: int) -> dict[str, Any]:
    """One question with its key, for the host's eyes only."""
    question = record.question(number)
    return {
        "n": number,
        "type": question.type.value,
        "text": question.stem_vi,
        "options": [{"id": option.id, "text": option.text_vi} for option in question.options],
        "right": right_choice(question),
        "why": question.explanation_vi,
        "seconds": record.plan.seconds[number - 1],
        "unit": question.unit_vi or None,
        "weight": question.weight,
    }


def _host(record: RoundRecord, number: int | None) -> dict[str, Any]:
    following = (number or 0) + 1
    return {
        "id": record.id,
        "quiz_id": record.quiz_id,
        "settings": record.settings.model_dump(mode="json"),
        "voids": list(record.state.voided),
        "now": host_question(record, number) if number else None,
        "next": host_question(record, following) if following <= len(record.questions) else None,
        "people_version": record.people_version,
        "hall_id": record.hall_id,
        "next_round": record.state.next_round,
    }


class Loaded(msgspec.Struct, frozen=True):
    """A round as SQL has it: the picture and, when a question has been revealed, the results."""

    picture: Picture
    results: Results | None


async def load(db: Database, round_id: RoundId, join_url: str) -> Loaded:
    """The picture and results from SQL alone. Raises NotFound("round_unknown")."""
    async with db.read() as reader:
        record = await load_round(reader, round_id)
        last = judged_count(record)
        in_play = [seat for seat in await of_round(reader, round_id) if not seat.kicked] if last else []
        answered = await judged(reader, record, QuestionNumber(last)) if last else {}
        hall = await hall_rows.stage_view(reader, record)
        duel = await duel_rows.look(reader, record)
        words = await cloud_rows.look(reader, record)
    floor = await bell_rows.look(db, record, in_play, answered, last)
    standings = rank(seat.total for seat in duels.ranked(record, in_play))
    current = answered if record.state.question == last else {}
    picture = build(
        record,
        standings=standings,
        people={seat.seat: seat for seat in in_play},
        answered=current,
        join_url=join_url,
        hall=hall,
        floor=floor,
        duel=duel,
        words=words,
    )
    own_teams = team_rows.own_teams(record, {int(seat.seat): seat for seat in in_play})
    return Loaded(picture, make(last, standings, answered, own_teams, floor.back if floor else ()) if last else None)
