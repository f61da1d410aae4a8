"""The port that the portal answers on."""

import errno
import socket

from portal.local.console import _
from portal.local.errors import LocalError

HOST = "127.0.0.1"
_TRIES = 100
_LAST = 65535


class NoPortError(LocalError):
    """The wanted port is not a number, or neither it nor any of the next hundred is free."""


def number(wanted: str) -> int:
    """The port that was asked for; raises `NoPortError` where it can be none."""
    if not wanted.isdecimal() or not 0 < int(wanted) <= _LAST:
        message = _("PORT must be a number from 1 to {last}, not « {wanted} ».")
        raise NoPortError(message.format(last=_LAST, wanted=wanted))
    return int(wanted)


def first_free(first: int) -> int:
    """The wanted port, else the next free one."""
    for port in range(first, min(first + _TRIES, _LAST + 1)):
        if _free(port):
            return port
    message = _("No free port from {first} on: give another one in PORT.")
    raise NoPortError(message.format(first=first))


def _free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True
