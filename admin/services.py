"""What the admin server's handlers work with, put together once by the composition root.

Holds no behaviour.
"""

from dataclasses import dataclass

from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from admin.metrics import Metrics
from admin.passwords import Passwords
from admin.throttle import Throttle
from contest.clock import Clock
from contest.database import Database
from contest.settings import Settings
from realtime.round_runner import RoundRunner


@dataclass(frozen=True, slots=True)
class Services:
    """One per process, at `app.state.services`. `public_url` is what phones type, without a slash at the end."""

    settings: Settings
    db: Database
    redis: Redis
    clock: Clock
    passwords: Passwords
    throttle: Throttle
    runner: RoundRunner
    metrics: Metrics
    public_url: str


def services_of(connection: HTTPConnection) -> Services:
    """The services of the app this request or socket came to."""
    services: Services = connection.app.state.services
    return services
