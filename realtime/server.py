"""Runs the players server: uvicorn with our gateway for sockets, and an end that loses nothing.

Never builds the app (`realtime.app`) and never daemonises: a supervisor starts and watches it.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import Iterator

import structlog
import uvicorn

from contest.settings import Settings

_log = structlog.get_logger(__name__)
BACKLOG = 4096
SHUTDOWN_S = 5
METRICS_FOLDER = "metrics"


def prepare_metrics(settings: Settings) -> None:
    """Lets the processes' counters be added up by the admin server; comes before `prometheus_client` is imported."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        folder = settings.data_dir / METRICS_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


class DrainingServer(uvicorn.Server):
    """uvicorn, but before it stops it takes no more phones, waits for the open question and says goodbye."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stops at SIGTERM or SIGINT. Unlike uvicorn's own, it does not raise the signal again at the end: that would
        kill the process before whoever called us has put away what it opened."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        from realtime.players import Players

        for server in self.servers:
            server.close()
        players = getattr(self.config.app.state, "players", None)  # type: ignore[union-attr]
        if isinstance(players, Players) and not self.force_exit:
            await players.drain()
            await asyncio.sleep(0.2)
        await super().shutdown(sockets)


def tune_collector() -> None:
    """Lets the cycle collector look rarely.

    Phones are many, live long and hold few cycles; a walk over all of them in a question makes every answer wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def serve_players(settings: Settings, fd: int | None = None) -> None:
    """Serves until SIGTERM or SIGINT, on the inherited listening socket `fd` or on the settings' address."""
    prepare_metrics(settings)
    from realtime.app import create_app
    from realtime.gateway import Gateway
    from realtime.handshake import PatientHttp

    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.players_port,
        http=PatientHttp,
        ws=Gateway,
        ws_max_size=16 * 1024,
        ws_per_message_deflate=False,
        log_config=None,
        # Addresses of phones stay out of the logs.
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=SHUTDOWN_S,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    tune_collector()
    server = DrainingServer(config)
    if fd is None:
        await server.serve()
        return
    listener = socket.socket(fileno=os.dup(fd))
    await server.serve(sockets=[listener])
