"""Makes `.venv` in the project and fills it from uv.lock, with nothing but a bare Python 3.11 or later.

Root, an answer or Debian's python3-venv are not needed: the pinned uv comes as a wheel whose hash stands below.
It never touches anything outside the project but uv's own package cache.
"""

from __future__ import annotations  # so that an older Python gets as far as the sentence that refuses it

import argparse
import configparser
import hashlib
import html.parser
import json
import os
import platform
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
STANDARD_INDEX = "https://pypi.org/simple"
NETWORK_TIMEOUT_S = 60

UV_VERSION = "0.13.9"
# Both Linux wheels hold a static binary, so they run on any distribution.
UV_WHEELS = {
    ("Linux", "x86_64"): (
        "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    ("Linux", "aarch64"): (
        "uv-0.13.9-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
    ("Darwin", "x86_64"): (
        "uv-0.13.9-py3-none-macosx_10_12_x86_64.whl",
        "c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5",
    ),
    ("Darwin", "arm64"): (
        "uv-0.13.9-py3-none-macosx_11_0_arm64.whl",
        "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
    ),
}


class SetupFailed(Exception):
    """Carries the one sentence the person at the terminal should read."""


def say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def require_python() -> None:
    """Hand over to a newer python3.x on PATH where python3 itself is too old (Ubuntu 22.04 has both)."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(19, OLDEST_PYTHON[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])
    raise SetupFailed(
        f"Hội Thi needs Python 3.11 or later, and python3 here is {platform.python_version()}: "
        "install a newer one and run make again with PYTHON=/path/to/python3."
    )


def configured_index() -> str | None:
    """The package index of this machine's own configuration, or None for the standard one."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name].strip().rstrip("/")
    home = Path(os.environ.get("HOME") or "/nonexistent")
    config_home = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    # pip's own order, the nearest first.
    files = [config_home / "pip/pip.conf", home / ".pip/pip.conf", Path("/etc/pip.conf")]
    if os.environ.get("PIP_CONFIG_FILE"):
        files.insert(0, Path(os.environ["PIP_CONFIG_FILE"]))
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (OSError, configparser.Error):
            continue
        for section in ("install", "global"):
            found = parser.get(section, "index-url", fallback="").strip()
            if found:
                return found.rstrip("/")
    return None


class _Links(html.parser.HTMLParser):
    """The hrefs of a PEP 503 page."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.hrefs.extend(value for name, value in attrs if name == "href" and value)


def _links(page: bytes, content_type: str) -> Iterator[str]:
    if "json" in content_type:
        for file in json.loads(page)["files"]:
            yield file["url"]
    else:
        parser = _Links()
        parser.feed(page.decode("utf-8", "replace"))
        yield from parser.hrefs


def _open(url: str, accept: str) -> tuple[bytes, str, str]:
    """Fetch `url` (`user:password@` as Basic credentials): body, content type, where it came from in the end."""
    parts = urllib.parse.urlsplit(url)
    handlers: list[urllib.request.BaseHandler] = []
    if parts.username is not None:
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
        user, password = urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or "")
        passwords.add_password(None, bare, user, password, is_authenticated=True)
        handlers.append(urllib.request.HTTPBasicAuthHandler(passwords))
        url = bare
    request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "hoithi-setup"})
    with urllib.request.build_opener(*handlers).open(request, timeout=NETWORK_TIMEOUT_S) as answer:
        return answer.read(), answer.headers.get("Content-Type", ""), answer.geturl()


def download_uv(index: str, into: Path) -> Path:
    """Put the uv binary into `into` and return its path; raises SetupFailed or OSError."""
    wheel = UV_WHEELS.get((platform.system(), platform.machine()))
    if wheel is None:
        raise SetupFailed(f"No uv is known for {platform.system()} on {platform.machine()}.")
    name, sha256 = wheel
    page, content_type, base = _open(
        f"{index}/uv/",
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1",
    )
    for link in _links(page, content_type):
        url = urllib.parse.urljoin(base, link)
        if urllib.parse.unquote(urllib.parse.urlsplit(url).path).rpartition("/")[2] == name:
            break
    else:
        raise SetupFailed(f"The package index {_shown(index)} has no {name}.")
    asked, found = urllib.parse.urlsplit(index), urllib.parse.urlsplit(url)
    if (asked.scheme, asked.hostname, asked.port) == (found.scheme, found.hostname, found.port):
        # The index's password is for its own files too, and for nobody else's.
        url = found._replace(netloc=asked.netloc).geturl()
    content, _, _ = _open(url, "*/*")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SetupFailed(f"The uv from {_shown(index)} is not the one expected (its hash differs): not used.")
    archive = into / name
    archive.write_bytes(content)
    with zipfile.ZipFile(archive) as opened:
        inside = next(entry for entry in opened.namelist() if entry.endswith("/scripts/uv"))
        binary = into / "uv"
        binary.write_bytes(opened.read(inside))
    archive.unlink()
    binary.chmod(0o755)
    return binary


def uv_by_pip(into: Path) -> Path | None:
    """The same uv through pip, for networks that only pip is set up for; None where that fails too."""
    target = into / "pip"
    # The same hashes: another file than the expected one is no way out.
    listed = into / "uv.txt"
    hashes = " ".join(f"--hash=sha256:{sha256}" for _, sha256 in UV_WHEELS.values())
    listed.write_text(f"uv=={UV_VERSION} {hashes}\n")
    pip = [str(target / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    for step in ([sys.executable, "-m", "venv", str(target)], [*pip, "--requirement", str(listed)]):
        if subprocess.run(step, capture_output=True, check=False).returncode != 0:
            return None
    return target / "bin/uv"


def _shown(url: str) -> str:
    """An index address without the password that may be in it."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def run(command: list[str], failure: str) -> None:
    """Run quietly; show what it said only when it fails."""
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")},
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        # The interpreter is the one that runs this file; uv would otherwise fetch one of its own.
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
    }
    if ssl.create_default_context().cert_store_stats()["x509_ca"]:
        # An office network's proxy may sign with an authority that only the system's own store knows.
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode("utf-8", "replace"))
        raise SetupFailed(failure)


