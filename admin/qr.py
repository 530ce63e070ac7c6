"""QR codes of the address phones join at.

Never encodes anything from the request but six digits.
"""

import asyncio
import io
from typing import Annotated

import segno
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from admin.services import services_of

router = APIRouter(include_in_schema=False)


@router.get("/qr/{code}.svg")
async def qr_code(request: Request, code: Annotated[str, Path(pattern=r"^[0-9]{6}$")]) -> Response:
    """The join address of a round as SVG."""
    url = f"{services_of(request).public_url}/{code}"
    return Response(await asyncio.to_thread(_svg, url), media_type="image/svg+xml")


def _svg(url: str) -> bytes:
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue()
