"""Elements of SVG and HTML as text that is safe to put into a page.

Never knows what is drawn. Places are percentages of the picture's width and height, so that a picture fits any screen
while its letters keep their size; nothing needs a style attribute, which the pages' policy forbids.
"""

from collections.abc import Iterable

from markupsafe import Markup, escape

INK, PAPER = "#17191f", "#ffffff"


def element(name: str, *inner: str | Markup, **attributes: object) -> Markup:
    """`<name …>inner</name>`; texts are escaped, Markup is not. `class_` is class, `aria_label` is aria-label.

    Attributes that are None are left out, True stands for its own empty value.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{"" if value is True else escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{given}>{joined(inner)}</{name}>")


def joined(parts: Iterable[str | Markup]) -> Markup:
    """The parts one after the other."""
    return Markup("").join(escape(part) for part in parts)


def at(share: float) -> str:
    """A place or length as a percentage, within the picture: 0.617 is 61.7%."""
    return f"{min(max(share, 0.0), 1.0) * 100:.2f}".rstrip("0").rstrip(".") + "%"


def picture(name: str, title: str, desc: str, *inner: Markup, height: int) -> Markup:
    """A picture as wide as there is room, with what it shows in words for those who do not see it."""
    return element(
        "svg",
        element("title", title),
        element("desc", desc),
        *inner,
        class_=f"fig {name}",
        role="img",
        width="100%",
        height=height,
        focusable="false",
    )


def decoration(name: str, *inner: Markup, height: int) -> Markup:
    """A picture of numbers that stand beside it as text: screen readers pass over it."""
    return element(
        "svg", *inner, class_=f"fig {name}", aria_hidden="true", width="100%", height=height, focusable="false"
    )


def table(caption: str, heads: Iterable[tuple[str | Markup, bool]], rows: Iterable[Iterable[str | Markup]]) -> Markup:
    """A table of figures; `heads` are the headings and whether their column is of numbers. First cells name the row."""
    columns = list(heads)
    head = element("tr", *(element("th", text, scope="col", class_="num" if num else None) for text, num in columns))
    body = joined(
        element(
            "tr",
            *(
                element("td" if place else "th", cell, scope=None if place else "row", class_="num" if num else None)
                for place, (cell, (_, num)) in enumerate(zip(row, columns, strict=True))
            ),
        )
        for row in rows
    )
    inner = element(
        "table", element("caption", caption), element("thead", head), element("tbody", body), class_="figures"
    )
    return element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def behind(summary: str, *inner: Markup) -> Markup:
    """What is folded away until somebody asks."""
    return element("details", element("summary", summary), *inner, class_="behind")
