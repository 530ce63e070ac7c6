"""The name of every Redis key and channel, with its type, lifetime and writer.

Never talks to Redis. No other module builds a key. All keys of a live round share the hash tag `{round_id}`, those of a
contest `{contest-ID}`, so a script or pipeline for one of them stays on one node of a cluster. The last paragraph of
each docstring is data: `documented` collects it for the table in ARCHITECTURE.md.
"""

import inspect
import sys
from dataclasses import dataclass

ROUND_TTL_S = 24 * 3600
"""Whatever is left of a round in Redis is gone a day later; the truth is in SQL."""
STAGING_TTL_S = 60
"""A board whose writer died half-way."""
CONTEST_STAGING_TTL_S = 900
"""The same for a contest, where writing all boards anew takes longer."""
LEASE_TTL_S = 30
"""Another worker takes over the boards of a contest when theirs has been silent this long."""

_PREFIX = "hoithi"


def _of_round(round_id: int, name: str) -> str:
    return f"{_PREFIX}:{{{round_id}}}:{name}"


def board(round_id: int) -> str:
    """Everybody's totals in one live round; member = seat in ten digits, score = minus the packed total.

    type: sorted set; ttl: 24 h; writer: scoring.leaderboard
    """
    return _of_round(round_id, "board")


def unit_board(round_id: int, unit: str) -> str:
    """The totals of the seats of one unit (commune code), in the form of `board`.

    type: sorted set; ttl: 24 h; writer: scoring.leaderboard
    """
    return _of_round(round_id, f"unit-board:{unit}")


def board_units(round_id: int) -> str:
    """The units that have a board, so that the next write removes those that have none any more.

    type: set; ttl: 24 h; writer: scoring.leaderboard
    """
    return _of_round(round_id, "board-units")


def board_staging(round_id: int, write: str, unit: str | None = None) -> str:
    """A board being written in chunks, renamed to `board` or `unit_board` when whole; `write` is unique.

    type: sorted set; ttl: 60 s; writer: scoring.leaderboard
    """
    suffix = "all" if unit is None else f"unit:{unit}"
    return _of_round(round_id, f"board-staging:{write}:{suffix}")


def board_version(round_id: int) -> str:
    """The version of the round's state that the boards show; the fence against older writers.

    type: string; ttl: 24 h; writer: scoring.leaderboard
    """
    return _of_round(round_id, "board-version")


def results(round_id: int, version: int) -> str:
    """Ranks, totals and gains of all seats after a question, one blob that each players' process reads once.

    type: string; ttl: 24 h; writer: realtime.round_runner
    """
    return _of_round(round_id, f"results:{version}")


def presence(round_id: int) -> str:
    """How many phones each players' process holds in the room: process id → its entry of the last beat.

    type: hash; ttl: 60 s; writer: realtime.presence
    """
    return _of_round(round_id, "presence")


def online(round_id: int) -> str:
    """Which seats each players' process holds in the room, unless they are too many: process id → numbers and commas.

    type: hash; ttl: 60 s; writer: realtime.presence
    """
    return _of_round(round_id, "online")


def room_channel(round_id: int) -> str:
    """Frames of one room, one message per players' process.

    type: channel; ttl: none; writer: realtime.broker
    """
    return _of_round(round_id, "room")


def all_rooms_channel() -> str:
    """Keeps the subscription of a process that holds no room yet open and watched; nothing is said on it.

    type: channel; ttl: none; writer: realtime.broker
    """
    return f"{_PREFIX}:rooms"


def _of_contest(contest_id: int, name: str) -> str:
    return f"{_PREFIX}:{{contest-{contest_id}}}:{name}"


def contest_board(contest_id: int, board: str) -> str:
    """A provisional board of a contest; member = an entry's public id, score = the packed score and duration.

    type: sorted set; ttl: none, dropped with the contest; writer: scoring.contest_board
    """
    return _of_contest(contest_id, f"board:{board}")


def contest_boards(contest_id: int) -> str:
    """The boards a contest has, so that writing them anew removes those that are none any more.

    type: set; ttl: none, dropped with the contest; writer: scoring.contest_board
    """
    return _of_contest(contest_id, "boards")


def contest_board_staging(contest_id: int, write: str, board: str) -> str:
    """A contest's board being written anew, renamed to `contest_board` when all are whole; `write` is unique.

    type: sorted set; ttl: 15 min; writer: scoring.contest_board
    """
    return _of_contest(contest_id, f"board-staging:{write}:{board}")


def contest_board_mark(contest_id: int) -> str:
    """Up to where the boards of a contest show its log; missing: they have to be written anew.

    type: string; ttl: none, dropped with the contest; writer: scoring.contest_board
    """
    return _of_contest(contest_id, "board-mark")


def contest_board_lease(contest_id: int) -> str:
    """Which worker writes the boards of a contest.

    type: string; ttl: 30 s; writer: realtime.entrants.board_keeper
    """
    return _of_contest(contest_id, "board-lease")


def launch_holds(live_event_id: int, run: int) -> str:
    """Who presses a launch's buttons in one run of it: delegate → press, first and latest beat in ms of Redis' clock.

    type: hash; ttl: 60 s; writer: realtime.festival.holds
    """
    return f"{_PREFIX}:{{launch-{live_event_id}}}:holds:{run}"


def launch_crowd(live_event_id: int, run: int) -> str:
    """The guests who hold theirs too; member = guest, score = latest beat in ms of Redis' clock.

    type: sorted set; ttl: 60 s; writer: realtime.festival.holds
    """
    return f"{_PREFIX}:{{launch-{live_event_id}}}:crowd:{run}"


FEED_LENGTH = 100_000
"""About so many events stay in `feed_stream`."""


def feed_stream() -> str:
    """The released facts as CloudEvents, for consumers beside the platform; the pull API and webhooks lose none.

    type: stream; ttl: none, about 100,000 entries; writer: admin.movement.feed_sending
    """
    return f"{_PREFIX}:feed"


def rate_limit_prefix() -> str:
    """Prefix of the rate limiter's counters (sign-ins by account and address).

    type: string; ttl: the limit's window; writer: realtime.throttle
    """
    return f"{_PREFIX}:limit"


@dataclass(frozen=True, slots=True)
class KeyDocument:
    """One row of the table of keys."""

    name: str
    purpose: str
    type: str
    ttl: str
    writer: str


def documented() -> list[KeyDocument]:
    """Every key and channel of this module in the order written here, from the docstrings.

    Raises ValueError when a function's docstring lacks one of the facts.
    """
    rows = []
    for name, function in vars(sys.modules[__name__]).items():
        own = inspect.isfunction(function) and function.__module__ == __name__
        if not own or name.startswith("_") or name == "documented":
            continue
        purpose, _, facts = inspect.cleandoc(function.__doc__ or "").rpartition("\n\n")
        stated = dict(fact.split(": ", 1) for fact in facts.split("; ") if ": " in fact)
        if not purpose or set(stated) != {"type", "ttl", "writer"}:
            raise ValueError(f"scoring.keys.{name} must state type, ttl and writer")
        rows.append(KeyDocument(name, " ".join(purpose.split()), **stated))
    return rows
