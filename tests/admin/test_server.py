"""The admin server as a process: told to stop, it hands back to its caller."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from contest.migrations.run import upgrade_async
from contest.settings import Settings

PROGRAM = """
import asyncio, sys
from contest.settings import Settings
from admin.server import serve_admin

async def main():
    try:
        await serve_admin(Settings(), int(sys.argv[1]))
    finally:
        await asyncio.sleep(0)
        print("put away", flush=True)

asyncio.run(main())
"""


def test_its_caller_can_clean_up_after_sigterm(tmp_path: Path, admin_redis: str) -> None:
    asyncio.run(upgrade_async(Settings(data_dir=tmp_path).sql_url))
    environment = os.environ | {"HOITHI_DATA_DIR": str(tmp_path), "HOITHI_REDIS_URL": admin_redis}
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}/healthz"
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(door.fileno())],
            env=environment,
            pass_fds=(door.fileno(),),
            stdout=subprocess.PIPE,
        )
        try:
            # The listening socket is there already, so the request waits for the server.
            assert httpx.get(url, timeout=20).status_code == 200
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=15)
        finally:
            process.kill()
            process.wait()
    assert (process.returncode, said) == (0, b"put away\n")
    assert time.monotonic() - began < 10
