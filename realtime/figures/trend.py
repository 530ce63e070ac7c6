"""Numbers over days or weeks: bars of each and, in a second panel, the sum so far.

Two panels, because two scales in one picture deceive. Holds no words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from realtime.figures.svg import at, element, picture

_LEFT, _FOOT, _HEAD = 0.0, 22, 20
BARS_HEIGHT, SUM_HEIGHT = 150, 110


@dataclass(frozen=True, slots=True)
class Point:
    """One day or week: its short name and its number; `so_far` the sum up to and with it."""

    name: str
    value: int
    so_far: int
    shown: str = ""
    """The number as people write it."""


def bars(title: str, desc: str, points: Sequence[Point]) -> Markup:
    """One bar for each, the highest with its number; names at both ends and in the middle."""
    most = max((point.value for point in points), default=0)
    step = 1 / max(len(points), 1)
    room = BARS_HEIGHT - _FOOT - _HEAD
    drawn: list[Markup] = [_axis(BARS_HEIGHT)]
    for place, point in enumerate(points):
        high = point.value / most * room if most else 0
        if point.value:
            drawn.append(
                element(
                    "rect",
                    class_="done",
                    x=at(place * step + step * 0.1),
                    width=at(step * 0.8),
                    y=f"{BARS_HEIGHT - _FOOT - high:.1f}",
                    height=f"{high:.1f}",
                )
            )
    if most:
        top = next(place for place, point in enumerate(points) if point.value == most)
        drawn.append(_said(points[top].shown, (top + 0.5) * step, BARS_HEIGHT - _FOOT - room - 6, step * 0.4))
    drawn += _names(points, BARS_HEIGHT)
    return picture("trend", title, desc, *drawn, height=BARS_HEIGHT)


def sums(title: str, desc: str, points: Sequence[Point], shown: str) -> Markup:
    """The sum so far as a line over a shaded ground; `shown` is the last sum as people write it."""
    most = points[-1].so_far if points else 0
    step = 1 / max(len(points), 1)
    room = SUM_HEIGHT - _FOOT - _HEAD
    drawn: list[Markup] = [_axis(SUM_HEIGHT)]
    heights = [SUM_HEIGHT - _FOOT - (point.so_far / most * room if most else 0) for point in points]
    for place, high in enumerate(heights):
        drawn.append(
            element(
                "rect",
                class_="area",
                x=at(place * step),
                width=at(step),
                y=f"{high:.1f}",
                height=f"{SUM_HEIGHT - _FOOT - high:.1f}",
            )
        )
    for place, (before, after) in enumerate(pairwise(heights)):
        drawn.append(
            element(
                "line",
                class_="run",
                x1=at((place + 0.5) * step),
                x2=at((place + 1.5) * step),
                y1=f"{before:.1f}",
                y2=f"{after:.1f}",
            )
        )
    if most:
        drawn.append(_said(shown, 1.0, _HEAD - 6))
    drawn += _names(points, SUM_HEIGHT)
    return picture("trend sums", title, desc, *drawn, height=SUM_HEIGHT)


def _axis(height: int) -> Markup:
    return element("line", class_="axis", x1=at(_LEFT), x2="100%", y1=height - _FOOT, y2=height - _FOOT)


def _said(text: str, place: float, y: float, half: float = 1.0) -> Markup:
    """A text over a place; near an end it leans inwards, `half` the width of what it belongs to."""
    anchor = "start" if place < 0.15 else "end" if place > 0.85 else "middle"
    x = max(place - half, 0) if place < 0.15 else min(place + half, 1) if place > 0.85 else place
    return element("text", text, class_="said", x=at(x), y=f"{y:.0f}", text_anchor=anchor)


def _names(points: Sequence[Point], height: int) -> list[Markup]:
    if not points:
        return []
    last = len(points) - 1
    wanted = sorted({0, last} | ({last // 2} if last >= 6 else set()))
    step = 1 / len(points)
    return [
        _said(points[place].name, (place + 0.5) * step if 0 < place < last else float(place > 0), height - 5)
        if last
        else element("text", points[0].name, class_="said", x="50%", y=height - 5, text_anchor="middle")
        for place in wanted
    ]
