"""Provisional standings as JSON: a board's first rows, and one's own ranks.

Never exact where `contest.provincial.counts` says that numbers are hidden.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from sqlalchemy import select
from starlette.responses import JSONResponse, Response

from contest.errors import NotFound
from contest.provincial import boards
from contest.provincial.boards import Place
from contest.provincial.rules import ContestRules
from contest.provincial.tables import entries
from contest.provincial.windows import OVERALL
from realtime import problems
from realtime.assets import Asset
from realtime.entrants import standings
from realtime.entrants.contest_card import public_contest
from realtime.entrants.own_rank import OwnRank, own_ranks
from realtime.entrants.pages_figures import commune_names
from realtime.entrants.pages_public import Slug
from realtime.entrants.services import entrants_of
from realtime.entrants.session import required
from realtime.entrants.standings import Board, ListedRow
from realtime.entrants.templating import CACHE, kept, language_of
from realtime.entrants.wording import Wording

router = APIRouter(prefix="/api", tags=["standings"])


@router.get("/contests/{slug}/standings", summary="The first hundred of a provisional board")
async def board_rows(request: Request, slug: Slug, window: str = "", kind: str = "", code: str = "") -> Response:
    """`kind` is all, audience, commune or group, `code` which one; `window` a round, a week or overall, the newest when
    left out. 404 `board_hidden` where the rules hide them, 503 `board_lost` while they are being written anew."""
    services = entrants_of(request)
    lang = language_of(request)

    async def made() -> Asset:
        now_ms = services.clock.wall_ms()
        async with services.db.read() as reader:
            record, rules = await public_contest(reader, slug)
        standings.shown_rules(record)
        board = standings.board_of(rules, now_ms, window, kind, code)
        found = await standings.listing(services.db, services.redis, record, board, now_ms)
        content = {
            "window": board.window,
            "window_name": Wording(lang).window(rules, board.window),
            "kind": board.kind,
            "code": board.code,
            "frozen": found.frozen_since is not None,
            "cut": found.cut,
            "rows": [_row(row) for row in found.rows],
        }
        return Asset.of(msgspec.json.encode(content), "board.json")

    try:
        asset = await kept(services.db).get((request.url.path, lang, window, kind, code), made)
    except RedisError:
        return _lost(request)
    return asset.response(request, cache=CACHE)


@router.get("/contests/{slug}/me/rank", summary="My provisional ranks")
async def my_rank(request: Request, slug: Slug) -> Response:
    """My place among all, in my commune and group, in the newest window I have a place in. `about`: the rank is
    rounded up ("among the first …"). `of` is null while nobody may know how many there are."""
    services = entrants_of(request)
    session = await required(request)
    now_ms = services.clock.wall_ms()
    words = Wording(language_of(request))
    async with services.db.read() as reader:
        record, rules = await public_contest(reader, slug)
        found = await reader.execute(
            select(entries.c.public_id, entries.c.commune, entries.c.target_group).where(
                entries.c.contest_id == record.id, entries.c.participant_id == session.participant_id
            )
        )
        mine = found.first()
    if mine is None:
        raise NotFound("not_entered")
    state, own = "hidden", []
    if rules.ranking.board == "open":
        place = Place(mine.commune, mine.target_group)
        try:
            own = await own_ranks(services.db, services.redis, record, mine.public_id, place, now_ms)
        except RedisError:
            return _lost(request)
        state = "ranked" if own else "none"
    content = {
        "state": state,
        "frozen": boards.frozen_since(rules, now_ms) is not None,
        "boards": [_own(rank, rules, words) for rank in own],
    }
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def _lost(request: Request) -> Response:
    headers = {"Retry-After": "5"}
    return problems.problem(503, "board_lost", problems.accepted_language(request), headers=headers)


def _row(row: ListedRow) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "name": row.name,
        "commune": commune_names().get(row.commune, row.commune) if row.commune else None,
        "score": row.score,
        "duration_ms": row.duration_ms,
    }


def _own(rank: OwnRank, rules: ContestRules, words: Wording) -> Mapping[str, Any]:
    board = rank.board
    around = [{**_row(row), "me": me} for row, me in rank.around]
    return {
        "board": _kind(board),
        "window": board.window,
        "name": _name(board, rules, words),
        "rank": rank.rank.value,
        "about": not rank.rank.exact,
        "of": rank.of,
        "of_about": False,
        "score": rank.score,
        "duration_ms": rank.duration_ms,
        "around": around or None,
    }


def _kind(board: Board) -> str:
    if board.window == OVERALL:
        return "overall"
    return board.kind if board.kind in ("commune", "group") else "window"


def _name(board: Board, rules: ContestRules, words: Wording) -> str:
    if board.kind == "commune":
        return commune_names().get(board.code, board.code)
    if board.kind == "group":
        return words.group(board.code)
    named = (words.window(rules, board.window), words.audience(rules, board.code))
    return " · ".join(part for part in named if part)
