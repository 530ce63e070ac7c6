"""The dossier of one entrant on paper: what a prize, or its loss, is defended with, as the data of `minutes.typ`.

Never reads SQL. No phone, identity number or address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin.contests.document_frame import frame, table
from admin.contests.document_words import DOTS, DocumentWords
from admin.contests.result_views import said
from contest.provincial.answer_times import AnswerTime
from contest.provincial.dossiers import AttemptLine, Dossier
from contest.provincial.letterheads import Letterhead
from contest.provincial.publishing import prize_name
from contest.provincial.ties import POOL, TieLine

_ACROSS = 10
"""Questions in a row of the table of seconds."""


@dataclass(frozen=True, slots=True)
class DossierData:
    """Everything about one entry. `times` are by public id of the attempt, `actors` the staff, `ties` the decisions
    that name the entry."""

    dossier: Dossier
    times: Mapping[str, list[AnswerTime]]
    ties: tuple[TieLine, ...]
    actors: Mapping[str, str]
    letterhead: Letterhead
    words: DocumentWords


def dossier(data: DossierData) -> dict[str, Any]:
    """The whole document."""
    words, held = data.words, data.dossier
    parts = [_person(data, words), _prizes(data, words), _attempts(data, words)]
    parts += [_seconds(words, one, data.times[one.public_id]) for one in held.attempts if one.public_id in data.times]
    parts += [_signals(data, words), _decisions(data, words), _complaints(data, words), _identity(words)]
    return {
        **frame(
            words,
            data.letterhead,
            title=words.text("dossier.title"),
            subtitle=words.rules.title,
            draft=False,
        ),
        "opening": [words.text("dossier.opening")],
        "parts": parts,
        "closing": [],
        "signers": [
            {"role": words.text("dossier.made_by"), "name": ""},
            {
                "role": data.letterhead.signer_role or words.text("signer_role"),
                "name": data.letterhead.signer_name,
            },
        ],
    }


def _person(data: DossierData, words: DocumentWords) -> dict[str, Any]:
    person, held = data.dossier.person, data.dossier
    facts = [
        (words.text("column.name"), words.name(person)),
        (words.text("column.birth_date"), words.birth(person)),
        (words.text("column.where"), words.where(person)),
        (words.text("column.group"), words.group(person.group)),
        (words.text("dossier.entry"), person.public_id),
        (words.text("dossier.registered"), words.moment(held.registered_at)),
    ]
    if person.minor:
        facts.append((words.text("dossier.minor"), words.text("dossier.minor_yes")))
    return {
        "title": words.text("dossier.part.person"),
        "items": [words.text("fact", name=name, value=value) for name, value in facts if value],
    }


def _prizes(data: DossierData, words: DocumentWords) -> dict[str, Any]:
    items = [
        words.text(
            "dossier.award",
            prize=prize_name(words.rules, one.result_key, one.prize),
            ranking=words.ranking(one.result_key),
            state=words.other(f"results.award_state.{one.state}"),
            code=one.certificate,
        )
        for one in data.dossier.awards
    ]
    items += [
        words.text("dossier.revoked", at=words.moment(one.revoked_at), reason=one.revoke_reason or "")
        for one in data.dossier.awards
        if one.revoked_at is not None
    ]
    return {
        "title": words.text("dossier.part.prizes"),
        "lines": [] if items else [words.text("dossier.no_prizes")],
        "items": items,
    }


def _attempts(data: DossierData, words: DocumentWords) -> dict[str, Any]:
    columns = (
        (words.text("column.n"), "center", 0.5),
        (words.text("column.round"), "left", 1.1),
        (words.text("column.started"), "center", 1.3),
        (words.text("column.submitted"), "center", 1.3),
        (words.text("column.time"), "center", 1.1),
        (words.text("column.score"), "center", 0.65),
        (words.text("column.correct"), "center", 0.75),
        (words.text("column.prediction"), "center", 0.95),
    )
    rows = [
        [
            str(one.ordinal),
            words.ranking(one.round),
            words.moment(one.started_at, exact=True),
            words.moment(one.submitted_at, exact=True),
            words.clock(one.duration_ms),
            "–" if one.score is None else str(one.score),
            "–" if one.correct is None else f"{one.correct}/{one.of}",
            one.prediction or "–",
        ]
        for one in data.dossier.attempts
    ]
    items = [line for one in data.dossier.attempts for line in traces(words, one)]
    return {
        "title": words.text("dossier.part.attempts"),
        "lines": [words.text("dossier.server_time")],
        "items": items,
        "table": table(columns, rows),
        "empty": words.text("dossier.no_attempts"),
    }


def traces(words: DocumentWords, one: AttemptLine) -> list[str]:
    """What is to be noted about an attempt, besides its figures."""
    said = []
    if one.by_server:
        said.append(words.text("dossier.by_server"))
    if one.same_device:
        said.append(words.text("dossier.same_device", count=one.same_device))
    if one.same_address:
        said.append(words.text("dossier.same_address", count=one.same_address))
    if one.void_at is not None:
        ground = words.other(f"void.ground.{one.void_ground}")
        said.append(words.text("dossier.void", ground=ground, at=words.moment(one.void_at), note=one.void_note))
    if one.log_hash:
        said.append(words.text("dossier.log", hash=one.log_hash))
    return [words.text("dossier.trace", n=one.ordinal, id=one.public_id, trace="; ".join(said))] if said else []


def _seconds(words: DocumentWords, one: AttemptLine, times: list[AnswerTime]) -> dict[str, Any]:
    took = {answer.position: answer for answer in times}
    rows = []
    for start in range(1, one.of + 1, _ACROSS):
        places = range(start, start + _ACROSS)
        rows.append([words.text("column.question"), *(str(n) if n <= one.of else "" for n in places)])
        cells = []
        for n in places:
            answer = took.get(n)
            cells.append("" if n > one.of else "–" if answer is None else words.seconds(answer.took_ms))
        rows.append([words.text("column.seconds"), *cells])
    head, *below = rows
    made = table([(name, "center", 1 if n else "auto") for n, name in enumerate(head)], below)
    return {
        "title": words.text("dossier.part.seconds", n=one.ordinal),
        "lines": [words.text("dossier.seconds", saves=sum(answer.saves for answer in times))],
        "table": made,
        "empty": "",
    }


def _signals(data: DossierData, words: DocumentWords) -> dict[str, Any]:
    items = []
    for one in data.dossier.signals:
        line = words.text(
            "dossier.signal",
            signal=words.other(f"review.signal.{one.signal.value}"),
            detail=words.other(f"review.detail.{one.signal.value}", **said(words.lang, one.detail)),
            state=words.other(f"review.state.{one.state}"),
        )
        if one.decided_at is not None:
            who = data.actors.get(one.decided_by or "", "")
            line += " " + words.text("dossier.decided", at=words.moment(one.decided_at), who=who, note=one.note)
        items.append(line)
    return {
        "title": words.text("dossier.part.signals"),
        "lines": [] if items else [words.text("dossier.no_signals")],
        "items": items,
    }


def _decisions(data: DossierData, words: DocumentWords) -> dict[str, Any]:
    held = data.dossier
    items = []
    if held.void_at is not None:
        ground = words.other(f"void.ground.{held.void_ground}")
        items.append(words.text("dossier.void", ground=ground, at=words.moment(held.void_at), note=held.void_note))
    for one in data.ties:
        if one.kind != POOL:
            items.append(
                words.text(
                    f"dossier.tie.{one.kind}",
                    ranking=words.ranking(one.ranking),
                    place=one.order.index(str(held.person.entry)) + 1,
                    of=len(one.order),
                    at=words.moment(one.decided_at),
                    signer=one.signer,
                    reason=one.reason,
                )
            )
    return {
        "title": words.text("dossier.part.decisions"),
        "lines": [] if items else [words.text("dossier.no_decisions")],
        "items": items,
    }


def _complaints(data: DossierData, words: DocumentWords) -> dict[str, Any]:
    items = [
        words.text(
            "dossier.complaint",
            at=words.moment(one.received_at),
            text=one.text,
            state=words.other(f"complaints.state.{one.state.value}"),
            decision=one.decision,
        )
        for one in data.dossier.complaints
    ]
    return {
        "title": words.text("dossier.part.complaints"),
        "lines": [] if items else [words.text("dossier.no_complaints")],
        "items": items,
    }


def _identity(words: DocumentWords) -> dict[str, Any]:
    """Papers are looked at by people when a prize is handed over: what they found is written by hand."""
    return {
        "title": words.text("dossier.part.identity"),
        "lines": [words.text("dossier.identity_lead")],
        "items": [words.text(f"dossier.identity.{name}", dots=DOTS) for name in ("paper", "same", "by")],
    }
