"""What organisers set for a hall's item before the day: options, words, texts, delegates and their links.

Never runs anything.
"""

import asyncio
from typing import Any

import segno
from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from admin.festivals.pages_acts import BASE, CanWrite
from admin.params import RowId
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import page
from contest.database import Reader
from contest.errors import Refused
from contest.festival import act_settings, acts, festivals, launches
from contest.festival.act_settings import MOST_DELEGATES, OPTION_IDS, Mode
from contest.festival.model import LiveEvent, LiveEventKind
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)
TEXTS = 6


@router.get(BASE + "/settings")
async def settings_page(
    request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId, saved: str = ""
) -> HTMLResponse:
    """The form of the item's kind."""
    return await _form(request, festival_id, item_id, saved=saved == "yes")


async def _form(
    request: Request,
    festival_id: int,
    item_id: int,
    *,
    fields: dict[str, Any] | None = None,
    refusal: Refused | None = None,
    saved: bool = False,
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        item = await acts.item_of(reader, festival_id, item_id)
        delegates = await launches.delegates(reader, item.id)
    return page(
        request,
        "festival_act_settings.html",
        status=200 if refusal is None else int(status_of(refusal)),
        festival=festival,
        item=item,
        here=f"/festivals/{festival_id}/acts/{item_id}",
        fields={**_shown(item), **(fields or {})},
        delegates={one.number: one for one in delegates},
        most_delegates=MOST_DELEGATES,
        refusal=refusal,
        saved=saved,
    )


def _shown(item: LiveEvent) -> dict[str, Any]:
    """The stored settings as the form shows them, with what is missing filled in."""
    kept = dict(item.settings)
    options = {one.get("id"): one.get("text", "") for one in kept.get("options") or () if isinstance(one, dict)}
    return {
        "mode": str(act_settings.mode_of(kept)),
        "question": kept.get("question") or item.title,
        "options": [options.get(letter, "") for letter in OPTION_IDS],
        "several": bool(kept.get("several")),
        "most": kept.get("most", 3),
        "moderation": kept.get("moderation", "pre"),
        "texts": [*list(kept.get("texts") or ()), *[""] * TEXTS][:TEXTS],
        "hold_s": kept.get("hold_s", 3),
        "slogan": kept.get("slogan", ""),
        "crowd": bool(kept.get("crowd")),
    }


@router.post(BASE + "/settings")
async def save(request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId) -> Response:
    """Stores the form; what does not fit comes back with the reason."""
    services = services_of(request)
    async with request.form(max_fields=80, max_files=0) as form:
        async with services.db.read() as reader:
            item = await acts.item_of(reader, festival_id, item_id)
        fields = _read(item, form)
        rows = [(_text(form, f"name_{n}"), _text(form, f"place_{n}")) for n in range(1, MOST_DELEGATES + 1)]
    common: dict[str, Any] = {"actor": caller.actor, "now_ms": services.clock.wall_ms()}
    try:
        async with services.db.write() as writer:
            await acts.save_settings(writer, festival_id, item_id, _given(item, fields), **common)
            if item.kind is LiveEventKind.LAUNCH:
                before = [(one.name, one.place) for one in await launches.delegates(Reader(writer), item.id)]
                if [row for row in rows if row[0]] != before:
                    await launches.set_delegates(writer, festival_id, item_id, rows, **common)
    except Refused as refusal:
        return await _form(request, festival_id, item_id, fields=fields, refusal=refusal)
    return see_other(f"/festivals/{festival_id}/acts/{item_id}/settings?saved=yes")


def _read(item: LiveEvent, form: FormData) -> dict[str, Any]:
    number = {name: int(value) if (value := _text(form, name)).isdigit() else 0 for name in ("most", "hold_s")}
    return {
        "mode": "words" if _text(form, "mode") == Mode.WORDS else "options",
        "question": _text(form, "question"),
        "options": [_text(form, f"option_{letter}") for letter in OPTION_IDS],
        "several": bool(_text(form, "several")),
        "most": number["most"] or 3,
        "moderation": _text(form, "moderation") or "pre",
        "texts": [_text(form, f"text_{n}") for n in range(TEXTS)],
        "hold_s": number["hold_s"],
        "slogan": _text(form, "slogan"),
        "crowd": bool(_text(form, "crowd")),
    }


def _given(item: LiveEvent, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of the item's kind alone."""
    if item.kind is LiveEventKind.PLEDGE:
        return {"texts": [text for text in fields["texts"] if text]}
    if item.kind is LiveEventKind.LAUNCH:
        return {name: fields[name] for name in ("hold_s", "slogan", "crowd")}
    if fields["mode"] == "words":
        return {name: fields[name] for name in ("mode", "question", "most", "moderation")}
    options = [{"id": letter, "text": text} for letter, text in zip(OPTION_IDS, fields["options"], strict=True) if text]
    return {"mode": "options", "question": fields["question"], "several": fields["several"], "options": options}


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


@router.post(BASE + "/delegates/{delegate_id}/pair")
async def pair(request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId, delegate_id: RowId) -> Response:
    """Makes a delegate's link and shows it once."""
    services = services_of(request)
    async with services.db.write() as writer:
        festival = await festivals.load(Reader(writer), festival_id)
        common: dict[str, Any] = {"actor": caller.actor, "now_ms": services.clock.wall_ms()}
        token = await launches.pair(writer, festival_id, item_id, delegate_id, **common)
        found = await launches.delegates(Reader(writer), item_id)
    url = delegate_url(services.public_url, festival.slug, token)
    return page(
        request,
        "festival_act_link.html",
        headers={"Cache-Control": "no-store"},
        festival=festival,
        here=f"/festivals/{festival_id}/acts/{item_id}",
        delegate=next(one for one in found if one.id == delegate_id),
        url=url,
        qr=await asyncio.to_thread(_qr, url),
    )


def delegate_url(public_url: str, slug: str, token: str) -> str:
    """Where a delegate presses; the token is in the fragment, which no server sees."""
    return f"{public_url}/f/{slug}/launch#{token}"


def _qr(url: str) -> str:
    return segno.make(url, error="m").svg_data_uri(border=2, scale=8)
