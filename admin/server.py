"""Runs the admin server.

Never builds it: that is `admin.app`.
"""

import uvicorn

from admin.app import create_app
from contest.settings import Settings
from realtime.collector import tune_collector
from realtime.handshake import PatientHttp
from realtime.serving import Server

SHUTDOWN_S = 8


class StaffHttp(PatientHttp):
    """A workbook of 5 MB over a commune's thin line takes its time."""

    body_s = 180.0


async def serve_admin(settings: Settings, fd: int | None = None) -> None:
    """Serves until SIGTERM or SIGINT, on the inherited listening socket `fd` or on the settings' address."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.admin_host,
        port=settings.admin_port,
        fd=fd,
        http=StaffHttp,
        log_config=None,
        # Paths and addresses of staff stay out of the logs; Prometheus has the counts.
        access_log=False,
        server_header=False,
        date_header=True,
        ws="websockets-sansio",
        ws_max_size=16 * 1024,
        timeout_graceful_shutdown=SHUTDOWN_S,
        # X-Forwarded-* from a proxy on this machine only (uvicorn's default), never from elsewhere.
        proxy_headers=True,
    )
    tune_collector()
    await Server(config).serve()
