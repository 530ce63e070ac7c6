"""Runs the players server: uvicorn with our gateway for sockets, and an end that loses nothing.

Never builds the app (`realtime.app`) and never daemonises: a supervisor starts and watches it.
"""

import asyncio
import os
import socket

import uvicorn

from contest.settings import Settings
from realtime import metric_files
from realtime.collector import tune_collector
from realtime.serving import Server

BACKLOG = 4096
SHUTDOWN_S = 4


class DrainingServer(Server):
    """uvicorn, but before it stops it takes no more phones, waits for the open question and says goodbye."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        from realtime.players import Players

        players = getattr(self.config.app.state, "players", None)  # type: ignore[union-attr]
        if isinstance(players, Players) and not self.force_exit:
            await players.drain(self._close_doors)
            await asyncio.sleep(0.2)
        await super().shutdown(sockets)

    def _close_doors(self) -> None:
        for server in self.servers:
            server.close()


async def serve_players(settings: Settings, fd: int | None = None) -> None:
    """Serves until SIGTERM or SIGINT, on the inherited listening socket `fd` or on the settings' address."""
    counted = metric_files.prepare(settings.data_dir)
    from realtime.app import create_app
    from realtime.entrants.short_way import ShortHttp
    from realtime.gateway import Gateway

    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.players_port,
        http=ShortHttp,
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
    try:
        await server.serve(sockets=None if fd is None else [socket.socket(fileno=os.dup(fd))])
    finally:
        metric_files.forget(counted, os.getpid())
