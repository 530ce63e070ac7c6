"""Six rule sets of real contests, written out by hand from what is known of them. Holds no machinery.

What the published texts leave open is an organiser's choice here, as it would be in the province.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from contest.provincial.rules import ContestRules

VIET_NAM = timezone(timedelta(hours=7))
TOPICS = {"Chuyển đổi số": 30, "Dịch vụ công": 16, "An toàn mạng": 16, "Lịch sử địa phương": 12}
"""The topics of the bank that every contest draws from, and how many questions each has."""


def ms(text: str) -> int:
    """A local moment like 2025-09-16T00:00."""
    return int(datetime.fromisoformat(text).replace(tzinfo=VIET_NAM).timestamp() * 1000)


def _rounds(*times: tuple[str, str]) -> list[dict[str, Any]]:
    return [
        {"key": f"dot-{n}", "name": f"Đợt {n}", "opens_at": ms(opens), "closes_at": ms(closes)}
        for n, (opens, closes) in enumerate(times, 1)
    ]


def _prizes(*levels: tuple[str, int, int], **more: Any) -> list[dict[str, Any]]:
    names = ("Giải Nhất", "Giải Nhì", "Giải Ba", "Giải Khuyến khích")
    return [
        {"key": key, "name": name, "count": count, "value_vnd": value, **more}
        for name, (key, count, value) in zip(names, levels, strict=True)
    ]


_FOUR = (("nhat", 1, 3_000_000), ("nhi", 2, 2_000_000), ("ba", 3, 1_000_000), ("khuyen-khich", 5, 500_000))


@dataclass(frozen=True)
class RuleSet:
    """What the organiser has in hand. `template`: the shipped rules they begin with, "" for an empty contest.

    `turnout` is how likely somebody comes on a day; `exact` whether the prediction stands high in the order;
    `documents` whether all of them are made in the end.
    """

    name: str
    template: str
    rules: dict[str, Any]
    windows: tuple[str, ...]
    turnout: float
    units: int = 0
    denominators: bool = False
    exact: bool = False
    documents: bool = False
    texts: tuple[str, ...] = field(default=())
    """What the readable regulation must say."""

    def expected(self, bank_id: int) -> ContestRules:
        return ContestRules.model_validate({**self.rules, "bank_id": bank_id})


DAK_LAK = RuleSet(
    "dak_lak_2025",
    "",
    {
        "title": "Cuộc thi trắc nghiệm tìm hiểu về chuyển đổi số tỉnh Đắk Lắk năm 2025",
        "organiser": "Sở Khoa học và Công nghệ tỉnh Đắk Lắk",
        # 16–17, 18–19, 23–24 and 25–26 September: two rounds a week, the best of the week counts.
        "rounds": _rounds(
            ("2025-09-16T00:00", "2025-09-18T00:00"),
            ("2025-09-18T00:00", "2025-09-20T00:00"),
            ("2025-09-23T00:00", "2025-09-25T00:00"),
            ("2025-09-25T00:00", "2025-09-27T00:00"),
        ),
        "blueprint": {"cells": [{"count": 10}]},
        "time_limit_s": 600,
        "quota": {"per_day": 1, "per_round": None, "total": None},
        "prediction": {"kind": "participants", "scope": "contest"},
        "ranking": {
            "window": "week",
            "keep": "best",
            "chain": ["score", "duration", "prediction", "submitted"],
        },
        "prizes": _prizes(*_FOUR),
        "one_prize": True,
        "complaint_days": 5,
    },
    windows=("2025-W38", "2025-W39"),
    turnout=0.15,
    documents=True,
    texts=("10 câu hỏi", "10 phút"),
)

QUANG_NAM = RuleSet(
    "quang_nam_2022",
    "",
    {
        "title": "Cuộc thi tìm hiểu pháp luật dành cho học sinh trung học cơ sở tỉnh Quảng Nam năm 2022",
        "rounds": _rounds(("2022-10-03T00:00", "2022-10-17T00:00"), ("2022-10-24T00:00", "2022-11-07T00:00")),
        # 300 points at most.
        "blueprint": {"cells": [{"count": 30}], "points_each": 10},
        "time_limit_s": 1800,
        "quota": {"per_day": None, "per_round": 2, "total": None},
        "prediction": {"kind": "participants", "scope": "round"},
        "ranking": {
            "window": "round",
            "keep": "best",
            "chain": ["score", "prediction", "duration", "started", "full_marks", "best_two"],
        },
        "entry": {"groups": ["pupil_student"], "unit": "required", "commune": "optional", "entries_per_phone": 3},
        "prizes": _prizes(*_FOUR),
        "one_prize": True,
        "collective": {
            "formula": "points",
            "by": "unit",
            "levels": [
                {"name": "Nhất tập thể", "count": 1, "value_vnd": 2_000_000},
                {"name": "Nhì tập thể", "count": 2, "value_vnd": 1_000_000},
            ],
            "min_rate": "0",
            "prize_points": [10, 8, 6, 4],
        },
    },
    windows=("dot-1", "dot-2"),
    turnout=0.3,
    units=12,
    denominators=True,
    exact=True,
    texts=("10 điểm", "30 câu hỏi"),
)

THANH_KHE = RuleSet(
    "thanh_khe_2026",
    "thanh_khe_2026",
    {
        "title": "Cuộc thi tìm hiểu của Đảng bộ phường Thanh Khê",
        "organiser": "Đảng ủy phường Thanh Khê",
        "rounds": [
            {
                "key": "dot-1",
                "name": "Đợt thi",
                "opens_at": ms("2026-10-01T00:00"),
                "closes_at": ms("2026-10-07T00:00"),
            }
        ],
        "blueprint": {
            "cells": [{"category": topic, "count": count} for topic, count in zip(TOPICS, (18, 8, 8, 6), strict=True)],
            "fixed_papers": 3,
            "points_each": 1,
        },
        "time_limit_s": 2400,
        "quota": {"per_day": None, "per_round": None, "total": 1},
        "prediction": {"kind": "participants", "scope": "contest"},
        # Equal in all three: the committee decides.
        "ranking": {"window": "contest", "keep": "best", "chain": ["score", "duration", "prediction"]},
        "entry": {
            "admission": "roster",
            "phone": "optional",
            "birth_date": "optional",
            "commune": "hidden",
            "unit": "required",
            "unit_other": False,
        },
        "prizes": _prizes(
            ("nhat", 1, 700_000), ("nhi", 5, 500_000), ("ba", 10, 400_000), ("khuyen-khich", 15, 300_000)
        ),
        "one_prize": True,
        "collective": {
            "formula": "completion_rate",
            "by": "unit",
            "min_rate": "70",
            "levels": [
                {"name": "Nhất tập thể", "count": 1, "value_vnd": 1_500_000},
                {"name": "Nhì tập thể", "count": 3, "value_vnd": 1_000_000},
                {"name": "Ba tập thể", "count": 7, "value_vnd": 700_000},
                {"name": "Khuyến khích tập thể", "count": 10, "value_vnd": 500_000},
            ],
        },
    },
    windows=("contest",),
    turnout=0.8,
    units=40,
    denominators=True,
    documents=True,
    texts=("40 câu hỏi", "40 phút", "70"),
)

LANG_SON = RuleSet(
    "lang_son_border",
    "lang_son_border",
    {
        "title": "Cuộc thi tìm hiểu về biên giới tỉnh Lạng Sơn",
        "rounds": _rounds(("2024-03-04T00:00", "2024-03-11T00:00")),
        "blueprint": {"cells": [{"count": 20}]},
        "time_limit_s": 1200,
        "quota": {"per_day": None, "per_round": None, "total": None},
        # "Số lượt": attempts, not people.
        "prediction": {"kind": "attempts", "scope": "contest"},
        "ranking": {"window": "contest", "keep": "best", "chain": ["score", "duration", "prediction"]},
        "prizes": _prizes(*_FOUR),
        "one_prize": True,
    },
    windows=("contest",),
    turnout=0.4,
    texts=("20 câu hỏi", "20 phút"),
)

QUANG_NINH = RuleSet(
    "quang_ninh_2023",
    "",
    {
        "title": "Cuộc thi tìm hiểu 60 năm thành lập tỉnh Quảng Ninh",
        # Opens at 10:00 on the first day, closes at 09:00 on the last.
        "rounds": _rounds(
            ("2023-10-02T10:00", "2023-10-08T09:00"),
            ("2023-10-09T10:00", "2023-10-15T09:00"),
        ),
        "blueprint": {"cells": [{"count": 9}]},
        "time_limit_s": 900,
        "quota": {"per_day": None, "per_round": 1, "total": None},
        "prediction": {"kind": "participants", "scope": "round"},
        # Invalid unless all ten are answered; all nine right, then the exact prediction, then the earliest.
        "ranking": {
            "window": "round",
            "keep": "best",
            "chain": ["all_correct", "prediction_exact", "submitted"],
            "complete_only": True,
        },
        "prizes": _prizes(*_FOUR, min_score=9),
        "one_prize": True,
    },
    windows=("dot-1", "dot-2"),
    turnout=0.4,
    exact=True,
    texts=("9 câu hỏi", "15 phút"),
)

BAC_KAN = RuleSet(
    "bac_kan_2023",
    "bac_kan_2023",
    {
        "title": "Cuộc thi trực tuyến tỉnh Bắc Kạn năm 2023",
        "rounds": _rounds(("2023-09-11T00:00", "2023-09-16T00:00")),
        "blueprint": {"cells": [{"count": 20}]},
        "time_limit_s": 1200,
        "quota": {"per_day": 1, "per_round": None, "total": None},
        "prediction": {"kind": "participants", "scope": "contest"},
        "ranking": {
            "window": "contest",
            "keep": "best",
            "chain": ["score", "duration", "prediction", "submitted"],
        },
        # From 15 years; officials and armed forces apart from the people.
        "audiences": [
            {"key": "bang-a", "name": "Bảng A", "groups": ["official"]},
            {"key": "bang-b", "name": "Bảng B", "groups": ["pupil_student", "citizen", "enterprise_worker"]},
        ],
        "entry": {"min_age": 15},
        "prizes": _prizes(*_FOUR),
        "one_prize": True,
        "collective": {
            "formula": "participants",
            "by": "commune",
            "levels": [{"name": "Xã dẫn đầu", "count": 3, "value_vnd": 1_000_000}],
        },
    },
    windows=("contest",),
    turnout=0.4,
    texts=("20 câu hỏi", "Bảng A"),
)

SIX = (DAK_LAK, QUANG_NAM, THANH_KHE, LANG_SON, QUANG_NINH, BAC_KAN)
