"""The phases of a live round and the names of what may move it.

Only words live here; what leads where is the table in `contest.round_state`.
"""

from enum import StrEnum


class Phase(StrEnum):
    """The label of a live round's state, as it travels in frames and is stored in SQL."""

    lobby = "lobby"
    """People join; nothing has been asked."""
    get_ready = "get_ready"
    """The stem is shown, the options are not: time to read."""
    open = "open"
    """Options are shown and answers are taken."""
    closing = "closing"
    """Time is up; answers that were tapped in time may still arrive."""
    revealed = "revealed"
    """The key, the explanation and everybody's award are public."""
    standings = "standings"
    """The ranked list so far."""
    paused = "paused"
    """The clock stands still; `paused_from` says where it will go on."""
    podium = "podium"
    """The winners are shown; the host releases the end."""
    finished = "finished"
    """Final: results are what they are."""
    cancelled = "cancelled"
    """Final: ended before the first question."""


FINAL = frozenset({Phase.finished, Phase.cancelled})


class CommandName(StrEnum):
    """What a host may ask of a live round, and the steps it takes by itself."""

    next = "next"
    close = "close"
    pause = "pause"
    resume = "resume"
    extend = "extend"
    void = "void"
    lock = "lock"
    unlock = "unlock"
    blank = "blank"
    unblank = "unblank"
    auto = "auto"
    finish = "finish"
    # Seat commands: they change people, not the state of the round.
    kick = "kick"
    rename = "rename"
    allow_name = "allow_name"
    hide_name = "hide_name"
    # Golden bell only.
    rescue = "rescue"
    # Automatic steps; refused from outside.
    begin = "begin"
    time_up = "time_up"
    all_answered = "all_answered"
    settle = "settle"
    autopilot = "autopilot"


AUTOMATIC = frozenset(
    {
        CommandName.begin,
        CommandName.time_up,
        CommandName.all_answered,
        CommandName.settle,
        CommandName.autopilot,
    }
)
SEAT_COMMANDS = frozenset({CommandName.kick, CommandName.rename, CommandName.allow_name, CommandName.hide_name})
