"""Documents that were issued: handed out to the byte as their digest says, or not at all."""

import logging

from portal.kit.canonical import sha256_hex
from portal.kit.errors import Conflict
from portal.kit.storage import Storage

_log = logging.getLogger(__name__)


class Altered(Conflict):
    """What is stored is no longer what was issued: a bad disk, or somebody's hand."""

    message = "The stored file is no longer the one that was issued: it is not handed out."


def read(store: Storage, key: str, digest: str | None) -> bytes:
    """The stored file.  Raises :class:`Altered` when its SHA-256 is another than ``digest``."""
    content = store.read(key)
    if sha256_hex(content) != digest:
        _log.error("%s: the stored file has changed since it was issued", key)
        raise Altered
    return content
