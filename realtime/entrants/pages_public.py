"""The public pages of contests: the list, a contest's home, its regulation and the heads of its log.

Never shows a count that `turnout` and `counts` do not give out, and nothing of the person who asks.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from contest.provincial import contests, log, turnout
from contest.provincial.contests import ContestRecord
from contest.provincial.regulation import regulation
from contest.provincial.rules import ContestRules, Quota
from contest.provincial.windows import next_round, phase, round_at
from realtime.entrants.contest_card import public_contest
from realtime.entrants.services import entrants_of
from realtime.entrants.templating import language_of, page

router = APIRouter(include_in_schema=False)
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


def phase_of(record: ContestRecord, rules: ContestRules, now_ms: int) -> str:
    """before, open, between or over; a contest that was closed is over whatever the clock says."""
    return phase(rules, now_ms) if record.state == "open" else "over"


@router.get("/c")
async def contest_list(request: Request) -> Response:
    """Every contest that is or was open."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        async with services.db.read() as reader:
            records = await contests.listing(reader, drafts=False)
        now_ms = services.clock.wall_ms()
        known = [(record, record.rules) for record in records if record.rules is not None]
        return {
            "contests": [
                {
                    "slug": record.slug,
                    "title": rules.title,
                    "organiser": rules.organiser,
                    "phase": phase_of(record, rules, now_ms),
                    "opens_at": rules.rounds[0].opens_at,
                    "closes_at": rules.rounds[-1].closes_at,
                }
                for record, rules in known
            ]
        }

    return await page(request, "list.html", make)


@router.get("/c/{slug}")
async def contest_home(request: Request, slug: Slug) -> Response:
    """What the contest is, what happens now and what comes next."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        now_ms = services.clock.wall_ms()
        async with services.db.read() as reader:
            record, rules = await public_contest(reader, slug)
            counted = await turnout.latest(reader, record.id, rules, now_ms)
        running = phase_of(record, rules, now_ms)
        return {
            "contest": record,
            "rules": rules,
            "tab": "home",
            "phase": running,
            "round": round_at(rules, now_ms),
            "next": next_round(rules, now_ms) if running != "over" else None,
            "minutes": _minutes(rules.time_limit_s),
            "quota": _narrowest(rules.quota),
            "turnout": counted,
            "rounds": [
                {
                    "name": one.name,
                    "opens_at": one.opens_at,
                    "closes_at": one.closes_at,
                    "state": _round_state(one.opens_at, one.closes_at, now_ms),
                }
                for one in rules.rounds
            ],
        }

    return await page(request, "home.html", make)


def _round_state(opens_at: int, closes_at: int, now_ms: int) -> str:
    if now_ms < opens_at:
        return "before"
    return "open" if now_ms < closes_at else "over"


def _minutes(seconds: int) -> str:
    """10, or 7:30 where minutes are not whole."""
    minutes, left = divmod(seconds, 60)
    return f"{minutes}:{left:02d}" if left else str(minutes)


def _narrowest(quota: Quota) -> tuple[str, int] | None:
    """The limit people meet first, to be said in one word; the regulation has them all."""
    named = (("day", quota.per_day), ("round", quota.per_round), ("total", quota.total))
    return next(((name, limit) for name, limit in named if limit is not None), None)


@router.get("/c/{slug}/rules")
async def contest_rules(request: Request, slug: Slug) -> Response:
    """The regulation in force, whole, and what was changed when."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        async with services.db.read() as reader:
            record, rules = await public_contest(reader, slug)
            versions = await contests.versions(reader, record.id)
        address = f"{services.public_url}/c/{slug}"
        text = regulation(rules, language_of(request), version=record.rules_version, public_url=address)
        return {"contest": record, "rules": rules, "tab": "rules", "regulation": text, "versions": versions}

    return await page(request, "rules.html", make)


@router.get("/c/{slug}/log")
async def contest_log(request: Request, slug: Slug) -> Response:
    """The published heads of the log: days and hashes. Their places in the log would count papers."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        async with services.db.read() as reader:
            record, rules = await public_contest(reader, slug)
            heads = await log.heads(reader, record.id)
        shown = [{"day": head.day, "hash": head.hash} for head in reversed(heads)]
        return {"contest": record, "rules": rules, "tab": "log", "heads": shown}

    return await page(request, "log.html", make)
