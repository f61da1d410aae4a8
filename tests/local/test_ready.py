"""`/readyz` of a whole portal: what is away is named, and all is well once it is back."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from redis import Redis

from portal.local.postgres import APP, OWNER, Postgres
from portal.local.process import wait_until
from portal.local.valkey import Valkey
from tests.running import Running

_SECONDS = 60
ALL_WELL: tuple[int, frozenset[str]] = (200, frozenset())


@dataclass(frozen=True)
class Whole:
    """A portal over servers that nobody but the test starts again."""

    running: Running
    postgres: Postgres
    valkey: Valkey

    def said(self) -> tuple[int, frozenset[str]]:
        """The status, and the parts that are said to be away."""
        status, body = self.running.answer("/readyz")
        told = json.loads(body) if body else {}
        assert told.pop("ready", status == 200) is (status == 200)
        return status, frozenset(name for name, there in told.items() if not there)

    def comes_to(self, said: tuple[int, frozenset[str]]) -> bool:
        return wait_until(lambda: self.said() == said, _SECONDS, pause=0.1)

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        """A server that is stopped, or processes that are frozen: those would be begun again."""
        servers: dict[str, Postgres | Valkey] = {"postgres": self.postgres, "valkey": self.valkey}
        if server := servers.get(part):
            server.stop()
            try:
                yield
            finally:
                server.start()
            return
        pids = [pid for name, pid in self.running.pids().items() if name.startswith(part)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        if part == "worker":
            self._fall_silent()
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def _fall_silent(self) -> None:
        """For so long that nobody counts on workers any more who were last heard of before."""
        with Redis.from_url(self.valkey.url()) as client:
            for name in client.smembers("rq:workers"):
                client.pexpire(name, 1)


@pytest.fixture(scope="module")
def whole(cluster: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    valkey = Valkey(cluster.home)
    valkey.start()
    given = {
        "DATABASE_URL": cluster.url(APP, "portal"),
        "OWNER_DATABASE_URL": cluster.url(OWNER, "portal"),
        "REDIS_URL": valkey.url(),
    }
    with Running(tmp_path_factory.mktemp("ready"), PORT="8690", **given) as running:
        yield Whole(running, cluster, valkey)
    valkey.stop()


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("postgres", {"database"}),
        ("valkey", {"valkey", "dispatcher", "workers"}),  # it alone knows of the others
        ("dispatcher", {"dispatcher"}),
        ("worker", {"workers"}),
    ],
)
def test_a_part_that_is_away_is_named_until_it_is_back(
    whole: Whole, part: str, named: set[str]
) -> None:
    assert whole.comes_to(ALL_WELL), whole.said()

    with whole.without(part):
        assert whole.comes_to((503, frozenset(named))), whole.said()

    assert whole.comes_to(ALL_WELL), whole.said()
