"""One live round as one process holds it: the picture, the people, what is kept, and who is connected.

Never talks to SQL, Redis or a socket itself: `realtime.hub` brings the news, `realtime.fanout` carries it out.
"""

import asyncio
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from contest.ids import RoundId
from contest.phases import Phase
from contest.seats import SeatRecord
from realtime.bell_room import BellRoom, may_answer
from realtime.connection import Conversation, Stamp
from realtime.hall_rows import OwnOverall
from realtime.links import Links, look
from realtime.picture import Picture
from realtime.presence import Entry
from realtime.protocol import CloseCode
from realtime.question_clock import QuestionClock, Seen, follow
from realtime.results import Results
from realtime.team_rows import own
from scoring.answer_key import AnswerKey, Choice
from scoring.fairtime import PRESETS, Fairness, Preset, bucket_start

KNOWN_AFTER_MS = 10_000.0
"""How long after loading a room the process may believe that its phones are back."""
LINKS_EVERY_MS = 3_000.0
GAP_MS = 3_000.0
"""A phone that owes the pong of the options for so long was out of reach, though its connection may outlive that."""
_TAPPING = frozenset({Phase.OPEN, Phase.CLOSING})
AWAY_MS = 10_000.0
"""A phone that dropped this short a time ago is waited for: a gap in the radio, or a page being loaded again."""
POLLING_MS = 6_000.0
"""A phone that asks by HTTP every two seconds or so is there until it has been silent this long."""
_SHOWN_RESULTS = frozenset({Phase.REVEALED, Phase.STANDINGS, Phase.PODIUM, Phase.FINISHED})


class Phone(Protocol):
    """A connected phone, as rooms see it."""

    talk: Conversation
    seat: SeatRecord
    room: "Room | None"
    gen: int

    def write(self, frames: bytes) -> None:
        """Hands bytes to the socket; never waits, may drop a phone that does not read."""
        ...

    def show(self, frames: bytes) -> bool:
        """Like `write`, for what a later picture supersedes: false when it was skipped for a slow reader."""
        ...

    def goodbye(self, code: int, *, spread: int = 0) -> None:
        """Says bye and closes."""
        ...

    def ping(self, nonce: bytes, now_ms: float) -> bool:
        """Measures its way; false when it has gone."""
        ...

    def renamed(self, seat: SeatRecord, of: int) -> None:
        """The host changed the name."""
        ...


