"""What a store of files that does not serve comes to: it is away and waited for, or it refuses."""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, JoinError

from portal.kit.errors import Away, Conflict, NotFound, Trouble, Unavailable

#: Nobody listens, nothing comes back in time, a gateway or the server itself breaks down.
_BROKEN: Final = (GenericError, JoinError)
#: A disk says so in the same class of error, which carries no number.
_NO_ROOM: Final = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))

_LOG = logging.getLogger(__name__)


class StoreAway(Unavailable, Away):
    """It cannot be reached, or breaks down: promised work waits for it."""

    trouble = Trouble.STORE


class StoreRefuses(Unavailable):
    """It is there and says no: to our key, for want of the bucket, of room.  An answer."""

    heading = "The portal cannot get at its files"
    message = (
        "The place where files are kept answers and refuses. Nothing was lost: tell whoever"
        " operates the portal; until then trying again will not help."
    )
    trouble = Trouble.SHUT


@contextmanager
def plain_words(folder: Path | None = None, *, writing: bool = False) -> Iterator[None]:
    """Turn the store's errors into ours, which have words for users, and tell the operator.

    ``folder``: where the store is one, its root.
    """
    _there(folder)
    try:
        yield
    except AlreadyExistsError as error:
        raise Conflict from error
    except FileNotFoundError as error:
        # Nothing is missing where something is written, unless it is the bucket.
        if not writing and not no_bucket(error):
            raise NotFound from error
        _tell(error)
        raise StoreRefuses from error
    except BaseError as error:
        _tell(error)
        raise (StoreAway if _is_away(error) else StoreRefuses) from error


def no_bucket(error: FileNotFoundError) -> bool:
    return "<Code>NoSuchBucket</Code>" in str(error)


def _there(folder: Path | None) -> None:
    """A root that is gone is not made anew, nor are its files told as missing or as deleted."""
    if folder is None:
        return
    try:
        there = folder.is_dir()
    except OSError:
        there = False
    if not there:
        _LOG.error("The storage does not serve: there is no folder %s", folder)
        raise StoreAway


def _is_away(error: BaseError) -> bool:
    return isinstance(error, _BROKEN) and not any(said in str(error) for said in _NO_ROOM)


def _tell(error: Exception) -> None:
    """In the log: which server, which refusal; what a store sends after its words is left out."""
    words = str(error).partition("\n\nDebug source")[0].partition("</Message>")[0]
    _LOG.error("The storage does not serve: %s", words)
