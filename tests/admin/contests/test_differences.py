"""What changed between two versions of the rules, in words."""

from admin.contests.differences import differences
from contest.provincial import templates
from contest.provincial.rules import Collective, CollectiveLevel, ContestRules

RULES = templates.instantiate("dak_lak_2025", "2026-12-01")


def told(new: ContestRules, old: ContestRules = RULES, lang: str = "vi") -> list[tuple[str, str, str]]:
    return [(one.name, one.before, one.after) for one in differences(old, new, lang)]


def test_nothing_changed() -> None:
    assert told(RULES) == []


def test_single_settings_in_words() -> None:
    quota = RULES.quota.model_copy(update={"per_day": None})
    new = RULES.model_copy(update={"quota": quota, "time_limit_s": 450, "result": "score"})
    assert told(new) == [
        ("Thời gian làm bài (phút)", "10", "7:30"),
        ("Mỗi ngày", "1", "Không giới hạn"),
        ("Nộp bài xong thì thấy", "Chỉ báo đã nhận bài", "Điểm của mình"),
    ]


def test_a_round_renamed_and_moved_in_time_is_the_same_round() -> None:
    first = RULES.rounds[0].model_copy(update={"name": "Vòng 1", "closes_at": RULES.rounds[0].closes_at - 3_600_000})
    assert told(RULES.model_copy(update={"rounds": (first, *RULES.rounds[1:])})) == [
        ("Vòng 1: Tên đợt", "Đợt 1", "Vòng 1"),
        ("Vòng 1: Đóng lúc", "00:00 03/12/2026", "23:00 02/12/2026"),
    ]


def test_prizes_in_another_order_are_a_change() -> None:
    swapped = (RULES.prizes[1], RULES.prizes[0], *RULES.prizes[2:])
    ((name, before, after),) = told(RULES.model_copy(update={"prizes": swapped}))
    assert name == "Các giải, từ cao xuống"
    assert before.startswith("Giải Nhất, Giải Nhì")
    assert after.startswith("Giải Nhì, Giải Nhất")


def test_a_part_that_is_new_tells_all_of_it() -> None:
    levels = (CollectiveLevel(name="Giải tập thể", count=2, value_vnd=1_500_000),)
    found = told(RULES.model_copy(update={"collective": Collective(levels=levels)}), lang="en")
    assert ("Give collective prizes", "No", "Yes") in found
    assert ("Giải tập thể: Value of each (đồng)", "", "1.500.000") in found
