"""The one way to a Redis connection: time-outs and retries fit for a service that may be lost at any moment.

Never decides what is stored there.
"""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

# Redis is only ever a faster copy of the truth, so waiting for a dead one must cost less than doing without:
# refused, unreachable or hung, a command fails within about a second and the caller goes on from SQL.
CONNECT_TIMEOUT_S = 0.25
COMMAND_TIMEOUT_S = 0.5
RETRY_PAUSE_S = 0.05


def connect(url: str) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://`; replies are bytes.

    Opens nothing until the first command; close it with `aclose()`. A command is tried twice, writes too, so every
    write through it must be one that may be repeated. `redis.RedisError` covers all its failures. Pub/sub may wait on
    it for as long as it likes (`get_message(timeout=None)`); commands that block on the server may not. Raises
    ValueError for a URL of another kind.
    """
    return Redis.from_url(
        url,
        decode_responses=False,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=COMMAND_TIMEOUT_S,
        retry=Retry(ConstantBackoff(RETRY_PAUSE_S), retries=1),
    )
