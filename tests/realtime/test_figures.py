"""Figures: well-formed, readable by contrast and without colour, true to the numbers."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from contest.statistics.contributions import Counts
from contest.statistics.dashboard_ranking import Entry, ranked
from contest.statistics.progress import progress
from contest.statistics.standing import IndicatorStanding, count_of
from contest.statistics.target_model import CountUnit, Indicator, Population, SourceKind, Version
from realtime.entrants.wording import Wording
from realtime.figures import bars, blocks, ranking, svg, tiles, trend
from realtime.figures.tiles import HATCHED, RAMP, Tile, step_of
from realtime.figures.trend import Point

CSS = (Path(__file__).parents[2] / "realtime/web/static/pages/figures.css").read_text("utf-8")
EVIL = '<script>alert("1")</script>&'


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_letters_are_read_on_every_tile_and_the_ramp_gets_darker() -> None:
    for step, colour in enumerate(RAMP):
        assert contrast(colour, tiles.letters_on(step)) >= 4.5
    assert contrast(tiles.HATCH, svg.INK) >= 4.5
    shades = [luminance(colour) for colour in RAMP]
    assert all(before - after > 0.02 for before, after in pairwise(shades))
    # Bar on its ground, and what marks the goal on the bar.
    done, ground = (re.search(rf"\.fig \.{name} {{ fill: (#\w+)", CSS) for name in ("done", "ground"))
    assert done is not None
    assert ground is not None
    assert contrast(done[1], ground[1]) >= 3
    assert contrast(done[1], "#ffffff") >= 3


@pytest.mark.parametrize(
    "drawn",
    [
        bars.target_bar(EVIL, EVIL, done=61.7, goal=80, due=55, full=100),
        bars.target_bar("t", "d", done=0, goal=None, due=None),
        bars.target_bar("t", "d", done=250, goal=100, due=-4, full=100),
        trend.bars(EVIL, EVIL, [Point("1/9", 0, 0, "0"), Point("2/9", 7, 7, "7")]),
        trend.bars("t", "d", []),
        trend.bars("t", "d", [Point("1/9", 3, 3, "3")]),
        trend.sums("t", EVIL, [Point(f"{n}/9", n, n * 2, str(n)) for n in range(1, 31)], "60"),
        tiles.grid(EVIL, [Tile(EVIL, "62 %", "…", 3, "/m/1"), Tile("b", "–", "…", HATCHED)]),
        tiles.hatching(),
        svg.table(EVIL, [("a", False), ("b", True)], [(EVIL, "1")]),
        svg.behind(EVIL, svg.element("p", EVIL)),
        blocks.bar_key(Wording("vi")),
        bars.spark([0, 3, 9]),
    ],
)
def test_figures_are_well_formed_and_need_no_style(drawn: str) -> None:
    root = ElementTree.fromstring(f"<div>{drawn}</div>")
    assert "style" not in {name for one in root.iter() for name in one.attrib}
    assert not [one for one in root.iter() if one.tag == "script"]
    for one in root.iter():
        for name in ("x", "x1", "x2", "width"):
            if one.attrib.get(name, "").endswith("%"):
                assert 0 <= float(one.attrib[name][:-1]) <= 100
    for picture in root.findall(".//svg[@role='img']"):
        assert picture.find("title") is not None
        assert picture.find("desc") is not None


def test_a_bar_is_as_long_as_its_number() -> None:
    root = ElementTree.fromstring(bars.target_bar("t", "d", done=61.7, goal=80, due=55, full=100))
    assert [one.attrib["width"] for one in root.findall("rect")] == ["100%", "61.7%"]
    assert [one.attrib["x1"] for one in root.findall("line")] == ["55%", "55%", "80%"]


@pytest.mark.parametrize(
    ("progress", "step"), [(None, HATCHED), (0, 0), (0.001, 1), (0.2499, 1), (0.25, 2), (0.999, 4), (1, 5), (3, 5)]
)
def test_steps_are_quarters_of_the_goal(progress: float | None, step: int) -> None:
    assert step_of(progress) == step


def test_ranking_is_fair() -> None:
    rows, apart = ranked(
        [
            Entry("large", 500, 2000),
            Entry("small", 20, 40),
            Entry("like_small", 100, 200),
            Entry("reported", None, None, 1250),
            Entry("unknown", 900, None),
            Entry("silent", None, None),
            Entry("none", 0, 300),
        ]
    )
    assert [(one.code, one.rank, one.shared, one.rate_bp) for one in rows] == [
        ("small", 1, True, 5000),
        ("like_small", 1, True, 5000),
        ("large", 3, False, 2500),
        ("reported", 4, False, 1250),
        ("none", 5, False, 0),
    ]
    assert [one.code for one in rows if one.small_base] == ["small"]
    assert [one.code for one in apart] == ["unknown", "silent"]


def test_heads_without_names_are_told_beside_every_rate() -> None:
    words = Wording("vi")
    rows, apart = ranked(
        [Entry("24133", 738, 400, heads=700), Entry("24169", 30, 400), Entry("22051", 9, None, heads=8)]
    )
    shown = ranking.ranking(words, "", rows, apart, {}, {})
    assert "738</span><small>700 không tên" in shown
    assert "9</span><small>8 không tên" in shown
    assert shown.count("<small>") == 2
    assert words.t("dash.rank.heads_note") in shown
    one = standing_of(Counts(40, 738, 38, 700), 400)
    assert blocks.doubtful(words, one).startswith("Trong đó 700 người được đếm không tên")
    assert words.t("dash.over_full") in blocks.target_rows(words, [one])
    assert blocks.doubtful(words, standing_of(Counts(40, 40, 38, 0), 400)) == ""
    assert "700" not in blocks.doubtful(words, one, exact=False)
    assert [blocks.goal_rate(words, value) for value in (6000, 6250, 6225, 6205)] == [
        "60 %",
        "62,5 %",
        "62,25 %",
        "62,05 %",
    ]
    assert blocks.doubtful(words, standing_of(Counts(40, 738, 38, 700), 400, CountUnit.VISITS)) == ""


def standing_of(counts: Counts, size: int, unit: CountUnit = CountUnit.PERSONS) -> IndicatorStanding:
    version = Version(1, "system", 0)
    kind = SourceKind.MEASURED
    known = Indicator("adults", "Người lớn", "Adults", unit, Population.ADULTS, kind, None, 1, False, version)
    made = progress(None, count=count_of(known, counts), denominator=size, today="2026-09-20")
    return IndicatorStanding(known, "c:24133", made, counts=counts)


def test_every_word_of_a_page_is_there_in_both_languages() -> None:
    for lang in ("vi", "en"):
        words = Wording(lang)
        shown = blocks.trend_of(words, [], [])
        assert "dash." not in shown
        assert "dash." not in blocks.bar_key(words)
