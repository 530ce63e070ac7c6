"""Contests in SQL: made, drafted, opened with frozen rules and questions, amended, closed and archived.

Never decides who wins and never shows a page. The caller opens the transaction and has checked who may do this; every
act here notes itself in the audit log, those on an open contest in its public log too.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, insert, select, update

from contest.audit import record
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import ContestId
from contest.provincial import amendments, log, pools, templates
from contest.provincial.drafts import Problem, as_draft, canonical, check, digest, parsed
from contest.provincial.rules import ContestRules
from contest.provincial.tables import attempts, contest_results, contest_versions, contests
from contest.provincial.windows import GRACE_MS, phase
from contest.question_bank import check_title
from scoring.folding import fold

MAX_SLUG = 48
MAX_REASON = 1000
PUBLISHED_STATES = ("published", "complaint", "final", "awarded")


@dataclass(frozen=True, slots=True)
class ContestRecord:
    """A contest. `rules` and `rules_version` are those in force, None before the opening.

    `state` is draft, open (from the opening of the rules; rounds open by their own times), closed or archived.
    """

    id: ContestId
    slug: str
    title: str
    state: str
    draft: Mapping[str, Any]
    draft_version: int
    rules: ContestRules | None
    rules_version: int | None
    created_by: str
    created_at: int
    updated_at: int
    archived_at: int | None


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """One frozen version; `digest` is the SHA-256 of its canonical text."""

    version: int
    rules: ContestRules
    digest: str
    reason: str
    created_by: str
    created_at: int


async def create(
    writer: Writer,
    *,
    title: str,
    actor: str,
    now_ms: int,
    rules: ContestRules | Mapping[str, Any] | None = None,
    template: str | None = None,
    first_day: str | None = None,
) -> ContestRecord:
    """A new draft: from rules (whole or partial), from a template whose first round falls on `first_day`, or empty.

    Raises Invalid for its title, NotFound("template_unknown").
    """
    title = check_title(title)
    if template is not None:
        draft = as_draft(templates.instantiate(template, first_day))
    elif isinstance(rules, ContestRules):
        draft = as_draft(rules)
    else:
        draft = dict(rules or {})
    draft["title"] = title
    row = await writer.execute(
        insert(contests)
        .values(
            slug=await _free_slug(writer, title),
            title=title,
            title_fold=fold(title),
            draft=draft,
            created_by=actor,
            created_at=now_ms,
            updated_at=now_ms,
        )
        .returning(contests.c.id)
    )
    contest_id = ContestId(row.scalar_one())
    await record(
        writer,
        actor=actor,
        action="contest.create",
        subject=f"contest:{contest_id}",
        now_ms=now_ms,
        detail={"template": template} if template else {},
    )
    return await load(Reader(writer), contest_id)


async def load(reader: Reader, contest_id: int) -> ContestRecord:
    """Raises NotFound("contest_unknown")."""
    return await _one(reader, _records().where(contests.c.id == contest_id))


async def by_slug(reader: Reader, slug: str) -> ContestRecord:
    """Raises NotFound("contest_unknown")."""
    return await _one(reader, _records().where(contests.c.slug == slug))


async def listing(reader: Reader, *, archived: bool = False, drafts: bool = True) -> list[ContestRecord]:
    """Contests, the newest first. The public sees them without `drafts`."""
    wanted = _records().order_by(contests.c.created_at.desc(), contests.c.id.desc())
    wanted = wanted.where(contests.c.archived_at.is_not(None) if archived else contests.c.archived_at.is_(None))
    if not drafts:
        wanted = wanted.where(contests.c.rules_version.is_not(None))
    return [_record(row) for row in await reader.execute(wanted)]


async def save_draft(
    writer: Writer, contest_id: int, draft: Mapping[str, Any], *, expected: int, actor: str, now_ms: int
) -> tuple[Problem, ...]:
    """Keeps what the form holds, whole or not, and says what is still wrong with it.

    After the opening the draft is what the next version is made from. Raises NotFound, Invalid for an unusable title,
    Conflict("stale", version=…) when somebody saved since `expected`, Conflict("contest_archived").
    """
    held = await lock(writer, contest_id)
    if held.archived_at is not None:
        raise Conflict("contest_archived")
    if held.draft_version != expected:
        raise Conflict("stale", version=held.draft_version)
    title = check_title(str(draft.get("title", "")))
    await writer.execute(
        update(contests)
        .where(contests.c.id == contest_id)
        .values(
            draft={**draft, "title": title},
            draft_version=expected + 1,
            updated_at=now_ms,
            **({"title": title, "title_fold": fold(title)} if held.rules is None else {}),
        )
    )
    await record(writer, actor=actor, action="contest.draft", subject=f"contest:{contest_id}", now_ms=now_ms)
    return check({**draft, "title": title}).problems


async def open_contest(writer: Writer, contest_id: int, *, actor: str, now_ms: int) -> ContestRecord:
    """Freezes the draft as version 1 with its questions and fixed papers; from now on people may enter.

    Raises NotFound, Conflict("contest_not_a_draft"), Invalid("contest_not_ready", problems=[{field, code}]),
    Invalid("contest_already_over"), and what `pools.freeze` raises for a bank that cannot fill the paper.
    """
    held = await lock(writer, contest_id)
    if held.state != "draft":
        raise Conflict("contest_not_a_draft")
    rules = _ready(held.draft)
    if phase(rules, now_ms) == "over":
        raise Invalid("contest_already_over")
    await pools.freeze(writer, contest_id, rules, rng=secrets.SystemRandom(), now_ms=now_ms)
    await _put_in_force(writer, held, rules, reason="", actor=actor, now_ms=now_ms)
    return await load(Reader(writer), contest_id)


async def amend(
    writer: Writer, contest_id: int, new: ContestRules, *, reason: str, actor: str, now_ms: int
) -> ContestRecord:
    """Puts a further version in force. `contest.provincial.amendments` says what may still change.

    Raises NotFound, Conflict("contest_not_open"), Invalid("reason_missing" | "reason_too_long"),
    Invalid("amendment_empty"), Conflict("amendment_refused", problems=[{field, code}]), and what `pools.freeze` raises
    for the bank of a new round.
    """
    held = await lock(writer, contest_id)
    if held.rules is None or held.state not in ("open", "closed"):
        raise Conflict("contest_not_open")
    reason = _reason(reason)
    if canonical(held.rules) == canonical(new):
        raise Invalid("amendment_empty")
    refused = amendments.refused(held.rules, new, now_ms=now_ms, **await _facts(writer, contest_id))
    if refused:
        raise Conflict("amendment_refused", problems=[problem.as_dict() for problem in refused])
    await pools.freeze(writer, contest_id, new, rng=secrets.SystemRandom(), now_ms=now_ms)
    await _put_in_force(writer, held, new, reason=reason, actor=actor, now_ms=now_ms)
    return await load(Reader(writer), contest_id)


async def refused_changes(reader: Reader, contest_id: int, new: ContestRules, *, now_ms: int) -> tuple[Problem, ...]:
    """What `amend` would refuse now: for showing it beside the draft. Raises NotFound, Conflict("contest_not_open")."""
    held = await load(reader, contest_id)
    if held.rules is None:
        raise Conflict("contest_not_open")
    return amendments.refused(held.rules, new, now_ms=now_ms, **await _facts(reader, contest_id))


async def close_contest(writer: Writer, contest_id: int, *, actor: str, now_ms: int) -> ContestRecord:
    """Marks an open contest closed. A repeat changes nothing.

    Raises NotFound, Conflict("contest_not_open"), Conflict("contest_still_running") until the last attempt that may
    have started has ended.
    """
    held = await lock(writer, contest_id)
    if held.state == "closed":
        return held
    if held.rules is None or held.state != "open":
        raise Conflict("contest_not_open")
    if now_ms < held.rules.rounds[-1].closes_at + held.rules.time_limit_s * 1000 + GRACE_MS:
        raise Conflict("contest_still_running")
    await _act(writer, contest_id, "closed", {"state": "closed"}, actor=actor, now_ms=now_ms, public=True)
    return await load(Reader(writer), contest_id)


async def archive(writer: Writer, contest_id: int, *, actor: str, now_ms: int) -> ContestRecord:
    """Takes a draft or closed contest out of the lists. Its pages, results and log stay. A repeat changes nothing.

    Raises NotFound, Conflict("contest_not_closed").
    """
    held = await lock(writer, contest_id)
    if held.archived_at is not None:
        return held
    if held.state == "open":
        raise Conflict("contest_not_closed")
    changes = {"state": "archived", "archived_at": now_ms}
    await _act(writer, contest_id, "archived", changes, actor=actor, now_ms=now_ms, public=held.rules is not None)
    return await load(Reader(writer), contest_id)


async def rules_of(reader: Reader, contest_id: int, version: int | None = None) -> ContestRules:
    """The rules of a version, without one those in force. Raises NotFound("rules_unknown")."""
    wanted = (
        select(contest_versions.c.rules)
        .join(contests, contests.c.id == contest_versions.c.contest_id)
        .where(contests.c.id == contest_id)
        .where(contest_versions.c.version == (contests.c.rules_version if version is None else version))
    )
    text = (await reader.execute(wanted)).scalar_one_or_none()
    if text is None:
        raise NotFound("rules_unknown")
    return parsed(text)


async def versions(reader: Reader, contest_id: int) -> list[RulesVersion]:
    """Every version that was in force, the first one first."""
    columns = contest_versions.c
    rows = await reader.execute(
        select(contest_versions).where(columns.contest_id == contest_id).order_by(columns.version)
    )
    return [
        RulesVersion(row.version, parsed(row.rules), row.digest, row.reason, row.created_by, row.created_at)
        for row in rows
    ]


async def lock(writer: Writer, contest_id: int) -> ContestRecord:
    """The contest with its row locked until the transaction ends, so that acts of organisers queue.

    Raises NotFound("contest_unknown").
    """
    await writer.execute(select(contests.c.id).where(contests.c.id == contest_id).with_for_update())
    return await load(Reader(writer), contest_id)


# --- inside ----------------------------------------------------------------------------------------------------------


def _ready(draft: Mapping[str, Any]) -> ContestRules:
    checked = check(draft)
    if checked.rules is None:
        raise Invalid("contest_not_ready", problems=[problem.as_dict() for problem in checked.problems])
    return checked.rules


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid("reason_missing")
    if len(reason) > MAX_REASON:
        raise Invalid("reason_too_long", limit=MAX_REASON)
    return reason


async def _facts(reader: Reader | Writer, contest_id: int) -> dict[str, bool]:
    any_attempt = select(attempts.c.id).where(attempts.c.contest_id == contest_id).limit(1)
    any_result = (
        select(contest_results.c.key)
        .where(contest_results.c.contest_id == contest_id, contest_results.c.state.in_(PUBLISHED_STATES))
        .limit(1)
    )
    return {
        "has_attempts": (await reader.execute(any_attempt)).first() is not None,
        "has_published": (await reader.execute(any_result)).first() is not None,
    }


async def _put_in_force(
    writer: Writer, held: ContestRecord, rules: ContestRules, *, reason: str, actor: str, now_ms: int
) -> None:
    version = (held.rules_version or 0) + 1
    text = canonical(rules)
    await writer.execute(
        insert(contest_versions).values(
            contest_id=held.id,
            version=version,
            rules=text,
            digest=digest(text),
            reason=reason,
            created_by=actor,
            created_at=now_ms,
        )
    )
    changes = {
        "state": held.state if held.rules is not None else "open",
        "rules_version": version,
        "draft": as_draft(rules),
        "draft_version": held.draft_version + 1,
        "title": rules.title,
        "title_fold": fold(rules.title),
    }
    body = {"version": version, "digest": digest(text), "reason": reason}
    act = "opened" if version == 1 else "amended"
    await _act(writer, held.id, act, changes, actor=actor, now_ms=now_ms, public=True, body=body)


async def _act(
    writer: Writer,
    contest_id: int,
    act: str,
    changes: Mapping[str, Any],
    *,
    actor: str,
    now_ms: int,
    public: bool,
    body: Mapping[str, Any] | None = None,
) -> None:
    detail = dict(body or {})
    await writer.execute(update(contests).where(contests.c.id == contest_id).values(updated_at=now_ms, **changes))
    await record(
        writer, actor=actor, action=f"contest.{act}", subject=f"contest:{contest_id}", now_ms=now_ms, detail=detail
    )
    if public:
        await log.append(writer, contest_id, f"contest.{act}", {"by": actor, **detail}, now_ms)


async def _free_slug(writer: Writer, title: str) -> str:
    base = "-".join(fold(title).split())[:MAX_SLUG].strip("-") or "cuoc-thi"
    pattern = contests.c.slug.startswith(base, autoescape=True)
    taken: Sequence[str] = (await writer.execute(select(contests.c.slug).where(pattern))).scalars().all()
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _records() -> Select[Any]:
    return select(contests, contest_versions.c.rules.label("rules_text")).outerjoin(
        contest_versions,
        (contest_versions.c.contest_id == contests.c.id) & (contest_versions.c.version == contests.c.rules_version),
    )


async def _one(reader: Reader, wanted: Select[Any]) -> ContestRecord:
    row = (await reader.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("contest_unknown")
    return _record(row)


def _record(row: Any) -> ContestRecord:
    return ContestRecord(
        id=ContestId(row.id),
        slug=row.slug,
        title=row.title,
        state=row.state,
        draft=row.draft,
        draft_version=row.draft_version,
        rules=None if row.rules_text is None else parsed(row.rules_text),
        rules_version=row.rules_version,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        archived_at=row.archived_at,
    )
