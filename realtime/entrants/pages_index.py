"""What search engines ask for first: where they may look, and which pages there are.

Never names anything that is not a public page.
"""

from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from starlette.responses import Response

from contest import units
from contest.festival import organising
from contest.festival.model import FestivalState
from contest.provincial import contests
from realtime.assets import Asset
from realtime.entrants.services import entrants_of
from realtime.entrants.templating import CACHE, kept

router = APIRouter(include_in_schema=False)
PAGES = ("", "/rules", "/standings", "/participation", "/winners", "/log", "/draws")
"""Public pages of each contest."""


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Everything may be indexed but the API; pages that should not be say so themselves."""
    site = entrants_of(request).public_url
    content = f"User-agent: *\nDisallow: /api/\nSitemap: {site}/sitemap.xml\n"
    return Asset.of(content.encode(), "robots.txt").response(request, cache=CACHE)


@router.get("/sitemap.xml")
async def sitemap(request: Request) -> Response:
    """The public pages of every contest and festival that is or was open, and of the movement."""
    services = entrants_of(request)

    async def made() -> Asset:
        async with services.db.read() as reader:
            records = await contests.listing(reader, drafts=False)
            held = await organising.listing(reader, states=(FestivalState.OPEN, FestivalState.OVER))
        paths = ["/c", *(f"/c/{record.slug}{page}" for record in records if record.rules for page in PAGES)]
        paths += ["/m", *(f"/m/{unit.code}" for unit in units.shipped())]
        paths += ["/f", *(f"/f/{festival.slug}" for festival in held)]
        lines = "".join(f"<url><loc>{escape(services.public_url + path)}</loc></url>\n" for path in paths)
        content = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
        )
        return Asset.of(content.encode(), "sitemap.xml")

    asset = await kept(services.db).get((request.url.path,), made)
    return asset.response(request, cache=CACHE)
