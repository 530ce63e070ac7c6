"""The frames on the wire, declared once: what phones, stage and host may say and hear.

The declaration is the source of AsyncAPI and of the TypeScript types. The hot path parses by hand (`realtime.parsing`);
a test keeps both in agreement. Holds no behaviour.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_PHONE_FRAME = 4096
"""Bytes of a text frame from a phone; a longer one closes the socket with 1009."""
FIRST_FRAME_SECONDS = 5

Choice = list[str] | int | float | str
TargetGroup = Literal["pupil_student", "citizen", "official", "enterprise_worker"]
PhaseName = Literal[
    "lobby",
    "get_ready",
    "open",
    "closing",
    "revealed",
    "standings",
    "paused",
    "podium",
    "finished",
    "cancelled",
]


ModeName = Literal["points", "golden_bell", "teams", "duel"]


class CloseCode:
    """WebSocket close codes. 4000–4499: reconnect with full jitter; 4500–4999: stop."""

    DRAIN = 4001
    SLOW = 4008
    TRY_LATER = 4009
    REPLACED = 4500
    KICKED = 4501
    BAD_TICKET = 4502
    BAD_FRAME = 4503
    NO_HELLO = 4504
    ROUND_OVER = 4505
    REFUSED = 4506


class Frame(BaseModel):
    model_config = ConfigDict(extra="forbid")


# From the phone.


TeamKey = Annotated[str, Field(max_length=24, pattern=r"^[^\x00]*$")]


class Hello(Frame):
    """Asks for a seat. Answered by welcome, state and you, or by error."""

    t: Literal["hello"] = "hello"
    code: str = Field(pattern=r"^[0-9]{6}$")
    name: str = Field(max_length=200, description="1 to 24 graphemes after cleaning")
    unit: str | None = Field(default=None, max_length=5, pattern=r"^[^\x00]*$", description="commune code")
    group: TargetGroup | None = None
    lang: Literal["vi", "en"] = "vi"
    team: TeamKey | None = Field(default=None, description="a team of the host's list, where the round has one")


class Resume(Frame):
    """Takes the seat of the ticket again; an older connection of the same ticket is closed with 4500."""

    t: Literal["resume"] = "resume"
    ticket: str = Field(max_length=64)
    v: int = Field(default=0, ge=0)


class Answer(Frame):
    """An answer, kept on the phone and resent with the same id until its receipt comes."""

    t: Literal["answer"] = "answer"
    id: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")
    q: int = Field(ge=1)
    choice: Choice
    think: float | None = Field(default=None, description="ms from first paint of the options to the tap; a claim")
    round: int | None = Field(default=None, description="`state.round`; an answer to another one is refused")


class ChooseTeam(Frame):
    """A seat without a team takes one of the host's list; answered by `you`, or by error."""

    t: Literal["team"] = "team"
    team: TeamKey


class Leave(Frame):
    """The participant leaves; the seat and its points stay."""

    t: Literal["leave"] = "leave"


ReactionKind = Literal["clap", "heart", "wow", "laugh"]


class React(Frame):
    """A reaction for the stage. Heard while `state.reactions` is true, at most about one a second from each phone;
    more, and any at other times, are dropped without a word. Never answered, never stored."""

    t: Literal["react"] = "react"
    kind: ReactionKind


PhoneFrame = Annotated[Hello | Resume | Answer | ChooseTeam | Leave | React, Field(discriminator="t")]


# To the phone.


class Welcome(Frame):
    t: Literal["welcome"] = "welcome"
    ticket: str
    seat: int
    name: str = Field(description="as admitted: cleaned, and numbered when it was taken")
    of: int = Field(description="how many seats the round has")


class ShownOption(Frame):
    id: str
    text: str


class ShownQuestion(Frame):
    """What everybody may see of a question. `options` is empty while getting ready."""

    n: int
    of: int
    type: Literal["single", "multi", "true_false", "ordering", "numeric", "text", "poll", "cloud"]
    text: str
    options: list[ShownOption]
    seconds: int
    left: float | None = Field(description="seconds left in this phase when the frame was sent; null: no end by itself")
    unit: str | None = Field(description="unit of a numeric answer")
    media: str | None = None
    weight: Literal[0, 1, 2] = 1
    words: int | None = Field(default=None, description="how many words one may send to a cloud")


