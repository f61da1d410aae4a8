"""Secrets kept in files: made once, whole, for one account's eyes.

Only workers read them; a web process that is broken into holds no key that signs anything.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from portal.kit.errors import Trouble

#: What a file that others may read would be worth.
_FOR_OTHERS: Final = 0o077


class ExposedKeyError(RuntimeError):
    """A key that other accounts may read is no secret: it is not used."""

    trouble = Trouble.SEAL


def once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; made first when it is not there, by one process of any number."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not path.exists():
            replace(path, make())
    return read(path)


def read(path: Path) -> bytes:
    """The secret.  Raises :class:`ExposedKeyError` when its file is open to others."""
    if path.stat().st_mode & _FOR_OTHERS:
        raise ExposedKeyError(f"{path} may be read by others: chmod 600")
    return path.read_bytes()


def replace(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, and have the disk hold it before going on."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
