"""What phones and the stage of a festival poll: the same bytes for everybody, with an ETag.

Never anything personal.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from contest.errors import Refused
from contest.festival import festivals
from contest.tickets import digest
from realtime.entrants.recent import Recent
from realtime.entrants.services import entrants_of
from realtime.festival import state
from realtime.festival.api_guests import Slug

router = APIRouter(prefix="/api/festivals", tags=["festivals"])
_TOKEN_S = 2.0
_tokens: Recent[int | None] = Recent(_TOKEN_S)


class StageRefused(Refused):
    """The token opens no stage (any more); told as 401."""

    http_status = 401

    def __init__(self) -> None:
        super().__init__("stage_refused")


class FestivalOut(BaseModel):
    """The festival itself."""

    slug: str
    title: str
    place: str
    intro: str
    first_day: str
    last_day: str
    state: str


class ItemOut(BaseModel):
    """An item of the programme; `code` is its live round's, while people may enter it."""

    id: int
    kind: str
    title: str
    place: str
    starts_at: int
    ends_at: int | None
    state: str
    note: str
    skill: str | None
    code: str | None = None


class AnnouncementOut(BaseModel):
    """A text to all phones."""

    id: int
    vi: str
    en: str
    at: int


class StateOut(BaseModel):
    """What everybody is told. Parts of the festival add keys of their own, and `live` by item."""

    model_config = ConfigDict(extra="allow")

    v: int = Field(description="Grows with every change of festival and programme.")
    poll_s: int = Field(description="How many seconds to wait before asking again, more or less.")
    festival: FestivalOut
    items: list[ItemOut]
    now: list[int] = Field(description="Items that are live.")
    next: list[int] = Field(description="The next planned ones.")
    announcements: list[AnnouncementOut]
    live: dict[str, dict[str, Any]]


class StageOut(StateOut):
    """The same for the hall, with the number of guests."""

    guests: int


@router.get("/{slug}/state", response_model=StateOut, summary="What is on: the same for everybody")
async def read_state(request: Request, slug: Slug) -> Response:
    """Ask with If-None-Match: unchanged is 304."""
    services = entrants_of(request)
    asset = await state.kept(services.db, slug, services.clock.wall_ms())
    return asset.response(request)


@router.get("/{slug}/stage", response_model=StageOut, summary="What the hall sees")
async def read_stage(
    request: Request, slug: Slug, authorization: Annotated[str, Header(max_length=200)] = ""
) -> Response:
    """Needs the stage's token as Bearer. Ask with If-None-Match: unchanged is 304."""
    services = entrants_of(request)
    scheme, _, token = authorization.partition(" ")
    hashed = digest(token.strip())

    async def find() -> int | None:
        async with services.db.read() as reader:
            found = await festivals.by_stage_token(reader, hashed)
        return found.id if found is not None and found.slug == slug else None

    known = await _tokens.get((id(services.db), slug, hashed), find) if scheme.lower() == "bearer" and token else None
    if known is None:
        raise StageRefused
    asset = await state.kept_stage(services.db, known, services.clock.wall_ms())
    return asset.response(request)
