"""Voids, struck units, settled ties and corrected keys: what they change is told before, done once, and logged."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from contest.database import Database
from contest.errors import Refused
from contest.provincial import (
    attempts,
    awards,
    contests,
    draw,
    key_correction,
    key_publication,
    log_check,
    results,
    ties,
    voiding,
)
from contest.provincial.corrections import Effect
from contest.provincial.drafts import canonical
from contest.provincial.publishing import finalise, publish
from contest.provincial.reckoning import reckoned
from contest.provincial.result_states import ResultState
from contest.provincial.rules import (
    Collective,
    CollectiveLevel,
    Criterion,
    Formula,
    Ranking,
)
from contest.provincial.tables import attempts as attempts_table
from contest.provincial.tables import contest_log, contest_versions, entries
from contest.provincial.tables import contests as contests_table
from tests.contest.provincial.contest_fixture import DAY, OPENS, enter
from tests.contest.provincial.results_support import HOUR, OVER, Staged, first_round, prize_rules, stage

LAN, MINH = "account:1", "account:2"
R1_OVER = OPENS + DAY + HOUR
DIGITS = "48213 90577 12004 66318 95520 31847 70926 15483"


async def code_of(coroutine: Any) -> str:
    with pytest.raises(Refused) as refused:
        await coroutine
    return refused.value.code


async def published(staged: Staged, key: str = "r1", now: int = R1_OVER) -> results.Result:
    await results.compute(staged.db, staged.contest, key, actor=LAN, now_ms=now)
    await results.verify(staged.db, staged.contest, key, actor=LAN, now_ms=now)
    await publish(staged.db, staged.contest, key, actor=LAN, now_ms=now)
    return await publish(staged.db, staged.contest, key, actor=MINH, now_ms=now)


async def state(staged: Staged, key: str = "r1") -> results.Result:
    async with staged.db.read() as reader:
        return await results.load(reader, staged.contest, key)


async def seen(staged: Staged, kind: str, public_id: str, now: int = R1_OVER) -> Effect:
    async with staged.db.read() as reader:
        subject = await voiding.subject_of(reader, staged.contest, kind, public_id)
    return await voiding.void_preview(staged.db, staged.contest, subject, now_ms=now)


async def test_a_void_is_told_before_it_is_done(db: Database) -> None:
    """One attempt less is one participant less: another prediction is the right one, everybody moves up."""
    staged = await stage(db, prize_rules(ranking=Ranking(chain=(Criterion.PREDICTION, Criterion.SCORE))))
    papers = await first_round(staged)
    c = staged.contest
    first = await published(staged)
    assert [a["holder"] for a in (first.document or {})["awards"]] == [str(staged.ids[n]) for n in (0, 2, 1)]
    told = await seen(staged, "attempt", papers[0])
    (effect,) = [one for one in told.keys if one.key == "r1"]
    assert effect.changed
    assert effect.truths == (("r1", 5, 4),)
    assert [(one.prize, one.before, one.after) for one in effect.awards] == [
        ("nhat", str(staged.ids[0]), str(staged.ids[2])),
        ("nhi", str(staged.ids[2]), str(staged.ids[3])),
    ]
    assert (await state(staged)).state is ResultState.PUBLISHED, "looking changes nothing"
    done = await voiding.void(
        db, c, "attempt", papers[0], ground="proxy", note="Con thi hộ ông Ánh.", actor=LAN, now_ms=R1_OVER
    )
    assert done == told
    held = await state(staged)
    assert (held.state, held.document, held.published_by) == (ResultState.CLOSED, None, None)
    assert (
        await code_of(voiding.void(db, c, "attempt", papers[0], ground="proxy", note="x", actor=LAN, now_ms=R1_OVER))
        == "void_already"
    )
    second = await published(staged)
    assert second.revision == first.revision + 1
    assert second.document is not None
    assert second.document["awards"][0]["holder"] == str(staged.ids[2])
    async with db.read() as reader:
        (old,) = await results.revisions(reader, c, "r1")
        bodies = (await reader.execute(select(contest_log.c.body))).scalars().all()
        assert (await log_check.verify(reader, c)).ok
    assert (old.document, old.digest, old.state) == (first.document, first.digest, ResultState.PUBLISHED)
    assert (old.publish_first_by, old.published_by, old.cause) == (LAN, MINH, "attempt_void")
    assert not any("thi hộ" in body for body in bodies)
    back = await voiding.restore(db, c, "attempt", papers[0], note="Khiếu nại đúng.", actor=MINH, now_ms=R1_OVER)
    assert back.sent_back == ("r1",)
    assert (await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)).digest == first.digest
    async with db.read() as reader:
        assert sorted(one.revision for one in await results.revisions(reader, c)) == [1, 2]
        assert (await log_check.verify(reader, c)).ok


async def test_an_entry_void_leaves_what_it_does_not_touch(db: Database) -> None:
    """It sends back the round the person took part in, and nothing final is ever changed."""
    staged = await stage(db)
    await first_round(staged)
    c = staged.contest
    await staged.sit(1, at=OPENS + DAY + HOUR, prediction=1)
    first = await published(staged, "r1", OVER)
    await published(staged, "r2", OVER)
    told = await seen(staged, "entry", staged.public[0], OVER)
    assert told.sent_back == ("r1",)
    assert told.forbidden is None
    # While attempts may still come in for a round, nothing is told of it.
    early = await seen(staged, "entry", staged.public[0], R1_OVER)
    assert [(one.key, one.waiting, one.truths) for one in early.keys if one.key == "r2"] == [("r2", True, ())]
    until = first.complaints_until or 0
    await finalise(db, c, "r1", actor=LAN, now_ms=until)
    assert (await seen(staged, "entry", staged.public[0], until)).forbidden == "r1"
    refused = voiding.void(
        db, c, "entry", staged.public[0], ground="wrong_data", note="Sai CCCD.", actor=LAN, now_ms=until
    )
    assert await code_of(refused) == "result_is_final"
    done = await voiding.void(
        db, c, "entry", (await one_more(staged)), ground="other", note="Thử.", actor=LAN, now_ms=until
    )
    assert done.sent_back == ()
    assert await code_of(seen(staged, "entry", "khong-co")) == "entry_unknown"
    wrong = voiding.void(db, c, "entry", staged.public[2], ground="vì thế", note="x", actor=LAN, now_ms=until)
    assert await code_of(wrong) == "void_ground"
    silent = voiding.void(db, c, "entry", staged.public[2], ground="other", note=" ", actor=LAN, now_ms=until)
    assert await code_of(silent) == "void_note_missing"


async def one_more(staged: Staged) -> str:
    """Somebody who registered and never took anything."""
    (entry,) = await enter(staged.db, staged.contest)
    async with staged.db.read() as reader:
        return str(await reader.scalar(select(entries.c.public_id).where(entries.c.id == entry)))


async def tied(db: Database) -> Staged:
    """Three people whom nothing tells apart, two of whom can get a prize."""
    ranking = Ranking(chain=(Criterion.SCORE, Criterion.DURATION))
    staged = await stage(db, prize_rules(ranking=ranking, prediction=None), people=4)
    at = OPENS + HOUR
    await staged.sit(0, at=at, seconds=30)
    for person in (1, 2, 3):
        await staged.sit(person, at=at + person * 60_000, wrong=1, seconds=60)
    return staged


async def test_a_tie_stays_a_tie_until_the_committee_has_decided(db: Database) -> None:
    staged = await tied(db)
    c, (a, b, d) = staged.contest, [str(one) for one in staged.ids[1:]]
    held = await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    assert held.undecided
    assert await code_of(results.verify(db, c, "r1", actor=LAN, now_ms=R1_OVER)) == "result_undecided"
    now = await reckoned(db, c)
    (tie,) = ties.open_ties(now.part("r1"), "r1")
    assert (set(tie.tied), tie.prize, tie.seats) == ({a, b, d}, "nhi", 2)

    def decide(order: list[str], **changes: str) -> Any:
        given = {"reason": "Biên bản số 4.", "signer": "Bà H'Wen Niê, Trưởng ban"} | changes
        return ties.decide(db, c, ("r1", ""), order, actor=LAN, now_ms=R1_OVER, **given)

    for wrong in ([a, b], [a, b, d, str(staged.ids[0])], [a, a, b], ["999", a, b]):
        assert await code_of(decide(wrong)) == "tie_order"
    assert await code_of(decide([a, b, d], reason=" ")) == "tie_reason_missing"
    assert await code_of(decide([a, b, d], signer="")) == "tie_signer_missing"
    done = await decide([d, a, b])
    assert not done.keys[0].undecided
    held = await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    assert [x["holder"] for x in (held.document or {})["awards"]] == [str(staged.ids[0]), d, a]
    assert not held.undecided
    await results.verify(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    async with db.read() as reader:
        (line,) = await ties.recorded(reader, c)
    assert (line.kind, line.order, line.signer) == ("committee", (d, a, b), "Bà H'Wen Niê, Trưởng ban")


async def test_a_draw_takes_an_announced_pool_and_digits_nobody_knew(db: Database) -> None:
    staged = await tied(db)
    c, members = staged.contest, [str(one) for one in staged.ids[1:]]
    await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    nothing = ties.draw_order(db, c, 1, DIGITS, reason="", signer="", actor=LAN, now_ms=R1_OVER)
    assert await code_of(nothing) == "pool_unknown"

    def announce() -> Any:
        return ties.announce_pool(
            db, c, ("r1", ""), members, source="Xổ số Đắk Lắk 25/11", signer="Ông A", actor=LAN, now_ms=R1_OVER
        )

    pool = await announce()
    assert pool.evidence["pool_hash"] == draw.pool_hash(sorted(members))
    assert await code_of(announce()) == "draw_announced"
    # An announced pool orders nobody.
    assert (await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)).undecided
    few = ties.draw_order(db, c, pool.id, "12345", reason="", signer="", actor=LAN, now_ms=R1_OVER)
    assert await code_of(few) == "draw_digits"
    await ties.draw_order(db, c, pool.id, DIGITS, reason="", signer="", actor=LAN, now_ms=R1_OVER)
    again = ties.draw_order(db, c, pool.id, DIGITS[::-1], reason="", signer="", actor=LAN, now_ms=R1_OVER)
    assert await code_of(again) == "pool_unknown", "there is no second draw"
    async with db.read() as reader:
        line = (await ties.recorded(reader, c))[-1]
        assert (await log_check.verify(reader, c)).ok
    drawn = draw.draw_all(line.evidence["pool"], draw_id=line.evidence["draw_id"], digits=line.evidence["digits"])
    assert line.order == drawn
    held = await results.compute(db, c, "r1", actor=LAN, now_ms=R1_OVER)
    assert [x["holder"] for x in (held.document or {})["awards"]][1:] == list(drawn[:2])


async def test_a_corrected_key_marks_every_paper_anew(db: Database) -> None:
    """Also void ones; the log tells each; and what does not come out otherwise is left alone."""
    staged = await stage(db)
    papers = await first_round(staged)
    c = staged.contest
    await published(staged)
    async with db.read() as reader:
        asked = {one.rows[0]: one for one in await key_correction.questions(reader, c)}
        rows = (await reader.execute(select(attempts_table.c.public_id, attempts_table.c.paper))).all()
    by_paper = {row.public_id: [asked[item[0]].number for item in row.paper] for row in rows}
    # A question that the winner answered, and a single choice whose right option was "b".
    number = next(n for n in by_paper[papers[0]] if n % 5)
    who_had_it = {p for n, p in enumerate(papers) if number in by_paper[p][(0, 0, 1, 2, 3)[n] :]}

    def told(answer: Any) -> Any:
        return key_correction.preview_correction(db, c, "", number, answer, now_ms=R1_OVER)

    assert await code_of(told(["b"])) == "key_unchanged"
    assert await code_of(told(["z"])) == "key_invalid"
    effect, count = await told(["a"])
    assert count == len(who_had_it)
    assert effect.sent_back == ("r1",)
    await voiding.void(db, c, "attempt", papers[0], ground="technical", note="Thử.", actor=LAN, now_ms=R1_OVER)
    await key_correction.correct_key(db, c, "", number, ["a"], reason="Đáp án in sai.", actor=LAN, now_ms=R1_OVER)
    async with db.read() as reader:
        marks = {
            row.public_id: (row.correct, row.score)
            for row in await reader.execute(
                select(attempts_table.c.public_id, attempts_table.c.correct, attempts_table.c.score)
            )
        }
        assert (await log_check.verify(reader, c)).ok
    for paper, right in zip(papers, (5, 5, 4, 3, 2), strict=True):
        less = right - (paper in who_had_it)
        assert marks[paper] == (less, less * 2)
    # Papers handed in from now on are marked by the new key.
    await staged.sit(0, at=OPENS + DAY + HOUR)
    async with db.read() as reader:
        newest = await reader.scalar(select(attempts_table.c.correct).order_by(attempts_table.c.id.desc()).limit(1))
        question = await key_correction.question_at(reader, c, "", number)
    assert newest == 5, "the fixture answers by the key it is given"
    assert (question.revision, question.question.answer) == (2, ("a",))
    await key_correction.correct_key(db, c, "", number, ["b"], reason="Nhầm.", actor=LAN, now_ms=R1_OVER)
    async with db.read() as reader:
        row = await reader.scalar(select(attempts_table.c.score).where(attempts_table.c.public_id == papers[1]))
    assert row == 10


async def test_a_struck_unit_leaves_the_collective_prizes(db: Database) -> None:
    collective = Collective(
        formula=Formula.PARTICIPANTS,
        levels=(CollectiveLevel(name="Nhất", count=1, value_vnd=5), CollectiveLevel(name="Nhì", count=1)),
    )
    staged = await stage(db, prize_rules(collective=collective), people=6)
    await first_round(staged)
    await staged.sit(5, at=OPENS + HOUR)
    c = staged.contest
    # Two people each from three communes: a tie that only a decision can settle.
    held = await results.compute(db, c, "collective", actor=LAN, now_ms=OVER)
    assert held.undecided
    await awards.strike_unit(db, c, "24154", struck=True, reason="Thi hộ có tổ chức.", actor=LAN, now_ms=OVER)
    assert (await state(staged, "collective")).state is ResultState.CLOSED
    await ties.decide(
        db, c, ("collective", ""), ["24163", "24133"], reason="BB 5", signer="Bà B", actor=LAN, now_ms=OVER
    )
    held = await published(staged, "collective", OVER)
    assert [x["holder"] for x in (held.document or {})["collective_awards"]] == ["24163", "24133"]
    await finalise(db, c, "collective", actor=LAN, now_ms=held.complaints_until or 0)
    async with db.read() as reader:
        given = await awards.listing(reader, c, "collective")
        assert await awards.struck(reader, c) == {"24154": "Thi hộ có tổ chức."}
    assert [(one.unit_code, one.value_vnd) for one in given] == [("24163", 5), ("24133", 0)]
    assert (
        await code_of(awards.strike_unit(db, c, "24154", struck=False, reason="x", actor=LAN, now_ms=OVER))
        == "result_is_final"
    )


async def test_a_key_comes_out_when_nobody_can_use_it_any_more(db: Database) -> None:
    """Rounds of one bank wait for each other; a round with a bank of its own does not."""
    staged = await stage(db)
    c = staged.contest
    await staged.start(0, OPENS + DAY - 1000)

    async def out(now: int, key: str = "r1") -> None:
        async with db.write() as writer:
            await key_publication.publish_key(writer, c, key, actor=LAN, now_ms=now)

    assert await code_of(out(OPENS + DAY + 60_000)) == "key_too_early"
    assert await code_of(out(R1_OVER)) == "key_shared"
    assert await code_of(out(OVER)) == "key_too_early", "an attempt has not been handed in"
    assert await code_of(out(OVER, "r9")) == "contest_round_unknown"
    await attempts.expire(db, OVER)
    await out(OVER)
    await out(OVER + 1)
    async with db.read() as reader:
        rules = (await contests.load(reader, c)).rules
        assert rules is not None
        states = await key_publication.states(reader, c, rules, OVER)
        assert dict(await key_publication.published(reader, c)) == {"r1": (OVER, LAN)}
    assert [(one.round, one.published_at, one.code) for one in states] == [("r1", OVER, ""), ("r2", None, "")]


async def test_rounds_that_name_one_bank_wait_for_each_other(db: Database) -> None:
    """Also where each has a copy of its own: the questions are the same."""
    staged = await stage(db)

    async def code(first: int | None, second: int | None) -> str:
        rules = prize_rules(bank_id=7)
        one, two = rules.rounds
        both = (one.model_copy(update={"bank_id": first}), two.model_copy(update={"bank_id": second}))
        async with db.read() as reader:
            changed = rules.model_copy(update={"rounds": both})
            return (await key_publication.states(reader, staged.contest, changed, R1_OVER))[0].code

    assert [await code(*banks) for banks in ((8, 8), (7, None), (None, 7))] == ["key_shared"] * 3
    assert [await code(*banks) for banks in ((8, 9), (8, None), (None, 9))] == [""] * 3

    # A second contest of the same organisers, which opens a month later.
    later = [
        one.model_copy(update={"opens_at": OVER + DAY, "closes_at": OVER + 2 * DAY}) for one in prize_rules().rounds[:1]
    ]
    text = canonical(prize_rules(bank_id=9, title="Cuộc thi sau", rounds=tuple(later)))
    async with db.write() as writer:
        other = await contests.create(writer, title="Cuộc thi sau", actor=LAN, now_ms=OPENS)
        await writer.execute(
            insert(contest_versions).values(
                contest_id=other.id, version=1, rules=text, digest="0", reason="", created_by=LAN, created_at=0
            )
        )
        await writer.execute(update(contests_table).where(contests_table.c.id == other.id).values(rules_version=1))
    assert await code(9, 8) == "key_shared"
    assert await code(8, 9) == ""
