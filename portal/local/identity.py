"""Who a server runs as, and its directories: PostgreSQL refuses root, so root hands it over."""

import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.local.console import _
from portal.local.errors import LocalError

_LONGEST_SOCKET = 107  # bytes of sun_path, less its NUL
_PLAIN = re.compile(rb"[A-Za-z0-9/._+@-]+")
_LESSER_ACCOUNTS = ("postgres", "nobody")
_NAMESPACE = ("unshare", "-U", "--map-user=65534", "--map-group=65534", "--")


class NoIdentityError(LocalError):
    """No account can run a server from this directory; the message says what to change."""


@dataclass(frozen=True)
class Identity:
    """How a server process is made: `uid`/`gid` to drop to (None: stay), `prefix` before argv."""

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Hand one file or directory over, without following links or touching its parents."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def run(self, *argv: str | Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run to the end under this identity; the caller reads `returncode` and `stderr`."""
        return subprocess.run(
            [*self.prefix, *(str(arg) for arg in argv)],
            env=env,
            cwd="/",
            check=False,
            capture_output=True,
            text=True,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def can_enter(self, directory: Path) -> bool:
        """Whether a process of this identity reaches what is below the directory."""
        return self.run("/bin/sh", "-c", 'test -x "$0"', directory, env={}).returncode == 0


def for_servers(directory: Path, *, data: Path | None = None) -> Identity:
    """The identity of servers whose data lie below an existing directory.

    An ordinary user runs them; root keeps the account that has the data, else drops to `postgres`
    or `nobody`.  Below a directory that only root may enter nothing is re-permissioned: the server
    runs in a user namespace instead.
    """
    if os.geteuid() != 0:
        return _ordinary(directory)
    for lesser in _lesser_accounts(data):
        if lesser.can_enter(directory):
            return lesser
    if masked := _masked(directory):
        return masked
    raise NoIdentityError(
        _(
            "{path} can be entered by root only, and PostgreSQL does not run as root: "
            "set TREIZE_HOME to a directory that other accounts can enter, such as /var/lib/treize."
        ).format(path=directory)
    )


def _ordinary(directory: Path) -> Identity:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:  # a container's invented number: PostgreSQL wants one that has a name
        return _masked(directory) or Identity()
    return Identity()


def _masked(directory: Path) -> Identity | None:
    masked = Identity(prefix=_NAMESPACE)
    possible = sys.platform == "linux" and shutil.which("unshare")
    return masked if possible and masked.can_enter(directory) else None


def _lesser_accounts(data: Path | None) -> Iterator[Identity]:
    if data and data.exists():
        known = data.stat()
        if known.st_uid != 0:
            yield Identity(known.st_uid, known.st_gid)
        return
    for name in _LESSER_ACCOUNTS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        yield Identity(account.pw_uid, account.pw_gid)


def make_directory(path: Path, mode: int) -> Path:
    """Create a directory and its missing parents whatever the umask; leave existing ones alone."""
    for missing in [p for p in reversed((path, *path.parents)) if not p.exists()]:
        missing.mkdir()
        missing.chmod(mode if missing == path else 0o755)
    return path


def own_directory(path: Path, identity: Identity) -> Path:
    """Make a directory that the identity alone (and root) can enter; refuse another account's."""
    make_directory(path, 0o700)
    known = path.lstat()
    if not stat.S_ISDIR(known.st_mode) or known.st_uid not in {os.geteuid(), identity.uid}:
        message = _("{path} belongs to another account: remove it, or set TREIZE_HOME elsewhere.")
        raise NoIdentityError(message.format(path=path))
    path.chmod(0o700)
    identity.own(path)
    return path


def plain_directory(home: Path, socket: str) -> Path:
    """Where a socket of this name goes: below home if its path may be so long and is plain.

    Else in /tmp: Valkey tells of its clients by their socket's path, its words parted by blanks,
    and shells read the addresses that name it.
    """
    inside = home / "socket"
    path = os.fsencode(inside / socket)
    if len(path) <= _LONGEST_SOCKET and _PLAIN.fullmatch(path):
        return inside
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"treize-{os.geteuid()}-{name}"