def _works(command: list[str], expected: str = "") -> bool:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and expected in done.stdout


def ensure_uv(index: str) -> Path:
    """`.venv` with a working Python and the pinned uv in it; returns the uv."""
    uv = VENV / "bin/uv"
    python = VENV / "bin/python"
    # The scripts in .venv name the folder they were made in; a project that was moved needs them anew.
    place = VENV / ".set-up-place"
    moved = place.is_file() and place.read_text() != str(ROOT)
    python_works = not moved and _works([str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])
    if python_works and _works([str(uv), "--version"], f"uv {UV_VERSION}"):
        return uv
    with tempfile.TemporaryDirectory(prefix="hoithi-setup-") as temporary:
        try:
            fetched = download_uv(index, Path(temporary))
        except (SetupFailed, OSError, ValueError) as problem:
            by_pip = uv_by_pip(Path(temporary))
            if by_pip is None:
                reason = str(problem) if isinstance(problem, SetupFailed) else f"{_shown(index)}: {problem}"
                raise SetupFailed(f"Could not fetch uv, the package installer. {reason}") from problem
            fetched = by_pip
        if not python_works:
            # What an interrupted or broken set-up left; nothing in it is anybody's work.
            shutil.rmtree(VENV, ignore_errors=True)
            make = [str(fetched), "venv", "--python", sys.executable, str(VENV)]
            run(make, f"Could not make {VENV}.")
        uv.unlink(missing_ok=True)
        shutil.copy2(fetched, uv)
        place.write_text(str(ROOT))
    return uv


def install(uv: Path, groups: list[str], index: str | None) -> None:
    """Exactly what uv.lock says, every file checked against its hash."""
    group_options = [option for group in groups for option in ("--group", group)]
    failure = "Could not install the Python packages (see above). Is the network there? Then run make again."
    if index is None or index == STANDARD_INDEX:
        run([str(uv), "sync", "--frozen", "--inexact", *group_options], failure)
        return
    # A lock file names the addresses it was made from; behind a mirror only names, versions and hashes hold.
    with tempfile.TemporaryDirectory(prefix="hoithi-setup-") as temporary:
        listed = str(Path(temporary) / "requirements.txt")
        export = ["export", "--frozen", "--no-emit-project", "--quiet", "--output-file", listed]
        run([str(uv), *export, *group_options], failure)
        into = ["pip", "install", "--python", str(VENV / "bin/python"), "--default-index", index]
        run([str(uv), *into, "--require-hashes", "--requirement", listed], failure)
        run([str(uv), *into, "--no-deps", "--editable", str(ROOT)], failure)


def fingerprint(groups: list[str]) -> str:
    digest = hashlib.sha256()
    for file in (ROOT / "pyproject.toml", ROOT / "uv.lock", Path(__file__)):
        digest.update(file.read_bytes())
    # Another place or another Python calls for another look.
    digest.update(repr((sorted(groups), str(ROOT), os.path.realpath(sys.executable))).encode())
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up .venv from uv.lock.")
    parser.add_argument("--group", action="append", default=[], help="a dependency group to install as well")
    groups: list[str] = parser.parse_args().group
    try:
        require_python()
        stamp = VENV / (".set-up-" + "-".join(["run", *sorted(groups)]))
        wanted = fingerprint(groups)
        if stamp.is_file() and stamp.read_text() == wanted and (VENV / "bin/python").exists():
            return 0
        say("Setting up Python packages in .venv (the first time takes about a minute).")
        index = configured_index()
        install(ensure_uv(index or STANDARD_INDEX), groups, index)
        stamp.write_text(wanted)
    except SetupFailed as failed:
        say(str(failed))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
