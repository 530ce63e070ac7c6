"""A contest in the middle of its life: one round published, one open, people on the boards, a day's figures."""

from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from contest.database import Database
from contest.provincial import draw, log, turnout
from contest.provincial.local_time import local_day
from contest.provincial.tables import contest_awards, contest_results, tie_decisions
from tests.support.contest_crowd import DAY_MS, HOUR_MS, Crowd, Person, rules_of

TITLE = "Cuộc thi trực tuyến “Tìm hiểu chuyển đổi số và Đề án 06 tỉnh Đắk Lắk” năm 2026"
NAMES = (
    "Nguyễn Phước Quỳnh Hương",
    "Y Mek Ê Nuôl",
    "H’Thi Rya",
    "Trần Văn Bình",
    "Ra Lan Trương Thanh Hà",
    "Lê Thị Cúc",
)
COMMUNES = ("24133", "24175", "24163", "24154", "24121")
ROUND_MS = 2 * DAY_MS


def show_rules(now_ms: int, **more: Any) -> Any:
    """Three rounds; the first ended yesterday, the second is open, the third is to come."""
    prizes = [
        {"key": "nhat", "name": "Giải Nhất", "count": 1, "value_vnd": 2_000_000},
        {"key": "nhi", "name": "Giải Nhì", "count": 2, "value_vnd": 1_000_000},
        {"key": "kk", "name": "Giải Khuyến khích", "count": 5, "value_vnd": 300_000},
    ]
    given: dict[str, Any] = {
        "title": TITLE,
        "organiser": "Sở Khoa học và Công nghệ tỉnh Đắk Lắk",
        "basis": "Kế hoạch số 120/KH-UBND ngày 27 tháng 5 năm 2026 của Ủy ban nhân dân tỉnh Đắk Lắk",
        "about": "Mời cán bộ, công chức, viên chức, học sinh, sinh viên và mọi người dân đang sống, học tập và làm "
        "việc trong tỉnh cùng tìm hiểu về chuyển đổi số, dịch vụ công trực tuyến và an toàn trên mạng.",
        "prizes": prizes,
        "collective": {
            "formula": "participants",
            "levels": [{"name": "Giải tập thể", "count": 3, "value_vnd": 3_000_000}],
        },
        "ranking": {"overall": "best"},
    }
    return rules_of(rounds=3, first=now_ms - ROUND_MS - DAY_MS - 5 * HOUR_MS, **(given | more))


async def show(db: Database, now_ms: int, *, slug: str = "cds-2026", people: int = 137, **more: Any) -> Crowd:
    """Puts it into a database."""
    rules = show_rules(now_ms, **more)
    crowd = await Crowd.of(db, rules, slug=slug)
    await crowd.unit("THPT-BMT", "Trường THPT Buôn Ma Thuột")
    entered = []
    for number in range(people):
        consent = [("publish_name", number % 5 == 0)] if number % 3 else []
        who = await crowd.person(
            NAMES[number % len(NAMES)],
            commune=COMMUNES[min(number % 9, 4)],
            group=("citizen", "pupil_student", "official", "enterprise_worker")[number % 4],
            unit="THPT-BMT" if number % 4 == 1 else None,
            minor=number % 5 == 0,
            consent=consent,
        )
        entered.append(who)
        for place, key in enumerate(("r1", "r2")):
            at = rules.rounds[place].opens_at + number * 60_000
            took = 61_234 + (number * 7919) % 420_000
            await crowd.paper(who, 10 - number % 7 if place else 10 - number % 4, at=at, duration_ms=took, round=key)
    day = local_day(now_ms)
    async with db.write() as writer:
        await turnout.take(writer, crowd.id, day, now_ms)
        await log.publish_head(writer, crowd.id, day, now_ms)
    await _publish(crowd, entered, now_ms)
    await _draw(crowd, entered, now_ms)
    return crowd


def seat(audience: str, prize: str, place: int, holder: str) -> dict[str, Any]:
    """An award as a document has it."""
    return {"audience": audience, "prize": prize, "place": place, "holder": holder, "tied": []}


async def _publish(crowd: Crowd, entered: list[Person], now_ms: int) -> None:
    won = [("nhat", 1, 0), ("nhi", 1, 1), ("nhi", 2, 5), *(("kk", place, 5 + place) for place in range(1, 6))]
    rows = [
        {"rank": place, "entry": entered[index].entry, "attempts": ["x"], "score": 10, "correct": 10, "of": 10}
        | {"duration_ms": 65_000 + 1_777 * place, "gap": None, "submitted_at": 1, "started_at": 1, "full_marks": 1}
        | {"best_two": 10}
        for place, (_, _, index) in enumerate(won, 1)
    ]
    document = {
        "key": "r1",
        "rules_version": 1,
        "truths": {"contest": str(Decimal(98_765))},
        "rankings": [{"audience": "", "ranked": 98_765, "rows": rows}],
        "awards": [seat("", prize, place, str(entered[index].entry)) for prize, place, index in won],
        "collective": [],
        "collective_awards": [],
        "undecided": False,
        "decisions": 0,
        "struck": [],
    }
    async with crowd.db.write() as writer:
        await writer.execute(
            insert(contest_results).values(
                contest_id=crowd.id, key="r1", state="published", revision=1, rules_version=1, digest="d",
                recount_digest="d", document=document, published_at=now_ms - HOUR_MS, complaints_until=now_ms + DAY_MS,
            )
        )  # fmt: skip
        for place, (prize, number, index) in enumerate(won):
            await writer.execute(
                insert(contest_awards).values(
                    contest_id=crowd.id, result_key="r1", audience="", prize=prize, place=number,
                    entry_id=entered[index].entry, value_vnd=1, certificate=certificate(crowd, place),
                    revoked_at=now_ms if place == 7 else None,
                )
            )  # fmt: skip


async def _draw(crowd: Crowd, entered: list[Person], now_ms: int) -> None:
    """Two announced draws of the first round; one waits for its digits."""
    for place, digits in enumerate(("", "4821039755612048773091645827301966428850")):
        pool = draw.pool_lines(str(who.entry) for who in entered[place * 3 : place * 3 + 3])
        evidence = {"pool": list(pool), "pool_hash": draw.pool_hash(pool), "draw_id": f"{crowd.id:010}-draw-{place:04}"}
        line = {
            "contest_id": crowd.id, "ranking": "r1", "audience": "", "signer": "Lê Thị Cúc, Trưởng ban",
            "reason": "Xổ số kiến thiết Đắk Lắk, kỳ mở thưởng kế tiếp", "decided_by": "system", "decided_at": now_ms,
        }  # fmt: skip
        announced = insert(tie_decisions).values(**line, kind="pool", order=[], evidence=evidence)
        async with crowd.db.write() as writer:
            made = await writer.execute(announced.returning(tie_decisions.c.id))
            if digits:
                drawn = {**evidence, "pool_line": made.scalar_one(), "digits": digits}
                order = list(draw.draw_all(pool, draw_id=evidence["draw_id"], digits=digits))
                await writer.execute(insert(tie_decisions).values(**line, kind="draw", order=order, evidence=drawn))


def certificate(crowd: Crowd, place: int) -> str:
    """The code of a winner's certificate."""
    return f"{crowd.id:010}-cert-{place:04}"
