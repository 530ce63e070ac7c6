"""A small contest taken from registration to handed-in papers by the real use cases: what results are made from."""

from dataclasses import dataclass, field
from typing import Any

from contest.database import Database
from contest.ids import ContestId
from contest.provincial import attempts
from contest.provincial.attempt_model import SentAnswer, Started, StartWish, Submitted, SubmitWish
from contest.provincial.people import register_many
from contest.provincial.people_model import EntryData
from contest.provincial.rules import (
    Blueprint,
    Cell,
    ContestRules,
    Criterion,
    Prediction,
    PredictionKind,
    Prize,
    Quota,
    Ranking,
    TargetGroup,
)
from contest.provincial.secrets_box import FieldBox
from tests.contest.provincial.contest_fixture import DAY, OPENS, open_contest, right_answer, rules

BOX = FieldBox(b"0123456789abcdef0123456789abcdef")
HOUR = 3_600_000
OVER = OPENS + 3 * DAY + 2 * HOUR
"""After the last round and its last paper: Monday 2026-11-23, 02:00 in Viet Nam."""
NAMES = ("Nguyễn Thị Ánh", "Trần Văn Bình", "H'Wen Niê", "Y Bhăm Êban", "Lê Thị Cúc", "Phạm Đức Dũng", "Hoàng Thị Em")
COMMUNES = ("24133", "24154", "24163")


def prize_rules(**changes: Any) -> ContestRules:
    """Two rounds, five questions of two points, a prediction of the participants, a first and two second prizes."""
    given: dict[str, Any] = {
        "blueprint": Blueprint(cells=(Cell(count=5),), points_each=2),
        "quota": Quota(per_day=None),
        "prediction": Prediction(kind=PredictionKind.PARTICIPANTS, scope="round"),
        "ranking": Ranking(chain=(Criterion.SCORE, Criterion.DURATION, Criterion.PREDICTION)),
        "prizes": (
            Prize(key="nhat", name="Giải Nhất", count=1, value_vnd=2_000_000),
            Prize(key="nhi", name="Giải Nhì", count=2, value_vnd=1_000_000),
        ),
        "one_prize": False,
        "complaint_days": 2,
    }
    return rules(**(given | changes))


@dataclass
class Staged:
    """A contest and who takes part in it; `ids` are entry numbers, `public` their public ids."""

    db: Database
    contest: int
    ids: list[int] = field(default_factory=list)
    public: list[str] = field(default_factory=list)
    shelf: attempts.Shelf = field(default_factory=attempts.Shelf)

    async def start(self, person: int, at: int) -> Started:
        (started,) = await attempts.start(
            self.db, [StartWish(self.contest, entry=self.ids[person])], at, shelf=self.shelf
        )
        assert isinstance(started, Started), started
        return started

    async def sit(
        self, person: int, *, at: int, wrong: int = 0, seconds: int = 60, prediction: int | None = None
    ) -> str:
        """One whole attempt, its first `wrong` questions left out; gives its public id."""
        started = await self.start(person, at)
        sent = [
            SentAnswer(n, right_answer(started.questions[item.question]), n)
            for n, item in enumerate(started.paper.items, 1)
            if n > wrong
        ]
        if prediction is not None:
            sent.append(SentAnswer(0, prediction, 99))
        wish = SubmitWish(started.attempt, started.ticket, tuple(sent))
        (done,) = await attempts.submit(self.db, [wish], at + seconds * 1000, shelf=self.shelf)
        assert isinstance(done, Submitted), done
        return started.attempt


async def stage(db: Database, contest_rules: ContestRules | None = None, *, people: int = 5, phones: int = 0) -> Staged:
    """An open contest and its people, nobody having taken anything yet; `phones` keeps two in one database apart."""
    contest = await open_contest(db, contest_rules or prize_rules(), logged=True)
    data = [
        EntryData(
            full_name=NAMES[n % len(NAMES)],
            phone=f"+8491{phones:03d}{n:04d}",
            birth_date=f"19{70 + n % 30}-05-17",
            commune=COMMUNES[n % 3],
            group=TargetGroup.CITIZEN,
        )
        for n in range(people)
    ]
    async with db.write() as writer:
        made = await register_many(writer, BOX, ContestId(contest), data, now_ms=OPENS)
    return Staged(db, contest, [one.entry.id for one in made], [one.entry.public_id for one in made])


async def first_round(staged: Staged) -> list[str]:
    """Five people, best first: full marks in 60 s, in 80 s, then 8, 6 and 4 points; predictions 5, 9, 5, 1 and none."""
    at = OPENS + HOUR
    return [
        await staged.sit(0, at=at, seconds=60, prediction=5),
        await staged.sit(1, at=at, seconds=80, prediction=9),
        await staged.sit(2, at=at, wrong=1, seconds=70, prediction=5),
        await staged.sit(3, at=at, wrong=2, seconds=50, prediction=1),
        await staged.sit(4, at=at, wrong=3, seconds=50),
    ]
