"""Bugs that the drill plants to see whether its checker finds them. Each is what a hurried change could really do.

Only `sabotage` uses this, before the platform's other modules are imported; names are strings, so nothing here depends
on the platform.
"""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loadtests.drill.sabotage import LIFE, resolve

INSERT = (
    "INSERT INTO answers (round_id, question, seat, choice, answer_id, accepted_at, elapsed_ms, credit_ms, fair_ms, "
    "evidence) VALUES (:round_id, :question, :seat, :choice, :answer_id, :accepted_at, 0, 0, 0, '{}') "
    "ON CONFLICT DO NOTHING"
)
OVERWRITE = (
    "UPDATE answers SET choice = :choice, answer_id = :answer_id "
    "WHERE round_id = :round_id AND question = :question AND seat = :seat"
)
AWARD_AGAIN = "UPDATE seats SET points = points + 1000 WHERE round_id = :round_id AND correct > 0 AND seat % 5 = 0"


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug: the invariants of which any must be found broken, what it replaces, and the faults that make it
    show."""

    finds: frozenset[str]
    patches: dict[str, Callable[[Any], Any]]
    faults: tuple[str, ...]


def plant(name: str) -> None:
    """Puts a bug in place. Raises KeyError for an unknown one."""
    for dotted, make in BUGS[name].patches.items():
        owner, last = resolve(dotted)
        setattr(owner, last, make(getattr(owner, last)))


def _stored(status: str, kept: Any) -> Any:
    owner, _ = resolve("contest.answering.Stored")
    return owner.Stored(owner.ReceiptStatus(status), kept)


async def _execute(db: Any, statement: str, rows: list[dict[str, Any]]) -> None:
    from sqlalchemy import text

    async with db.write() as writer:
        for row in rows:
            await writer.execute(text(statement), row)


def _row(arrival: Any, *, whole: bool = True) -> dict[str, Any]:
    names = ("round_id", "question", "seat", "answer_id") + (("accepted_at",) if whole else ())
    return {name: getattr(arrival, name) for name in names} | {"choice": json.dumps(arrival.choice)}


_later: set[asyncio.Task[Any]] = set()


def ack_before_commit(original: Any) -> Any:
    """The receipt goes out at once, the transaction runs a moment later."""

    async def accept(db: Any, arrivals: Any) -> Any:
        async def later() -> None:
            await asyncio.sleep(0.3)
            await original(db, arrivals)

        if not all(arrival.in_time for arrival in arrivals):
            return await original(db, arrivals)
        task = asyncio.get_running_loop().create_task(later())
        _later.add(task)
        task.add_done_callback(_later.discard)
        return [_stored("accepted", arrival.choice) for arrival in arrivals]

    return accept


def overwriting(original: Any) -> Any:
    """Who answers again has the new answer kept."""

    async def accept(db: Any, arrivals: Any) -> Any:
        outcomes = list(await original(db, arrivals))
        for at, (arrival, outcome) in enumerate(zip(arrivals, outcomes, strict=True)):
            if arrival.in_time and outcome.status == "kept_other":
                await _execute(db, OVERWRITE, [_row(arrival, whole=False)])
                outcomes[at] = _stored("accepted", arrival.choice)
        return outcomes

    return accept


def forgetful(original: Any) -> Any:
    """Nobody looks up what is kept."""

    async def kept(*args: Any, **more: Any) -> dict[int, Any]:
        return {}

    return kept


def close_not_enforced(original: Any) -> Any:
    """What comes too late is stored all the same."""

    async def accept(db: Any, arrivals: Any) -> Any:
        outcomes = list(await original(db, arrivals))
        late = [at for at, outcome in enumerate(outcomes) if outcome.status == "late"]
        await _execute(db, INSERT, [_row(arrivals[at]) for at in late])
        for at in late:
            outcomes[at] = _stored("accepted", arrivals[at].choice)
        return outcomes

    return accept


def award_twice(original: Any) -> Any:
    """A process that was started again awards some seats twice."""

    async def close_question(writer: Any, record: Any, number: int) -> Any:
        from sqlalchemy import text

        closed = await original(writer, record, number)
        if int(os.environ.get(LIFE, "1")) > 1:
            await writer.execute(text(AWARD_AGAIN), {"round_id": record.id})
        return closed

    return close_question


def cursor_not_atomic(original: Any) -> Any:
    """The counts are committed before the cursor that says so."""

    async def move(db: Any, was: Any, becomes: Any, writes: Any, now_ms: int) -> Any:
        owner, _ = resolve("contest.statistics.counting_state.COUNT")
        counts = [write for write in writes if write.statement is owner.COUNT]
        rest = [write for write in writes if write.statement is not owner.COUNT]
        for write in counts:
            if db.sqlite_writer is not None:
                await db.sqlite_writer.run(lambda c, w=write: c.executemany(w.statement.sqlite, w.rows) and None)
            elif write.rows:
                async with db.engine.connect() as connection:
                    driver = (await connection.get_raw_connection()).driver_connection
                    columns = [list(column) for column in zip(*write.rows, strict=True)]
                    async with driver.transaction():
                        await driver.execute(write.statement.postgresql, *columns)
        if any(write.rows for write in counts):
            await asyncio.sleep(0.3)
        return await original(db, was, becomes, rest, now_ms)

    return move


def key_leaked(original: Any) -> Any:
    """The explanation goes out with the options."""

    def build(record: Any, **more: Any) -> Any:
        picture = original(record, **more)
        if picture.phase == "open" and picture.question is not None:
            picture.player["why"] = record.question(picture.question).explanation_vi
        return picture

    return build


def ack_while_refusing(original: Any) -> Any:
    """An error of storage is taken for success."""

    async def accept(db: Any, arrivals: Any) -> Any:
        try:
            return await original(db, arrivals)
        except Exception:
            return [_stored("accepted", arrival.choice) for arrival in arrivals]

    return accept


BUGS = {
    "ack_before_commit": Bug(frozenset({"I1"}), {"contest.answering.accept": ack_before_commit}, ("kill_players",) * 2),
    "no_write_once": Bug(
        frozenset({"I2"}), {"contest.answering.accept": overwriting, "contest.answering.kept": forgetful}, ("none",) * 2
    ),
    "close_not_enforced": Bug(frozenset({"I3"}), {"contest.answering.accept": close_not_enforced}, ("none",) * 2),
    "award_twice": Bug(frozenset({"I4"}), {"contest.closing.close_question": award_twice}, ("kill_worker", "none")),
    "cursor_not_atomic": Bug(
        frozenset({"I6"}), {"contest.statistics.counting_state.move": cursor_not_atomic}, ("crash:mid_projection",)
    ),
    "key_leaked": Bug(frozenset({"I9"}), {"realtime.picture.build": key_leaked}, ("none",)),
    "ack_while_refusing": Bug(
        frozenset({"I13"}), {"contest.answering.accept": ack_while_refusing}, ("refuse_sql",) * 2
    ),
}
