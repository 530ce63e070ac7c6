"""Results in SQL: reckoned, verified, and sent back when something that counts has changed.

Never decides who wins: that is `reckoning`. Publishing and the end are `publishing`. Before every step the winners are
reckoned again from SQL, and nothing goes on unless they are, to the byte, what is stored.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from contest.audit import record
from contest.database import Database, Reader, Writer
from contest.errors import Conflict, NotFound
from contest.provincial import contests, log
from contest.provincial.freezing import acts_mark, version_in_force
from contest.provincial.frozen import digest
from contest.provincial.reckoning import Reckoned, ready_at, reckoned, recounted, result_keys, running
from contest.provincial.result_documents import document_of
from contest.provincial.result_states import SETTLED, Act, ResultState, after, next_act, shown
from contest.provincial.rules import ContestRules
from contest.provincial.tables import contest_result_revisions, contest_results


@dataclass(frozen=True, slots=True)
class Result:
    """One stored result. Actors are 'account:ID' or 'token:ID'; `document` is `result_documents.document_of`."""

    contest_id: int
    key: str
    state: ResultState = ResultState.CLOSED
    revision: int = 0
    rules_version: int = 0
    digest: str | None = None
    recount_digest: str | None = None
    document: Mapping[str, Any] | None = None
    computed_at: int | None = None
    verified_by: str | None = None
    verified_at: int | None = None
    publish_first_by: str | None = None
    publish_first_at: int | None = None
    published_by: str | None = None
    published_at: int | None = None
    complaints_until: int | None = None
    final_at: int | None = None

    @property
    def agreed(self) -> bool:
        """Whether both reckonings came to the same."""
        return self.digest is not None and self.digest == self.recount_digest

    @property
    def undecided(self) -> bool:
        """Whether a tie still stands in the way of a prize."""
        return bool(self.document and self.document["undecided"])


@dataclass(frozen=True, slots=True)
class Standing:
    """A result and what may be done with it now. `state` is as people are told it; `waits_until` the time before which
    nothing can be reckoned, `running` whether attempts that could matter are still open then."""

    result: Result
    state: ResultState
    waits_until: int
    running: bool
    act: Act | None

    @property
    def ready(self) -> bool:
        return self.state is not ResultState.OPEN


@dataclass(frozen=True, slots=True)
class Revision:
    """What was verified or published before a correction."""

    key: str
    revision: int
    state: ResultState
    digest: str
    document: Mapping[str, Any]
    verified_by: str | None
    publish_first_by: str | None
    published_by: str | None
    published_at: int | None
    superseded_by: str
    superseded_at: int
    cause: str


async def load(reader: Reader, contest_id: int, key: str) -> Result:
    """The stored result; one that nothing was done with yet is CLOSED, with revision 0."""
    c = contest_results.c
    row = (await reader.execute(select(contest_results).where(c.contest_id == contest_id, c.key == key))).one_or_none()
    return Result(contest_id, key) if row is None else _result(row._mapping)


async def listing(reader: Reader, contest_id: int, now_ms: int) -> list[Standing]:
    """Every result of the contest in order, with its next act. Raises NotFound, Conflict("contest_not_open")."""
    rules = await rules_in_force(reader, contest_id)
    found = []
    for key in result_keys(rules):
        result = await load(reader, contest_id, key)
        found.append(await standing(reader, rules, result, now_ms))
    return found


async def standing(reader: Reader, rules: ContestRules, result: Result, now_ms: int) -> Standing:
    """What may be done with a result now."""
    until = ready_at(rules, result.key)
    waiting = now_ms < until
    still = (
        not waiting
        and result.state is ResultState.CLOSED
        and await running(reader, result.contest_id, rules, result.key)
    )
    told = shown(result.state, ready=not (waiting or still), complaints_until=result.complaints_until, now_ms=now_ms)
    act = None if told is ResultState.OPEN else next_act(result.state, signed=result.publish_first_by is not None)
    if told is ResultState.COMPLAINT:
        act = None
    return Standing(result, told, until, still, act)


async def rules_in_force(reader: Reader, contest_id: int) -> ContestRules:
    """Raises NotFound("contest_unknown"), Conflict("contest_not_open")."""
    held = await contests.load(reader, contest_id)
    if held.rules is None:
        raise Conflict("contest_not_open")
    return held.rules


async def compute(db: Database, contest_id: int, key: str, *, actor: str, now_ms: int) -> Result:
    """Reckons the result, by both programs, and keeps it as provisional. A repeat reckons anew.

    Raises NotFound("result_unknown"), Conflict: "result_not_closed" before every window it needs has closed,
    "attempts_running" while one of their attempts is not in yet, "result_state" once it is verified.
    """
    async with db.read() as reader:
        await check_ready(reader, contest_id, key, now_ms)
    now = await reckoned(db, contest_id, fresh=True)
    part = now.part(key)
    other = await recounted(now.frozen, key)
    async with db.write() as writer:
        await fence(writer, contest_id, now.acts)
        held = await load(Reader(writer), contest_id, key)
        state = after(held.state, Act.COMPUTE)
        values = {
            "state": state.value,
            "revision": await _next_revision(Reader(writer), contest_id, key),
            "rules_version": now.frozen.rules_version,
            "digest": digest(part),
            "recount_digest": other,
            "document": document_of(now.frozen, part, key),
            "computed_at": now_ms,
        }
        await store(writer, contest_id, key, values)
        await note(writer, contest_id, "result.computed", key, actor, now_ms, digest=values["digest"], recount=other)
        return await load(Reader(writer), contest_id, key)


async def verify(db: Database, contest_id: int, key: str, *, actor: str, now_ms: int) -> Result:
    """A person has looked at the provisional result and vouches for it; both programs reckon once more.

    Raises Conflict: "result_state", "reckonings_differ", "result_differs" when SQL no longer gives what is stored,
    "result_undecided" while ties stand in the way of prizes, "rules_changed" by a version since.
    """
    async with db.read() as reader:
        held = await load(reader, contest_id, key)
        after(held.state, Act.VERIFY)
        if held.rules_version != await version_in_force(reader, contest_id):
            raise Conflict("rules_changed")
    now = await checked(db, held)
    if await recounted(now.frozen, key) != held.digest or not held.agreed:
        raise Conflict("reckonings_differ")
    if held.undecided:
        raise Conflict("result_undecided")
    async with db.write() as writer:
        await fence(writer, contest_id, now.acts)
        await expect(writer, held)
        values = {"state": after(held.state, Act.VERIFY).value, "verified_by": actor, "verified_at": now_ms}
        await store(writer, contest_id, key, values)
        await note(writer, contest_id, "result.verified", key, actor, now_ms, digest=held.digest)
        return await load(Reader(writer), contest_id, key)


async def check_ready(reader: Reader, contest_id: int, key: str, now_ms: int) -> None:
    """Raises what keeps a result from being reckoned now."""
    rules = await rules_in_force(reader, contest_id)
    if key not in result_keys(rules):
        raise NotFound("result_unknown", key=key)
    if now_ms < ready_at(rules, key):
        raise Conflict("result_not_closed")
    if await running(reader, contest_id, rules, key):
        raise Conflict("attempts_running")


async def checked(db: Database, held: Result) -> Reckoned:
    """The winners reckoned from SQL now, by the version the result was made with, when they are what is stored.

    Raises Conflict("result_differs").
    """
    now = await reckoned(db, held.contest_id, held.rules_version, fresh=True)
    if digest(now.part(held.key)) != held.digest:
        raise Conflict("result_differs")
    return now


async def fence(writer: Writer, contest_id: int, acts: str) -> None:
    """Locks the contest and raises Conflict("changed_meanwhile") when an act has come since `acts` was read.

    The log's lock is taken too, and before any row: accepting papers takes them in the same order.
    """
    await contests.lock(writer, contest_id)
    await log.hold(writer, contest_id)
    if await acts_mark(Reader(writer), contest_id) != acts:
        raise Conflict("changed_meanwhile")


async def expect(writer: Writer, held: Result) -> None:
    """Raises Conflict("changed_meanwhile") unless the stored result is still the one that was looked at."""
    if await load(Reader(writer), held.contest_id, held.key) != held:
        raise Conflict("changed_meanwhile")


async def send_back(
    writer: Writer, contest_id: int, keys: Collection[str], *, cause: str, actor: str, now_ms: int
) -> list[str]:
    """Takes results back to be reckoned anew; gives the keys of those that had been reckoned.

    What had been verified or published stays readable as a revision. Raises Conflict("result_is_final").
    """
    back = []
    for key in sorted(keys):
        held = await load(Reader(writer), contest_id, key)
        if held.state is ResultState.CLOSED:
            continue
        if held.state in SETTLED:
            raise Conflict("result_is_final", key=key)
        state = after(held.state, Act.SEND_BACK)
        if held.state is not ResultState.PROVISIONAL:
            await _keep_revision(writer, held, cause=cause, actor=actor, now_ms=now_ms)
        await store(writer, contest_id, key, {"state": state.value, **_EMPTY})
        await note(writer, contest_id, "result.sent_back", key, actor, now_ms, cause=cause, was=held.state.value)
        back.append(key)
    return back


async def revisions(reader: Reader, contest_id: int, key: str | None = None) -> list[Revision]:
    """What was verified or published before corrections, the newest first."""
    c = contest_result_revisions.c
    wanted = select(contest_result_revisions).where(c.contest_id == contest_id)
    if key is not None:
        wanted = wanted.where(c.key == key)
    rows = await reader.execute(wanted.order_by(c.superseded_at.desc(), c.key))
    return [
        Revision(**{name: row._mapping[name] for name in Revision.__slots__} | {"state": ResultState(row.state)})
        for row in rows
    ]


async def store(writer: Writer, contest_id: int, key: str, values: Mapping[str, Any]) -> None:
    """Writes columns of a result, making its row when there is none. The contest must be locked."""
    c = contest_results.c
    done = await writer.execute(
        update(contest_results).where(c.contest_id == contest_id, c.key == key).values(**values)
    )
    if done.rowcount == 0:
        await writer.execute(insert(contest_results).values(contest_id=contest_id, key=key, **values))


async def note(writer: Writer, contest_id: int, act: str, key: str, actor: str, now_ms: int, **facts: Any) -> None:
    """An act on a result, into the audit log and last of all into the contest's own."""
    body = {"key": key, **facts}
    await record(
        writer, actor=actor, action=f"contest.{act}", subject=f"contest:{contest_id}", now_ms=now_ms, detail=body
    )
    await log.append(writer, contest_id, act, {"by": actor, **body}, now_ms)


