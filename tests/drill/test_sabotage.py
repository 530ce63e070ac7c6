"""What the drill hangs its crash points and bugs on still exists, and the points count as they say."""

import pytest

from loadtests.drill import plan
from loadtests.drill.bugs import BUGS
from loadtests.drill.promises import NAMES
from loadtests.drill.sabotage import PATCHED, POINTS, Points, resolve


@pytest.mark.parametrize("dotted", sorted({*PATCHED, *(name for bug in BUGS.values() for name in bug.patches)}))
def test_every_patched_name_exists(dotted: str) -> None:
    owner, name = resolve(dotted)
    assert callable(getattr(owner, name))


def test_a_name_that_is_gone_is_noticed() -> None:
    with pytest.raises(AttributeError):
        resolve("contest.answering.no_such_function")
    with pytest.raises(ImportError):
        resolve("no_such_package.at_all")


def test_a_point_is_due_at_its_passing_and_once_armed_only() -> None:
    points = Points("after_ack:2,before_insert")
    assert [points.due("after_ack"), points.due("after_ack")] == [False, True]
    assert points.due("before_insert")
    assert not points.due("during_close")
    points.arm("")
    assert not points.due("after_ack")
    with pytest.raises(ValueError, match="no_such_point"):
        points.arm("no_such_point:1")


def test_bugs_and_plans_name_what_there_is() -> None:
    known, _ = plan.classes(database="postgresql", cluster=True, disk=True, clock=True)
    assert {f"crash:{point}" for point in POINTS} <= set(known)
    for bug in BUGS.values():
        assert bug.finds <= NAMES.keys()
        assert set(bug.faults) - {"none"} <= set(known)
