"""The province as a grid of tiles, one for each commune, from white (nothing yet) to dark (at the goal).

There is no map: tiles stand in the order of the dictionary within the two old provinces, because people look for their
commune by name. Each carries its number, and those without one are hatched: nothing is told by colour alone, and the
ramp gets darker evenly, so it reads in black and white. Holds no words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from realtime.figures.svg import INK, PAPER, element, joined

RAMP: Final = ("#ffffff", "#e3ecf7", "#b9cfe9", "#86abd8", "#2f66ad", "#12315f")
"""Nothing yet; below a quarter, half, three quarters of the goal; below the goal; at the goal."""
HATCH: Final = "#c9c4ba"
HATCHED: Final = -1
GOAL_STEP: Final = len(RAMP) - 1


@dataclass(frozen=True, slots=True)
class Tile:
    """One commune. `value` stands under its name, `spoken` says the same in full; `step` is of `step_of`."""

    name: str
    value: str
    spoken: str
    step: int
    href: str = ""


def step_of(progress: float | None) -> int:
    """The step of the ramp for a share of the goal; HATCHED where there is none to tell."""
    if progress is None:
        return HATCHED
    if progress <= 0:
        return 0
    if progress >= 1:
        return GOAL_STEP
    return 1 + int(progress * 4)


def letters_on(step: int) -> str:
    """The colour of letters on a tile: at least 4.5:1."""
    return PAPER if step >= 4 else INK


def hatching() -> Markup:
    """What hatched tiles are filled with; once in a page that has any."""
    lines = element("path", d="M-2 2l4-4M0 10L10 0M8 12l4-4", stroke=HATCH, stroke_width="2")
    pattern = element(
        "pattern",
        element("rect", width="10", height="10", fill=PAPER),
        lines,
        id="hatch",
        patternUnits="userSpaceOnUse",
        width="10",
        height="10",
    )
    return element(
        "svg", element("defs", pattern), class_="hatching", width="0", height="0", aria_hidden="true", focusable="false"
    )


def ground(step: int) -> Markup:
    """The filling of a tile or of its sample in the legend: an SVG, since browsers print no backgrounds."""
    fill = "url(#hatch)" if step == HATCHED else RAMP[step]
    return element(
        "svg",
        element("rect", width="100%", height="100%", fill=fill),
        class_="tile-ground",
        aria_hidden="true",
        focusable="false",
    )


def grid(label: str, tiles: Iterable[Tile]) -> Markup:
    """The tiles of one part as a list."""
    items = []
    for tile in tiles:
        dark = " dark" if letters_on(tile.step) == PAPER else ""
        inner = joined(
            (
                ground(tile.step),
                element("span", tile.name, class_="tile-name", aria_hidden="true"),
                element("b", ("✓ " if tile.step == GOAL_STEP else "") + tile.value, aria_hidden="true"),
                element("span", tile.spoken, class_="visually-hidden"),
            )
        )
        body = element("a", inner, href=tile.href) if tile.href else element("div", inner)
        items.append(element("li", body, class_=f"tile{dark}"))
    return element("ol", *items, class_="tiles", aria_label=label)


def legend(samples: Sequence[tuple[int, str]]) -> Markup:
    """What each step means."""
    items = (
        element("li", element("span", ground(step), class_="sample"), element("span", text)) for step, text in samples
    )
    return element("ul", *items, class_="legend")
