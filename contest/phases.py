"""The phases of a live round and the names of what may move it.

Only words live here; what leads where is the table in `contest.round_state`.
"""

from enum import StrEnum


class Phase(StrEnum):
    """The label of a live round's state, as it travels in frames and is stored in SQL."""

    LOBBY = "lobby"
    """People join; nothing has been asked."""
    GET_READY = "get_ready"
    """The stem is shown, the options are not: time to read."""
    OPEN = "open"
    """Options are shown and answers are taken."""
    CLOSING = "closing"
    """Time is up; answers that were tapped in time may still arrive."""
    REVEALED = "revealed"
    """The key, the explanation and everybody's award are public."""
    STANDINGS = "standings"
    """The ranked list so far."""
    PAUSED = "paused"
    """The clock stands still; `paused_from` says where it will go on."""
    PODIUM = "podium"
    """The winners are shown; the host releases the end."""
    FINISHED = "finished"
    """Final: results are what they are."""
    CANCELLED = "cancelled"
    """Final: ended before the first question."""


FINAL = frozenset({Phase.FINISHED, Phase.CANCELLED})


class CommandName(StrEnum):
    """What a host may ask of a live round, and the steps it takes by itself."""

    NEXT = "next"
    CLOSE = "close"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    VOID = "void"
    REPLAY = "replay"
    LOCK = "lock"
    UNLOCK = "unlock"
    BLANK = "blank"
    UNBLANK = "unblank"
    AUTO = "auto"
    REACTIONS = "reactions"
    SOUND = "sound"
    OVERALL = "overall"
    FINISH = "finish"
    # Seat commands: they change people, not the state of the round.
    KICK = "kick"
    RENAME = "rename"
    ALLOW_NAME = "allow_name"
    HIDE_NAME = "hide_name"
    # Golden bell only.
    RESCUE = "rescue"
    RESCUE_QUESTION = "rescue_question"
    # Duels only.
    FINALISTS = "finalists"
    JUDGE = "judge"
    # A question of the host's own, put right after the current one; and what may be shown of a word cloud.
    INSERT = "insert"
    WORDS = "words"
    # Automatic steps; refused from outside.
    BEGIN = "begin"
    TIME_UP = "time_up"
    ALL_ANSWERED = "all_answered"
    PRESSED = "pressed"
    SETTLE = "settle"
    AUTOPILOT = "autopilot"


AUTOMATIC = frozenset(
    {
        CommandName.BEGIN,
        CommandName.TIME_UP,
        CommandName.ALL_ANSWERED,
        CommandName.PRESSED,
        CommandName.SETTLE,
        CommandName.AUTOPILOT,
    }
)
SEAT_COMMANDS = frozenset({CommandName.KICK, CommandName.RENAME, CommandName.ALLOW_NAME, CommandName.HIDE_NAME})
