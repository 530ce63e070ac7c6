"""The page from which a host leads a lucky draw on the stage: one big button, and who was called.

Never decides who wins, and offers no way to draw again: an absent winner is followed by the next of the sequence.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from admin.caller import Caller
from admin.festivals import draw_desk
from admin.festivals.pages_draws import BASE, CanRun, Short, Version
from admin.language import language_of
from admin.params import RowId
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import page
from contest.errors import Refused
from contest.festival import draw_running as running
from contest.festival.draw_model import Draw
from contest.festival.draw_sources import first_difference
from contest.festival.draw_states import REASONS
from contest.provincial.draw import MIN_DIGITS
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)
Digits = Annotated[str, Form(max_length=8000)]
Place = Annotated[int, Form(ge=0, le=2**31 - 1)]


@router.get(BASE + "/host")
async def host_page(request: Request, caller: CanRun, festival_id: RowId, draw_id: RowId) -> HTMLResponse:
    """What the hall sees, the one next step, and who was drawn."""
    return await _show(request, festival_id, draw_id)


@router.post(BASE + "/type")
async def type_digits(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    draw_id: RowId,
    version: Version,
    digits: Digits = "",
    typist: Short = "",
) -> Response:
    """A group of digits by the first person."""
    return await _act(
        request,
        caller,
        festival_id,
        draw_id,
        running.type_digits,
        version,
        digits,
        typist,
        given=("type", digits, typist),
    )


@router.post(BASE + "/untype")
async def untype_digits(
    request: Request, caller: CanRun, festival_id: RowId, draw_id: RowId, version: Version
) -> Response:
    """Takes the last group back."""
    return await _act(request, caller, festival_id, draw_id, running.untype_digits, version)


@router.post(BASE + "/confirm")
async def confirm_digits(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    draw_id: RowId,
    version: Version,
    digits: Digits = "",
    typist: Short = "",
) -> Response:
    """All digits once more, by a second person."""
    return await _act(
        request,
        caller,
        festival_id,
        draw_id,
        running.confirm_digits,
        version,
        digits,
        typist,
        given=("confirm", digits, typist),
    )


@router.post(BASE + "/correct")
async def correct_digits(
    request: Request, caller: CanRun, festival_id: RowId, draw_id: RowId, version: Version
) -> Response:
    """Types them anew, while nobody was shown."""
    return await _act(request, caller, festival_id, draw_id, running.correct_digits, version)


@router.post(BASE + "/scene")
async def show_scene(
    request: Request, caller: CanRun, festival_id: RowId, draw_id: RowId, version: Version, scene: Short = ""
) -> Response:
    """What the stage shows."""
    return await _act(request, caller, festival_id, draw_id, running.show_scene, version, scene)


@router.post(BASE + "/spin")
async def spin(request: Request, caller: CanRun, festival_id: RowId, draw_id: RowId, version: Version) -> Response:
    """The drum turns."""
    return await _act(request, caller, festival_id, draw_id, running.spin, version)


@router.post(BASE + "/show")
async def show_next(request: Request, caller: CanRun, festival_id: RowId, draw_id: RowId, version: Version) -> Response:
    """The drum stops at the next of the sequence."""
    return await _act(request, caller, festival_id, draw_id, running.show_next, version)


@router.post(BASE + "/present")
async def present(
    request: Request, caller: CanRun, festival_id: RowId, draw_id: RowId, version: Version, position: Short = ""
) -> Response:
    """Who was called is there; without a position, everybody who was."""
    place = int(position) if position.isascii() and position.isdigit() and len(position) < 8 else None
    return await _act(request, caller, festival_id, draw_id, running.settle, version, place, present=True)


@router.post(BASE + "/absent")
async def absent(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    draw_id: RowId,
    version: Version,
    position: Place,
    reason: Short = "",
    remark: Short = "",
) -> Response:
    """Who was called is not there; the place goes to the next."""
    return await _act(
        request,
        caller,
        festival_id,
        draw_id,
        running.settle,
        version,
        position,
        present=False,
        reason=reason,
        remark=remark,
    )


@router.post(BASE + "/claim")
async def claim(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    draw_id: RowId,
    version: Version,
    position: Place,
    how: Annotated[Literal["self", "proxy"], Form()] = "self",
) -> Response:
    """A prize was handed over."""
    return await _act(request, caller, festival_id, draw_id, running.claim, version, position, how, back="#claims")


@router.post(BASE + "/close")
async def close(request: Request, caller: CanRun, festival_id: RowId, draw_id: RowId, version: Version) -> Response:
    """Ends the draw."""
    return await _act(request, caller, festival_id, draw_id, running.close, version)


async def _act(
    request: Request,
    caller: Caller,
    festival_id: int,
    draw_id: int,
    act: Callable[..., Awaitable[object]],
    version: int,
    *arguments: object,
    given: tuple[str, str, str] = ("", "", ""),
    back: str = "/host",
    **named: object,
) -> Response:
    """The act, then the page again (`back`: another of the draw's); a refusal is told on this one, with what was typed
    (which, digits, who)."""
    services = services_of(request)
    async with services.db.read() as reader:
        await draw_desk.belongs(reader, festival_id, draw_id)
    try:
        now_ms = services.clock.wall_ms()
        await act(services.db, draw_id, version, *arguments, actor=caller.actor, now_ms=now_ms, **named)
    except Refused as refusal:
        return await _show(request, festival_id, draw_id, refusal, given)
    return see_other(f"/festivals/{festival_id}/draws/{draw_id}{back}")


async def _show(
    request: Request,
    festival_id: int,
    draw_id: int,
    refusal: Refused | None = None,
    given: tuple[str, str, str] = ("", "", ""),
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        desk = await draw_desk.look(reader, festival_id, draw_id, language_of(request))
    differ = refusal is not None and refusal.code == "draw_digits_differ"
    return page(
        request,
        "festival_draw_host.html",
        status=200 if refusal is None else status_of(refusal),
        desk=desk,
        draw=desk.draw,
        here=desk.here,
        refusal=refusal,
        given=given,
        differences=differences(desk.draw, given[1]) if differ else [],
        groups=groups(desk.draw.digits_shown),
        typed=len(desk.draw.typed.replace(" ", "")),
        least=MIN_DIGITS,
        reasons=REASONS,
    )


def groups(digits: str, size: int = 5) -> list[str]:
    """Digits in groups that can be read out; those that were typed in groups stay as they were typed."""
    parts = digits.split()
    return parts if len(parts) > 1 else [digits[start : start + size] for start in range(0, len(digits), size)]


def differences(draw: Draw, second: str) -> list[tuple[int, str, str, bool]]:
    """Both typings side by side in groups: (number of the first digit, one, other, whether they differ)."""
    one, other = draw.typed.replace(" ", ""), "".join(sign for sign in second if sign.isdigit())
    first = (first_difference(one, other) - 1) // 5 * 5
    rows = []
    for start in range(max(0, first - 5), max(len(one), len(other)), 5):
        a, b = one[start : start + 5], other[start : start + 5]
        rows.append((start + 1, a, b, a != b))
    return rows[:4]
