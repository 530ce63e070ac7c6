"""The one table of what may happen to a result: from the close of its window to the prizes handed over.

    closed → provisional → verified → published → (complaints) → final → awarded

Never reads a clock or SQL, and never decides who has won. A single prize is revoked, not a result; while nothing is
final, a void, a decision or a corrected key sends a result back to be reckoned, verified and published anew.
"""

from enum import StrEnum
from typing import Final

from contest.errors import Conflict, Forbidden


class ResultState(StrEnum):
    """Where a result stands. `open` and `complaint` are told by the time and never stored."""

    OPEN = "open"
    CLOSED = "closed"
    PROVISIONAL = "provisional"
    VERIFIED = "verified"
    PUBLISHED = "published"
    COMPLAINT = "complaint"
    FINAL = "final"
    AWARDED = "awarded"


class Act(StrEnum):
    """What an organiser does with a result."""

    COMPUTE = "compute"
    VERIFY = "verify"
    SIGN = "sign"
    """The first of the two people who publish."""
    PUBLISH = "publish"
    """The second."""
    SEND_BACK = "send_back"
    FINALISE = "finalise"
    HAND_OVER = "hand_over"


PUBLIC: Final = frozenset({ResultState.PUBLISHED, ResultState.FINAL, ResultState.AWARDED})
"""Stored states in which the winners are public."""
SETTLED: Final = frozenset({ResultState.FINAL, ResultState.AWARDED})
"""Stored states that nothing may change any more."""

_TABLE: Final[dict[tuple[ResultState, Act], ResultState]] = {
    (ResultState.CLOSED, Act.COMPUTE): ResultState.PROVISIONAL,
    (ResultState.PROVISIONAL, Act.COMPUTE): ResultState.PROVISIONAL,
    (ResultState.PROVISIONAL, Act.VERIFY): ResultState.VERIFIED,
    (ResultState.PROVISIONAL, Act.SEND_BACK): ResultState.CLOSED,
    (ResultState.VERIFIED, Act.SIGN): ResultState.VERIFIED,
    (ResultState.VERIFIED, Act.PUBLISH): ResultState.PUBLISHED,
    (ResultState.VERIFIED, Act.SEND_BACK): ResultState.CLOSED,
    (ResultState.PUBLISHED, Act.SEND_BACK): ResultState.CLOSED,
    (ResultState.PUBLISHED, Act.FINALISE): ResultState.FINAL,
    (ResultState.FINAL, Act.HAND_OVER): ResultState.AWARDED,
    (ResultState.AWARDED, Act.HAND_OVER): ResultState.AWARDED,
}


def after(state: ResultState, act: Act) -> ResultState:
    """The state after the act. Raises Conflict("result_state")."""
    found = _TABLE.get((state, act))
    if found is None:
        raise Conflict("result_state", state=state.value, act=act.value)
    return found


def shown(state: ResultState, *, ready: bool, complaints_until: int | None, now_ms: int) -> ResultState:
    """The state as people are told it: `open` until the window has settled, `complaint` while complaints are taken."""
    if state is ResultState.CLOSED and not ready:
        return ResultState.OPEN
    if state is ResultState.PUBLISHED and complaints_until is not None and now_ms < complaints_until:
        return ResultState.COMPLAINT
    return state


def next_act(state: ResultState, *, signed: bool) -> Act | None:
    """The act that takes a stored state forward; None at the end."""
    match state:
        case ResultState.CLOSED:
            return Act.COMPUTE
        case ResultState.PROVISIONAL:
            return Act.VERIFY
        case ResultState.VERIFIED:
            return Act.PUBLISH if signed else Act.SIGN
        case ResultState.PUBLISHED:
            return Act.FINALISE
        case ResultState.FINAL:
            return Act.HAND_OVER
    return None


def check_second_person(first: str, second: str) -> None:
    """Both are the people behind the actors. Raises Forbidden("second_person_needed") when they are one."""
    if first == second:
        raise Forbidden("second_person_needed")
