"""Contests on a running platform for browser tests: put into its database, and looked at there."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import insert, select

from contest.clock import SystemClock
from contest.database import Database
from contest.model import Question
from contest.provincial.drafts import canonical, digest
from contest.provincial.rules import Blueprint, Cell, ContestRound, ContestRules, Prediction, Quota
from contest.provincial.tables import (
    attempt_answers,
    attempts,
    contest_log,
    contest_questions,
    contest_rounds,
    contest_versions,
    contests,
)
from contest.settings import Settings
from tests.browser.staff import Staff

HOUR = 3_600_000
T = TypeVar("T")

_OPTIONS = ("Cổng Dịch vụ công quốc gia", "Một trang mạng xã hội", "Tin nhắn của người lạ", "Một trang bán hàng")
LONG = (
    "Những dấu hiệu nào cho thấy một tin nhắn có thể là lừa đảo? Hãy đọc kỹ từng ý, vì có những ý nghe rất quen tai "
    "nhưng không phải là dấu hiệu lừa đảo, và ngược lại."
)


def _options(texts: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"id": name, "text_vi": text} for name, text in zip("abcdef", texts, strict=False)]


QUESTIONS = [
    Question(type="single", stem_vi="Nộp hồ sơ trực tuyến ở đâu?", options=_options(_OPTIONS), answer=["a"]),
    Question(type="true_false", stem_vi="Nộp hồ sơ trực tuyến được cả ngày lẫn đêm.", answer=["T"]),
    Question(
        type="multi",
        stem_vi=LONG,
        options=_options(
            (
                "Giục bạn chuyển tiền ngay, nói rằng nếu chậm vài phút tài khoản của bạn sẽ bị khoá vĩnh viễn",
                "Đường dẫn có tên miền lạ, gần giống tên ngân hàng",
                "Hỏi mã OTP của bạn qua điện thoại hoặc tin nhắn",
                "Gửi vào buổi sáng",
            )
        ),
        answer=["a", "b", "c"],
    ),
    Question(
        type="ordering",
        stem_vi="Sắp xếp các bước nộp hồ sơ trực tuyến.",
        options=_options(("Đăng nhập", "Chọn thủ tục", "Đính kèm giấy tờ", "Nộp và lưu mã hồ sơ")),
        answer=["a", "b", "c", "d"],
    ),
    Question(
        type="numeric", stem_vi="Đắk Lắk có bao nhiêu xã, phường?", answer=102, unit_vi="xã, phường",
        explanation_vi="88 xã và 14 phường, theo Nghị quyết 202/2025/QH15.",
    ),
    Question(type="text", stem_vi="Ứng dụng định danh điện tử tên là gì?", answer=["VNeID"]),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contest:
    """An open contest. Questions stand in the order of QUESTIONS, their options as written."""

    staff: Staff
    id: int
    slug: str

    @property
    def path(self) -> str:
        return f"/c/{self.slug}/app"

    @property
    def url(self) -> str:
        return self.staff.players + self.path

    def answers(self) -> dict[int, str | None]:
        """The stored answers of its last attempt by position, as JSON texts."""

        async def found(db: Database) -> dict[int, str | None]:
            async with db.read() as reader:
                last = select(attempts.c.id).where(attempts.c.contest_id == self.id).order_by(attempts.c.id.desc())
                rows = await reader.execute(
                    select(attempt_answers.c.position, attempt_answers.c.choice).where(
                        attempt_answers.c.attempt_id == last.limit(1).scalar_subquery()
                    )
                )
                return {row.position: row.choice for row in rows}

        return run(self.staff, found)

    def attempts(self) -> list[dict[str, Any]]:
        """Every attempt's row, the oldest first."""

        async def found(db: Database) -> list[dict[str, Any]]:
            async with db.read() as reader:
                rows = await reader.execute(
                    select(attempts).where(attempts.c.contest_id == self.id).order_by(attempts.c.id)
                )
                return [dict(row) for row in rows.mappings()]

        return run(self.staff, found)

    def logged(self, kind: str) -> int:
        """How many records of that kind its log holds."""

        async def found(db: Database) -> int:
            async with db.read() as reader:
                rows = await reader.execute(
                    select(contest_log.c.seq).where(contest_log.c.contest_id == self.id, contest_log.c.kind == kind)
                )
                return len(list(rows))

        return run(self.staff, found)

    def publish_key(self) -> None:
        async def publish(db: Database) -> None:
            async with db.write() as writer:
                await writer.execute(
                    insert(contest_rounds).values(
                        contest_id=self.id, key="r1", key_published_at=SystemClock().wall_ms(), key_published_by="test"
                    )
                )

        run(self.staff, publish)


def open_contest(staff: Staff, slug: str, **changes: Any) -> Contest:
    """A contest of the six questions, in order, whose first round runs now; its address is its own at each call."""
    slug = f"{slug}-{secrets.token_hex(3)}"
    now = SystemClock().wall_ms()
    given: dict[str, Any] = {
        "title": "Tìm hiểu chuyển đổi số tỉnh Đắk Lắk năm 2026",
        "organiser": "Sở Khoa học và Công nghệ tỉnh Đắk Lắk",
        "rounds": (
            ContestRound(key="r1", name="Đợt 1", opens_at=now - HOUR, closes_at=now + 20 * HOUR),
            ContestRound(key="r2", name="Đợt 2", opens_at=now + 40 * HOUR, closes_at=now + 60 * HOUR),
        ),
        "blueprint": Blueprint(
            cells=tuple(Cell(category=f"c{n}", count=1) for n in range(len(QUESTIONS))),
            shuffle_questions=False,
            shuffle_options=False,
        ),
        "quota": Quota(per_day=None, per_round=2),
        "prediction": Prediction(),
        "result": "score",
    }
    rules = ContestRules(**(given | changes))
    bank = [one.model_copy(update={"category": f"c{n}", "id": f"Q{n}"}) for n, one in enumerate(QUESTIONS)]

    async def made(db: Database) -> int:
        async with db.write() as writer:
            contest = await writer.execute(
                insert(contests)
                .values(
                    slug=slug, title=rules.title, title_fold="tim hieu", state="open", draft={}, rules_version=1,
                    created_by="test", created_at=now, updated_at=now,
                )
                .returning(contests.c.id)
            )  # fmt: skip
            contest_id = int(contest.scalar_one())
            await writer.execute(
                insert(contest_versions).values(
                    contest_id=contest_id, version=1, rules=canonical(rules), digest=digest(canonical(rules)),
                    reason="", created_by="test", created_at=now,
                )
            )  # fmt: skip
            await writer.execute(
                insert(contest_questions),
                [
                    {
                        "contest_id": contest_id,
                        "pool": "",
                        "number": n,
                        "body": one.model_dump(mode="json"),
                        "created_at": now,
                    }
                    for n, one in enumerate(bank, 1)
                ],
            )
        return contest_id

    return Contest(staff, run(staff, made), slug)


def run(staff: Staff, work: Callable[[Database], Awaitable[T]]) -> T:
    """Does something in the platform's database, in a thread: Playwright has this one's loop."""

    async def whole() -> T:
        db = Database(Settings(data_dir=staff.up.data_dir).sql_url)
        try:
            return await work(db)
        finally:
            await db.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, whole()).result()
