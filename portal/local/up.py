"""Everything that `make run` starts, in its order."""

import http.client
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from portal.local.console import READY, ROOT, _, say
from portal.local.home import Home
from portal.local.part import (
    DEMO_SWITCH,
    DOOR,
    dispatcher,
    prepare,
    web,
    worker,
    worker_at_hand,
)
from portal.local.port import HOST, number, taken
from portal.local.postgres import APP, OWNER, Postgres
from portal.local.process import Service, StartError
from portal.local.supervisor import Supervisor
from portal.local.there import providers, told
from portal.local.valkey import Valkey

_DATABASE = "treize"
_READY_SECONDS = 90
_GRACE_SECONDS = 7  # more than gunicorn gives its own workers


def up(home: Home, environ: Mapping[str, str]) -> None:
    """Start the portal, say where it is, keep it alive until asked to stop."""
    wanted = number(environ.get("PORT") or "8000")
    with home.lock() as lock, Supervisor(home.runtime) as family, _door(wanted) as door:
        settings = {
            "TREIZE_ENV": environ.get("TREIZE_ENV", "development"),
            **home.secrets(environ),
            **_databases(family, home, environ),
            "REDIS_URL": environ.get("REDIS_URL") or _valkey(family, home),
            "STORAGE_URL": environ.get("STORAGE_URL") or home.files.as_uri(),
        }
        port = door.getsockname()[1]
        address = f"http://{HOST}:{port}"
        settings["PUBLIC_URL"] = environ.get("PUBLIC_URL") or address
        home.tell(settings)
        env = {**environ, **settings, "TREIZE_HOME": str(home.path), DOOR: str(door.fileno())}

        family.run(_part("prepare", prepare, env))
        family.start(_part("web", web, env, given=(door.fileno(),)))
        family.start(_part("worker-1", worker, env))
        family.start(_part("worker-2", worker, env))
        family.start(_part("worker-3", worker_at_hand, env))
        family.start(_part("dispatcher", dispatcher, env))
        if not family.wait_for(lambda: _ready(port), seconds=_READY_SECONDS):
            raise StartError(_("The portal did not become ready in time."))
        lock.write(address)
        lock.flush()
        demo = environ.get(DEMO_SWITCH) != "0"
        _announce(address, home.path, providers(settings["DATABASE_URL"]), demo=demo)
        family.keep_alive()


def _databases(family: Supervisor, home: Home, environ: Mapping[str, str]) -> dict[str, str]:
    names = ("DATABASE_URL", "OWNER_DATABASE_URL")
    given = {name: environ[name] for name in names if environ.get(name)}
    if len(given) == len(names):
        return given
    if given:
        raise StartError(_("Give both DATABASE_URL and OWNER_DATABASE_URL, or neither."))
    postgres = Postgres(home.path / "postgres")
    postgres.init()
    family.start(postgres.service())
    postgres.ensure_roles()
    postgres.ensure_database(_DATABASE)
    return {
        "DATABASE_URL": postgres.url(APP, _DATABASE),
        "OWNER_DATABASE_URL": postgres.url(OWNER, _DATABASE),
    }


def _valkey(family: Supervisor, home: Home) -> str:
    valkey = Valkey(home.path / "valkey")
    family.start(valkey.service())
    return valkey.url()


def _door(wanted: int) -> socket.socket:
    """Ours from now on, also while the web part is started again."""
    door = taken(wanted)
    if (port := door.getsockname()[1]) != wanted:
        say(_("Port {wanted} is taken: using {port}.").format(wanted=wanted, port=port))
    return door


def _part(
    name: str, body: Callable[[], None], env: Mapping[str, str], *, given: tuple[int, ...] = ()
) -> Service:
    argv = (sys.executable, "-m", "portal.local.part", body.__name__)
    # Work that is cut off is taken up again by the next worker: no need to wait for its end.
    return Service(
        name, argv, env, body=body, directory=ROOT, grace_seconds=_GRACE_SECONDS, given=given
    )


def _ready(port: int) -> bool:
    with closing(http.client.HTTPConnection(HOST, port, timeout=2)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def _announce(address: str, home: Path, there: Mapping[str, str], *, demo: bool) -> None:
    say("")
    say(f"{READY} {address}")
    for line in told(there, address=address, home=home, demo=demo):
        say(line)
    say(_("Ctrl-C stops everything."))
    say("")
