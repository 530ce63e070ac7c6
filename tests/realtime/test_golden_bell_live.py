"""The golden bell over real sockets, and for whom a process waits while a question is open."""

from collections.abc import Set

from contest.seats import SeatRecord
from realtime.bell_room import FUN_MOMENT_MS, BellRoom, may_answer
from realtime.results import Results, Row
from tests.realtime.conftest import Stack, question


async def test_out_rescued_and_refused(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round(*[question()] * 4, mode="golden_bell", fun=False, rescues_allowed=2)
    lan, mai = await server.phone(), await server.phone()
    await lan.join(record.code, "Lan")
    await mai.join(record.code, "Mai")

    await stack.do(record, "next", "next")
    shown = await lan.expect("state", phase="open")
    assert (shown["mode"], shown["bell"]["left"], shown["bell"]["out"]) == ("golden_bell", 2, 0)
    await mai.expect("state", phase="open")
    await lan.answer(["b"])
    await mai.answer(["a"])
    await stack.do(record, "all_answered", "settle")
    shown = await mai.expect("state", phase="revealed")
    assert (shown["bell"]["left"], shown["bell"]["went"], shown["bell"]["decided"]) == (1, 1, True)
    assert "floor" not in shown, "no phone carries the hall"
    mine = await mai.expect("you")
    assert (mine["out"], mine["out_at"], mine["verdict"], mine["back"]) == (True, 1, "wrong", False)
    theirs = await lan.expect("you", verdict="right")
    assert (theirs["out"], theirs["out_at"]) == (False, None)

    # Who comes now only watches; a rescue question is for them and for Mai, not for Lan.
    late = await server.phone()
    await late.join(record.code, "Muộn")
    assert late.frames[-1]["out_at"] == 1
    await stack.do(record, "rescue_question", on=True)
    await stack.do(record, "next", "next", "next")
    for phone in (lan, mai, late):
        assert (await phone.expect("state", phase="open"))["bell"]["rescue"]
    assert (await lan.answer(["b"], q=2))["status"] == "refused", "whoever is in rests"
    assert (await late.answer(["b"], q=2))["status"] == "accepted"
    assert (await mai.answer(["c"], q=2))["status"] == "accepted"
    await stack.do(record, "all_answered", "settle")
    back = await late.expect("you", verdict="right")
    assert (back["out"], back["back"], back["award"], back["points"]) == (False, True, 0, 0)
    assert (await mai.expect("you", verdict="wrong"))["out"]

    # By hand, on the phone at once; and who is out may not answer where the host does not want it.
    await stack.do(record, "next")
    await stack.do(record, "rescue", seats=(2,))
    assert await mai.expect("you", back=True)
    await stack.do(record, "next", "next")
    await mai.expect("state", phase="open")
    assert (await mai.answer(["a"], q=3))["status"] == "accepted"
    await lan.expect("state", phase="open")
    assert (await lan.answer(["b"], q=3))["status"] == "accepted"
    await stack.do(record, "all_answered", "settle", "next", "next", "next")
    shown = await mai.expect("state", phase="podium")
    assert (shown["bell"]["left"], shown["bell"]["winners"]) == (1, 1)
    assert shown["q"]["n"] == 3, "one is left: nothing more is asked"


BELL = {"rescue": False, "fun": True}
QUIET = {"rescue": False, "fun": False}
RESCUE = {"rescue": True, "fun": True}


def row(out: int | None) -> Row:
    return Row(0, 0, 1, None, None, "none", 0, None, None, out=out)


def waiting(room: BellRoom, bell: dict[str, bool], seats: Set[int], at_ms: float, question: int = 1) -> int:
    return room.waited_for(bell, question, seats, at_ms)


def test_only_those_who_matter_hold_a_question_open() -> None:
    room = BellRoom(out={3, 4})
    assert waiting(room, BELL, {1, 3, 4}, 0) == 1
    assert waiting(room, BELL, {3, 4}, 1_000) == 2, "a fair moment for those who play for fun"
    assert waiting(room, BELL, {4}, 1_000 + FUN_MOMENT_MS - 1) == 1
    assert waiting(room, BELL, {4}, 1_000 + FUN_MOMENT_MS) == 0
    assert waiting(room, BELL, {4}, 9_000, question=2) == 1, "and again in the next question"
    assert waiting(room, BELL, {1, 4}, 9_500, question=2) == 1, "somebody who matters came back"
    assert waiting(room, BELL, {4}, 99_000, question=2) == 1
    assert waiting(room, QUIET, {3, 4}, 0, question=3) == 0
    assert waiting(room, RESCUE, {1, 2, 3}, 0, question=4) == 1
    assert waiting(room, RESCUE, {1, 2}, 0, question=4) == 0


def test_who_may_answer() -> None:
    assert [may_answer(bell, out) for bell in (BELL, QUIET, RESCUE) for out in (False, True)] == [
        True, True, True, False, False, True,
    ]  # fmt: skip


def test_who_is_out_is_known_from_the_results_and_for_latecomers_from_their_seats() -> None:
    room = BellRoom()
    people = {seat: person(seat, out) for seat, out in ((1, None), (2, 4), (3, 2))}
    assert room.refresh(None, people, 1) == {2, 3}
    results = Results(5, {1: row(5), 2: row(None)})
    assert room.refresh(results, people, 1) == {1, 3}, "rescued, put out, came late"
    assert room.refresh(results, people, 1) is room.out


def person(seat: int, out_at: int | None) -> SeatRecord:
    blank = dict.fromkeys(SeatRecord.__struct_fields__)
    return SeatRecord(**blank | {"seat": seat, "out_at": out_at})  # type: ignore[arg-type]