_EMPTY: Mapping[str, Any] = {
    name: None
    for name in (
        "digest",
        "recount_digest",
        "document",
        "computed_at",
        "verified_by",
        "verified_at",
        "publish_first_by",
        "publish_first_at",
        "published_by",
        "published_at",
        "complaints_until",
    )
}


async def _next_revision(reader: Reader, contest_id: int, key: str) -> int:
    """A revision that nobody has seen verified is reckoned over; otherwise the next number."""
    c = contest_result_revisions.c
    kept = await reader.scalar(select(func.max(c.revision)).where(c.contest_id == contest_id, c.key == key))
    return 1 + int(kept or 0)


async def _keep_revision(writer: Writer, held: Result, *, cause: str, actor: str, now_ms: int) -> None:
    await writer.execute(
        insert(contest_result_revisions).values(
            contest_id=held.contest_id,
            key=held.key,
            revision=held.revision,
            state=held.state.value,
            rules_version=held.rules_version,
            digest=held.digest,
            document=held.document,
            verified_by=held.verified_by,
            publish_first_by=held.publish_first_by,
            published_by=held.published_by,
            published_at=held.published_at,
            superseded_by=actor,
            superseded_at=now_ms,
            cause=cause,
        )
    )


def _result(row: Mapping[Any, Any]) -> Result:
    return Result(**{name: row[name] for name in Result.__slots__} | {"state": ResultState(row["state"])})