class Bell(Frame):
    """The floor of the golden bell. Before the first reveal nobody is out."""

    left: int = Field(description="how many are in")
    out: int
    went: int = Field(default=0, description="how many the last question put out; after a reveal")
    back: int = Field(default=0, description="how many were let back in with it or after it; after a reveal")
    rescue: bool = Field(default=False, description="a rescue question: only those who are out answer")
    rescue_next: bool = Field(default=False, description="the next question will be one")
    fun: bool = Field(default=True, description="whether those who are out may answer other questions, for fun")
    decided: bool = Field(default=False, description="the podium comes next: one is left, or nobody")
    last: int | None = Field(default=None, description="nobody is left: whom this question put out win together")
    winners: int = Field(default=0, description="how many would ring the bell if the game ended now; after a reveal")


class DuelFace(Frame):
    """A finalist's name plate. `name` is null while the host has not allowed it."""

    seat: int
    name: str | None
    unit: str | None
    points: int


class DuelShot(Frame):
    """One finalist in the order of the question. `ms` is fair time, `behind` the way to the first."""

    seat: int
    place: int | None = Field(description="shared in a photo finish; null for a wrong answer in a race of speed")
    ms: int
    behind: int
    right: bool | None = Field(description="null: nobody has ruled yet")


class Duel(Frame):
    """A duel. With the buzzer an answer is a press: any text. `shots` and what follows only after the reveal."""

    way: Literal["speed", "buzzer"]
    to: int | None = Field(description="who has so many points ahead of the others has won; null: after all questions")
    now: bool = Field(description="whether the present question is the finalists' alone")
    faces: list[DuelFace]
    shots: list[DuelShot]
    turn: list[int] = Field(description="seats the host may ask now; several in a photo finish")
    took: list[int] = Field(description="seats that took the question")
    ruled: list[int] = Field(description="seats the host has ruled on, in that order")
    judging: bool = Field(description="the host has not ruled yet: the key stays secret")
    won: int | None


class CloudWord(Frame):
    """A word of a word cloud that the host has let through, and how many people sent it."""

    text: str
    people: int


class State(Frame):
    """The whole picture, the same bytes for every phone of the room. `right`, `why`, `counts` only after the reveal.

    `right` is the key in the form of a choice (the first accepted spelling for text; null for polls and voided
    questions). `counts` is how often each option id was chosen; for text and ordering how often each verdict was given;
    for numeric the commonest values.
    """

    t: Literal["state"] = "state"
    v: int
    round: int = Field(description="another number: the hall has gone on to its next round")
    mode: ModeName = "points"
    phase: PhaseName
    title: str
    code: str
    q: ShownQuestion | None
    voided: bool = False
    again: bool = Field(default=False, description="the question before was withdrawn; this is the same, asked again")
    locked: bool = False
    auto: bool = False
    reactions: bool = Field(default=False, description="whether phones may send reactions now")
    overall: bool = Field(default=False, description="the stage shows the standings over all rounds of the hall")
    bell: Bell | None = Field(default=None, description="in the mode golden_bell")
    duel: Duel | None = Field(default=None, description="in the mode duel")
    words: list[CloudWord] | None = Field(default=None, description="a word cloud after its reveal; for phones the top")
    right: Choice | None = None
    why: str | None = None
    counts: dict[str, int] | None = None


class OwnTeam(Frame):
    """The team a seat plays for. `name` null: a drawn team, told by its key. `rank` null: none yet, or too small."""

    key: str
    name: str | None
    rank: int | None = None
    mean: float | None = Field(default=None, description="mean of its members' points; after the first reveal")
    size: int | None = None
    of: int | None = Field(default=None, description="how many teams have a rank")


class OwnOverall(Frame):
    """One's place over all rounds of the hall."""

    rank: int
    points: int
    of: int


class You(Frame):
    """What belongs to one seat. `verdict`, `award` and `gap` only after the reveal."""

    t: Literal["you"] = "you"
    v: int
    points: int
    correct: int = 0
    rank: int | None
    of: int
    out: bool = Field(default=False, description="golden bell: out of the game")
    out_at: int | None = Field(default=None, description="the question that put the seat out")
    back: bool = Field(default=False, description="let back in with this question or after it")
    q: int | None
    kept: Choice | None
    verdict: Literal["right", "partial", "wrong", "none"] | None = None
    award: int | None = None
    gap: int | None = Field(default=None, description="points to the seat ahead; null for the leader")
    fair_ms: int | None = Field(default=None, description="the time this answer was reckoned with, after the reveal")
    credit_ms: int | None = Field(default=None, description="network delay taken off it")
    team: OwnTeam | None = None
    overall: OwnOverall | None = Field(default=None, description="while `state.overall`")


class Receipt(Frame):
    """Sent only after the commit; the same size and path for right and wrong answers."""

    t: Literal["receipt"] = "receipt"
    id: str
    q: int
    status: Literal["accepted", "same", "kept_other", "late", "refused"]
    kept: Choice | None


