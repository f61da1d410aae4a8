"""A Valkey server of our own, append-only, on a unix socket like PostgreSQL's."""

import os
from pathlib import Path

import redis

from portal.local.binaries import valkey_program, within_reach
from portal.local.identity import (
    Identity,
    for_servers,
    make_directory,
    own_directory,
    plain_directory,
)
from portal.local.process import (
    Process,
    Service,
    halt,
    launch,
    server_environment,
)

_SOCKET = "valkey.sock"


class Valkey:
    """One server below `home`; what was written survives its death, but for the last second."""

    def __init__(self, home: Path, *, settings: dict[str, str] | None = None) -> None:
        """Settle directories, account and program; `settings` are extra server parameters."""
        self.home = make_directory(home.absolute(), 0o755 if os.geteuid() == 0 else 0o700)
        self.identity: Identity = for_servers(self.home, data=self.home / "data" / "appendonlydir")
        self.data = own_directory(self.home / "data", self.identity)
        self.socket = own_directory(plain_directory(self.home, _SOCKET), self.identity) / _SOCKET
        self.log = self.home / "valkey.log"
        self.settings = settings or {}
        program = valkey_program()
        self.program = within_reach(
            program, self.identity, tree=program.parent, copies=self.home / "programs"
        )
        self._process: Process | None = None

    def service(self) -> Service:
        """The server as a foreground command."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "loglevel": "warning",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",  # queued jobs are not a cache
            **self.settings,
        }
        words = (part for name, value in settings.items() for part in (f"--{name}", value))
        return Service(
            name="valkey",
            argv=(str(self.program), *words),
            env=server_environment(self.home),
            identity=self.identity,
            ready=self._answers,
        )

    def start(self) -> None:
        """Start the server as our child and wait for its first answer."""
        self._process = launch(self.service(), self.log)

    def stop(self) -> None:
        """Shut down cleanly and wait for it; nothing happens when it is not running."""
        if self._process is not None:
            halt(self.service(), self._process)
            self._process = None

    @property
    def pid(self) -> int:
        """The number of the running server; 0 when this object runs none."""
        return self._process.pid if self._process else 0

    def url(self, database: int = 0) -> str:
        """A redis-py URL over the socket."""
        return f"unix://{self.socket}?db={database}"

    def _answers(self, pid: int) -> bool:
        # A socket file outlives its server, and another server may hold it: ask whose it is.
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1) as client:
                return bool(client.info("server").get("process_id") == pid)
        except redis.RedisError:
            return False
