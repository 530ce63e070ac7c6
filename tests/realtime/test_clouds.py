"""Word clouds and quick questions on both databases: nothing reaches the hall that the host has not let through."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from admin import exports
from admin.api_ask import AskIn
from contest import rounds
from contest.answering import accept
from contest.clock import ManualClock
from contest.database import Database
from contest.errors import Conflict, Invalid, NotFound
from contest.games import words
from contest.ids import Seat
from contest.model import Question
from contest.phases import CommandName, Phase
from contest.round_state import Command
from contest.rounds import RoundRecord
from contest.tables import audit_log
from realtime import picture as pictures
from realtime.cloud_rows import EVERY_MS, Growing
from realtime.round_runner import RoundRunner
from scoring.answer_key import QuestionType
from scoring.redis_client import connect
from tests.contest.support import SINGLE, T0, arrival, new_round, seat

C = CommandName
CLOUD = Question(type=QuestionType.CLOUD, stem_vi="Chuyển đổi số là gì?", words=3)
_one_redis = pytest.mark.parametrize("redis_server", ["valkey"], indirect=True)


@pytest.fixture
async def runner(db: Database, redis_url: str) -> AsyncIterator[RoundRunner]:
    redis = connect(redis_url)
    yield RoundRunner(db, redis, ManualClock(T0), "http://x")
    await redis.aclose()


async def run(runner: RoundRunner, record: RoundRecord, *names: CommandName, **more: Any) -> RoundRecord:
    for name in names:
        record = await runner.apply(record.id, Command(name, **more), actor="account:1", due=True)
    return record


async def seen(db: Database, record: RoundRecord) -> dict[str, Any]:
    return (await pictures.load(db, record.id, "http://x")).picture.player


async def exported(db: Database, record: RoundRecord, fmt: str, table: str = "standings") -> str:
    _, _, path = await exports.export(db, record.id, fmt, "vi", table=table, now_ms=T0)
    text = path.read_text("utf-8-sig")
    path.unlink()
    return text


async def opened(db: Database, runner: RoundRunner, *given: list[str], **settings: Any) -> RoundRecord:
    """A cloud that these people have answered, still open."""
    record = await new_round(db, CLOUD, SINGLE, reading_seconds=0, **settings)
    await seat(db, record, *(f"Bạn {number}" for number in range(1, len(given) + 1)))
    record = await run(runner, record, C.NEXT, C.BEGIN)
    await accept(db, [arrival(record, number, sent) for number, sent in enumerate(given, 1)])
    return record


@_one_redis
async def test_words_are_counted_under_all_their_spellings_and_shown_when_allowed(
    db: Database, runner: RoundRunner
) -> None:
    record = await opened(
        db, runner, ["Tiện lợi", "Nhanh"], ["tien loi"], ["TIỆN LỢI", "đồ chó"], ["nhanh", "=HYPERLINK(1)"], ["Chậm"]
    )
    async with db.read() as reader:
        listed = await words.listing(reader, record.id, 1)
    assert [(word.text, word.people, word.offensive) for word in listed][:2] == [
        ("Tiện lợi", 3, False),
        ("Nhanh", 2, False),
    ]
    keys = {word.text: word.key for word in listed}
    growing = Growing()
    picture = (await pictures.load(db, record.id, "http://x")).picture
    assert await growing.fresh(db, picture, 0.0) == []
    with pytest.raises(NotFound, match="word_unknown"):
        await runner.words(record.id, None, ["no such word"], True, actor="account:1")
    with pytest.raises(Invalid, match="words_which"):
        await runner.words(record.id, None, [], True, actor="account:1")
    with pytest.raises(Conflict, match="words_no_cloud"):
        await runner.words(record.id, 2, ["nhanh"], True, actor="account:1")
    # While it is open the stage asks for itself, now and then; phones are left in peace.
    after = await runner.words(record.id, None, [keys["Tiện lợi"], keys["Chậm"]], True, actor="account:1")
    assert after.state.version == record.state.version
    assert await growing.fresh(db, picture, EVERY_MS - 1) == []
    assert [word.text for word in await growing.fresh(db, picture, EVERY_MS)] == ["Tiện lợi", "Chậm"]
    assert "words" not in await seen(db, record)
    record = await run(runner, record, C.CLOSE, C.SETTLE)
    told = await seen(db, record)
    assert told["words"] == [{"text": "Tiện lợi", "people": 3}, {"text": "Chậm", "people": 1}]
    assert (told["counts"], told["right"]) == ({}, None)
    # After the reveal phones hear what changed for them, and nothing else makes them listen.
    after = await runner.words(record.id, 1, [keys["Chậm"]], False, actor="account:1")
    assert after.state.version == record.state.version + 1
    again = await runner.words(record.id, 1, [keys["Chậm"]], False, actor="account:1")
    assert again.state.version == after.state.version
    assert [word["text"] for word in (await seen(db, record))["words"]] == ["Tiện lợi"]
    await runner.words(record.id, 1, [keys["Chậm"]], None, actor="account:1")
    # Nobody earned anything, nobody was wrong, and the log knows no words.
    async with db.read() as reader:
        log = list(await reader.scalars(select(audit_log.c.detail).where(audit_log.c.action == "round.words")))
        assert log[0] == {"question": 1, "words": 2, "on": True}
        record = await rounds.load(reader, record.id)
    document = json.loads(await exported(db, record, "json"))
    assert all(row["points"] == 0 and row["verdict"] == "none" for row in document["answers"])
    by_word = {row["word"]: (row["sent_by"], row["decision"], row["on_show"]) for row in document["clouds"]}
    assert by_word["Tiện lợi"] == (3, "allowed", 1)
    assert by_word["Chậm"] == (1, "undecided", 0)
    rows = list(csv.DictReader(io.StringIO(await exported(db, record, "csv", "clouds"))))
    assert "'=HYPERLINK(1)" in [row["Từ"] for row in rows]
    # Whoever is sent out takes their words along.
    await runner.change_seat(record.id, C.KICK, Seat(5), actor="account:1")
    async with db.read() as reader:
        assert "Chậm" not in [word.text for word in await words.listing(reader, record.id, 1)]


@_one_redis
async def test_harmless_words_may_be_shown_at_once_others_never(db: Database, runner: RoundRunner) -> None:
    record = await opened(db, runner, ["Đẹp", "địt mẹ"], ["đẹp"], words_at_once=True)
    picture = (await pictures.load(db, record.id, "http://x")).picture
    assert [(word.text, word.people) for word in await Growing().fresh(db, picture, 0.0)] == [("Đẹp", 2)]
    await runner.words(record.id, None, ["dep"], False, actor="account:1")
    assert await Growing().fresh(db, picture, 0.0) == []


def test_the_commonest_spelling_is_shown_and_tones_decide_between_equals() -> None:
    given = [(["ca phe"], 1), (["cà phê"], 1), (["Rừng"], 2), (["rung"], 3)]
    assert words.tally(given) == [("rung", "rung", 5), ("ca phe", "cà phê", 2)]


@_one_redis
async def test_a_quick_question_comes_next_and_moves_nothing_that_was_asked(db: Database, runner: RoundRunner) -> None:
    record = await new_round(db, SINGLE, SINGLE, reading_seconds=0, auto=True)
    await seat(db, record, "Lan")
    record = await run(runner, record, C.NEXT, C.BEGIN)
    with pytest.raises(Conflict, match="insert_question_needed"):
        await run(runner, record, C.INSERT)
    ask = AskIn(type="poll", text="Nghỉ giải lao chưa?", options=["Rồi", " ", "Chưa"]).question()
    record = await run(runner, record, C.INSERT, ask=ask)
    assert [one.type for one in record.questions] == ["single", "poll", "single"]
    assert [option.text_vi for option in record.questions[1].options] == ["Rồi", "Chưa"]
    assert (await seen(db, record))["q"]["of"] == 3
    await accept(db, [arrival(record, 1, ["b"])])
    record = await run(runner, record, C.CLOSE, C.SETTLE, C.NEXT, C.NEXT, C.BEGIN)
    assert (await seen(db, record))["q"]["type"] == "poll"
    await accept(db, [arrival(record, 1, ["b"], question=2)])
    record = await run(runner, record, C.CLOSE, C.SETTLE, C.NEXT, C.NEXT, C.BEGIN, C.CLOSE, C.SETTLE, C.NEXT)
    # Behind the last question the podium was to come: now there is one more.
    assert (record.state.phase, record.state.deadline_ms) == (Phase.STANDINGS, None)
    cloud = AskIn(type="cloud", text="Một từ về hôm nay?", words=1).question()
    record = await run(runner, record, C.INSERT, ask=cloud)
    assert record.state.deadline_ms is not None
    record = await run(runner, record, C.NEXT)
    assert (record.state.phase, record.state.question) == (Phase.GET_READY, 4)
    record = await run(runner, record, C.BEGIN, C.CLOSE, C.SETTLE, C.NEXT, C.NEXT)
    assert record.state.phase is Phase.PODIUM
    with pytest.raises(Conflict, match="not_now"):
        await run(runner, record, C.INSERT, ask=ask)
    document = json.loads(await exported(db, record, "json"))
    polled = [(row["letters"], row["option"], row["chosen"]) for row in document["polls"]]
    assert polled == [("A", "Rồi", 0), ("B", "Chưa", 1)]
    for wrong in ({"type": "poll", "text": "?", "options": ["một"]}, {"type": "cloud", "text": "  "}):
        with pytest.raises(Invalid, match="insert_question_needed"):
            AskIn.model_validate(wrong).question()
