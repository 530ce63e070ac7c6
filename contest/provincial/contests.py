"""Contests in SQL: made, drafted, opened with frozen rules and questions, amended, closed and archived.

Never decides who wins and never shows a page. The caller opens the transaction and has checked who may do this; every
act here notes itself in the audit log, those on an open contest in its public log too.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, insert, select, update

from contest.audit import record
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid
from contest.ids import ContestId
from contest.provincial import amendments, log, pools, templates
from contest.provincial.contest_records import (
    ContestRecord,
    RulesVersion,
    by_slug,
    listing,
    load,
    lock,
    rules_of,
    versions,
)
from contest.provincial.drafts import Problem, as_draft, canonical, check, check_storable, digest
from contest.provincial.result_states import PUBLIC
from contest.provincial.rules import ContestRules
from contest.provincial.tables import attempts, contest_results, contest_versions, contests
from contest.provincial.windows import GRACE_MS, phase
from contest.question_bank import check_title
from scoring.folding import fold

__all__ = [
    "ContestRecord",
    "RulesVersion",
    "amend",
    "archive",
    "by_slug",
    "close_contest",
    "create",
    "listing",
    "load",
    "lock",
    "open_contest",
    "refused_changes",
    "rules_of",
    "save_draft",
    "versions",
]

MAX_SLUG = 48
MAX_REASON = 1000


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


async def save_draft(
    writer: Writer, contest_id: int, draft: Mapping[str, Any], *, expected: int, actor: str, now_ms: int
) -> tuple[Problem, ...]:
    """Keeps what the form holds, whole or not, and says what is still wrong with it.

    After the opening the draft is what the next version is made from. Raises NotFound, Invalid for an unusable title
    or what is no JSON, Conflict("stale", version=…) when somebody saved since `expected`, Conflict("contest_archived").
    """
    held = await lock(writer, contest_id)
    if held.archived_at is not None:
        raise Conflict("contest_archived")
    if held.draft_version != expected:
        raise Conflict("stale", version=held.draft_version)
    title = check_title(str(draft.get("title", "")))
    check_storable(draft)
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
    refused = await refused_changes(Reader(writer), contest_id, new, now_ms=now_ms)
    if refused:
        raise Conflict("amendment_refused", problems=[problem.as_dict() for problem in refused])
    freeze = pools.renew if amendments.papers_changed(held.rules, new) else pools.freeze
    await freeze(writer, contest_id, new, rng=secrets.SystemRandom(), now_ms=now_ms)
    await _put_in_force(writer, held, new, reason=reason, actor=actor, now_ms=now_ms)
    return await load(Reader(writer), contest_id)


async def refused_changes(reader: Reader, contest_id: int, new: ContestRules, *, now_ms: int) -> tuple[Problem, ...]:
    """What `amend` would refuse now: for showing it beside the draft. Raises NotFound, Conflict("contest_not_open")."""
    held = await load(reader, contest_id)
    if held.rules is None:
        raise Conflict("contest_not_open")
    earlier = {one.key for version in await versions(reader, contest_id) for one in version.rules.rounds}
    return amendments.refused(
        held.rules,
        new,
        now_ms=now_ms,
        has_attempts=await _any(reader, select(attempts.c.id).where(attempts.c.contest_id == contest_id)),
        has_published=await _any(reader, _published_results(contest_id)),
        used_keys=frozenset(earlier),
    )


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


async def _any(reader: Reader, wanted: Select[Any]) -> bool:
    return (await reader.execute(wanted.limit(1))).first() is not None


def _published_results(contest_id: int) -> Select[Any]:
    columns = contest_results.c
    return select(columns.key).where(columns.contest_id == contest_id, columns.state.in_(PUBLIC))


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
    words = "-".join(fold(title).split())
    # A long title ends with a whole word.
    base = words if len(words) <= MAX_SLUG else words[: MAX_SLUG + 1].rpartition("-")[0] or words[:MAX_SLUG]
    base = base.strip("-") or "cuoc-thi"
    pattern = contests.c.slug.startswith(base, autoescape=True)
    taken: Sequence[str] = (await writer.execute(select(contests.c.slug).where(pattern))).scalars().all()
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
