"""The pure part of a lucky draw: what comes next, what may be done when, who is eligible, where digits come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Conflict, Invalid
from contest.festival import draw_pool
from contest.festival.draw_rules import (
    Candidate,
    Deeds,
    Rule,
    check_rule,
    eligible,
    missing,
    point_words,
    points,
    rule_of,
    rule_stored,
    rule_words,
)
from contest.festival.draw_sources import Source, SourceKind, check_source, check_time, first_difference, part, whole
from contest.festival.draw_states import (
    ALLOWED,
    Act,
    DrawState,
    Prize,
    Shown,
    Step,
    WinnerState,
    check,
    check_prizes,
    next_step,
    places,
)
from contest.festival.model import GuestLevel

T0 = 1_790_000_000_000
PRIZES = (Prize("Khuyến khích", 3, together=True), Prize("Nhất", 2), Prize("Đặc biệt", 1))


def test_nothing_leads_back_from_a_winner() -> None:
    """Digits come after the freeze and the naming, and no act draws twice."""
    assert not {act for act in Act if "again" in act}
    for act, states in ALLOWED.items():
        for state in DrawState:
            if state in states:
                check(state, act)
            else:
                with pytest.raises(Conflict, match="draw_state"):
                    check(state, act)
    for act in (Act.TYPE, Act.DIGITS, Act.SHOW):
        assert DrawState.DRAFT not in ALLOWED[act]
        assert DrawState.FROZEN not in ALLOWED[act]
    assert ALLOWED[Act.FREEZE] == ALLOWED[Act.EDIT] == {DrawState.DRAFT}


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 30))
def test_every_place_is_filled_by_the_next_of_the_sequence(comes: list[bool], pool: int) -> None:
    """Whoever stays away: positions are used once and in order, no prize is given out too often, and it ends."""
    shown: list[Shown] = []
    answers = iter(comes)
    for _ in range(200):
        step = next_step(PRIZES, shown, pool)
        if step.kind == "over":
            break
        if step.kind == "settle":
            state = WinnerState.PRESENT if next(answers, True) else WinnerState.ABSENT
            shown[step.position] = Shown(step.position, shown[step.position].prize, state)
            continue
        assert step.position == len(shown)
        assert step.count == 1 or PRIZES[step.prize].together
        shown += [Shown(step.position + n, step.prize, WinnerState.CALLED) for n in range(step.count)]
    assert step.kind == "over"
    present = [one.prize for one in shown if one.state is WinnerState.PRESENT]
    assert len(shown) <= pool
    assert all(present.count(number) <= prize.count for number, prize in enumerate(PRIZES))
    assert step.exhausted is (len(present) < places(PRIZES))
    assert present == sorted(present) or step.exhausted


def test_prizes_shown_together_and_one_by_one() -> None:
    called = [Shown(n, 0, WinnerState.CALLED) for n in range(3)]
    assert next_step(PRIZES, [], 10) == Step("show", 0, 3, 0)
    assert next_step(PRIZES, called, 10) == Step("settle", 0, position=0)
    settled = [Shown(n, 0, WinnerState.ABSENT if n == 1 else WinnerState.PRESENT) for n in range(3)]
    assert next_step(PRIZES, settled, 10) == Step("show", 0, 1, 3)
    assert next_step(PRIZES, [*settled, Shown(3, 0, WinnerState.PRESENT)], 10) == Step("show", 1, 1, 4)
    assert next_step(PRIZES, settled, 3).exhausted


@pytest.mark.parametrize("prizes", [[], [Prize("", 1)], [Prize("a", 0)], [Prize("a", 1001)], [Prize("a", 1, -1)]])
def test_prizes_must_make_sense(prizes: list[Prize]) -> None:
    with pytest.raises(Invalid, match="draw_prize"):
        check_prizes(prizes)


# Who takes part.


def who(deeds: Deeds | None = None, level: str = "nickname", commune: str | None = "24133", out: str = "") -> Candidate:
    return Candidate(GuestLevel(level), commune, deeds or Deeds(), out)


def test_the_rule_is_answered_point_by_point() -> None:
    rule = Rule("2026-11-22", 3, True, True, GuestLevel.PHONE, ("24133",))
    check_rule(rule)
    assert rule_of(rule_stored(rule)) == rule
    done = Deeds({"2026-11-22"}, {"a", "b", "c"}, True, True)
    assert eligible(rule, who(done, "phone"))
    assert eligible(rule, who(done, "checked"))
    lacking = missing(points(rule, who(Deeds({"2026-11-21"}, {"a"}), "nickname", None)))
    assert [one.key for one in lacking] == ["checkin_day", "skills", "pledged", "answered", "level_phone", "commune"]
    assert point_words(lacking[1], "vi") == "Còn thiếu 2 kỹ năng (bạn có 1, cần 3)."
    assert len(rule_words(rule, "vi", {"24133": "Phường Tân An"})) == 9
    for out in ("staff", "excluded", "won", "twice"):
        assert not eligible(rule, who(done, "checked", out=out))
    assert not eligible(Rule(""), who(level="blank"))
    assert eligible(Rule(""), who(commune=None))


@pytest.mark.parametrize(
    "rule", [Rule("hôm nay"), Rule(skills=6), Rule(skills=-1), Rule(level=GuestLevel.BLANK), Rule(communes=("Ea H",))]
)
def test_a_rule_must_make_sense(rule: Rule) -> None:
    with pytest.raises(Invalid, match="draw_rule"):
        check_rule(rule)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_point_has_words(lang: str) -> None:
    rule = Rule("any", 1, True, True, GuestLevel.CHECKED, ("24133",))
    for deeds in (Deeds(), Deeds({"2026-11-22"}, {"a"}, True, True)):
        for level in ("nickname", "checked"):
            for out in ("staff", "excluded", "won", "twice"):
                for point in points(rule, who(deeds, level, out=out)):
                    assert not point_words(point, lang).startswith("draws.")


def test_tickets_are_opaque_unique_and_the_same_for_the_same_salt() -> None:
    salt = "5a" * 32
    made = draw_pool.tickets(salt, range(1, 3001))
    assert len(set(made.values())) == 3000
    assert made == draw_pool.tickets(salt, reversed(range(1, 3001)))
    assert made[1] != draw_pool.tickets("5b" * 32, [1])[1]
    assert {len(one) for one in made.values()} == {8}
    assert draw_pool.shown_ticket(made[7]) == f"{made[7][:4]}-{made[7][4:]}"


# Where the digits come from.


def test_a_source_is_named_while_it_is_still_to_come() -> None:
    lottery = Source(SourceKind.LOTTERY, "Đắk Lắk", T0 + 1, T0 + 2)
    check_source(lottery, T0)
    check_source(Source(SourceKind.STAGE, "10 quả bóng, 8 đại biểu"), T0)
    for wrong in (
        Source(SourceKind.LOTTERY, "Đắk Lắk", T0, T0 + 2),
        Source(SourceKind.LOTTERY, "Đắk Lắk", T0 + 1, T0 + 1),
        Source(SourceKind.BEACON, "drand", 0, T0 + 1),
        Source(SourceKind.STAGE, ""),
        Source(SourceKind.STAGE, "bóng", T0 + 1),
    ):
        with pytest.raises(Invalid, match="draw_source"):
            check_source(wrong, T0)
    with pytest.raises(Conflict, match="draw_digits_early"):
        check_time(lottery, T0)
    check_time(lottery, T0 + 1)


def test_digits_as_typed() -> None:
    lottery = Source(SourceKind.LOTTERY, "Đắk Lắk", T0 + 1, T0 + 2)
    beacon = Source(SourceKind.BEACON, "drand", T0 + 1, T0 + 2)
    assert part(lottery, " 12-345. 6 ") == "123456"
    assert part(beacon, "0aF") == "001015"
    assert len(whole(beacon, "ab" * 32)) == 128
    for text in ("", "12a", "١٢"):
        with pytest.raises(Invalid, match="draw_digits"):
            part(lottery, text)
    with pytest.raises(Invalid, match="draw_digits"):
        whole(lottery, "1" * 39)
    with pytest.raises(Invalid, match="draw_beacon"):
        part(beacon, "xyz")
    assert [first_difference("123", other) for other in ("923", "1234", "124", "12")] == [1, 4, 3, 3]
