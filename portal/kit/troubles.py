"""What an error comes to in the words of :class:`portal.kit.errors.Trouble`.  For workers."""

import errno
import os
from collections.abc import Iterator
from typing import Final

from redis import RedisError
from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import DBAPIError
from typst import TypstError

from portal.kit.errors import Trouble

#: Of libraries; an error of ours names its own (``trouble``).  The first that fits counts.
_NAMED: Final[tuple[tuple[type[BaseException], Trouble], ...]] = (
    (BaseTimeoutException, Trouble.SLOW),
    (DBAPIError, Trouble.DATABASE),
    (RedisError, Trouble.QUEUE),
    (TypstError, Trouble.LAYOUT),
)
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: As the store of files says it, whose errors carry no number.
_NO_ROOM_SAID: Final = os.strerror(errno.ENOSPC)


def named(error: BaseException) -> Trouble:
    """What an error comes to, by itself or by what it came from."""
    for each in _origins(error):
        if found := _alone(each):
            return found
    return Trouble.UNKNOWN


def _alone(error: BaseException) -> Trouble | None:
    own = getattr(error, "trouble", None)
    if isinstance(own, Trouble):
        return own
    if getattr(error, "errno", None) in _NO_ROOM or _NO_ROOM_SAID in str(error):
        return Trouble.FULL
    return next((trouble for kind, trouble in _NAMED if isinstance(error, kind)), None)


def _origins(error: BaseException) -> Iterator[BaseException]:
    """The innermost first: what wraps a full disk knows less than it does."""
    chain: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in chain:
        chain.append(each)
        each = each.__cause__ or each.__context__
    yield from reversed(chain)
