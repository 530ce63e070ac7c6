"""The annex of a decision: who gets which prize, as the data of `annex.typ`.

Never reads SQL. With masked people it is the annex for the public.
"""

from collections.abc import Sequence
from typing import Any

from admin.contests.document_frame import Column, frame, signer, table
from admin.contests.document_words import DocumentWords
from admin.contests.takeaways import WHOLE, Gathered, by_table, revoked
from contest.provincial.rules import Criterion
from contest.provincial.windows import COLLECTIVE
from contest.provincial.winners import Winner

_GAPS = frozenset({Criterion.PREDICTION, Criterion.PREDICTION_EXACT})


def annex(gathered: Gathered, lang: str) -> dict[str, Any]:
    """The whole document; a prize that was revoked is told as such, one still undecided too."""
    words = gathered.words(lang)
    what = words.text("whole") if gathered.key == WHOLE else words.ranking(gathered.key)
    parts = []
    for (key, audience), seats in by_table(gathered.seats).items():
        title = words.text("annex.part", ranking=words.ranking(key), audience=words.audience(audience))
        if not audience:
            title = words.ranking(key)
        shown = collective(gathered, words, seats) if key == COLLECTIVE else individual(gathered, words, seats)
        parts.append({"title": title, "note": "", "table": shown, "empty": ""})
    for one in gathered.results:
        if not any(seat.key == one.key for seat in gathered.seats):
            nothing = {"title": words.ranking(one.key), "note": "", "table": table((), ())}
            parts.append({**nothing, "empty": words.text("annex.no_prizes")})
    return {
        **frame(
            words,
            gathered.letterhead,
            title=words.text("annex.title"),
            subtitle=words.text("annex.subtitle", title=gathered.rules.title, what=what),
            draft=gathered.draft,
        ),
        "attached": words.text("annex.attached"),
        "parts": parts,
        "closing": _closing(gathered, words),
        "signer": signer(words, gathered.letterhead),
        "receivers": list(gathered.letterhead.receivers),
    }


def individual(gathered: Gathered, words: DocumentWords, seats: Sequence[Winner]) -> dict[str, Any]:
    """People with what they were ranked by."""
    official = gathered.masked is None
    gaps = bool(_GAPS & set(words.rules.ranking.chain))
    money = any(seat.value_vnd for seat in seats)
    columns: list[tuple[bool, Column]] = [
        (True, (words.text("column.n"), "center", 0.6)),
        (True, (words.text("column.name"), "left", 2)),
        (official, (words.text("column.birth_date"), "center", 1.15)),
        (True, (words.text("column.where"), "left", 1.9)),
        (True, (words.text("column.score"), "center", 0.8)),
        (True, (words.text("column.time"), "center", 1.1)),
        (gaps, (words.text("column.gap"), "center", 0.85)),
        (True, (words.text("column.prize"), "left", 1.25)),
        (money, (words.text("column.value"), "right", 1.15)),
    ]
    shown = [on for on, _ in columns]
    rows = []
    for n, seat in enumerate(seats, start=1):
        name, where = person(gathered, words, seat)
        cells = (
            str(n),
            name,
            "" if seat.person is None else words.birth(seat.person),
            where,
            str(seat.row.get("score", "–")),
            words.clock(seat.row.get("duration_ms")),
            words.exact(seat.row.get("gap")),
            prize(words, seat),
            words.number(seat.value_vnd) if seat.value_vnd else "",
        )
        rows.append([cell for cell, on in zip(cells, shown, strict=True) if on])
    return table([column for on, column in columns if on], rows)


def collective(gathered: Gathered, words: DocumentWords, seats: Sequence[Winner]) -> dict[str, Any]:
    """Units with the figure they were ranked by."""
    formula = "participants" if words.rules.collective is None else words.rules.collective.formula.value
    columns: tuple[Column, ...] = (
        (words.text("column.n"), "center", 0.6),
        (words.text("column.unit"), "left", 2.4),
        (words.text(f"formula.{formula}"), "center", 1),
        (words.text("column.completed"), "center", 1),
        (words.text("column.prize"), "left", 1.25),
        (words.text("column.value"), "right", 1.15),
    )
    rows = [
        [
            str(n),
            seat.unit_name or tied(gathered, words, seat),
            words.figure(seat.row.get("value")),
            words.number(seat.row["completed"]) if seat.row else "–",
            prize(words, seat),
            words.number(seat.value_vnd) if seat.value_vnd else "",
        ]
        for n, seat in enumerate(seats, start=1)
    ]
    return table(columns, rows)


def person(gathered: Gathered, words: DocumentWords, seat: Winner) -> tuple[str, str]:
    """Name and place of who holds the seat, masked in what the public gets."""
    if seat.person is None:
        return tied(gathered, words, seat), ""
    if gathered.masked is None:
        return words.name(seat.person), words.where(seat.person)
    public = gathered.masked.get(seat.person.entry)
    if public is None:
        return words.text("nameless"), ""
    codes = [code for code in (public.unit, public.commune) if code]
    return public.name or words.text("nameless"), ", ".join(words.units.get(code, code) for code in codes)


def tied(gathered: Gathered, words: DocumentWords, seat: Winner) -> str:
    """That nobody holds the seat yet, and between how many it lies."""
    return words.text("undecided", count=len(seat.tied))


def prize(words: DocumentWords, seat: Winner) -> str:
    """The prize, and that it was taken back where it was."""
    return words.text("revoked", prize=seat.prize_name) if revoked(seat) else seat.prize_name


def _closing(gathered: Gathered, words: DocumentWords) -> list[str]:
    standing = [seat for seat in gathered.seats if not revoked(seat)]
    people = [seat for seat in standing if seat.key != COLLECTIVE]
    units = [seat for seat in standing if seat.key == COLLECTIVE]
    value = sum(seat.value_vnd for seat in standing)
    lines = [words.text("annex.count", people=len(people), units=len(units))]
    if value:
        lines.append(words.text("annex.value", value=words.money(value)))
    if gathered.masked is not None and any(one.masked for one in gathered.masked.values()):
        lines.append(words.text("annex.masked"))
    return lines
