"""The short quizzes of the five skills, on a guest's phone; and the skills in what a guest is told of themselves.

Never tells a key before the answer it belongs to is stored.
"""

import random
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from contest.database import Reader
from contest.festival import attendance, skills_passport, skills_quiz
from contest.festival.model import Festival, Guest
from contest.festival.skills_quiz import Told, Try
from contest.skills import Skill
from realtime.entrants.api_people import NO_STORE, Body
from realtime.entrants.services import entrants_of
from realtime.festival.acts_access import Slug
from realtime.festival.api_guests import open_festival
from realtime.festival.guest_session import required_guest
from realtime.festival.state import ME_SECTIONS, STAGE_SECTIONS
from realtime.throttle import Limit

router = APIRouter(prefix="/api/festivals", tags=["skills"])
ANSWERS = Limit("skill-quiz", 120, 5 * 60_000)
_random = random.SystemRandom()


class Wish(Body):
    """The language the questions should be in, where they are in it."""

    lang: Literal["vi", "en"] = "vi"


class Choice(Wish):
    """The answer to one question: option ids."""

    n: Annotated[int, Field(ge=1, le=10)]
    choice: Annotated[list[Annotated[str, Field(max_length=16)]], Field(max_length=6)]


@router.post("/{slug}/skills/{skill}/quiz", summary="Begin a skill's quiz, or go on with it")
async def begin(request: Request, slug: Slug, skill: Skill, body: Wish) -> Response:
    """The first question without an answer. 409 `quiz_wait` with `seconds`, `quiz_passed`, `quiz_unavailable`."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    guest = await required_guest(request)
    await services.throttle.attempt([(ANSWERS, guest.card)])
    async with services.db.write() as writer:
        festival = await open_festival(Reader(writer), slug)
        now = await skills_quiz.begin(writer, festival.id, guest, skill, rng=_random, now_ms=now_ms)
    return JSONResponse({"quiz": now.public_id, "skill": skill, **_next(now, body.lang)}, headers=NO_STORE)


@router.post("/{slug}/quizzes/{public_id}/answers", summary="Answer one question")
async def answer(
    request: Request, slug: Slug, public_id: Annotated[str, Path(max_length=22)], body: Choice
) -> Response:
    """Whether it was right, the key and why, and the next question; the same answer for a repeat."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    guest = await required_guest(request)
    await services.throttle.attempt([(ANSWERS, guest.card)])
    async with services.db.write() as writer:
        festival = await open_festival(Reader(writer), slug)
        told, now = await skills_quiz.answer(writer, festival.id, guest, public_id, body.n, body.choice, now_ms=now_ms)
    # The transaction has ended: only now may the key be told.
    return JSONResponse({"told": _told(told), **_next(now, body.lang)}, headers=NO_STORE)


def _told(told: Told) -> dict[str, Any]:
    return {
        "n": told.number,
        "right": told.right,
        "choice": told.choice,
        "key": list(told.question.key.right),
        "why": told.question.explanation_vi,
    }


def _next(now: Try, lang: str) -> dict[str, Any]:
    of = len(now.questions)
    if now.current is not None:
        return {"question": skills_quiz.shown(now.current, now.number, of, lang), "result": None}
    return {"question": None, "result": {"score": now.score, "of": of, "passed": bool(now.passed)}}


async def mine(reader: Reader, festival: Festival, guest: Guest, now_ms: int) -> Mapping[str, Any]:
    """The passport, for `me`."""
    found = await skills_passport.passport(reader, festival.id, guest.id)
    came = await attendance.checked_in(reader, festival.id, [guest.id])
    return {
        "checked_in": guest.id in came,
        "skills": [
            {
                "skill": one.skill,
                "practised_at": one.practised_at,
                "where": one.where,
                "passed_at": one.passed_at,
                "retry_at": one.retry_at,
            }
            for one in found
        ],
    }


async def on_stage(reader: Reader, festival: Festival, items: Any, now_ms: int) -> Mapping[str, Any]:
    """How many have come, for the stage."""
    now = await attendance.counts_now(reader, festival.id)
    return {
        "attendance": {
            "people": now.people,
            "heads": now.heads,
            "posts": {str(post): count for post, count in now.posts.items()},
            "skills": {str(skill): count for skill, count in now.skills.items()},
        }
    }


ME_SECTIONS.append(mine)
STAGE_SECTIONS.append(on_stage)