@dataclass(slots=True)
class Room:
    """Everything this process knows of one live round. Created from SQL by the hub; times are monotonic ms."""

    round_id: RoundId
    picture: Picture
    results: Results | None
    people: dict[int, SeatRecord]
    people_version: int
    loaded_ms: float
    preset: Preset
    sent_away: set[int] = field(default_factory=set)
    key: AnswerKey | None = None
    clock: QuestionClock | None = None
    tickets: dict[str, int] = field(default_factory=dict)
    phones: dict[int, Phone] = field(default_factory=dict)
    watchers: set[asyncio.Event] = field(default_factory=set)
    kept: dict[int, Choice] = field(default_factory=dict)
    unknown_kept: set[int] = field(default_factory=set)
    """Seats that came back during the question and whose stored answer is being looked up."""
    home: set[int] = field(default_factory=set)
    """Seats whose phone was last connected here, connected now or not."""
    lost: set[int] = field(default_factory=set)
    """Seats whose phone lost its link in this question, come back or not; each counts where it was last."""
    late_ms: float = 0.0
    """How late this process's loop was at most while answers to this question came."""
    away: dict[int, float] = field(default_factory=dict)
    """Seats whose phone is gone without a farewell, and since when."""
    stamps: dict[int, Stamp] = field(default_factory=dict)
    buckets: dict[int, int] = field(default_factory=dict)
    pending: dict[int, Any] = field(default_factory=dict)
    ahead: set[int] = field(default_factory=set)
    """Seats that answered what this process does not know to be open, while SQL is asked."""
    results_version: int | None = None
    shown_version: int = 0
    """The version every phone here has been shown."""
    you_wanted: bool = False
    """Whether every seat still has to be told its new results."""
    fanning_out: bool = False
    links_seen: tuple[float, Links] = (-LINKS_EVERY_MS, Links())
    """When the phones' links were last looked at, and what they were like."""
    reactions: dict[str, int] = field(default_factory=dict)
    """How often each kind came here since the room was loaded."""
    bell: BellRoom = field(default_factory=BellRoom)
    polled: dict[int, float] = field(default_factory=dict)
    """Seats that play by HTTP and when they last asked."""
    idle_since_ms: float | None = None
    moved_to: "Room | None" = None
    """The room of the round the hall has gone on to: everybody here was taken there."""
    overall: dict[int, OwnOverall] = field(default_factory=dict)
    """Everybody's place over all rounds of the hall, learned when the host shows it."""

    @classmethod
    def loaded(
        cls,
        picture: Picture,
        results: Results | None,
        people: list[SeatRecord],
        kept: dict[int, Choice],
        now_ms: float,
        wall_ms: int,
    ) -> "Room":
        """A room from SQL."""
        room = cls(
            round_id=RoundId(picture.round_id),
            picture=picture,
            results=results,
            people={},
            people_version=picture.people_version,
            loaded_ms=now_ms,
            preset=PRESETS[Fairness(picture.fairness)],
            kept=kept,
            results_version=picture.results_version if results else None,
            shown_version=picture.version,
            idle_since_ms=now_ms,
        )
        for person in people:
            room.meet(person)
        room.key = picture.shown_key()
        room.clock = follow(None, _seen(picture), now_ms, wall_ms, live=False)
        return room

    # What judge_arrival sees (realtime.connection.RoomView).

    @property
    def question(self) -> int | None:
        return self.picture.question

    @property
    def accepting(self) -> int | None:
        return self.picture.accepting

    @property
    def phase(self) -> Phase:
        return Phase(self.picture.phase)

    @property
    def cap_ms(self) -> int:
        return self.picture.cap_ms

    # News.

    def apply(self, picture: Picture, now_ms: float, wall_ms: int) -> bool:
        """Takes a newer picture; false when it is not newer."""
        before = self.picture
        if picture.version <= before.version:
            return False
        self.picture = picture
        if picture.question != before.question:
            self.kept.clear()
            self.unknown_kept.clear()
            self.stamps.clear()
            self.lost.clear()
            self.late_ms = 0.0
            self.pending.clear()
            self.key = picture.shown_key()
        self.clock = follow(self.clock, _seen(picture), now_ms, wall_ms, live=True)
        return True

    @property
    def results_wanted(self) -> bool:
        """Whether the seats must be told results this process has not read yet."""
        wanted = self.picture.results_version
        return wanted is not None and wanted != self.results_version

    @property
    def behind(self) -> bool:
        """Whether phones here have yet to be told something of the picture, or their results."""
        return self.shown_version != self.picture.version or self.you_wanted or self.results_wanted

    @property
    def stamping(self) -> bool:
        """Whether the picture shows options that may be answered now."""
        return self.picture.phase == Phase.OPEN and self.clock is not None

    def meet(self, person: SeatRecord) -> None:
        """A seat is new or changed; its phone learns of a new name or of being sent away."""
        known = self.people.get(person.seat)
        if known is not None and known.people_version > person.people_version:
            return
        self.people[person.seat] = person
        self.tickets[person.ticket_hash] = person.seat
        if person.kicked:
            self.sent_away.add(person.seat)
        phone = self.phones.get(person.seat)
        if known is None or phone is None:
            return
        phone.seat = person
        if person.kicked and not known.kicked:
            phone.goodbye(CloseCode.KICKED)
        elif person.name != known.name:
            phone.renamed(person, self.of)

    @property
    def of(self) -> int:
        """How many seats are in play, as far as this process knows."""
        return max(self.picture.seats, len(self.people)) - len(self.sent_away)

    def bucket(self, seat: int) -> int:
        """What the seat's last credit left for bursts."""
        return self.buckets.get(seat, bucket_start(self.preset))

    def stamp_for(self, seat: int, now_ms: float, *, own_send: bool) -> Stamp | None:
        """The stamp of a seat for the open question, made at the first showing and kept through reconnects.

        With `own_send` the options go out to it right now; else they were out before it came.
        """
        clock = self.clock
        if clock is None:
            return None
        stamp = self.stamps.get(seat)
        if stamp is None or stamp.question != clock.question:
            sent, before = (now_ms, clock.paused_ms) if own_send else (clock.began_ms, 0.0)
            stamp = self.stamps[seat] = Stamp(clock.question, sent, before, own_send)
        return stamp

    def pong(self, seat: int, nonce: bytes, now_ms: float) -> bool:
        """The pong of the ping behind the options came from this seat; false when it is not that one."""
        stamp = self.stamps.get(seat)
        return stamp is not None and stamp.pong(nonce, now_ms)

    # Coming and going.

    def enter(self, phone: Phone) -> Phone | None:
        """Seats a phone; returns the one it replaces."""
        number = phone.seat.seat
        older = self.phones.get(number)
        self.phones[number] = phone
        self.home.add(number)
        self.away.pop(number, None)
        self.idle_since_ms = None
        return older

    def poll(self, seat: int, now_ms: float) -> None:
        """A seat without a socket asked for the picture."""
        self.polled[seat] = now_ms
        self.home.add(seat)
        if self.idle_since_ms is not None:
            self.idle_since_ms = now_ms

    def watch(self, changed: asyncio.Event) -> None:
        """`changed` is set at every new picture until `unwatch`; the room stays loaded that long."""
        self.watchers.add(changed)
        self.idle_since_ms = None

    def unwatch(self, changed: asyncio.Event, now_ms: float) -> None:
        """The end of `watch`."""
        self.watchers.discard(changed)
        if not self.phones and not self.watchers:
            self.idle_since_ms = now_ms

    def leave(self, phone: Phone, now_ms: float, *, lost: bool, for_good: bool = False) -> None:
        """A phone is gone; nothing when another has its seat already. `for_good`: it is not expected back."""
        number = phone.seat.seat
        if self.phones.get(number) is not phone:
            return
        del self.phones[number]
        if lost and self.phase in _TAPPING:
            self.lost.add(number)
        # A seat that came back at another process is waited for there.
        if not for_good and number in self.home:
            self.away[number] = now_ms
        if not self.phones and not self.watchers:
            self.idle_since_ms = now_ms

    # What is told.

    def you(self, seat: int) -> dict[str, Any]:
        """The `you` frame of a seat."""
        picture, results = self.picture, self.results
        row = results.rows.get(seat) if results else None
        person = self.people.get(seat)
        you: dict[str, Any] = {
            "t": "you",
            "v": picture.version,
            "points": row.points if row else person.points if person else 0,
            "correct": row.correct if row else person.correct if person else 0,
            "rank": row.rank if row else None,
            "of": self.of,
            "out": False,
            "q": picture.question,
            "kept": self.kept.get(seat),
        }
        if picture.revealed and results is not None and results.question == picture.question:
            you["verdict"] = row.verdict if row else "none"
            you["award"] = row.award if row else 0
            if row:
                you |= {"gap": row.gap, "kept": row.choice, "fair_ms": row.fair_ms, "credit_ms": row.credit_ms}
        if picture.player.get("bell") is not None:
            out_at = row.out if row else person.out_at if person else None
            you |= {"out": out_at is not None, "out_at": out_at, "back": bool(row and row.back and "verdict" in you)}
        if person is not None and person.team is not None and picture.mode == "teams":
            you["team"] = own(person.team, results.teams if results else {}, picture.teams)
        if self.overall and (place := self.overall.get(seat)) is not None and picture.player.get("overall"):
            you["overall"] = place
        return you

    @property
    def out(self) -> Set[int]:
        """The seats that are out of the golden bell."""
        return self.bell.refresh(self.results, self.people, self.people_version)

    def may_answer(self, seat: int) -> bool:
        """Whether the game takes an answer of this seat to the current question."""
        awaited, duel = self.picture.awaited, self.picture.player.get("duel")
        if awaited is not None and duel and duel["way"] == "buzzer" and seat not in awaited:
            return False
        bell = self.picture.player.get("bell")
        return bell is None or may_answer(bell, seat in self.out)

    def cheer(self, kind: str) -> None:
        """A reaction; nothing while they are off."""
        if self.picture.player.get("reactions"):
            self.reactions[kind] = self.reactions.get(kind, 0) + 1

    def entry(self, now_ms: float, wall_ms: int) -> Entry:
        """What this process says about the room on its beat."""
        bell = self.picture.player.get("bell")
        awaited = self.picture.awaited
        open_seats = self.home.difference(self.kept)
        answered = len(self.home) - len(open_seats)
        if bell is not None or awaited is not None:
            answered = len(self._counting(self.home - open_seats, bell))
        polling = self.polling(now_ms)
        if self.away:
            self.away = {seat: at_ms for seat, at_ms in self.away.items() if now_ms - at_ms < AWAY_MS}
        here = self.phones.keys() | polling | self.away.keys() if polling or self.away else self.phones
        unanswered = open_seats.intersection(here)
        if awaited is not None:
            unanswered = unanswered & set(awaited)
        waiting = len(unanswered)
        if bell is not None:
            waiting = self.bell.waited_for(bell, self.picture.question, unanswered, now_ms)
        known = now_ms - self.loaded_ms >= KNOWN_AFTER_MS and not self.unknown_kept
        links = self.links(now_ms)
        return Entry(
            at=wall_ms,
            v=self.picture.version,
            online=len(self.phones) + len(polling),
            answered=answered,
            unanswered=waiting if known else None,
            slow=links.slow,
            lost=len(self.lost),
            good=links.good,
            weak=links.weak,
            ahead_ms=links.ahead_ms,
            lag_ms=int(self.late_ms),
            reactions=dict(self.reactions),
        )

    def _counting(self, answered: set[int], bell: dict[str, Any] | None) -> set[int]:
        """Those of them whose answer to the present question counts."""
        if bell is not None:
            answered = answered & self.out if bell["rescue"] else answered - self.out
        awaited = self.picture.awaited
        return answered if awaited is None else answered.intersection(awaited)

    def online(self, now_ms: float) -> set[int]:
        """The seats whose phones are connected here, or ask by HTTP."""
        return self.phones.keys() | self.polling(now_ms)

    def polling(self, now_ms: float) -> set[int]:
        """The seats that play by HTTP now."""
        return {seat for seat, at_ms in self.polled.items() if now_ms - at_ms < POLLING_MS} - self.phones.keys()

    def links(self, now_ms: float) -> Links:
        """What the phones' links are like. Pings are seconds apart: not worth a look on every beat."""
        seen_ms, links = self.links_seen
        if now_ms - seen_ms >= LINKS_EVERY_MS:
            links = look([phone.talk for phone in self.phones.values()])
            self.links_seen = (now_ms, links)
            if self.phase in _TAPPING:
                self._note_gaps(now_ms)
        return links

    def _note_gaps(self, now_ms: float) -> None:
        for seat, stamp in self.stamps.items():
            waited_ms = now_ms - stamp.pinged_ms if stamp.rtt_ms is None else stamp.rtt_ms
            if waited_ms >= GAP_MS and stamp.nonce and seat in self.phones:
                self.lost.add(seat)

    def was_late(self, late_ms: float) -> None:
        """The process's loop was this late just now."""
        if late_ms > self.late_ms and self.phase in _TAPPING:
            self.late_ms = late_ms

    def came_back(self, seat: int, *, here: bool) -> None:
        """A seat has a phone again. `here`: it was this process's before; else its link broke and it found this one."""
        if not here and self.phase in _TAPPING:
            self.lost.add(seat)

    def moved_away(self, seat: int) -> None:
        """A seat has come back at another process: it is counted there."""
        self.home.discard(seat)
        self.lost.discard(seat)


def _seen(picture: Picture) -> Seen:
    return Seen(
        phase=Phase(picture.phase),
        question=picture.question,
        seconds=picture.seconds,
        opened_ms=picture.opened_ms,
        paused_from=Phase(picture.paused_from) if picture.paused_from else None,
        left_ms=picture.left_ms,
    )
