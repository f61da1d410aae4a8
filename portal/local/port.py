"""The port that the portal answers on."""

import errno
import socket

from portal.local.console import _
from portal.local.errors import LocalError

HOST = "127.0.0.1"
_TRIES = 100
_LAST = 65535
#: Visitors who may wait for an answer, as gunicorn has it.
_WAITING = 2048


class NoPortError(LocalError):
    """The wanted port is not a number, or neither it nor any of the next hundred is free."""


def number(wanted: str) -> int:
    """The port that was asked for; raises `NoPortError` where it can be none."""
    if not wanted.isdecimal() or not 0 < int(wanted) <= _LAST:
        message = _("PORT must be a number from 1 to {last}, not « {wanted} ».")
        raise NoPortError(message.format(last=_LAST, wanted=wanted))
    return int(wanted)


def taken(first: int) -> socket.socket:
    """Take the wanted port, else the next free one, for as long as the socket is open.

    It listens at once, so that whoever looks for a port meanwhile finds this one taken.
    """
    for port in range(first, min(first + _TRIES, _LAST + 1)):
        if (door := _door(port)) is not None:
            return door
    message = _("No free port from {first} on: give another one in PORT.")
    raise NoPortError(message.format(first=first))


def _door(port: int) -> socket.socket | None:
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
        door.listen(_WAITING)
    except OSError as error:
        door.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            return None
        raise
    return door
