"""A target as one bar: how far it is, where the goal lies, and where one ought to be today.

Never reckons a rate: it is told. Holds no words.
"""

from markupsafe import Markup

from realtime.figures.svg import at, decoration, element, picture

BAR_HEIGHT = 30
_TOP, _THICK = 9, 16


def target_bar(
    title: str, desc: str, *, done: float, goal: float | None, due: float | None, full: float = 1.0
) -> Markup:
    """`done`, `goal` and `due` in the unit of `full`, the right end of the bar; what lies beyond it stands at the end.

    The goal is a solid line with a flag above the bar, today's place a dashed line with a mark below it: told apart
    without colour.
    """
    reached = goal is not None and done >= goal
    parts = [
        element("rect", class_="ground", x="0", y=_TOP, width="100%", height=_THICK, rx=3),
        element(
            "rect",
            class_="done reached" if reached else "done",
            x="0",
            y=_TOP,
            width=_of(done, full),
            height=_THICK,
            rx=3,
        ),
    ]
    if due is not None:
        # White below the dashes: they are seen on the bar and beside it.
        parts.append(
            element("line", class_="due-ground", x1=_of(due, full), x2=_of(due, full), y1=_TOP, y2=_TOP + _THICK + 5)
        )
        parts.append(element("line", class_="due", x1=_of(due, full), x2=_of(due, full), y1=_TOP, y2=_TOP + _THICK + 5))
    if goal is not None:
        flag = element(
            "path", class_="goal-flag", d="M0 0h9l-3 3.5 3 3.5h-9z" if goal < full * 0.9 else "M0 0h-9l3 3.5-3 3.5h9z"
        )
        parts.append(element("line", class_="goal", x1=_of(goal, full), x2=_of(goal, full), y1=0, y2=_TOP + _THICK))
        parts.append(element("svg", flag, x=_of(goal, full), y=0, overflow="visible"))
    return picture("target", title, desc, *parts, height=BAR_HEIGHT)


def share_bar(part: float, whole: float) -> Markup:
    """A thin bar beside a number that is text already."""
    return decoration(
        "share",
        element("rect", class_="ground", width="100%", height=8, rx=2),
        element("rect", class_="done", width=at(part / whole if whole else 0), height=8, rx=2),
        height=8,
    )


def spark(values: list[int]) -> Markup:
    """A row of small bars, the last the newest; nothing for fewer than two."""
    most = max(values, default=0)
    if len(values) < 2 or not most:
        return Markup("")
    step = 1 / len(values)
    bars = [
        element(
            "rect",
            x=at(place * step + step * 0.12),
            width=at(step * 0.76),
            y=at(1 - value / most),
            height=at(value / most),
            class_="done",
        )
        for place, value in enumerate(values)
    ]
    return decoration("spark", element("line", class_="axis", x1=0, x2="100%", y1="100%", y2="100%"), *bars, height=26)


def _of(value: float, full: float) -> str:
    return at(value / full if full else 0)
