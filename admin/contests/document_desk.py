"""Each document and file of a contest from start to end: what is read, what it is made of, what it is called.

Reads on the loop, makes in threads, and never checks permissions: routes do.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from admin.audit import actor_names
from admin.contests import (
    documents_annex,
    documents_certificates,
    documents_dossier,
    documents_minutes,
    export_dossier,
    export_files,
    export_winners,
    takeaways,
)
from admin.contests.document_words import DocumentWords
from admin.contests.documents_dossier import DossierData
from admin.contests.documents_minutes import MinutesData
from admin.contests.export_files import CSV, PDF, XLSX, ZIP
from admin.contests.takeaways import WHOLE, Gathered, made
from admin.documents.typesetting import typeset
from contest.database import Database
from contest.errors import Conflict, NotFound
from contest.provincial import (
    answer_times,
    contests,
    counts,
    dossiers,
    letterheads,
    minutes,
    minutes_counts,
    result_people,
    ties,
)
from contest.provincial.reckoning import reckoned
from contest.provincial.rules import ContestRules
from contest.provincial.windows import COLLECTIVE, prediction_scopes, settled_at
from scoring.folding import fold

FORMATS: Final = ("xlsx", "csv")


@dataclass(frozen=True, slots=True)
class Made:
    """A file for somebody: `body` is its bytes, or where it lies when it is large (the receiver removes it)."""

    name: str
    media_type: str
    body: bytes | Path


async def annex(db: Database, contest_id: int, key: str, lang: str, *, public: bool = False) -> Made:
    """The annex of the decision, for one result or for all. Raises as `takeaways.gather`."""
    gathered = await _gather(db, contest_id, key, public=public)
    pdf = await made(db, lambda: typeset("annex", documents_annex.annex(gathered, lang)))
    name = gathered.words(lang).text("file.public_annex" if public else "file.annex")
    return Made(gathered.file_name(name, "pdf"), PDF, pdf)


async def winners_file(
    db: Database, contest_id: int, key: str, lang: str, fmt: str, *, now_ms: int, public: bool = False
) -> Made:
    """The winners as a workbook; as CSV the individual ones, or the units of the collective result. Raises as
    `takeaways.gather`, and NotFound("not_found") for another format."""
    if fmt not in FORMATS:
        raise NotFound("not_found")
    gathered = await _gather(db, contest_id, key, public=public)
    name = gathered.words(lang).text("file.public_winners" if public else "file.winners")

    def make() -> bytes:
        words = gathered.words(lang)
        if fmt == "xlsx":
            return export_files.workbook(words, gathered.rules.title, export_winners.tables(gathered, lang, now_ms))
        group = gathered.key == COLLECTIVE
        return export_files.csv((export_winners.collective if group else export_winners.individual)(gathered, words))

    return Made(gathered.file_name(name, fmt), XLSX if fmt == "xlsx" else CSV, await made(db, make))


async def minutes_file(db: Database, contest_id: int, key: str, lang: str, *, now_ms: int) -> Made:
    """The minutes of one result. Raises as `takeaways.gather`."""
    if key == WHOLE:
        raise NotFound("result_unknown", key=key)
    gathered = await _gather(db, contest_id, key)
    async with db.read() as reader:
        facts = await minutes.facts(reader, contest_id, now_ms)
        ordered = [
            int(one) for line in facts.decisions if line.ranking == key and key != COLLECTIVE for one in line.order
        ]
        people = await result_people.by_number(reader, contest_id, ordered)
        actors = await actor_names(reader)
    counted = None
    if numbers_told(gathered.rules, key, now_ms):
        now = await reckoned(db, contest_id, gathered.results[0].rules_version)
        counted = await asyncio.to_thread(minutes_counts.count, now.frozen, key)
    data = MinutesData(gathered, facts, counted, people, actors)
    pdf = await made(db, lambda: typeset("minutes", documents_minutes.minutes(data, lang)))
    return Made(gathered.file_name(gathered.words(lang).text("file.minutes"), "pdf"), PDF, pdf)


def numbers_told(rules: ContestRules, key: str, now_ms: int) -> bool:
    """Whether the minutes of a result may count its rounds: not while a prediction over any of them is open."""
    if not counts.hidden(rules, now_ms):
        return True
    own = minutes_counts.windows(rules, key)
    over = [
        scope
        for scope in prediction_scopes(rules)
        if any(scope.opens_at < one.closes_at and one.opens_at < scope.closes_at for one in own)
    ]
    return all(settled_at(rules, scope) <= now_ms for scope in over)


async def certificates_file(db: Database, contest_id: int, key: str, lang: str, public_url: str) -> Made:
    """All certificates in one PDF. Raises as `takeaways.gather`, and Conflict("certificates_wait")."""
    gathered = await _gather(db, contest_id, key)
    pdf = await made(
        db, lambda: typeset("certificate", documents_certificates.certificates(gathered, lang, public_url))
    )
    return Made(gathered.file_name(gathered.words(lang).text("file.certificates"), "pdf"), PDF, pdf)


async def certificates_archive(db: Database, contest_id: int, key: str, lang: str, public_url: str) -> Made:
    """Each certificate as a PDF of its own, in a ZIP on disk. Raises as `certificates_file`."""
    gathered = await _gather(db, contest_id, key)

    def make() -> Path:
        with tempfile.NamedTemporaryFile(prefix="hoithi-export-", suffix=".zip", delete=False) as file:
            path = Path(file.name)
            try:
                documents_certificates.each(gathered, lang, public_url, file)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            return path

    path = await made(db, make)
    return Made(gathered.file_name(gathered.words(lang).text("file.certificates"), "zip"), ZIP, path)


async def certificate_sample(db: Database, contest_id: int, lang: str) -> Made:
    """A certificate for nobody, to look at. Raises Conflict("contest_not_open")."""
    async with db.read() as reader:
        contest = await contests.load(reader, contest_id)
        if contest.rules is None:
            raise Conflict("contest_not_open")
        letterhead = await letterheads.load(reader, contest_id, contest.rules)
    gathered = Gathered(contest, contest.rules, WHOLE, (), (), letterhead, {}, None)
    pdf = await made(db, lambda: typeset("certificate", documents_certificates.sample(gathered, lang)))
    return Made(gathered.file_name(gathered.words(lang).text("file.sample"), "pdf"), PDF, pdf)


async def dossier_file(db: Database, contest_id: int, public_id: str, lang: str, fmt: str, *, now_ms: int) -> Made:
    """The dossier of an entry as PDF or workbook. Raises NotFound("entry_unknown" | "not_found")."""
    if fmt not in ("pdf", "xlsx"):
        raise NotFound("not_found")
    data = await dossier_data(db, contest_id, public_id, lang)
    title = data.words.text("dossier.title")
    name = "-".join(fold(f"{data.words.text('file.dossier')} {data.dossier.person.name}").split())[:80]
    if fmt == "pdf":
        pdf = await made(db, lambda: typeset("minutes", documents_dossier.dossier(data)))
        return Made(f"{name}.pdf", PDF, pdf)
    book = await made(db, lambda: export_files.workbook(data.words, title, export_dossier.tables(data, now_ms)))
    return Made(f"{name}.xlsx", XLSX, book)


async def dossier_data(db: Database, contest_id: int, public_id: str, lang: str) -> DossierData:
    """Everything about one entry. Raises NotFound("entry_unknown"), Conflict("contest_not_open")."""
    async with db.read() as reader:
        contest = await contests.load(reader, contest_id)
        if contest.rules is None:
            raise Conflict("contest_not_open")
        held = await dossiers.dossier(reader, contest_id, public_id)
        entry = str(held.person.entry)
        lines = await ties.recorded(reader, contest_id)
        return DossierData(
            dossier=held,
            times=await answer_times.of_entry(reader, held.person.entry),
            ties=tuple(one for one in lines if one.ranking != COLLECTIVE and entry in one.order),
            actors=await actor_names(reader),
            letterhead=await letterheads.load(reader, contest_id, contest.rules),
            words=DocumentWords(lang, contest.rules, await result_people.unit_names(reader, contest_id)),
        )


async def _gather(db: Database, contest_id: int, key: str, *, public: bool = False) -> Gathered:
    async with db.read() as reader:
        return await takeaways.gather(reader, contest_id, key, public=public)
