"""The committed pages are what their sources make, and small enough for a phone; checked without Node."""

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "realtime" / "web"
MANIFEST = WEB / "dist" / "manifest.json"
BUDGETS = {"festival": 45 * 1024, "play": 36 * 1024, "contest": 45 * 1024}
"""What a phone loads before it can begin, compressed: everybody's mobile data, and seconds on 3G."""


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return loaded


def hash_of_sources() -> str:
    """The same recipe as `hashOfSources` in build.mjs."""
    sources = [WEB / "build.mjs", WEB / "package-lock.json"]
    for folder in (WEB / "src", ROOT / "admin" / "web" / "src"):
        sources.extend(file for file in folder.rglob("*") if file.is_file())
    contents = {file.relative_to(ROOT).as_posix(): file.read_bytes() for file in sources}
    lines = [f"{path}\0{hashlib.sha256(contents[path]).hexdigest()}\n" for path in sorted(contents)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_bundles_were_built_from_the_sources_as_they_are() -> None:
    assert manifest()["sources"] == hash_of_sources(), "run `make web` and commit what it writes"


def test_every_page_with_sources_is_in_the_manifest() -> None:
    bases = (WEB, ROOT / "admin" / "web")
    expected = {f"{main.parent.name}.js" for base in bases for main in (base / "src").glob("*/main.tsx")}
    assert expected
    assert expected <= set(manifest()["files"])


def test_committed_files_are_those_of_the_manifest() -> None:
    files = manifest()["files"]
    for described in files.values():
        content = (ROOT / described["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == described["sha256"], described["path"]
        assert len(content) == described["bytes"]
    described_paths = {ROOT / described["path"] for described in files.values()} | {MANIFEST}
    for folder in (WEB / "dist", ROOT / "admin" / "web" / "dist"):
        assert {file for file in folder.rglob("*") if file.is_file()} <= described_paths


@pytest.mark.parametrize("page", BUDGETS)
def test_phone_pages_keep_their_budgets(page: str) -> None:
    parts = [WEB / "dist" / f"{page}.js", WEB / "dist" / f"{page}.css"]
    total = sum(len(gzip.compress(part.read_bytes(), 9)) for part in parts)
    assert total <= BUDGETS[page]


@pytest.mark.parametrize("page", BUDGETS)
def test_phone_pages_load_no_typeface(page: str) -> None:
    assert "@font-face" not in (WEB / "dist" / f"{page}.css").read_text(encoding="utf-8")


STYLESHEETS = [*(WEB / "static" / "fonts").glob("*.css"), *(WEB / "dist").glob("*.css")]


@pytest.mark.parametrize("stylesheet", sorted(STYLESHEETS), ids=lambda path: path.name)
def test_typefaces_named_are_there(stylesheet: Path) -> None:
    named = re.findall(r"url\(\"?([^\")]+\.woff2)\"?\)", stylesheet.read_text(encoding="utf-8"))
    assert named or stylesheet.parent.name == "dist"
    for name in named:
        file = WEB / name.lstrip("/") if name.startswith("/") else stylesheet.parent / name
        assert file.read_bytes().startswith(b"wOF2"), name
