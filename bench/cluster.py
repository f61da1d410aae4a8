"""A PostgreSQL and a Valkey of the bench's own, whose loaded base is kept from run to run."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.scale import Scale
from portal.config import Settings
from portal.kit import clock
from portal.local.identity import make_directory
from portal.local.postgres import APP, OWNER, SUPERUSER, Postgres
from portal.local.valkey import Valkey

ROOT = Path(__file__).parent.parent
DATABASE = "bench"
#: Loading may be hasty: what a crash would spoil is loaded again.  Measuring never is.
_HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "512MB",
}


class Servers:
    """Both servers below ``home``, and the settings of a portal that uses them."""

    def __init__(self, home: Path, *, hasty: bool = False) -> None:
        self.postgres = Postgres(home / "postgres", settings=_HASTY if hasty else None)
        self.valkey = Valkey(home / "valkey")
        self.files = make_directory(home / "files", 0o700)
        self.keys = make_directory(home / "keys", 0o700)

    @property
    def superuser_url(self) -> str:
        return self.postgres.url(SUPERUSER, DATABASE)

    @property
    def settings(self) -> Settings:
        return Settings(
            secret_key="bench",  # noqa: S106 -- signs cookies that nobody else reads
            database_url=self.postgres.url(APP, DATABASE),
            owner_database_url=self.postgres.url(OWNER, DATABASE),
            redis_url=self.valkey.url(),
            storage_url=f"file://{self.files}",
            master_key="A" * 43,  # enciphers what the bench made up
            keys=self.keys,
            environment="development",
        )


@contextmanager
def running(home: Path, *, hasty: bool = False) -> Iterator[Servers]:
    servers = Servers(home, hasty=hasty)
    servers.postgres.start()
    try:
        servers.postgres.ensure_database(DATABASE)
        servers.valkey.start()
        yield servers
    finally:
        servers.valkey.stop()
        servers.postgres.stop()


def loaded(scale: Scale, load: Callable[[Servers, Scale], None]) -> Path:
    """The directory of servers that hold this scale's base, loaded first where it is not."""
    home = _home(scale)
    stamp, wanted = home / "stamp", _fingerprint()
    if not stamp.exists() or stamp.read_text("ascii") != wanted:
        if home.exists():
            shutil.rmtree(home)
        make_directory(home, 0o755)
        began = time.monotonic()
        with running(home, hasty=True) as servers:
            load(servers, scale)
        stamp.write_text(wanted, "ascii")
        print(f"base chargée en {time.monotonic() - began:.0f} s")
    return home


def _home(scale: Scale) -> Path:
    given = os.environ.get("TREIZE_BENCH_HOME")
    checkout = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:10]
    fallback = Path(tempfile.gettempdir()) / f"treize-bench-{os.geteuid()}-{checkout}"
    place = Path(given).absolute() if given else fallback
    return make_directory(place, 0o755) / scale.name


def _fingerprint() -> str:
    """Changes with the tables, the guide, the loader and the month: a base grows stale."""
    files = [
        *(ROOT / "migrations").rglob("*.py"),
        *(ROOT / "portal/guide/editions").rglob("*.yaml"),
        ROOT / "tenants/rls.py",
        ROOT / "bench/load.py",
        ROOT / "bench/model.py",
        ROOT / "bench/scale.py",
    ]
    digest = hashlib.sha256(f"{clock.today():%Y-%m}".encode())
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
