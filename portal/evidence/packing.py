"""Proofs' files on their way into an archive: under a plain name, to the byte or not at all."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from portal.evidence import custody
from portal.evidence.custody import Fate, Kept
from portal.vault import sealed

#: The folder of an archive that holds them.
FOLDER: Final = "evidence"
_LONGEST_SUFFIX: Final = 6

_log = logging.getLogger(__name__)


def place_of(stem: object, file_name: str | None) -> str | None:
    """A plain place in the archive, by an id or a digest: never the name that somebody gave."""
    if file_name is None:
        return None
    suffix = Path(file_name).suffix.lower()
    plain = suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= _LONGEST_SUFFIX
    return f"{FOLDER}/{stem}{suffix if plain else ''}"


def content(kept: Kept) -> Iterator[bytes] | None:
    """The file piece by piece; ``None`` unless it is what was deposited.

    Read twice, for what was handed out cannot be taken back: once to its end, then to be sent.
    """
    return opened(kept) if is_whole(kept) else None


def is_whole(kept: Kept) -> bool:
    """Whether it is there and what was deposited, read to its end."""
    _, fate = custody.looked_at(kept, reading=True)
    if fate is not Fate.WHOLE:
        _log.error("evidence %s: the stored file is %s", kept.evidence_id, fate.value)
    return fate is Fate.WHOLE


def opened(kept: Kept) -> Iterator[bytes]:
    """One that was looked at, piece by piece."""
    return sealed.open_plain(kept.key)
