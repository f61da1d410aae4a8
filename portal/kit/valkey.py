"""Valkey for whoever must not wait for it."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

#: Seconds: nobody waits at the door longer for a server that is away.
PATIENCE = 1


def impatient(url: str) -> Redis:
    """One try, a second at most."""
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
