"""What the handlers of contests work with, put together once per process by `realtime.app`.

Holds no behaviour.
"""

from dataclasses import dataclass

from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from contest.clock import Clock
from contest.database import Database
from contest.errors import Conflict
from contest.provincial.secrets_box import FieldBox
from contest.settings import Settings
from realtime.entrants.attempt_desk import AttemptDesk
from realtime.entrants.codes import Outbox
from realtime.entrants.oidc import Provider
from realtime.handshake import client_address
from realtime.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Entrants:
    """One per process, at `request.state.entrants`. `public_url` is the players' address without a slash at the end.

    `box` is None while the key of personal data is not the one that sealed the database.
    """

    settings: Settings
    db: Database
    redis: Redis
    clock: Clock
    box: FieldBox | None
    throttle: Throttle
    public_url: str
    outbox: Outbox
    attempts: AttemptDesk
    provider: Provider | None

    @property
    def field_box(self) -> FieldBox:
        """The box. Raises Conflict("field_key_wrong")."""
        if self.box is None:
            raise Conflict("field_key_wrong")
        return self.box


def entrants_of(connection: HTTPConnection) -> Entrants:
    """The services of the process that this request came to."""
    services = connection.state.entrants
    assert isinstance(services, Entrants)
    return services


def address_of(connection: HTTPConnection) -> str:
    """Where the request comes from, for limits: the peer, or what a believed proxy says."""
    services = entrants_of(connection)
    peer = connection.client.host if connection.client else "local"
    forwarded = connection.headers.get("x-forwarded-for")
    return client_address(peer, forwarded, frozenset(services.settings.trusted_proxies))
