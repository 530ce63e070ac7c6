"""The wall clock that jumps for processes of a drill: `clock.c`, built and preloaded. Needs Linux and a C compiler."""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
OFFSET = "HOITHI_DRILL_CLOCK"


class Skew:
    """What moves the clock of every process started with `environment`, at the same moment."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock.offset"
        self._library = folder / "clock.so"
        self.offset_s = 0
        self._file.write_bytes(struct.pack("=q", 0))
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        self.works = False
        if compiler and sys.platform.startswith("linux"):
            command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE)]
            self.works = subprocess.run(command, capture_output=True, check=False).returncode == 0

    @property
    def environment(self) -> dict[str, str]:
        """For the processes whose clock shall jump."""
        return {"LD_PRELOAD": str(self._library), OFFSET: str(self._file)} if self.works else {}

    def jump(self, offset_s: int) -> None:
        """From now on the wall clock is wrong by so much."""
        self.offset_s = offset_s
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", offset_s * 1000))
