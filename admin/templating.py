"""Pages from templates: the words, dates and numbers every template has at hand.

Never holds a sentence: templates name catalogue keys.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from admin.caller import Caller
from admin.language import language_of
from admin.permissions import Permission, allows
from contest.catalogue import DEFAULT, error_text, text

WEB = Path(__file__).parent / "web"
LOCAL = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Viet Nam has no summer time."""


def when(at_ms: int | None) -> str:
    """22/11/2026 14:05 in Viet Nam, empty for None."""
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")


def day(iso: str | None) -> str:
    """22/11/2026 for 2026-11-22, empty for None."""
    return "/".join(reversed(iso.split("-"))) if iso else ""


_shown_in: ContextVar[str] = ContextVar("shown_in", default=DEFAULT)
"""The language of the page that is being rendered: macros, which see no context, write their numbers in it, too."""


def number(value: int, lang: str | None = None) -> str:
    """1.500 in Vietnamese, 1,500 in English; without a language in that of the page."""
    grouped = f"{value:,}"
    return grouped if (lang or _shown_in.get()) == "en" else grouped.replace(",", ".")


def decimal(plain: str) -> str:
    """1,5 for 1.5 in Vietnamese."""
    return plain if _shown_in.get() == "en" else plain.replace(".", ",")


_environment = Environment(
    loader=FileSystemLoader(WEB / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["when"] = when
_environment.filters["day"] = day
_environment.filters["number"] = number
_environment.filters["decimal"] = decimal


def render(request: Request, template: str, **context: Any) -> str:
    """The template in the request's language. Every template has `t`, `lang`, `caller`, `may`, `path`, `htmx`."""
    lang = language_of(request)
    caller = request.scope.get("hoithi.caller")
    known: Caller | None = caller if isinstance(caller, Caller) else None
    _shown_in.set(lang)
    return _environment.get_template(template).render(
        t=partial(text, lang),
        error=partial(error_text, lang),
        lang=lang,
        caller=known,
        may=lambda name: known is not None and allows(known.role, Permission(name)),
        path=request.url.path,
        htmx=is_htmx(request),
        **context,
    )


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """`render` as an answer."""
    return HTMLResponse(render(request, template, **context), status, dict(headers or {}))


def is_htmx(request: Request) -> bool:
    """Whether a part of the page is asked for, not the whole."""
    return request.headers.get("hx-request") == "true"
