"""Installs the front end's build tools from package-lock.json, once per lock file.

Only building and checking the pages needs them; running Hội Thi never does.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "realtime" / "web"


def main() -> int:
    stamp = WEB / "node_modules" / ".set-up"
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    if shutil.which("npm") is None:
        sys.stderr.write("Building the pages needs Node 18 or later with npm: run make setup-test to install it.\n")
        return 1
    sys.stderr.write("Installing the front end's build tools.\n")
    # No package of ours needs an install script; not running any keeps a bad release from running its own.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=WEB, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except KeyboardInterrupt:
        return 130
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode("utf-8", "replace"))
        sys.stderr.write("Could not install the front end's build tools (see above).\n")
        return 1
    stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
