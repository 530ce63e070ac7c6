"""Facts of a session: everybody once, sources that name them for ever, times that survive wrong clocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.skills import Skill
from contest.statistics.facts import Channel, FactKind
from contest.teams.model import Session, SessionKind
from contest.teams.session_facts import GROUPS, MOST_PEOPLE, Present, facts_of, headcounts_of, held_at, sources_of

NOW = 1_790_000_000_000
DAY = 86_400_000


def session(**changes: object) -> Session:
    given: dict[str, object] = {
        "id": 7, "team_id": 3, "member_id": 9, "commune": "24133", "held_at": NOW, "kind": SessionKind.VISIT,
        "skills": (Skill.PAYMENT, Skill.SHOPPING), "headcounts": {"citizen": 4, "-": 2}, "village_id": 11,
        "confirms": True,
    }  # fmt: skip
    return Session(**(given | changes))  # type: ignore[arg-type]


def test_heads_and_guests_are_told_apart() -> None:
    facts = facts_of(session(), [Present(5, 11, "24133", None, "official", "18-59")])
    assert [(one.kind, one.source, one.headcount, one.person) for one in facts] == [
        (FactKind.GUIDANCE, "t:7:citizen", 4, None),
        (FactKind.GUIDANCE, "t:7:-", 2, None),
        (FactKind.GUIDANCE, "t:7:5", 1, 11),
        (FactKind.SKILL, "t:7:5:online_payment", 1, 11),
        (FactKind.SKILL, "t:7:5:online_shopping", 1, 11),
    ]
    assert {one.team_id for one in facts} == {3}
    assert [one.target_group for one in facts[:3]] == ["citizen", None, "official"]
    assert [one.channel for one in facts[:3]] == [Channel.STAFF, Channel.STAFF, Channel.QR]
    assert {one.village_id for one in facts} == {11}
    assert all(one.recorded_by == "member:9" for one in facts)


def test_a_guest_counts_where_they_live() -> None:
    away = facts_of(session(headcounts={}), [Present(5, 11, "22015", 77)])[0]
    assert (away.commune, away.village_id) == ("22015", 77)
    elsewhere = facts_of(session(headcounts={}), [Present(5, 11, "22015")])[0]
    assert (elsewhere.commune, elsewhere.village_id) == ("22015", None)


@pytest.mark.parametrize(
    ("kind", "fact"),
    [(SessionKind.TRAINING, FactKind.TRAINING), (SessionKind.VISIT, FactKind.GUIDANCE)],
)
def test_what_is_taken_back_is_what_was_written(kind: SessionKind, fact: FactKind) -> None:
    held = session(kind=kind)
    written = [(one.kind, one.source) for one in facts_of(held, [Present(5, 99), Present(6, 1)])]
    assert sources_of(held, [5, 6]) == written
    assert written[0][0] is fact


@given(st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 900)))
def test_counts_add_up(said: dict[str, int]) -> None:
    counted = headcounts_of(said)
    assert sum(counted.values()) == sum(said.values())
    assert sum(one.headcount for one in facts_of(session(headcounts=counted), [])) == sum(said.values())


@pytest.mark.parametrize("said", [{"citizen": -1}, {"cats": 3}, {"citizen": MOST_PEOPLE, "official": 1}])
def test_impossible_numbers_are_refused(said: dict[str, int]) -> None:
    with pytest.raises(Invalid, match="session_people"):
        headcounts_of(said)


@given(st.integers(0, 59 * DAY), st.integers(-400 * DAY, 400 * DAY))
def test_a_wrong_clock_moves_nothing(ago: int, off: int) -> None:
    device = NOW + off
    assert held_at(device - ago, device, NOW) == NOW - ago


def test_only_the_last_days_can_be_recorded() -> None:
    assert held_at(NOW + 60_000, NOW, NOW) == NOW
    for said in (NOW + DAY, NOW - 61 * DAY):
        with pytest.raises(Invalid, match="session_time"):
            held_at(said, NOW, NOW)
