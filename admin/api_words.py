"""The words of a live round's word clouds, for the host who decides on them.

Never shows a word to the hall: that is the command `words`, which the round runner carries out.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from admin import round_views
from admin.caller import Caller
from admin.params import MOST, RowId
from admin.permissions import Permission, requires
from admin.services import services_of
from contest.errors import Conflict
from contest.games import words

router = APIRouter(prefix="/api/rounds", tags=["rounds"])

CanRun = Annotated[Caller, requires(Permission.ROUNDS_RUN)]


class WordOut(BaseModel):
    """`decided`: the host's word, null while there is none; `shown`: whether the hall may see it now."""

    key: str
    text: str
    people: int
    decided: bool | None
    shown: bool
    offensive: bool = Field(description="the filter thinks so; it waits for the host whatever the settings say")


class WordsOut(BaseModel):
    question: int
    total: int = Field(description="different words; the list has the most sent")
    words: list[WordOut]


@router.get("/{round_id}/words")
async def read_words(
    request: Request, caller: CanRun, round_id: RowId, question: Annotated[int | None, Query(ge=1, le=MOST)] = None
) -> WordsOut:
    """What people sent to a word cloud, the most sent first; without `question` to the present one."""
    async with services_of(request).db.read() as reader:
        found = await round_views.visible(reader, caller, round_id)
        number = question or found.state.question
        if number is None or not words.is_cloud(found, number):
            raise Conflict("words_no_cloud")
        listed = await words.listing(reader, found.id, number)
    at_once = found.settings.words_at_once
    return WordsOut(
        question=number,
        total=len(listed),
        words=[
            WordOut(
                key=word.key,
                text=word.text,
                people=word.people,
                decided=word.decided,
                shown=word.shown(at_once),
                offensive=word.offensive,
            )
            for word in listed[: words.MOST_LISTED]
        ],
    )
