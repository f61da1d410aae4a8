"""The queue's server of our own."""

import os
import signal
import stat
import time
from pathlib import Path

import redis

from portal.local.valkey import Valkey


def test_what_was_queued_survives_kill_nine(place: Path) -> None:
    valkey = Valkey(place, settings={"appendfsync": "always"})
    valkey.start()
    with redis.Redis.from_url(valkey.url()) as client:
        client.rpush("queue", "one", "two")
    os.kill(valkey.pid, signal.SIGKILL)
    valkey.stop()

    valkey.start()

    with redis.Redis.from_url(valkey.url()) as client:
        assert client.lrange("queue", 0, -1) == [b"one", b"two"]
    valkey.stop()


def test_it_listens_on_nothing_but_a_private_socket(place: Path) -> None:
    valkey = Valkey(place)
    valkey.start()

    with redis.Redis.from_url(valkey.url()) as client:
        assert client.config_get("port") == {"port": "0"}
    assert stat.S_IMODE(valkey.socket.parent.stat().st_mode) == stat.S_IRWXU
    valkey.stop()


def test_it_refuses_to_forget_jobs_for_want_of_memory(place: Path) -> None:
    valkey = Valkey(place)
    valkey.start()

    with redis.Redis.from_url(valkey.url()) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    valkey.stop()


def test_it_is_ready_in_a_moment(place: Path) -> None:
    valkey = Valkey(place)
    began = time.monotonic()

    valkey.start()

    assert time.monotonic() - began < 5
    valkey.stop()
