"""A client for the Redis server of the tests."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from scoring.redis_client import connect


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()
