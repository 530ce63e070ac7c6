"""Certificates as the data of `certificate.typ`: one for every prize of a final result, with its code and QR.

Never for a prize that was revoked, and never with a code that nobody can verify.
"""

import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from admin.contests.document_frame import frame, signer
from admin.contests.document_words import DocumentWords
from admin.contests.takeaways import Gathered, revoked
from admin.documents.qr_marks import qr_svg
from admin.documents.typesetting import ornament, typeset
from contest.errors import Conflict
from contest.provincial.windows import COLLECTIVE
from contest.provincial.winners import Winner
from scoring.folding import fold

_TOGETHER = 2
"""The typesetter works outside Python's lock; more threads would take the cores that serve people."""


def certificates(gathered: Gathered, lang: str, public_url: str) -> dict[str, Any]:
    """All of them, one a page. Raises Conflict("certificates_wait") before there are final prizes."""
    found = _awarded(gathered)
    if not found:
        raise Conflict("certificates_wait")
    words = gathered.words(lang)
    return {**_around(gathered, words), "certificates": [_certificate(words, seat, public_url) for seat in found]}


def each(gathered: Gathered, lang: str, public_url: str, target: IO[bytes]) -> int:
    """Each certificate as a PDF of its own, together in a ZIP; gives how many. Raises as `certificates`."""
    whole = certificates(gathered, lang, public_url)
    names = [_file_name(n, seat, gathered.words(lang)) for n, seat in enumerate(_awarded(gathered), start=1)]
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive,
        ThreadPoolExecutor(_TOGETHER, thread_name_prefix="certificates") as pool,
    ):
        pages = pool.map(lambda one: typeset("certificate", {**whole, "certificates": [one]}), whole["certificates"])
        for name, page in zip(names, pages, strict=True):
            archive.writestr(zipfile.ZipInfo(name), page)
    return len(names)


def sample(gathered: Gathered, lang: str) -> dict[str, Any]:
    """One certificate for nobody, marked as a draft, to look at before the prizes are final."""
    words = gathered.words(lang)
    prize = next((one.name for one in words.rules.prizes), "")
    one = {
        "awarded": words.text("certificate.awarded"),
        "name": words.text("certificate.sample_name"),
        "place": words.text("certificate.sample_place"),
        "prize": words.text("certificate.prize", prize=prize),
        "reason": words.rules.title,
        "qr": qr_svg(words.text("draft")),
        "url": "",
        "code": "–",
    }
    return {**_around(gathered, words), "draft": words.text("draft"), "certificates": [one]}


def count(gathered: Gathered) -> int:
    """How many certificates there are to print."""
    return len(_awarded(gathered))


def _awarded(gathered: Gathered) -> Sequence[Winner]:
    return [seat for seat in gathered.seats if seat.award is not None and not revoked(seat)]


def _around(gathered: Gathered, words: DocumentWords) -> dict[str, Any]:
    final = max((one.final_at for one in gathered.results if one.final_at is not None), default=None)
    base = frame(
        words,
        gathered.letterhead,
        title=words.text("certificate.title", title=words.rules.title),
        subtitle="",
        draft=False,
        dated_ms=final,
    )
    return {
        **base,
        "heading": words.text("certificate.heading"),
        "band": ornament(),
        "signer": signer(words, gathered.letterhead),
        "words": {**base["words"], "check": words.text("certificate.check"), "code": words.text("certificate.code")},
    }


def _certificate(words: DocumentWords, seat: Winner, public_url: str) -> dict[str, Any]:
    assert seat.award is not None
    url = f"{public_url}/certificates/{seat.award.certificate}"
    unit = seat.key == COLLECTIVE
    return {
        "awarded": words.text("certificate.awarded_unit" if unit else "certificate.awarded"),
        "name": seat.unit_name if unit else words.name(seat.person),
        "place": words.where(seat.person) if seat.person is not None else "",
        "prize": words.text("certificate.prize", prize=seat.prize_name),
        "reason": _reason(words, seat.key, seat.audience),
        "qr": qr_svg(url),
        "url": url,
        "code": seat.award.certificate,
    }


def _reason(words: DocumentWords, key: str, audience: str) -> str:
    parts = [words.rules.title, words.ranking(key), words.audience(audience)]
    return " – ".join(part for part in parts if part)


def _file_name(n: int, seat: Winner, words: DocumentWords) -> str:
    name = seat.unit_name if seat.key == COLLECTIVE else words.name(seat.person)
    return f"{n:04d}-{'-'.join(fold(name).split())[:60]}.pdf"
