"""The ranking of the communes as a table: rates first, counts second, and what makes either of them doubtful.

Never ranks: `contest.statistics.dashboard_ranking` did.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from contest.statistics.dashboard_ranking import Entry, Ranked
from realtime.entrants.wording import Wording
from realtime.figures import blocks, svg
from realtime.figures.svg import element, joined

FIRST = 20
"""Lines that are in sight; the others are folded away."""


def ranking(
    words: Wording,
    caption: str,
    rows: Sequence[Ranked],
    apart: Sequence[Entry],
    names: Mapping[str, str],
    hrefs: Mapping[str, str],
    *,
    exact: bool = True,
) -> Markup:
    """Rate with its denominator first, count second; those without a rate apart, the small bases marked.

    Not `exact`: how many heads of a count had no names is not told.
    """
    heads_ = [
        (words.t("dash.rank.name"), False),
        (words.t("dash.rank.rank"), True),
        (words.t("dash.rank.rate"), True),
        (words.t("dash.rank.of"), True),
        (words.t("dash.rank.count"), True),
    ]
    lines = [
        (
            _named(names, hrefs, one.code),
            f"{one.rank}{'=' if one.shared else ''}",
            blocks.percent(words, one.rate_bp / 100, 2) + (" *" if one.small_base else ""),
            "–" if one.size is None else words.number(one.size),
            _with_heads(words, one.count, one.heads if exact else 0),
        )
        for one in rows
    ]
    found: list[Markup] = []
    if lines:
        found.append(svg.table(caption, heads_, lines[:FIRST]))
        if lines[FIRST:]:
            title = words.t("dash.rank.rest", count=words.number(len(lines) - FIRST))
            found.append(svg.behind(title, svg.table(caption, heads_, lines[FIRST:])))
        notes = [words.t("dash.rank.note")]
        if any(one.small_base for one in rows):
            notes.append(words.t("dash.rank.small"))
        if any(one.heads for one in rows):
            notes.append(words.t("dash.rank.heads_note"))
        found.append(element("p", " ".join(notes), class_="hint soft"))
    if apart:
        heads_ = [(words.t("dash.rank.name"), False), (words.t("dash.rank.count"), True)]
        left = [
            (_named(names, hrefs, one.code), _with_heads(words, one.count, one.heads if exact else 0)) for one in apart
        ]
        table = svg.table(words.t("dash.rank.apart"), heads_, left)
        title = words.t("dash.rank.apart_count", count=words.number(len(apart)))
        found.append(svg.behind(title, element("p", words.t("dash.rank.why"), class_="hint soft"), table))
    return joined(found)


def _with_heads(words: Wording, count: int | None, heads_: int) -> str | Markup:
    if count is None:
        return "–"
    shown = words.number(count)
    if not heads_:
        return shown
    return element("span", shown) + element("small", words.t("dash.rank.heads", heads=words.number(heads_)))


def _named(names: Mapping[str, str], hrefs: Mapping[str, str], code: str) -> Markup:
    name = names.get(code, code)
    return element("a", name, href=hrefs[code]) if code in hrefs else element("span", name)
