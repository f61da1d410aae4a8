"""A wire between the browser and the portal that breaks in the midst of what is sent."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

_PIECE: Final = 64 * 1024


class Wire:
    """Hands on every byte, until it is told to break after so many of one connection."""

    def __init__(self, address: str) -> None:
        there = urlsplit(address)
        self._there = (there.hostname or "", there.port or 80)
        self._heard = socket.create_server((self._there[0], 0))
        self._left: int | None = None
        self.broke = 0
        self.address = f"http://{self._there[0]}:{self._heard.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def breaks_after(self, size: int) -> None:
        """Each connection that sends more than ``size`` bytes is cut, until it :meth:`heals`.

        A browser tries by itself once more where a connection had served before.
        """
        self._left = size

    def heals(self) -> None:
        self._left = None

    def end(self) -> None:
        self._heard.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._heard.accept()
                far = socket.create_connection(self._there)
                for one, other, counts in ((near, far, True), (far, near, False)):
                    threading.Thread(
                        target=self._hand_on, args=(one, other, counts), daemon=True
                    ).start()

    def _hand_on(self, one: socket.socket, other: socket.socket, counts: bool) -> None:
        sent = 0
        with suppress(OSError):
            while piece := one.recv(_PIECE):
                sent += len(piece)
                if counts and self._left is not None and sent > self._left:
                    self.broke += 1
                    break
                other.sendall(piece)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wire(address: str) -> Iterator[Wire]:
    made = Wire(address)
    try:
        yield made
    finally:
        made.end()
