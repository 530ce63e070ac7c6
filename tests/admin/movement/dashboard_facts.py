"""A small movement whose numbers are known by heart."""

import secrets

from sqlalchemy import insert

from contest.database import Database
from contest.festival.tables import festivals
from contest.skills import Skill
from contest.statistics import counting, denominators, external_figures, indicators, ledger, targets, villages
from contest.statistics.facts import Channel, Fact, FactKind
from contest.statistics.tables import campaigns

BMT, EA_KAO, SONG_CAU = "24133", "24169", "22051"
DAY_MS = 86_400_000
HOUR_MS = 3_600_000


async def festival(db: Database, now_ms: int, day: str) -> int:
    """An open festival in Buôn Ma Thuột on that day."""
    async with db.write() as writer:
        made = await writer.scalar(
            insert(festivals)
            .values(
                slug=f"ngay-hoi-{secrets.token_hex(4)}",
                title="Ngày hội Chuyển đổi số phường Buôn Ma Thuột",
                title_fold="ngay hoi",
                commune=BMT,
                first_day=day,
                last_day=day,
                state="open",
                settings={},
                created_by="system",
                created_at=now_ms,
                updated_at=now_ms,
            )
            .returning(festivals.c.id)
        )
    assert made is not None
    return int(made)


async def fill(db: Database, now_ms: int, *, many: int = 40, festival_id: int | None = None) -> None:
    """`many` guests in Buôn Ma Thuột today, three officials in Ea Kao yesterday, 25 heads in Sông Cầu today.

    The guests came in, practised online payment, and half of them were adults who had training.
    """
    facts = []
    for n in range(many):
        person = 2 * n + 1
        common = {"commune": BMT, "target_group": "citizen" if n % 2 else "pupil_student", "age_band": "18-59"}
        facts.append(Fact(FactKind.CHECKIN, f"c{n}", now_ms, person=person, festival_id=festival_id, **common))
        facts.append(
            Fact(
                FactKind.SKILL,
                f"s{n}",
                now_ms,
                person=person,
                skills=(Skill.PAYMENT,),
                channel=Channel.QR,
                festival_id=festival_id,
                **common,
            )
        )
    for n in range(3):
        facts.append(
            Fact(
                FactKind.TRAINING,
                f"t{n}",
                now_ms - DAY_MS,
                person=1001 + 2 * n,
                commune=EA_KAO,
                target_group="official",
                age_band="18-59",
            )
        )
    facts.append(Fact(FactKind.TRAINING, "h:1", now_ms, headcount=25, commune=SONG_CAU, channel=Channel.STAFF))
    async with db.write() as writer:
        await ledger.record(writer, facts, now_ms=now_ms)
    await counting.run(db, now_ms)


async def plan(db: Database, now_ms: int, today: str) -> None:
    """The shipped indicators, targets for all, denominators for two communes and the province, one figure."""
    async with db.write() as writer:
        await indicators.seed(writer, now_ms)
        await writer.execute(
            insert(campaigns).values(
                name="100 ngày cao điểm",
                first_day=f"{today[:4]}-01-01",
                last_day=f"{today[:4]}-12-31",
                created_by="system",
                created_at=now_ms,
            )
        )
        goal = {
            "value": 6000,
            "is_rate": True,
            "start_day": f"{today[:4]}-01-01",
            "deadline_day": f"{today[:4]}-12-31",
            "document": "Kế hoạch 01",
            "wording": "",
        }
        await targets.put(
            writer,
            [
                {**goal, "indicator": key, "place": place}
                for key in ("adults_reached", "officials_trained", VNEID)
                for place in ("p", "c:*")
            ],
            actor="system",
            now_ms=now_ms,
        )
        sizes = [("p", 1000), (f"c:{BMT}", 80), (f"c:{EA_KAO}", 400)]
        await denominators.put(
            writer,
            [
                {
                    "place": place,
                    "population": "adults",
                    "value": value,
                    "as_of_day": f"{today[:4]}-01-01",
                    "source": "Chi cục Thống kê",
                }
                for place, value in sizes
            ],
            actor="system",
            now_ms=now_ms,
        )
        await external_figures.put(
            writer,
            [
                {
                    "indicator": VNEID,
                    "place": "p",
                    "first_day": "",
                    "day": f"{today[:4]}-01-02",
                    "count": 321,
                    "rate_bp": None,
                    "source": "Công an tỉnh",
                    "officer": "Trung tá Y Ngọc",
                    "note": "",
                }
            ],
            actor="system",
            now_ms=now_ms,
        )
        await villages.add_many(writer, [(BMT, "Buôn Alê A"), (BMT, "Tổ dân phố 1")], actor="system", now_ms=now_ms)
    await counting.run(db, now_ms)


VNEID = "vneid_confirmed"
