"""Two people publish a result; complaints are taken for some working days; then it is final and the prizes stand.

Never reckons by itself: before each step `results.checked` must find in SQL exactly what is stored.
"""

from sqlalchemy import insert, select

from contest.database import Database, Reader, Writer
from contest.errors import Conflict
from contest.provincial import contests
from contest.provincial.freezing import version_in_force
from contest.provincial.local_time import working_days_after
from contest.provincial.reckoning import recounted
from contest.provincial.result_documents import awards_of
from contest.provincial.result_states import Act, ResultState, after, check_second_person
from contest.provincial.results import Result, checked, expect, fence, load, note, store
from contest.provincial.rules import ContestRules
from contest.provincial.tables import complaints, contest_awards
from contest.provincial.windows import COLLECTIVE
from contest.tables import accounts, audit_log
from contest.tickets import new_public_id


async def person_behind(reader: Reader, actor: str) -> str:
    """The account an actor stands for: a token stands for whoever made it, when that is known, else for itself."""
    seen = set()
    while actor.startswith("token:") and actor not in seen:
        seen.add(actor)
        maker = await reader.scalar(
            select(audit_log.c.actor)
            .where(audit_log.c.action == "token.create", audit_log.c.subject == actor)
            .order_by(audit_log.c.id)
            .limit(1)
        )
        if maker is None or not maker.startswith(("account:", "token:")):
            break
        actor = maker
    return actor


async def _shut_out(reader: Reader, person: str) -> bool:
    kind, _, number = person.partition(":")
    if kind != "account" or not number.isdigit():
        return False
    return await reader.scalar(select(accounts.c.active).where(accounts.c.id == int(number))) is False


async def publish(db: Database, contest_id: int, key: str, *, actor: str, now_ms: int) -> Result:
    """The first call signs, the second one by another person publishes and opens the complaint window.

    Raises Forbidden("second_person_needed"), Conflict: "result_state", "rules_changed", "signer_shut_out"
    when the first one's account was closed since, "result_differs", "reckonings_differ", "result_undecided",
    "changed_meanwhile".
    """
    async with db.read() as reader:
        held = await load(reader, contest_id, key)
        signed = held.publish_first_by
        act = Act.SIGN if signed is None else Act.PUBLISH
        state = after(held.state, act)
        if signed is not None:
            first = await person_behind(reader, signed)
            check_second_person(first, await person_behind(reader, actor))
            if await _shut_out(reader, first):
                raise Conflict("signer_shut_out")
        if held.rules_version != await version_in_force(reader, contest_id):
            raise Conflict("rules_changed")
    if not held.agreed:
        raise Conflict("reckonings_differ")
    if held.undecided:
        raise Conflict("result_undecided")
    now = await checked(db, held)
    if act is Act.PUBLISH and await recounted(now.frozen, key) != held.digest:
        raise Conflict("reckonings_differ")
    values: dict[str, object]
    if act is Act.SIGN:
        values = {"publish_first_by": actor, "publish_first_at": now_ms}
    else:
        until = working_days_after(now_ms, now.frozen.rules.complaint_days)
        values = {"state": state.value, "published_by": actor, "published_at": now_ms, "complaints_until": until}
    async with db.write() as writer:
        await fence(writer, contest_id, now.acts)
        await expect(writer, held)
        await store(writer, contest_id, key, values)
        told = "result.signed" if act is Act.SIGN else "result.published"
        await note(writer, contest_id, told, key, actor, now_ms, digest=held.digest, revision=held.revision)
        return await load(Reader(writer), contest_id, key)


async def withdraw_signature(db: Database, contest_id: int, key: str, *, actor: str, now_ms: int) -> Result:
    """Takes the first signature back. Raises Conflict("result_state") when there is none, or it is published."""
    async with db.write() as writer:
        await contests.lock(writer, contest_id)
        held = await load(Reader(writer), contest_id, key)
        if held.state is not ResultState.VERIFIED or held.publish_first_by is None:
            raise Conflict("result_state", state=held.state.value, act="withdraw")
        await store(writer, contest_id, key, {"publish_first_by": None, "publish_first_at": None})
        await note(writer, contest_id, "result.signature_withdrawn", key, actor, now_ms)
        return await load(Reader(writer), contest_id, key)


async def finalise(db: Database, contest_id: int, key: str, *, actor: str, now_ms: int) -> Result:
    """Ends the complaint window: the prizes become awards, each with the code of its certificate.

    Raises Conflict: "result_state", "complaint_window_open", "complaints_open" while one is undecided,
    "result_differs", "changed_meanwhile".
    """
    async with db.read() as reader:
        held = await load(reader, contest_id, key)
        state = after(held.state, Act.FINALISE)
        await _check_complaints(reader, held, now_ms)
        rules = await contests.rules_of(reader, contest_id, held.rules_version)
    now = await checked(db, held)
    async with db.write() as writer:
        await fence(writer, contest_id, now.acts)
        await expect(writer, held)
        await _check_complaints(Reader(writer), held, now_ms)
        await store(writer, contest_id, key, {"state": state.value, "final_at": now_ms})
        made = await _make_awards(writer, held, rules)
        await note(writer, contest_id, "result.final", key, actor, now_ms, digest=held.digest, awards=made)
        return await load(Reader(writer), contest_id, key)


async def _check_complaints(reader: Reader, held: Result, now_ms: int) -> None:
    if held.complaints_until is not None and now_ms < held.complaints_until:
        raise Conflict("complaint_window_open")
    c = complaints.c
    undecided = await reader.scalar(
        select(c.id)
        .where(c.contest_id == held.contest_id, c.state == "open", c.result_key.in_(("", held.key)))
        .limit(1)
    )
    if undecided is not None:
        raise Conflict("complaints_open")


async def _make_awards(writer: Writer, held: Result, rules: ContestRules) -> int:
    assert held.document is not None
    collective = held.key == COLLECTIVE
    rows = [
        {
            "contest_id": held.contest_id,
            "result_key": held.key,
            "audience": award["audience"],
            "prize": award["prize"],
            "place": award["place"],
            "entry_id": None if collective else int(award["holder"]),
            "unit_code": award["holder"] if collective else None,
            "value_vnd": value_of(rules, held.key, award["prize"]),
            "certificate": new_public_id(),
        }
        for award in awards_of(held.document)
        if award["holder"] is not None
    ]
    if rows:
        await writer.execute(insert(contest_awards), rows)
    return len(rows)


def value_of(rules: ContestRules, key: str, prize: str) -> int:
    """What a prize is worth, in đồng."""
    if key == COLLECTIVE:
        assert rules.collective is not None
        return rules.collective.levels[int(prize)].value_vnd
    return next(one.value_vnd for one in rules.prizes if one.key == prize)


def prize_name(rules: ContestRules, key: str, prize: str) -> str:
    """The organiser's name of a prize or of a level of the collective ones."""
    if key == COLLECTIVE:
        assert rules.collective is not None
        return rules.collective.levels[int(prize)].name
    return next(one.name for one in rules.prizes if one.key == prize)
