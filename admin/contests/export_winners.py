"""The winners as tables: people, units, and where the list comes from.

Never reads SQL. What the public gets holds names only as `public_names` allows, and no birth dates.
"""

from collections.abc import Iterator

from admin.contests import export_files
from admin.contests.document_words import DocumentWords
from admin.contests.documents_annex import person
from admin.contests.export_files import Defined
from admin.contests.takeaways import Gathered, revoked
from admin.export_tables import Kind, Table
from contest.provincial.winners import Winner

_FIRST: Defined = (
    ("ranking", Kind.TEXT, 24),
    ("audience", Kind.TEXT, 20),
    ("prize", Kind.TEXT, 20),
    ("place", Kind.WHOLE, 7),
)
_PERSON: Defined = (
    ("name", Kind.TEXT, 28),
    ("birth_date", Kind.TEXT, 12),
    ("unit", Kind.TEXT, 28),
    ("commune", Kind.TEXT, 24),
    ("group", Kind.TEXT, 24),
)
_PUBLIC: Defined = (("name", Kind.TEXT, 28), ("where", Kind.TEXT, 40))
_FIGURES: Defined = (
    ("rank", Kind.WHOLE, 7),
    ("score", Kind.WHOLE, 8),
    ("correct", Kind.WHOLE, 9),
    ("time_s", Kind.SECONDS, 12),
    ("gap", Kind.TEXT, 14),
    ("submitted", Kind.MOMENT, 23),
)
_LAST: Defined = (("value", Kind.WHOLE, 14), ("state", Kind.TEXT, 18))
_OFFICIAL_LAST: Defined = (("certificate", Kind.TEXT, 26), ("entry", Kind.TEXT, 26))
_UNITS: Defined = (
    *_FIRST[:1],
    *_FIRST[2:],
    ("unit", Kind.TEXT, 32),
    ("unit_code", Kind.TEXT, 12),
    ("rank", Kind.WHOLE, 7),
    ("figure", Kind.TEXT, 14),
    ("completed", Kind.WHOLE, 12),
    ("denominator", Kind.WHOLE, 12),
    *_LAST,
)


def tables(gathered: Gathered, lang: str, now_ms: int) -> list[Table]:
    """People, units when there are collective prizes, and what the list rests on."""
    words = gathered.words(lang)
    found = [individual(gathered, words)]
    if gathered.collective():
        found.append(collective(gathered, words))
    return [*found, _about(gathered, words, now_ms)]


def individual(gathered: Gathered, words: DocumentWords) -> Table:
    """One row a seat, in the order in which the prizes were dealt."""
    official = gathered.masked is None
    defined = (*_FIRST, *(_PERSON if official else _PUBLIC), *_FIGURES, *_LAST, *(_OFFICIAL_LAST if official else ()))
    return export_files.table(words, "winners", defined, _people(gathered, words), fixed=0)


def collective(gathered: Gathered, words: DocumentWords) -> Table:
    """One row a unit's prize."""
    return export_files.table(words, "collective", _UNITS, _units(gathered, words), fixed=0)


def _people(gathered: Gathered, words: DocumentWords) -> Iterator[tuple[object, ...]]:
    for seat in gathered.individual():
        name, where = person(gathered, words, seat)
        who: tuple[object, ...] = (name, where)
        last: tuple[object, ...] = ()
        if gathered.masked is None:
            one = seat.person
            unit = "" if one is None else words.units.get(one.unit, one.unit) or one.unit_other
            commune = "" if one is None else words.units.get(one.commune, one.commune)
            birth, group = ("", "") if one is None else (words.birth(one), words.group(one.group))
            who = (name, birth, unit, commune, group)
            last = ("" if seat.award is None else seat.award.certificate, "" if one is None else one.public_id)
        row = seat.row
        yield (
            *_seat(words, seat),
            *who,
            row.get("rank"),
            row.get("score"),
            row.get("correct"),
            None if not row else row["duration_ms"] / 1000,
            words.exact(row.get("gap")) if row else "",
            row.get("submitted_at"),
            seat.value_vnd,
            state(words, seat),
            *last,
        )


def _seat(words: DocumentWords, seat: Winner) -> tuple[object, ...]:
    return words.ranking(seat.key), words.audience(seat.audience), seat.prize_name, seat.place


def _units(gathered: Gathered, words: DocumentWords) -> Iterator[tuple[object, ...]]:
    for seat in gathered.collective():
        ranking, _, prize, place = _seat(words, seat)
        row = seat.row
        yield (
            ranking,
            prize,
            place,
            seat.unit_name or words.text("undecided", count=len(seat.tied)),
            seat.unit,
            row.get("rank"),
            words.figure(row.get("value")) if row else "",
            row.get("completed"),
            row.get("denominator"),
            seat.value_vnd,
            state(words, seat),
        )


def state(words: DocumentWords, seat: Winner) -> str:
    """How the prize stands: taken back, handed over, or as far as its result."""
    if revoked(seat):
        return words.other("results.award_state.revoked")
    return words.other(f"results.state.{seat.state.value}")


def _about(gathered: Gathered, words: DocumentWords, now_ms: int) -> Table:
    items: list[tuple[str, object, Kind]] = [
        ("title", gathered.rules.title, Kind.WRAPPED),
        ("organiser", gathered.rules.organiser, Kind.WRAPPED),
        ("made_at", now_ms, Kind.MOMENT),
        ("standing", words.text("draft_long" if gathered.draft else "published_long"), Kind.WRAPPED),
        ("audience", words.text("for_public" if gathered.masked is not None else "for_staff"), Kind.WRAPPED),
    ]
    for one in gathered.results:
        name = words.ranking(one.key)
        facts = words.text(
            "about.result_line",
            name=name,
            state=words.other(f"results.state.{one.state.value}"),
            n=one.revision,
            version=one.rules_version,
            digest=one.digest,
        )
        items.append(("result", facts, Kind.WRAPPED))
    return export_files.about(words, items)
