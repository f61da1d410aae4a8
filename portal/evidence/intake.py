"""A file on its way in: its name cleaned, its beginning checked against its name, then sealed.

Nothing here trusts what the browser says of a file; the name is shown and never used as a key.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from portal.evidence.facts import Deposit
from portal.kit import storage
from portal.kit.errors import Refused
from portal.vault import sealed
from portal.vault.checks import kinds
from portal.vault.checks.verdict import Failed
from portal.vault.words import REASONS

LIMIT = kinds.LIMIT
MAX_NAME = 150


@contextmanager
def receiving(source: IO[bytes], name: str, declared: str) -> Iterator[Deposit]:
    """Seal a file into quarantine for as long as the block succeeds; else nothing of it stays.

    ``declared`` is the type that the browser gives it.  Raises ``storage.TooLarge`` or ``Refused``:
    what can be told from its beginning is told at once, the rest by the examination.
    """
    shown = clean_name(name)
    extension = _checked(source, shown, declared)
    stored = sealed.put(sealed.new_key(), source, limit=LIMIT)
    kept = False
    try:
        yield Deposit(stored.key, shown, stored.size, kinds.TYPES[extension], stored.sha256)
        kept = True
    finally:
        if not kept:
            storage.current().delete(stored.key)


def clean_name(name: str) -> str:
    """The last part of a path, without invisible or direction-changing characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    plain = " ".join(visible.split()) or "fichier"
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(plain) <= MAX_NAME:
        return plain[:MAX_NAME]
    return f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"


def _checked(source: IO[bytes], name: str, declared: str) -> str:
    size = source.seek(0, 2)
    source.seek(0)
    if size > LIMIT:
        raise storage.TooLarge(field="file", limit=LIMIT // 1_000_000)
    head = source.read(kinds.HEAD)
    source.seek(0)
    try:
        return kinds.check(name, declared, head)
    except Failed as failure:
        raise Refused(REASONS[failure.reason], field="file") from failure
