"""What the admin process counts for Prometheus, and what the players' processes have counted.

Never labels by round, account or anything that grows with use.
"""

from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from realtime import metric_files


class Metrics:
    """One registry per app, so that several apps in one process do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "hoithi_admin_requests_total",
            "HTTP requests by method and status.",
            ["method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "hoithi_admin_request_seconds", "Time to answer an HTTP request.", registry=self.registry
        )
        self.commands = Counter(
            "hoithi_commands_total",
            "Host commands by name and outcome.",
            ["command", "outcome"],
            registry=self.registry,
        )
        self.host_sockets = Gauge("hoithi_host_sockets", "Open host consoles.", registry=self.registry)
        self.logins = Counter("hoithi_logins_total", "Sign-ins by outcome.", ["outcome"], registry=self.registry)
        self.rounds = Gauge("hoithi_rounds", "Live rounds by phase.", ["phase"], registry=self.registry)
        self.seats = Gauge("hoithi_open_round_seats", "Seats of rounds that are not over.", registry=self.registry)

    def text(self, data_dir: Path) -> bytes:
        """The exposition format: this process, then the sum over the players' processes of this machine."""
        return generate_latest(self.registry) + metric_files.text(data_dir / metric_files.FOLDER)
