"""Public pages from templates: rendered once for everybody who asks in the same few seconds, with an ETag.

Never shows anything of the person who asks, so that any cache may keep a page. Holds no sentence.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from contest.catalogue import DEFAULT, LANGUAGES, error_text
from contest.database import Database
from contest.errors import Refused
from realtime.assets import WEB, Asset, Assets
from realtime.entrants.recent import Recent
from realtime.entrants.services import entrants_of
from realtime.entrants.wording import Wording, iso
from realtime.problems import status_of

FRESH_S = 5.0
"""How old a public page may be in this process."""
CACHE = "public, max-age=5, stale-while-revalidate=30"
TEMPLATES = Path(WEB) / "templates" / "contest"

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["iso"] = iso
_kept: WeakKeyDictionary[Database, Recent[Asset]] = WeakKeyDictionary()

Context = Mapping[str, Any]


def language_of(request: Request) -> str:
    """`?lang=en`, else Vietnamese: an address has one content, whoever reads it."""
    lang = request.query_params.get("lang", DEFAULT)
    return lang if lang in LANGUAGES else DEFAULT


class Links:
    """Addresses within the pages that keep the language."""

    def __init__(self, lang: str, path: str, query: Mapping[str, str]) -> None:
        self.lang, self.path = lang, path
        self._query = {name: value for name, value in query.items() if name != "lang" and value}

    def to(self, path: str, **query: str) -> str:
        """A page, with a query that leaves out what is empty."""
        return path + _query_text({**query, **({"lang": self.lang} if self.lang != DEFAULT else {})})

    def here(self, lang: str | None = None) -> str:
        """This very page, in another language when one is given."""
        wanted = lang or self.lang
        return self.path + _query_text({**self._query, **({"lang": wanted} if wanted != DEFAULT else {})})


def _query_text(query: Mapping[str, str]) -> str:
    given = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items() if value)
    return f"?{given}" if given else ""


def render(request: Request, template: str, context: Context, query: Mapping[str, str] | None = None) -> str:
    """The template with `t`, `w` (wording), `lang`, `link`, `static`, `site` (the public address) at hand.

    `query` names the parameters that make another page of this address; others are left out of links.
    """
    lang = language_of(request)
    words = Wording(lang)
    assets: Assets = request.state.assets
    return _environment.get_template(template).render(
        t=words.t,
        w=words,
        lang=lang,
        other="en" if lang == "vi" else "vi",
        link=Links(lang, request.url.path, query or {}),
        static=assets.address,
        site=entrants_of(request).public_url,
        **context,
    )


def kept(db: Database) -> Recent[Asset]:
    """What this process made of this database in the last few seconds."""
    return _kept.setdefault(db, Recent(FRESH_S))


async def page(
    request: Request,
    template: str,
    make: Callable[[], Awaitable[Context]],
    *,
    query: Mapping[str, str] | None = None,
) -> Response:
    """The page, made at most every few seconds for each language and `query`; a refusal becomes a page too."""
    services = entrants_of(request)

    async def made() -> Asset:
        return Asset.of(render(request, template, await make(), query).encode(), "page.html")

    key = (request.url.path, language_of(request), *sorted((query or {}).items()))
    try:
        asset = await kept(services.db).get(key, made)
    except Refused as refusal:
        return refused(request, refusal)
    return asset.response(request, cache=CACHE)


def refused(request: Request, refusal: Refused) -> Response:
    """A refusal as a page people can read."""
    sentence = error_text(language_of(request), refusal.code, **refusal.params)
    content = render(request, "problem.html", {"sentence": sentence})
    return Response(content, status_of(refusal), {"Cache-Control": "no-store"}, "text/html; charset=utf-8")
