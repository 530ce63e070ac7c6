"""The pages and files phones and stage load: read once, kept in memory, compressed once.

Never anything but what ships with the platform, so a path is only ever looked up, never opened.
"""

import gzip
import hashlib
import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

WEB = Path(__file__).parent / "web"
_FOLDERS = ("dist", "static")
_COMPRESSED = (".js", ".css", ".svg", ".json", ".html", ".txt")
_YEAR = "public, max-age=31536000, immutable"
_ASK = "no-cache"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file ready to be sent."""

    content: bytes
    zipped: bytes | None
    etag: str
    media_type: str

    @classmethod
    def of(cls, content: bytes, name: str) -> "Asset":
        suffix = Path(name).suffix
        zipped = gzip.compress(content, 9, mtime=0) if suffix in _COMPRESSED and len(content) > 500 else None
        guessed = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return cls(content, zipped, f'"{hashlib.sha256(content).hexdigest()[:20]}"', guessed)

    @property
    def short(self) -> str:
        """A version of this file's own."""
        return self.etag[1:11]

    def response(self, request: Request, *, cache: str = _ASK) -> Response:
        """200, or 304 when the browser has it."""
        headers = {"ETag": self.etag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
        if matches(request.headers.get("if-none-match"), self.etag):
            return Response(status_code=304, headers=headers)
        if self.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=self.media_type)
        return Response(self.content, headers=headers, media_type=self.media_type)


def matches(given: str | None, etag: str) -> bool:
    """Whether If-None-Match names this ETag; proxies that compress weaken it."""
    if given is None:
        return False
    return any(one.strip().removeprefix("W/") == etag for one in given.split(","))


class Assets:
    """All of them, by name below /static, and the two pages."""

    def __init__(self, web: Path = WEB) -> None:
        self.version = _version(web)
        self._files: dict[str, Asset] = {}
        for folder in _FOLDERS:
            base = web / folder
            for path in sorted(base.rglob("*")) if base.is_dir() else ():
                if path.is_file():
                    name = path.relative_to(base).as_posix()
                    self._files.setdefault(name, Asset.of(path.read_bytes(), name))
        self._pages = {
            path.stem: Asset.of(path.read_text("utf-8").replace("{{version}}", self.version).encode(), path.name)
            for path in sorted((web / "templates").glob("*.html"))
        }

    def page(self, name: str) -> Asset | None:
        """The page `play` or `stage`."""
        return self._pages.get(name)

    def file(self, name: str, version: str | None) -> tuple[Asset, str] | None:
        """A file and how long it may be kept: for ever when asked for by this version."""
        asset = self._files.get(name)
        if asset is None:
            return None
        lasting = version in (self.version, asset.short) or name.startswith("fonts/")
        return asset, _YEAR if lasting else _ASK

    def address(self, name: str) -> str:
        """Where a file is to be had and may be kept for ever. Raises KeyError for what there is not."""
        return f"/static/{name}?v={self._files[name].short}"


def _version(web: Path) -> str:
    manifest = web / "dist" / "manifest.json"
    if not manifest.is_file():
        return "0"
    return str(json.loads(manifest.read_text("utf-8"))["sources"])[:12]
