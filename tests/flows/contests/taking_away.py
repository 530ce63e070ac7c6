"""What organisers take away once a contest is over: every file that the page of documents offers.

Follows the page's own links; what stands in each file is looked at only as far as the winners' names.
"""

import io
import zipfile
from html import unescape

from tests.flows.contests.platform import Platform

_SIGNS = {".pdf": b"%PDF-", ".xlsx": b"PK\x03\x04", ".zip": b"PK\x03\x04"}


async def take_away(platform: Platform, contest_id: int, winners: list[str]) -> int:
    """Fetches them all (of the dossiers one of each kind); gives how many. `winners` must stand in the workbook."""
    page = await platform.first.open(f"/contests/{contest_id}/documents")
    offered = list(dict.fromkeys(unescape(one) for one in page.links if one.startswith("/api/")))
    dossiers = [one for one in offered if "/dossiers/" in one]
    links = [one for one in offered if one not in dossiers[2:]]
    for link in links:
        reply = await platform.first.http.get(link)
        assert reply.status_code == 200, f"{link}: {reply.status_code} {reply.text[:300]}"
        ending = link.split("?")[0]
        sign = _SIGNS[ending[ending.rindex(".") :]]
        assert reply.content.startswith(sign), f"{link}: {reply.content[:40]!r}"
        if "/winners.xlsx?key=" in link and link == next(one for one in links if "/winners.xlsx" in one):
            with zipfile.ZipFile(io.BytesIO(reply.content)) as book:
                text = b"".join(book.read(name) for name in book.namelist() if name.endswith(".xml")).decode()
            assert not [name for name in winners if name not in unescape(text)]
    return len(links)
