"""The data directory of the local portal: where it is, what it keeps secret, what it tells."""

import fcntl
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from portal.local.console import _
from portal.local.errors import LocalError
from portal.local.identity import NoIdentityError, for_servers, make_directory

#: How many random bytes each holds.
_SECRETS = {"SECRET_KEY": 48, "MASTER_KEY": 32}
_SYSTEM_PLACE = Path("/var/lib/treize")


class AlreadyRunningError(LocalError):
    """Another portal runs from this directory; the message is its address, if it is known."""


def resolve(environ: Mapping[str, str], root: Path) -> Path:
    """TREIZE_HOME, else `.local` in the checkout.

    When root runs a checkout that lesser accounts cannot reach, `.local` becomes a link to a
    directory of its own below /var/lib/treize: servers run as a lesser account.
    """
    if given := environ.get("TREIZE_HOME"):
        return Path(given).absolute()
    local = root / ".local"
    if os.geteuid() != 0 or local.exists() or _reachable(root):
        return local.resolve()
    place = _SYSTEM_PLACE / f"{root.name}-{secrets.token_hex(4)}"
    if local.is_symlink():  # it points to a directory that is gone
        place = local.readlink()
    else:
        local.symlink_to(place)
    return place


def _reachable(directory: Path) -> bool:
    try:
        return not for_servers(directory).prefix
    except NoIdentityError:
        return False


class Home:
    """A data directory, created at once.  Raises LocalError where none can be."""

    def __init__(self, path: Path) -> None:
        try:
            self.path = make_directory(path, 0o755 if os.geteuid() == 0 else 0o700)
            self.runtime = make_directory(path / "run", 0o700)
            self.files = make_directory(path / "files", 0o700)
        except OSError as refused:
            message = _("No data directory can be made at {path}: set TREIZE_HOME elsewhere.")
            raise LocalError(message.format(path=path)) from refused
        self.env_file = path / "env"

    def lock(self) -> IO[str]:
        """Keep any other portal out for as long as the returned file lives, even by kill -9.

        Raises AlreadyRunningError, and LocalError where another account did the first start.
        """
        try:
            lock = (self.path / "lock").open("a+")
        except PermissionError as refused:
            message = _(
                "{path} belongs to another account: remove it, or set TREIZE_HOME elsewhere."
            )
            raise LocalError(message.format(path=self.path)) from refused
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with lock:
                lock.seek(0)
                raise AlreadyRunningError(lock.read().strip()) from None
        lock.truncate(0)
        return lock

    def secrets(self, given: Mapping[str, str]) -> dict[str, str]:
        """The installation's keys: those that are given, which are not kept; the others, made once.

        Losing the file logs everybody out and makes every file deposited unreadable.
        """
        path = self.path / "secrets"
        theirs = {name: given[name] for name in _SECRETS if given.get(name)}
        known = _read(path)
        missing = {
            name: secrets.token_urlsafe(size)
            for name, size in _SECRETS.items()
            if name not in {*known, *theirs}
        }
        if missing:
            _write(path, {**known, **missing})
        return {**known, **missing, **theirs}

    def tell(self, settings: Mapping[str, str]) -> None:
        """Write `env`, which `flask --app wsgi …` reads beside a running portal."""
        _write(self.env_file, settings)


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text("utf-8").splitlines())
    return {name: value for name, sign, value in lines if sign}


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Whole or not at all, and for nobody else's eyes."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.writelines(f"{name}={value}\n" for name, value in values.items())
    fresh.replace(path)
