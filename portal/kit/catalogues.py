"""The message catalogues, compiled from their sources before anything is shown.

Whoever starts the portal without `make` has sources alone: each screen would then speak in the
language its sentences happen to be written in, and say nothing of it.
"""

import io
import logging
import os
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).parents[2] / "translations"

_log = logging.getLogger(__name__)


class NotCompiledError(RuntimeError):
    """There is no catalogue to speak from; the message says what to do."""


def make_ready(folder: Path = FOLDER) -> None:
    """Compile each catalogue that is missing, or older than its source.

    Raises :class:`NotCompiledError` where one is missing and cannot be written; an old one is
    better than none, and told in the log.
    """
    sources = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    if not sources and not any(folder.glob("*/LC_MESSAGES/*.mo")):
        raise NotCompiledError(f"No message catalogue in {folder}.")
    for source in sources:
        compiled = source.with_suffix(".mo")
        if not _fresh(compiled, source):
            _compile(source, compiled)


def _fresh(compiled: Path, source: Path) -> bool:
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime


def _compile(source: Path, compiled: Path) -> None:
    """Whole or not at all: several processes may start at once."""
    content = io.BytesIO()
    with source.open("rb") as written:
        write_mo(content, read_po(written))
    unfinished = compiled.with_suffix(f".{os.getpid()}.new")
    try:
        unfinished.write_bytes(content.getvalue())
        unfinished.replace(compiled)
    except OSError as error:
        if not compiled.exists():
            raise NotCompiledError(
                f"{compiled} cannot be written ({error}): run make translations beforehand."
            ) from error
        _log.warning("%s is older than its source and cannot be written", compiled)
