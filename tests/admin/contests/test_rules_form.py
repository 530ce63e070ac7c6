"""The set-up form holds every setting there is and gives every set of rules back as it was."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.datastructures import FormData

from admin.contests import rules_form
from admin.contests.rules_form import act, read, shown
from admin.contests.setup_layout import TAB_OF, TABS, Kind, Rows
from contest.catalogue import load
from contest.provincial.rules import (
    Audience,
    Blueprint,
    Cell,
    Collective,
    CollectiveLevel,
    Consent,
    ContestRound,
    ContestRules,
    Criterion,
    EntryForm,
    FieldUse,
    Formula,
    Prediction,
    PredictionKind,
    Prize,
    Quota,
    Ranking,
    TargetGroup,
    WindowKind,
)

names = st.text("Đợt thi 1–aẵ’&<\"'", min_size=1, max_size=12).map(str.strip).filter(bool)
lines = st.sampled_from(["", "Sở Khoa học và Công nghệ", 'a <b> & "c"'])
texts = st.sampled_from(["", "Một.\n\nHai.", "Kế hoạch số 45/KH-UBND"])
maybe = st.none() | st.integers(1, 1000)
use = st.sampled_from(FieldUse)


@st.composite
def rules(draw: st.DrawFn) -> ContestRules:
    """Any set of rules that is allowed."""
    edges = sorted(draw(st.sets(st.integers(0, 4_000_000_000_000), min_size=2, max_size=8)))
    rounds = tuple(
        ContestRound(key=f"r{n}", name=draw(names), opens_at=a, closes_at=b, bank_id=draw(maybe))
        for n, (a, b) in enumerate(zip(edges[::2], edges[1::2], strict=False))
    )
    cells = draw(
        st.lists(
            st.builds(Cell, category=lines, difficulty=st.none() | st.integers(1, 3), count=st.integers(1, 20)),
            min_size=1,
            max_size=5,
        )
    )
    groups = draw(st.lists(st.sampled_from(TargetGroup), unique=True, max_size=4))
    split = draw(st.integers(0, len(groups)))
    audiences = tuple(
        Audience(key=f"a{n}", name=draw(names), groups=tuple(one for one in TargetGroup if one in part))
        for n, part in enumerate((groups[:split], groups[split:]))
        if part
    )
    prediction = draw(
        st.none()
        | st.builds(
            Prediction,
            kind=st.sampled_from(PredictionKind),
            scope=st.sampled_from(["round", "window", "contest"]),
            text=lines,
            required=st.booleans(),
        )
    )
    chain = draw(st.lists(st.sampled_from(Criterion), unique=True, min_size=1))
    if prediction is None:
        chain = [one for one in chain if not one.startswith("prediction")] or [Criterion.SCORE]
    overall = draw(st.sampled_from(["none", "best", "sum"]))
    prizes = tuple(
        Prize(
            key=f"p{n}",
            name=draw(names),
            count=draw(st.integers(1, 1000)),
            value_vnd=draw(st.integers(0, 10_000_000_000)),
            scope="window" if overall == "none" else draw(st.sampled_from(["window", "overall"])),
            audience=draw(st.sampled_from([None, *(one.key for one in audiences)])),
            min_score=draw(st.integers(0, 100_000)),
        )
        for n in range(draw(st.integers(0, 4)))
    )
    purposes = draw(st.lists(st.sampled_from(["contest", "publish_name", "photo", "contact"]), unique=True))
    ages = sorted(draw(st.tuples(st.integers(0, 120), st.integers(0, 120))))
    uses = {
        name: draw(use) for name in ("birth_date", "phone", "commune", "unit", "sex", "email", "address", "id_number")
    }
    collective = draw(
        st.none()
        | st.builds(
            Collective,
            formula=st.sampled_from(Formula),
            by=st.sampled_from(["commune", "unit"]),
            levels=st.lists(
                st.builds(CollectiveLevel, name=names, count=st.integers(1, 9), value_vnd=st.integers(0, 9_999_999)),
                min_size=1,
                max_size=3,
            ).map(tuple),
            min_rate=st.decimals(0, 100, places=2) | st.just(Decimal("7E+1")),
            prize_points=st.lists(st.integers(0, 100), max_size=4).map(tuple),
        )
    )
    return ContestRules(
        title=draw(names),
        organiser=draw(lines),
        basis=draw(texts),
        about=draw(texts),
        rounds=rounds,
        bank_id=draw(maybe),
        blueprint=Blueprint(
            cells=tuple(cells),
            fixed_papers=draw(st.integers(0, 20)),
            shuffle_questions=draw(st.booleans()),
            shuffle_options=draw(st.booleans()),
            points_each=draw(st.integers(1, 100)),
        ),
        time_limit_s=draw(st.integers(30, 14_400)),
        quota=Quota(per_day=draw(maybe), per_round=draw(maybe), total=draw(maybe)),
        prediction=prediction,
        ranking=Ranking(
            window=draw(st.sampled_from(WindowKind)),
            keep=draw(st.sampled_from(["best", "first", "last"])),
            chain=tuple(chain),
            overall=overall,
            complete_only=draw(st.booleans()),
            board=draw(st.sampled_from(["open", "hidden"])),
            freeze_minutes=draw(st.integers(0, 10_080)),
        ),
        audiences=audiences,
        entry=EntryForm(
            admission=draw(st.sampled_from(["open", "roster"])),
            min_age=draw(st.sampled_from([None, ages[0]])),
            max_age=draw(st.sampled_from([None, ages[1]])),
            groups=tuple(one for one in TargetGroup if one in groups),
            unit_other=draw(st.booleans()),
            entries_per_phone=draw(st.integers(1, 10)),
            confirm_phone=draw(st.booleans()),
            consents=tuple(Consent(purpose=one, required=draw(st.booleans()), text_vi=draw(texts)) for one in purposes),
            **uses,
        ),
        result=draw(st.sampled_from(["score", "received"])),
        prizes=prizes,
        one_prize=draw(st.booleans()),
        collective=collective,
        complaint_days=draw(st.integers(0, 60)),
    )


def sent(parts: list[dict[str, Any]]) -> FormData:
    """What a browser sends of what the page shows."""
    items: list[tuple[str, str]] = []
    for part in parts:
        if part["switch"] and part["on"]:
            items += [(part["switch"], "1"), (f"{part['switch']}.shown", "1")]
        for item in part["items"]:
            if "rows" in item:
                items.append((f"{item['path']}.rows", "1"))
            for field in (one for row in item.get("rows", [[item]]) for one in row):
                kind = field["setting"].kind
                if kind in (Kind.GROUPS, Kind.CHAIN):
                    items += [(field["name"], one) for one in field["chosen"]]
                elif kind is not Kind.FLAG or field["value"]:
                    items.append((field["name"], field["value"].replace("\n", "\r\n")))
    return FormData(items)


@settings(max_examples=60, deadline=None)
@given(rules())
def test_rules_come_back_as_they_were(given_rules: ContestRules) -> None:
    """Page by page, into a draft that knew nothing: whatever the pages do not carry would be missing."""
    draft: dict[str, Any] = {}
    stored = given_rules.model_dump(mode="json")
    for tab in TABS:
        draft = read(tab, sent(shown(tab, stored)), draft)
    # A page with switched-off parts needs a second look once they are on.
    assert ContestRules.model_validate(draft) == given_rules


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every setting by its dotted path; rows have no number."""
    for name, field in model.model_fields.items():
        inner = next(iter(_models(field.annotation)), None)
        if inner is None:
            yield prefix + name
        else:
            yield from leaves(inner, f"{prefix}{name}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def settings_of_pages() -> list[str]:
    return [
        path
        for tab in TABS
        for item in tab.settings()
        for path in ([f"{item.path}.{one.path}" for one in item.settings] if isinstance(item, Rows) else [item.path])
    ]


def test_every_setting_has_one_place() -> None:
    assert sorted(settings_of_pages()) == sorted(leaves(ContestRules))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_setting_is_explained(lang: str) -> None:
    words = load(lang)
    wanted = {f"rules.{path}{end}" for path in settings_of_pages() for end in ("", ".hint")}
    wanted |= {f"setup.tab.{tab.key}{end}" for tab in TABS for end in ("", ".lead")}
    for tab in TABS:
        for part in tab.parts:
            wanted.add(f"setup.part.{part.key}")
        for item in tab.settings():
            for one in item.settings if isinstance(item, Rows) else (item,):
                path = f"{item.path}.{one.path}" if isinstance(item, Rows) else one.path
                if one.kind in (Kind.CHOICE, Kind.CHAIN):
                    wanted |= {f"{one.words or 'rules.' + path}.{option}" for option in one.options}
                if one.cards or one.kind is Kind.CHAIN:
                    wanted |= {f"rules.{path}.{option}.hint" for option in one.options}
    assert wanted - words.keys() == set()


def test_what_was_typed_survives() -> None:
    draft = rules_form.completed({"rounds": [{"key": "r1", "name": "Đợt 1"}]})
    form = FormData(
        {
            "rounds.rows": "1",
            "rounds.0.name": " ",
            "rounds.0.opens_at": "mai",
            "rounds.0.closes_at": "",
            "rounds.0.key": "",
        }
    )
    kept = read(TAB_OF["rounds"], form, draft)["rounds"][0]
    assert kept == {"name": "", "opens_at": "mai", "closes_at": None, "bank_id": None, "key": "dot-1"}
    shown_again = shown(TAB_OF["rounds"], {"rounds": [kept]})[0]["items"][0]["rows"][0]
    assert [field["value"] for field in shown_again] == ["", "mai", "", "", "dot-1"]


@pytest.mark.parametrize(
    ("path", "typed", "kept"),
    [
        ("time_limit_s", "10", 600),
        ("time_limit_s", "1:30", 90),
        ("time_limit_s", "0,5", 30),
        ("time_limit_s", "mười", "mười"),
        ("blueprint.points_each", "1.000", 1000),
        ("blueprint.points_each", "1.5", "1.5"),
        ("blueprint.points_each", "", None),
        ("blueprint.points_each", "-3", "-3"),
    ],
)
def test_numbers_as_people_type_them(path: str, typed: str, kept: object) -> None:
    draft = read(TAB_OF["paper"], FormData({path: typed}), {})
    assert rules_form.value_at(draft, path) == kept


def test_rows_are_added_moved_and_removed() -> None:
    tab, nothing = TAB_OF["prizes"], FormData()
    draft = rules_form.completed({})
    for name in ("Nhất", "Nhì", "Ba"):
        assert act(tab, draft, "prizes:add", nothing)
        draft["prizes"][-1]["name"] = name
    assert [row["key"] for row in draft["prizes"]] == ["giai-1", "giai-2", "giai-3"]
    assert act(tab, draft, "prizes:up:2", nothing)
    assert act(tab, draft, "prizes:remove:0", nothing)
    assert [row["name"] for row in draft["prizes"]] == ["Ba", "Nhì"]
    act(tab, draft, "prizes:down:1", nothing)
    assert [row["name"] for row in draft["prizes"]] == ["Ba", "Nhì"]
    for wish in ("", "prizes:remove:9", "prizes:remove:x", "rounds:add", "one_prize:add", "prizes:explode:0"):
        act(tab, draft, wish, nothing)
    assert [row["name"] for row in draft["prizes"]] == ["Ba", "Nhì"]


def test_a_step_joins_the_chain_once() -> None:
    tab, draft = TAB_OF["ranking"], rules_form.completed({})
    add = FormData({"ranking.chain.add": "started"})
    assert act(tab, draft, "ranking.chain:add", add)
    assert not act(tab, draft, "ranking.chain:add", add)
    assert not act(tab, draft, "ranking.chain:add", FormData({"ranking.chain.add": "luck"}))
    assert act(tab, draft, "ranking.chain:up:4", FormData())
    assert draft["ranking"]["chain"] == ["score", "duration", "prediction", "started", "submitted"]


def test_a_part_is_switched_on_and_off() -> None:
    tab = TAB_OF["collective"]
    draft = read(tab, FormData({"collective": "1"}), {})
    assert draft["collective"]["formula"] == "participants"
    assert len(draft["collective"]["levels"]) == 1
    again = read(tab, sent(shown(tab, draft)), draft)
    assert again["collective"] == draft["collective"]
    assert read(tab, FormData(), again)["collective"] is None


@pytest.mark.parametrize(
    "draft",
    [
        {"rounds": "x", "prizes": {"a": 1}, "ranking": 5, "prediction": "yes", "collective": []},
        {"rounds": [1, {"opens_at": 10**30}], "entry": {"groups": "pupil_student", "consents": None}},
        {"blueprint": {"cells": [{"count": {"a": 1}}]}, "title": 7, "unknown": 1},
    ],
)
def test_any_draft_can_be_shown(draft: dict[str, Any]) -> None:
    """An API may leave anything in a draft; the pages must still open."""
    for tab in TABS:
        again = read(tab, sent(shown(tab, draft)), draft)
        assert re.search("unknown", str(again)) is None
