"""Staff phones over HTTP: what a phone needs to work alone, and batches of what it did meanwhile.

The token comes as a Bearer token and is never logged; a revoked phone may still hand over what it holds. An answer of
200 means that everything in it is stored.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from contest.catalogue import text
from contest.database import Reader
from contest.festival import attendance, festivals, pledges, scans, staff_phones
from contest.festival.model import Festival, LiveEvent
from contest.festival.scans import Answer
from contest.festival.scans_desk import Sender
from contest.festival.scans_model import MAX_BATCH, MAX_HEADS, Action, Entry, posts_of
from contest.festival.staff_phones import KnownPhone
from contest.provincial.rules import TargetGroup
from contest.skills import Skill
from realtime.entrants.api_people import NO_STORE, Body
from realtime.entrants.services import entrants_of
from realtime.festival.acts_access import LinkUnknown, Slug, bearer_of
from realtime.throttle import Limit

router = APIRouter(prefix="/api/festivals", tags=["staff phones"])
BATCHES = Limit("staff-phone", 600, 5 * 60_000)
"""A phone that was away for hours sends everything at once; one that works sends every few seconds."""
_MOMENT = 2**53 - 1
Moment = Annotated[int, Field(ge=0, le=_MOMENT)]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Card = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{10}$")]


class EntryIn(Body):
    """One thing the phone did; `at` is its own clock. Keys are short: fifty of them are one request on 2G."""

    do: Action
    nonce: Nonce
    at: Moment
    card: Card | None = None
    post: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    skills: list[Skill] = Field(default_factory=list, max_length=len(Skill))
    group: TargetGroup | None = None
    heads: Annotated[int, Field(ge=1, le=MAX_HEADS)] = 1
    of: Nonce | None = None
    typed: bool = False
    offline: bool = False
    name: Annotated[str, Field(max_length=200)] | None = None
    commune: Annotated[str, Field(max_length=5)] | None = None
    agreed: bool = Field(default=False, description="A claim: the holder agreed to be counted by place and group.")

    def entry(self) -> Entry:
        """The same as the domain takes it."""
        return Entry(
            self.do, self.nonce, self.at, self.card, self.post, tuple(self.skills), self.group, self.heads, self.of,
            self.typed, self.offline, self.name, self.commune, self.agreed,
        )  # fmt: skip


class Batch(Body):
    """What waited on the phone, oldest first, and what still waits after it."""

    now: Moment = Field(description="The phone's clock at the moment of sending.")
    waiting: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    oldest_at: Moment | None = None
    entries: list[EntryIn] = Field(max_length=MAX_BATCH)
    lang: Literal["vi", "en"] = "vi"


async def phone_and_festival(request: Request, slug: str) -> tuple[KnownPhone, Festival]:
    """The phone that asks, revoked or not. Raises LinkUnknown, NotFound("festival_unknown")."""
    token = bearer_of(request)
    async with entrants_of(request).db.read() as reader:
        known = await staff_phones.by_token(reader, token)
        festival = await festivals.by_slug(reader, slug, public=False)
    if known is None or known.phone.festival_id != festival.id:
        raise LinkUnknown
    return known, festival


@router.get("/{slug}/staff", summary="What a staff phone needs to work without a network")
async def start(request: Request, slug: Slug) -> Response:
    """The phone's role and posts, the festival's days, and how many have come."""
    services = entrants_of(request)
    known, festival = await phone_and_festival(request, slug)
    now_ms = services.clock.wall_ms()
    async with services.db.read() as reader:
        posts = await festivals.programme(reader, festival.id, kinds=posts_of(known.phone.role))
        came = await _came(reader, festival)
        signing = await pledges.any_open(reader, festival.id)
    return JSONResponse(
        {
            "now": now_ms,
            "signing": signing,
            "phone": {
                "id": known.phone.id,
                "label": known.phone.label,
                "role": known.phone.role,
                "post": known.phone.live_event_id,
                "revoked": known.phone.revoked_at is not None,
            },
            "festival": {
                "slug": festival.slug,
                "title": festival.title,
                "first_day": festival.first_day,
                "last_day": festival.last_day,
            },
            "posts": [_post(post) for post in posts],
            "skills": list(Skill),
            "groups": list(TargetGroup),
            "came": came,
            "consent": {lang: text(lang, "gate.consent") for lang in ("vi", "en")},
        },
        headers=NO_STORE,
    )


@router.post("/{slug}/staff/batch", summary="Hand over what the phone did")
async def batch(request: Request, slug: Slug, body: Batch) -> Response:
    """One answer for each entry, in order; an entry sent before is told what it was told then."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    known, festival = await phone_and_festival(request, slug)
    await services.throttle.attempt([(BATCHES, str(known.phone.id))])
    offset_ms = now_ms - body.now
    async with services.db.write() as writer:
        phone = await staff_phones.heard(
            writer,
            known.phone.id,
            waiting=body.waiting,
            oldest_at=None if body.oldest_at is None else body.oldest_at + offset_ms,
            offset_ms=offset_ms,
            now_ms=now_ms,
        )
        sender = Sender(phone, known.created_at, offset_ms)
        entries = [one.entry() for one in body.entries]
        answers = await scans.merge(writer, sender, festival, entries, now_ms=now_ms)
    async with services.db.read() as reader:
        came = await _came(reader, festival)
    return JSONResponse(
        {
            "now": now_ms,
            "revoked": phone.revoked_at is not None,
            "came": came,
            "answers": [_answer(one) for one in answers],
        },
        headers=NO_STORE,
    )


async def _came(reader: Reader, festival: Festival) -> dict[str, Any]:
    now = await attendance.counts_now(reader, festival.id)
    return {"people": now.people, "heads": now.heads, "posts": {str(post): n for post, n in now.posts.items()}}


def _post(post: LiveEvent) -> dict[str, Any]:
    return {
        "id": post.id,
        "kind": post.kind,
        "title": post.title,
        "place": post.place,
        "skill": post.skill,
        "state": post.state,
    }


def _answer(one: Answer) -> dict[str, Any]:
    return {
        "nonce": one.nonce,
        "result": one.result,
        "undone": one.undone,
        "name": one.name,
        "level": one.level,
        "since_at": one.since_at,
    }
