"""Several phones, hours without network, resends, reorderings, undos: facts are those of a model of a few lines."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from contest.database import Database
from contest.festival import scans_recount
from contest.festival.cards import new_card
from contest.festival.model import Guest, GuestLevel, PhoneRole, StaffPhone
from contest.festival.scans_model import UNDO_MS, Action, Entry, Result
from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics.facts import FactKind
from tests.contest.festival.gate_support import FIRST, HOUR, LAST, MORNING, Grounds, grounds

_numbers = itertools.count(1)
PEOPLE, BLANKS = 2, 1
PHONES = [("gate", "north", 0), ("gate", "south", 3 * HOUR), ("gate", "class", -40_000), ("booth", "pay", 0)]
"""Role, post and how far the clock is off."""


@dataclass
class Held:
    """A phone, and what waits on it."""

    phone: StaffPhone
    post: str
    skew: int
    queue: list[Entry] = field(default_factory=list)
    done: list[Entry] = field(default_factory=list)


class Gates(RuleBasedStateMachine):
    runner: ClassVar[asyncio.Runner]
    db: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.now = MORNING
        self.place: Grounds = self.do(grounds(self.db, f"hoi-{next(_numbers)}"))
        self.people: list[Guest] = [self.do(self.place.guest()) for _ in range(PEOPLE)]
        self.people += [self.do(self.place.guest(level=GuestLevel.BLANK)) for _ in range(BLANKS)]
        self.phones = [
            Held(self.do(self.place.phone(PhoneRole(role), post)), post, skew) for role, post, skew in PHONES
        ]
        self.merged: dict[str, tuple[Held, Entry]] = {}
        """What the server has acknowledged, by nonce: the whole model."""
        self.told: dict[str, Result] = {}

    def do(self, work: Any) -> Any:
        return self.runner.run(work)

    def keep(self, held: Held, action: Action, **said: Any) -> None:
        nonce = f"{next(_numbers):032x}"
        held.queue.append(
            Entry(action, nonce, self.now - held.skew, post=self.place.posts[held.post], offline=True, **said)
        )

    @rule(phone=st.integers(0, 3), who=st.integers(0, PEOPLE + BLANKS), wait=st.integers(0, 90_000))
    def scan(self, phone: int, who: int, wait: int) -> None:
        self.now += wait
        card = self.people[who].card if who < len(self.people) else new_card()
        self.keep(self.phones[phone], Action.SCAN, card=card, skills=(Skill.PAYMENT,) if phone == 3 else ())

    @rule(phone=st.integers(0, 3), who=st.integers(0, PEOPLE + BLANKS - 1), again=st.booleans())
    def mistake(self, phone: int, who: int, again: bool) -> None:
        """Scanned, taken back, and sometimes scanned all the same."""
        self.scan(phone, who, 0)
        self.undo(phone, 0, 0)
        if again:
            self.scan(phone, who, 0)

    @rule(phone=st.integers(0, 3), heads=st.integers(1, 30))
    def count(self, phone: int, heads: int) -> None:
        self.keep(self.phones[phone], Action.COUNT, heads=heads, target_group="citizen")

    @rule(phone=st.integers(0, 3), back=st.integers(0, 3), wait=st.sampled_from([0, 20_000, 2 * UNDO_MS]))
    def undo(self, phone: int, back: int, wait: int) -> None:
        self.now += wait
        held = self.phones[phone]
        made = [one for one in held.done + held.queue if one.action in (Action.SCAN, Action.COUNT)]
        if made:
            self.keep(held, Action.UNDO, of_nonce=made[-1 - back % len(made)].nonce)

    @rule(phone=st.integers(0, 3), who=st.integers(PEOPLE, PEOPLE + BLANKS - 1))
    def claim(self, phone: int, who: int) -> None:
        self.keep(self.phones[phone], Action.CLAIM, card=self.people[who].card, name="H’Thi Rya", commune="24133")

    @precondition(lambda self: any(held.queue for held in self.phones))
    @rule(phone=st.integers(0, 3), mix=st.randoms(use_true_random=False), lost=st.booleans(), most=st.integers(1, 12))
    def send(self, phone: int, mix: Any, lost: bool, most: int) -> None:
        """A batch in any order; `lost`: the answer never reaches the phone, which sends again later."""
        held = self.phones[phone]
        batch = mix.sample(held.queue, min(most, len(held.queue)))
        if not batch:
            return
        batch += batch[: mix.randint(0, 1)]
        answers = self.do(self.place.send(held.phone, *batch, now=self.now, offset=held.skew))
        assert [answer.nonce for answer in answers] == [entry.nonce for entry in batch]
        for answer in answers:
            assert self.told.setdefault(answer.nonce, answer.result) is answer.result
        for entry in batch:
            self.merged[entry.nonce] = (held, entry)
        if not lost:
            held.done += [entry for entry in held.queue if entry in batch]
            held.queue = [entry for entry in held.queue if entry not in batch]

    @rule()
    def night(self) -> None:
        self.now += 10 * HOUR

    def expected(self) -> dict[tuple[FactKind, str], int]:
        """The naive model: what was merged, less what was undone in time, each fact once."""
        entries = list(self.merged.values())
        undone = {
            undo.of_nonce
            for _, undo in entries
            if undo.action is Action.UNDO
            and undo.of_nonce in self.merged
            and abs(undo.at - self.merged[undo.of_nonce][1].at) <= UNDO_MS
        }
        claimed = {entry.card for _, entry in entries if entry.action is Action.CLAIM}
        holders = {
            guest.card: guest.id
            for guest in self.people
            if guest.level is not GuestLevel.BLANK or guest.card in claimed
        }
        found: dict[tuple[FactKind, str], int] = {}
        festival = self.place.festival.id
        for held, entry in entries:
            day = local_day(entry.at + held.skew)
            if entry.nonce in undone or not FIRST <= day <= LAST:
                continue
            kind = {"class": FactKind.TRAINING, "pay": FactKind.BOOTH}.get(held.post, FactKind.CHECKIN)
            if entry.action is Action.COUNT:
                found[(kind, entry.nonce)] = entry.heads
            elif entry.action is Action.SCAN and entry.card in holders:
                guest = holders[entry.card]
                source = f"{self.place.posts[held.post]}:{guest}"
                found[(kind, f"{festival}:{guest}:{day}" if kind is FactKind.CHECKIN else source)] = 1
                if held.post == "pay":
                    found[(FactKind.SKILL, f"{festival}:{guest}:{Skill.PAYMENT}")] = 1
        return found

    def teardown(self) -> None:
        for held in self.phones:
            while held.queue:
                batch, held.queue = held.queue[:50], held.queue[50:]
                self.do(self.place.send(held.phone, *batch, now=self.now, offset=held.skew))
                self.merged |= {entry.nonce: (held, entry) for entry in batch}
        ledger = self.do(self.place.standing())
        assert ledger == self.do(self.recounted())
        expected = self.expected()
        named = {key: heads for key, heads in ledger.items() if not key[1].startswith("h:")}
        heads = sorted((key[0], count) for key, count in ledger.items() if key[1].startswith("h:"))
        counted = {entry.nonce for _, entry in self.merged.values() if entry.action is Action.COUNT}
        assert named == {key: value for key, value in expected.items() if key[1] not in counted}
        assert heads == sorted((key[0], value) for key, value in expected.items() if key[1] in counted)

    async def recounted(self) -> dict[tuple[FactKind, str], int]:
        async with self.db.read() as reader:
            return await scans_recount.expected(reader, festivals=[self.place.festival.id])


def test_facts_are_those_of_the_model(migrated_url: str) -> None:
    with asyncio.Runner() as runner:
        db = Database(migrated_url)
        Gates.runner, Gates.db = runner, db
        try:
            run_state_machine_as_test(
                Gates,
                settings=settings(
                    max_examples=12, stateful_step_count=25, deadline=None, database=None,
                    # Every try costs SQL: without shrinking a failure is told in seconds instead of minutes.
                    phases=[Phase.explicit, Phase.generate],
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                ),
            )  # fmt: skip
        finally:
            runner.run(db.close())
