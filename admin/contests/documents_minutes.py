"""The minutes of finding the winners (biên bản xét giải), as the data of `minutes.typ`.

Never reads SQL. Names no entrant but winners and those a tie was decided between; no phone, no identity number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin.contests import documents_annex
from admin.contests.document_frame import frame, table
from admin.contests.document_words import DOTS, DocumentWords
from admin.contests.takeaways import Gathered, by_table
from contest.provincial import wording
from contest.provincial.minutes import MinutesFacts
from contest.provincial.minutes_counts import ResultCounts
from contest.provincial.result_people import Person
from contest.provincial.results import Result
from contest.provincial.ties import POOL, TieLine
from contest.provincial.windows import COLLECTIVE


@dataclass(frozen=True, slots=True)
class MinutesData:
    """Everything the minutes of one result say. `counts` is None while exact numbers are still nobody's to know;
    `people` are those whom ties were decided between; `actors` the staff."""

    gathered: Gathered
    facts: MinutesFacts
    counts: ResultCounts | None
    people: Mapping[int, Person]
    actors: Mapping[str, str]


def minutes(data: MinutesData, lang: str) -> dict[str, Any]:
    """The whole document, for one result."""
    gathered = data.gathered
    words = gathered.words(lang)
    (result,) = gathered.results
    parts = [
        _basis(data, words, result),
        _committee(gathered, words),
        *_numbers(data, words),
        _predictions(words, result),
        _left_out(data, words),
        _ties(data, words, result),
        *_winners(gathered, words),
        _checks(data, words, result),
        _complaints(data, words, result),
    ]
    return {
        **frame(
            words,
            gathered.letterhead,
            title=words.text("minutes.title"),
            subtitle=words.text("minutes.subtitle", title=words.rules.title, what=words.ranking(gathered.key)),
            draft=gathered.draft,
        ),
        "opening": [
            words.text(
                "minutes.opening",
                place=gathered.letterhead.place or DOTS,
                agency=words.rules.organiser or words.text("committee"),
                title=words.rules.title,
                what=words.ranking(gathered.key),
            )
        ],
        "parts": parts,
        "closing": [words.text("minutes.closing")],
        "signers": _signers(gathered, words),
    }


def _basis(data: MinutesData, words: DocumentWords, result: Result) -> dict[str, Any]:
    version = next((one for one in data.facts.versions if one.version == result.rules_version), None)
    items = [line.strip() for line in words.rules.basis.splitlines() if line.strip()]
    items.append(words.text("minutes.rules", title=words.rules.title, version=result.rules_version))
    if version is not None:
        items.append(words.text("minutes.rules_digest", digest=version.digest))
    items.append(words.text("minutes.papers"))
    return {"title": words.text("minutes.part.basis"), "items": items}


def _committee(gathered: Gathered, words: DocumentWords) -> dict[str, Any]:
    members = list(gathered.letterhead.committee) or [words.text("minutes.member", dots=DOTS)] * 3
    return {
        "title": words.text("minutes.part.committee"),
        "items": [*members, words.text("minutes.guests", dots=DOTS)],
    }


def _numbers(data: MinutesData, words: DocumentWords) -> list[dict[str, Any]]:
    title = words.text("minutes.part.numbers")
    if data.counts is None:
        return [{"title": title, "lines": [words.text("minutes.numbers_hidden")]}]
    columns = (
        (words.text("column.round"), "left", 1.6),
        (words.text("column.opens"), "center", 1.3),
        (words.text("column.closes"), "center", 1.3),
        (words.text("column.people"), "right", 0.9),
        (words.text("column.attempts"), "right", 0.9),
        (words.text("column.void"), "right", 0.7),
    )
    rows = []
    for one in data.facts.rounds:
        if one.key not in data.counts.rounds:
            continue
        held = words.rules.round(one.key)
        rows.append(
            [
                one.name,
                words.moment(held.opens_at)[:16],
                words.moment(held.closes_at)[:16],
                words.number(one.people),
                words.number(one.attempts),
                words.number(one.void_attempts),
            ]
        )
    line = words.text(
        "minutes.numbers",
        people=words.number(data.counts.people),
        attempts=words.number(data.counts.attempts),
        full=words.number(data.counts.full_marks),
    )
    return [{"title": title, "lines": [line], "table": table(columns, rows), "empty": ""}]


def _predictions(words: DocumentWords, result: Result) -> dict[str, Any]:
    document = result.document or {}
    truths = document.get("truths", {})
    items = [
        words.text("minutes.truth", scope=words.ranking(scope), value=words.exact(value))
        for scope, value in truths.items()
    ]
    prediction = words.rules.prediction
    lines = [] if prediction is None else [words.text(f"minutes.predicts.{prediction.kind.value}")]
    return {
        "title": words.text("minutes.part.prediction"),
        "lines": lines if items else [words.text("minutes.no_prediction")],
        "items": items,
    }


def _left_out(data: MinutesData, words: DocumentWords) -> dict[str, Any]:
    items = [
        words.text("minutes.void", ground=words.other(f"void.ground.{ground}"), count=words.number(count))
        for ground, count in sorted(data.facts.void_grounds.items())
    ]
    if data.counts is not None:
        items += [
            words.text("minutes.excluded", reason=_reason(words, reason), count=words.number(count))
            for reason, count in data.counts.excluded.items()
        ]
    lines = [words.text("minutes.left_out" if items else "minutes.nobody_left_out")]
    return {"title": words.text("minutes.part.left_out"), "lines": lines, "items": items}


def _reason(words: DocumentWords, reason: str) -> str:
    return words.text("minutes.excluded_unsaid") if reason in ("", "excluded") else reason


def _ties(data: MinutesData, words: DocumentWords, result: Result) -> dict[str, Any]:
    chain = ", ".join(words.other(f"wording.step.{step.value}") for step in words.rules.ranking.chain)
    lines = [words.text("minutes.chain", chain=chain)] if result.key != COLLECTIVE else []
    items = []
    for one in data.facts.decisions:
        if one.ranking == result.key and one.kind != POOL:
            items += _decision(data, words, one)
    return {
        "title": words.text("minutes.part.ties"),
        "lines": [*lines, *([] if items else [words.text("minutes.no_ties")])],
        "items": items,
    }


def _decision(data: MinutesData, words: DocumentWords, line: TieLine) -> list[str]:
    if line.ranking == COLLECTIVE:
        names = [words.units.get(one, one) for one in line.order]
    else:
        names = [words.name(data.people.get(int(one))) for one in line.order]
    said = [
        words.text(
            f"minutes.tie.{line.kind}",
            order=" → ".join(names),
            reason=line.reason,
            signer=line.signer,
            at=words.moment(line.decided_at)[:16],
        )
    ]
    if line.kind == "draw":
        evidence = line.evidence
        said.append(
            words.text(
                "minutes.tie.pool",
                announced=words.moment(evidence.get("announced_at"))[:16],
                source=evidence.get("source", ""),
                draw_id=evidence.get("draw_id", ""),
                pool_hash=evidence.get("pool_hash", ""),
            )
        )
        said.append(words.text("minutes.tie.digits", digits=_groups(str(evidence.get("digits", "")))))
    return said


def _groups(digits: str) -> str:
    return " ".join(digits[start : start + 5] for start in range(0, len(digits), 5))


def _winners(gathered: Gathered, words: DocumentWords) -> list[dict[str, Any]]:
    parts = []
    for (key, audience), seats in by_table(gathered.seats).items():
        title = words.text("minutes.part.winners")
        if audience:
            title = f"{title} – {words.audience(audience)}"
        made = documents_annex.collective if key == COLLECTIVE else documents_annex.individual
        parts.append({"title": title, "table": made(gathered, words, seats), "empty": ""})
    return parts or [{"title": words.text("minutes.part.winners"), "lines": [words.text("annex.no_prizes")]}]


def _checks(data: MinutesData, words: DocumentWords, result: Result) -> dict[str, Any]:
    def by(actor: str | None, at: int | None) -> dict[str, str]:
        return {"name": data.actors.get(actor or "", DOTS), "at": words.moment(at)[:16] if at else DOTS}

    items = [
        words.text("minutes.digest", digest=result.digest),
        words.text("minutes.recount", digest=result.recount_digest),
        words.text("minutes.agree" if result.agreed else "minutes.differ"),
        words.text("minutes.computed", n=result.revision, at=words.moment(result.computed_at)[:16]),
        words.text("minutes.verified", **by(result.verified_by, result.verified_at)),
        words.text("minutes.first", **by(result.publish_first_by, result.publish_first_at)),
        words.text("minutes.second", **by(result.published_by, result.published_at)),
    ]
    for one in data.facts.revisions:
        if one.key == result.key:
            cause = words.other(f"results.cause.{one.cause}")
            at = words.moment(one.superseded_at)[:16]
            items.append(words.text("minutes.revision", n=one.revision, cause=cause, at=at, digest=one.digest))
    if data.facts.heads:
        head = max(data.facts.heads, key=lambda one: one.day)
        items.append(words.text("minutes.head", day=_day(head.day), hash=head.hash))
    return {"title": words.text("minutes.part.checks"), "items": items}


def _day(day: str) -> str:
    return "/".join(reversed(day.split("-")))


def _complaints(data: MinutesData, words: DocumentWords, result: Result) -> dict[str, Any]:
    lines = []
    if result.complaints_until is not None:
        lines.append(words.text("minutes.complaints_until", at=wording.closing(words.lang, result.complaints_until)))
    counted = data.facts.complaints
    items = [
        words.text("minutes.complaints", state=words.other(f"complaints.state.{state}"), count=count)
        for state, count in sorted(counted.items())
    ]
    return {
        "title": words.text("minutes.part.complaints"),
        "lines": lines if items else [*lines, words.text("minutes.no_complaints")],
        "items": items,
    }


def _signers(gathered: Gathered, words: DocumentWords) -> list[dict[str, str]]:
    return [
        {"role": words.text("minutes.secretary"), "name": ""},
        {
            "role": gathered.letterhead.signer_role or words.text("minutes.chair"),
            "name": gathered.letterhead.signer_name,
        },
    ]
