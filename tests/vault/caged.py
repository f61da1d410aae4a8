"""The process that reads a hostile file, whose reader misbehaves: …caged HOW.

All else is the real one: how it is started, what it is allowed, how it answers.
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Final

from portal.vault import cell
from portal.vault.checks.examination import Examined

#: More than the process may have, less than a machine has to promise.
_SWOLLEN: Final = 2 * cell.MEMORY


def _spins() -> None:
    while True:
        pass


def _swells() -> None:
    bytearray(_SWOLLEN)  # asked for, never touched


def _writes() -> None:
    os.write(os.memfd_create("written"), b"a")


def _sleeps() -> None:
    time.sleep(30)


def _nothing() -> None:
    """As an ordinary file."""


HOW: Final[dict[str, Callable[[], None]]] = {
    "spins": _spins,
    "swells": _swells,
    "writes": _writes,
    "sleeps": _sleeps,
    "behaves": _nothing,
}


def _examined(extension: str, content: bytes) -> Examined:
    """What it is allowed, in place of what it would find."""
    HOW[extension]()
    return Examined(None, [f"{which} {resource.getrlimit(which)}" for which, _ in cell.LIMITS])


def _within_a_second(which: int, most: int) -> tuple[int, int]:
    return which, 1 if which == resource.RLIMIT_CPU else most


if __name__ == "__main__":
    cell.examine = _examined  # type: ignore[attr-defined]  # what it reads the file with
    if sys.argv[1] == "spins":
        limits = [_within_a_second(*each) for each in cell.LIMITS]
        cell.LIMITS = tuple(limits)  # type: ignore[misc]  # sooner, nothing else
    cell.main()
