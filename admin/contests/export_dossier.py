"""The dossier of one entrant as tables: attempts, seconds of each question, what was noticed and decided.

Never reads SQL. No phone, identity number or address.
"""

from collections.abc import Iterator

from admin.contests import export_files, result_views
from admin.contests.documents_dossier import DossierData, traces
from admin.contests.export_files import Defined
from admin.export_tables import Kind, Table
from contest.provincial.ties import POOL

_ATTEMPTS: Defined = (
    ("n", Kind.WHOLE, 7),
    ("attempt", Kind.TEXT, 26),
    ("round", Kind.TEXT, 18),
    ("started", Kind.MOMENT, 23),
    ("submitted", Kind.MOMENT, 23),
    ("time_s", Kind.SECONDS, 12),
    ("score", Kind.WHOLE, 8),
    ("correct", Kind.WHOLE, 9),
    ("questions", Kind.WHOLE, 9),
    ("answered", Kind.WHOLE, 9),
    ("prediction", Kind.TEXT, 12),
    ("same_device", Kind.WHOLE, 14),
    ("same_address", Kind.WHOLE, 14),
    ("void", Kind.TEXT, 24),
    ("log_hash", Kind.TEXT, 66),
)
_ANSWERS: Defined = (
    ("n", Kind.WHOLE, 7),
    ("question", Kind.WHOLE, 8),
    ("seconds", Kind.SECONDS, 12),
    ("answered_at", Kind.MOMENT, 23),
    ("saves", Kind.WHOLE, 9),
)
_ACTS: Defined = (("kind", Kind.TEXT, 20), ("at", Kind.MOMENT, 23), ("said", Kind.WRAPPED, 90))


def tables(data: DossierData, now_ms: int) -> list[Table]:
    """In the order of the printed dossier."""
    words, person = data.words, data.dossier.person
    items: list[tuple[str, object, Kind]] = [
        ("title", words.rules.title, Kind.WRAPPED),
        ("name", words.name(person), Kind.TEXT),
        ("birth_date", words.birth(person), Kind.TEXT),
        ("where", words.where(person), Kind.TEXT),
        ("group", words.group(person.group), Kind.TEXT),
        ("entry", person.public_id, Kind.TEXT),
        ("registered", data.dossier.registered_at, Kind.MOMENT),
        ("made_at", now_ms, Kind.MOMENT),
    ]
    acts = list(_acts(data))
    acts.sort(key=lambda act: act[1])
    return [
        export_files.about(words, items),
        export_files.table(words, "attempts", _ATTEMPTS, _attempts(data), fixed=0),
        export_files.table(words, "answers", _ANSWERS, _answers(data), fixed=0),
        export_files.table(words, "acts", _ACTS, acts, fixed=0),
    ]


def _attempts(data: DossierData) -> Iterator[tuple[object, ...]]:
    for one in data.dossier.attempts:
        yield (
            one.ordinal,
            one.public_id,
            data.words.ranking(one.round),
            one.started_at,
            one.submitted_at,
            None if one.duration_ms is None else one.duration_ms / 1000,
            one.score,
            one.correct,
            one.of,
            one.answered,
            one.prediction,
            one.same_device,
            one.same_address,
            data.words.other(f"void.ground.{one.void_ground}") if one.void_at is not None else None,
            one.log_hash or None,
        )


def _answers(data: DossierData) -> Iterator[tuple[object, ...]]:
    for one in data.dossier.attempts:
        for answer in data.times.get(one.public_id, ()):
            took = None if answer.took_ms is None else answer.took_ms / 1000
            yield one.ordinal, answer.position, took, answer.first_at, answer.saves


def _acts(data: DossierData) -> Iterator[tuple[str, int, str]]:
    words, held = data.words, data.dossier
    for attempt in held.attempts:
        for said in traces(words, attempt):
            yield words.text("kind.attempt"), attempt.submitted_at or attempt.started_at, said
    if held.void_at is not None:
        said = f"{words.other(f'void.ground.{held.void_ground}')}: {held.void_note}"
        yield words.text("kind.void"), held.void_at, said
    for case in held.signals:
        detail = words.other(f"review.detail.{case.signal.value}", **result_views.said(words.lang, case.detail))
        state = words.other(f"review.state.{case.state}")
        yield words.text("kind.signal"), case.found_at, " ".join((detail, state, case.note)).strip()
    for line in data.ties:
        if line.kind != POOL:
            place = line.order.index(str(held.person.entry)) + 1
            yield words.text("kind.tie"), line.decided_at, f"{place}/{len(line.order)}: {line.reason} ({line.signer})"
    for one in held.complaints:
        state = words.other(f"complaints.state.{one.state.value}")
        yield words.text("kind.complaint"), one.received_at, f"{one.text} → {state} {one.decision}".strip()
    for award in held.awards:
        if award.revoked_at is not None:
            yield words.text("kind.revoked"), award.revoked_at, award.revoke_reason or ""
