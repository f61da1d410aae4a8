"""A PostgreSQL server of our own, on a unix socket that only its account (and root) can reach."""

import os
import signal
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL

from portal.local.binaries import postgres_directory, version, within_reach
from portal.local.errors import LocalError
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
    alive,
    command,
    end,
    halt,
    launch,
    server_environment,
)

SUPERUSER = "postgres"
OWNER = "treize_owner"
APP = "treize_app"

_PORT = 5432  # names the socket file; nothing listens on TCP
_SETTINGS = {"listen_addresses": "", "log_checkpoints": "off", "log_line_prefix": ""}
_PID_LINE, _STATUS_LINE = 0, 7  # of postmaster.pid


class ClusterError(LocalError):
    """The cluster cannot be made or reached; the message holds the server's own words."""


class Postgres:
    """One cluster below `home`, with its two roles, for root and ordinary users alike.

    Connections are trusted: the socket's directory is 0700 and there is no TCP.
    """

    def __init__(self, home: Path, *, settings: dict[str, str] | None = None) -> None:
        """Settle directories, account and programs; `settings` are extra server parameters."""
        self.home = make_directory(home.absolute(), 0o755 if os.geteuid() == 0 else 0o700)
        self.identity: Identity = for_servers(self.home, data=self.home / "data" / "PG_VERSION")
        self.data = own_directory(self.home / "data", self.identity)
        self.socket = own_directory(
            plain_directory(self.home, f".s.PGSQL.{_PORT}.lock"), self.identity
        )
        self.log = self.home / "postgres.log"
        self.settings = settings or {}
        programs = postgres_directory()
        server = within_reach(
            programs / "postgres",
            self.identity,
            tree=programs.parent,
            copies=self.home / "programs",
        )
        self.programs = server.parent
        self._process: Process | None = None

    def init(self) -> bool:
        """Create the cluster unless it is there; say whether it was created."""
        if (self.data / "PG_VERSION").exists():
            return False
        major = int(version(self.programs / "postgres").split(".")[0])
        provider = ("builtin", "--builtin-locale=C.UTF-8") if major >= 17 else ("libc",)  # noqa: PLR2004 -- first major with it
        made = self.identity.run(
            self.programs / "initdb",
            *("-D", self.data, "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8"),
            *("--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-sync"),
            f"--locale-provider={provider[0]}",
            *provider[1:],
            env=server_environment(self.home),
        )
        if made.returncode != 0:
            raise ClusterError(made.stderr.strip())
        return True

    def service(self) -> Service:
        """The server as a foreground command; SIGINT is PostgreSQL's fast and clean shutdown."""
        settings = {**_SETTINGS, **self.settings}
        return Service(
            name="postgres",
            argv=(
                *(str(self.programs / "postgres"), "-D", str(self.data)),
                *("-k", str(self.socket), "-p", str(_PORT)),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ),
            env=server_environment(self.home),
            identity=self.identity,
            stop_signal=signal.SIGINT,
            ready=self._accepts,
            stuck=self._lingers,
            before=self.clear_remains,
            grace_seconds=20,
        )

    def start(self) -> None:
        """Start the server as our child (reusing nobody's) and make sure of its roles."""
        self.init()
        self._process = launch(self.service(), self.log)
        self.ensure_roles()

    def stop(self) -> None:
        """Shut down cleanly and wait for it; nothing happens when it is not running."""
        if self._process is not None:
            halt(self.service(), self._process)
            self._process = None

    @property
    def pid(self) -> int:
        """The number of the running server; 0 when this object runs none."""
        return self._process.pid if self._process else 0

    def url(self, role: str, database: str) -> str:
        """A SQLAlchemy URL over the socket; the port is said, for PGPORT may say otherwise.

        It stands before the path and not beside ``host``: without an ``&``, a shell may read the
        file that holds it.
        """
        address = URL.create(
            "postgresql+psycopg",
            username=role,
            port=_PORT,
            database=database,
            query={"host": str(self.socket)},
        )
        return address.render_as_string(hide_password=False)

    def ensure_roles(self) -> None:
        """Create both roles, or take back what they were given since: neither escapes row locks."""
        plain = sql.SQL(
            "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT"
        )
        with self._superuser() as connection:
            known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER, APP):
                verb = sql.SQL("ALTER ROLE" if role in known else "CREATE ROLE")
                connection.execute(sql.SQL("{} {} {}").format(verb, sql.Identifier(role), plain))

    def ensure_database(self, name: str) -> None:
        """Create the owner's database unless it is there; the app's role may only connect to it."""
        database, owner, app = (sql.Identifier(word) for word in (name, OWNER, APP))
        with self._superuser() as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (name,)
            ).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, app))

    def clear_remains(self) -> None:
        """End a server that outlived its parent; remove a lock whose pid is now another program's.

        PostgreSQL refuses to start when the pid in a stale lock has been taken by anything at all.
        """
        for lock in (self.data / "postmaster.pid", self.socket / f".s.PGSQL.{_PORT}.lock"):
            holder = _locked_by(lock)
            running = command(holder) if holder and alive(holder) else ""
            if str(self.data) in running:
                end(holder, signal.SIGINT, grace_seconds=20)
            elif running and "postgres" not in running:
                lock.unlink(missing_ok=True)

    def _accepts(self, pid: int) -> bool:
        # A crash leaves a file that still says "ready": only our own child's word counts.
        return self._status() == (str(pid), "ready")

    def _lingers(self, pid: int) -> bool:
        # SIGTERM lets connections end by themselves and takes no new ones: pools never end.
        return self._status() == (str(pid), "stopping")

    def _status(self) -> tuple[str, str]:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return lines[_PID_LINE], lines[_STATUS_LINE].strip()
        except (OSError, IndexError):
            return "", ""

    def _superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.socket), port=_PORT, user=SUPERUSER, dbname="postgres", autocommit=True
        )


def _locked_by(path: Path) -> int:
    try:
        first = path.read_text().splitlines()[0]
    except (OSError, IndexError):
        return 0
    return int(first) if first.lstrip("-").isdigit() else 0