class Error(Frame):
    t: Literal["error"] = "error"
    code: str
    message: str = Field(description="in the phone's language")


class Bye(Frame):
    t: Literal["bye"] = "bye"
    code: int
    spread: int = Field(default=0, description="ms over which to reconnect at random")


ToPhone = Annotated[Welcome | State | You | Receipt | Error | Bye, Field(discriminator="t")]


# Stage and host.


class StageHello(Frame):
    """First frame on /ws/stage: the read-only token made in the host console."""

    t: Literal["stage"] = "stage"
    token: str = Field(max_length=64)


class StandingRow(Frame):
    """One row of the standings. `name` is null until the host allows it; `before` is the rank one question ago."""

    rank: int
    seat: int
    name: str | None
    unit: str | None
    points: int
    correct: int
    time_ms: int
    gain: int = 0
    before: int | None = None


class TeamRow(Frame):
    """One team of the standings; `rank` null: too small. `name` null: a drawn team, told by its key."""

    rank: int | None
    team: str
    name: str | None
    size: int
    mean: float
    gain: float = 0
    before: int | None = None


class Overall(Frame):
    """The standings over all rounds of the hall so far."""

    rounds: int
    people: int
    top: list[StandingRow]
    teams: list[TeamRow]


class Person(Frame):
    seat: int
    name: str | None = Field(description="null while the name is hidden")
    unit: str | None


class StageState(State):
    """The picture for the projector: State and what the hall may see besides."""

    join_url: str
    blank: bool = False
    sound: bool = Field(default=True, description="whether the stage may make sounds")
    paused_from: PhaseName | None = None
    seats: int
    top: list[StandingRow] = Field(default_factory=list, description="in standings, podium, finished; at most 10")
    teams: list[TeamRow] = Field(default_factory=list, description="likewise, of teams; the unranked last")
    hall: Overall | None = Field(default=None, description="while `overall`")
    floor: str | None = Field(
        default=None,
        description="golden bell, after a reveal: one sign for each seat from 1: i in, o out, x put out by this "
        "question, r let back in, . not here",
    )
    floor_people: list[Person] = Field(
        default_factory=list, description="names for the floor: everybody, else those who are in, when at most 60"
    )
    ringers: list[Person] = Field(
        default_factory=list, description="golden bell, in podium and finished: who rings it, best first; at most 12"
    )


class Counts(Frame):
    """On a beat, at most twice a second. `names` only in the lobby: the latest to come, newest last, at most 60."""

    t: Literal["counts"] = "counts"
    joined: int
    online: int
    answered: int
    slow: int = Field(default=0, description="phones whose round trip is over 800 ms now")
    lost: int = Field(default=0, description="phones that lost their link in this question")
    good: int = Field(default=0, description="host only: phones whose round trip is at most 300 ms now")
    weak: int = Field(default=0, description="host only: phones between the two")
    late_ms: int = Field(default=0, description="host only: how late a server process was at most in this question")
    names: list[Person] = Field(default_factory=list)
    words: list[CloudWord] = Field(default_factory=list, description="a word cloud as it grows: those let through")
    reactions: dict[ReactionKind, int] = Field(
        default_factory=dict, description="stage only: how often each reaction came since the last counts"
    )


class HostQuestion(Frame):
    """A question with its key: for the host's eyes only."""

    n: int
    type: str
    text: str
    options: list[ShownOption]
    right: Choice | None
    why: str
    seconds: int
    unit: str | None
    weight: int


class Rescues(Frame):
    """What the host may still do for those who are out. `refusal`: the code of why nothing, now; null: something."""

    used: int
    allowed: int
    since: int = Field(description="the first question after which people may be let back in")
    refusal: str | None


class HostState(StageState):
    """The picture for the host console: the stage's, the key of this question and of the next, what to do next."""

    id: int
    quiz_id: int | None
    settings: dict[str, Any]
    voids: list[int] = Field(default_factory=list, description="numbers of the questions taken out of the score")
    now: HostQuestion | None = None
    next: HostQuestion | None = None
    people_version: int = 0
    went: list[Person] = Field(default_factory=list, description="golden bell: who was put out last, at most 50")
    rescues: Rescues | None = Field(default=None, description="golden bell")
    hall_id: int | None = None
    next_round: int | None = Field(default=None, description="the round the hall has gone on to")


ToStage = Annotated[StageState | Counts | Error | Bye, Field(discriminator="t")]
ToHost = Annotated[HostState | Counts | Error | Bye, Field(discriminator="t")]
