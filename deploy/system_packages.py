"""Installs, with apt-get and only where they are missing, the servers and tools the tests drive for real.

It starts no service and needs none: the tests run throw-away servers of their own. Never part of `make run`.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

OLDEST_NODE = 18
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SYSTEM_PATH = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"]
)


def say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _on_path(*names: str) -> str | None:
    return next((found for name in names if (found := shutil.which(name, path=SYSTEM_PATH))), None)


def has_postgresql() -> bool:
    return _on_path("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def has_redis() -> bool:
    return _on_path("redis-server") is not None


def has_chromium() -> bool:
    return _on_path(*CHROMIUM_NAMES) is not None


def has_node() -> bool:
    node = _on_path("node")
    if node is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", said)
    return version is not None and int(version[1]) >= OLDEST_NODE


def has_poppler() -> bool:
    return _on_path("pdftotext") is not None


def has_npm() -> bool:
    return _on_path("npm") is not None


@dataclass(frozen=True, slots=True)
class Need:
    words: str
    package: str
    present: bool


def _chromium_package() -> str:
    release = Path("/etc/os-release")
    is_ubuntu = release.is_file() and re.search(r"^ID=ubuntu$", release.read_text(), re.MULTILINE)
    return "chromium-browser" if is_ubuntu else "chromium"


def needs() -> list[Need]:
    return [
        Need("PostgreSQL server", "postgresql", has_postgresql()),
        Need("Redis server", "redis-server", has_redis()),
        Need("Chromium", _chromium_package(), has_chromium()),
        Need(f"Node {OLDEST_NODE} or later", "nodejs", has_node()),
        Need("npm", "npm", has_npm()),
        Need("Poppler's PDF tools", "poppler-utils", has_poppler()),
    ]


def apt_get(*arguments: str) -> bool:
    """Run apt-get as root, quietly; what it said is shown only when it fails."""
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]
    if os.geteuid() != 0:
        command.insert(0, "sudo")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode("utf-8", "replace"))
    return done.returncode == 0


def main() -> int:
    missing = [need for need in needs() if not need.present]
    if not missing:
        return 0
    words = ", ".join(need.words for need in missing)
    packages = [need.package for need in missing]
    by_hand = f"The tests need {words}: install it yourself and run make test again."
    if shutil.which("apt-get") is None:
        say(f"{by_hand} (There is no apt-get here to do it.)")
        return 1
    if os.geteuid() != 0 and shutil.which("sudo") is None:
        say(f"{by_hand} (Needs root: apt-get install {' '.join(packages)})")
        return 1
    say(f"Installing what the tests need from the system's packages: {' '.join(packages)}.")
    if not (apt_get("update", "-qq") and apt_get("install", "-qq", "-y", "--no-install-recommends", *packages)):
        say(f"{by_hand} (apt-get could not, see above.)")
        return 1
    still = ", ".join(need.words for need in needs() if not need.present)
    if still:
        say(f"This system's packages bring no usable {still}: install it yourself and run make test again.")
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
