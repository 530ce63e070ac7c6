"""What the pages of teams have in common: communes with their names, whether phone numbers may be seen, forms read.

Holds no route.
"""

import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse

from admin.caller import Caller
from admin.contests import editing
from admin.export_sheets import Workbook
from admin.export_tables import Table
from admin.permissions import Permission, allows
from admin.services import Services
from admin.templating import page
from contest import units
from contest.database import Reader
from contest.errors import Invalid, Refused
from contest.provincial.secrets_box import FieldBox
from realtime.problems import status_of

_Choice = TypeVar("_Choice", bound=StrEnum)


async def communes(reader: Reader) -> dict[str, str]:
    """The names of the communes by code, in Vietnamese order."""
    return {str(unit.code): unit.name for unit in await units.all_units(reader)}


def sees_phones(caller: Caller) -> bool:
    """Whether members' phone numbers may be shown to them."""
    return allows(caller.role, Permission.PEOPLE_READ)


async def phone_box(services: Services, caller: Caller) -> FieldBox | None:
    """The box that opens phone numbers, for those who may see them."""
    return await editing.box_of(services) if sees_phones(caller) else None


def chosen(kinds: type[_Choice], value: str) -> _Choice:
    """A word of a closed list. Raises Invalid("request_invalid")."""
    try:
        return kinds(value)
    except ValueError:
        raise Invalid("request_invalid") from None


def show(
    request: Request,
    template: str,
    *,
    refusal: Refused | None = None,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page with what was refused above it; never kept by a browser, for it names people."""
    return page(
        request,
        template,
        status=200 if refusal is None else status_of(refusal),
        headers={"Cache-Control": "no-store", **(headers or {})},
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
        **context,
    )


def workbook(title: str, page_word: str, *tables: Table) -> bytes:
    """A workbook with these sheets; call in a thread."""
    with tempfile.TemporaryDirectory(prefix="hoithi-teams-") as folder:
        path = Path(folder) / "file.xlsx"
        book = Workbook(path, title, title, page_word)
        try:
            for one in tables:
                book.fill(one)
        finally:
            book.close()
        return path.read_bytes()
