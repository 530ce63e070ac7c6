"""The set-up from a bare Python: which index it asks, what it accepts from there, and what it says when it cannot."""

import base64
import hashlib
import http.server
import importlib.util
import io
import json
import os
import platform
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
WHEEL = "uv-0-test.whl"


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "deploy" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wheel() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("uv-0.data/scripts/uv", b"the binary")
    return archive.getvalue()


class Index(http.server.BaseHTTPRequestHandler):
    """A package index with a password, as an office has one; the folder in its address picks the page's form."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"me:p@ss").decode():
            self.send_error(401)
        elif self.path == f"/files/{WHEEL}":
            self.reply("application/zip", wheel())
        elif self.path == "/html/uv/":
            self.reply("text/html", f'<a href="../../files/{WHEEL}#sha256=0">{WHEEL}</a>'.encode())
        elif self.path == "/json/uv/":
            page = json.dumps({"files": [{"filename": WHEEL, "url": f"../../files/{WHEEL}"}]})
            self.reply("application/vnd.pypi.simple.v1+json", page.encode())
        else:
            self.reply("text/html", b"<a href='other.whl'>other</a>")

    def reply(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def index(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    here = (platform.system(), platform.machine())
    known = {here: (WHEEL, hashlib.sha256(wheel()).hexdigest())}
    monkeypatch.setattr(bootstrap, "UV_WHEELS", known)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://me:p%40ss@127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("form", ["html", "json"])
def test_uv_comes_from_both_forms_of_an_index(bootstrap: ModuleType, index: str, tmp_path: Path, form: str) -> None:
    binary = bootstrap.download_uv(f"{index}/{form}", tmp_path)
    assert binary.read_bytes() == b"the binary"
    assert os.access(binary, os.X_OK)


def test_a_wrong_file_is_refused(
    bootstrap: ModuleType, index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {(platform.system(), platform.machine()): (WHEEL, "0" * 64)}
    monkeypatch.setattr(bootstrap, "UV_WHEELS", expected)
    with pytest.raises(bootstrap.SetupFailed, match="hash differs") as refused:
        bootstrap.download_uv(f"{index}/html", tmp_path)
    assert "p%40ss" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_an_index_without_uv_is_named_without_its_password(bootstrap: ModuleType, index: str, tmp_path: Path) -> None:
    with pytest.raises(bootstrap.SetupFailed, match="has no uv-0-test") as refused:
        bootstrap.download_uv(f"{index}/empty", tmp_path)
    assert "p%40ss" not in str(refused.value)


def test_the_nearest_configuration_wins(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".config" / "pip"
    folder.mkdir(parents=True)
    (folder / "pip.conf").write_text("[global]\nindex-url = https://office.example/simple/\n")
    assert bootstrap.configured_index() == "https://office.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    assert bootstrap.configured_index() == "https://pip.example/simple"
    monkeypatch.setenv("UV_INDEX_URL", "https://uv.example/simple")
    assert bootstrap.configured_index() == "https://uv.example/simple"


def test_an_old_python_gets_one_sentence() -> None:
    pretend = (
        "import runpy, shutil, sys; sys.version_info = (3, 9, 2, 'final', 0); shutil.which = lambda name: None;"
        "sys.argv = ['bootstrap.py']; runpy.run_path('deploy/bootstrap.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Hội Thi needs Python 3.11 or later")
    assert len(done.stderr.splitlines()) == 1
