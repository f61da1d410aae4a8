"""Ask clamd whether a file holds something known: its INSTREAM command, over a socket.

Above its own caps clamd stops reading and, unless told otherwise, says that all is well: ours are
lower than its defaults, ``AlertExceedsMax yes`` belongs in its configuration, and an answer that
is not exactly « OK » is never taken for one.
"""

import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from portal.kit.errors import Away, Trouble

#: For the whole conversation; a server that drips its answer is given up as well.
SECONDS: Final = 60.0
PORT: Final = 3310
_PIECE: Final = 64 * 1024
_LONGEST: Final = 4096
_LENGTH: Final = struct.Struct(">I")


class ScannerDown(Away):
    """No verdict: the scanner is away, too slow, or said something else; the message says it."""

    trouble = Trouble.SCANNER


@dataclass(frozen=True)
class Scanner:
    """Where clamd listens: a host and port, or the path of its socket."""

    host: str = ""
    port: int = PORT
    path: str = ""
    seconds: float = SECONDS

    @classmethod
    def from_url(cls, url: str) -> "Scanner":
        """Read ``tcp://host:3310`` or ``unix:///path``.  Raises ``ValueError`` on anything else."""
        parts = urlsplit(url)
        if parts.scheme == "tcp" and parts.hostname:
            return cls(host=parts.hostname, port=parts.port or PORT)
        if parts.scheme == "unix" and parts.path and not parts.netloc:
            return cls(path=unquote(parts.path))
        raise ValueError("CLAMAV_URL: tcp://host:port or unix:///path")

    def finds(self, pieces: Iterable[bytes]) -> str | None:
        """The name of what is found; ``None`` when the file is clean.  Raises ``ScannerDown``."""
        until = time.monotonic() + self.seconds
        try:
            with self._connected() as wire:
                return _verdict(_asked(wire, pieces, until))
        except OSError as error:
            raise ScannerDown(type(error).__name__) from error

    def _connected(self) -> socket.socket:
        if self.path:
            wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                wire.settimeout(self.seconds)
                wire.connect(self.path)
            except OSError:
                wire.close()
                raise
            return wire
        return socket.create_connection((self.host, self.port), timeout=self.seconds)


def _asked(wire: socket.socket, pieces: Iterable[bytes], until: float) -> bytes:
    """What clamd answers once everything is sent, or before: it hangs up on what is too large."""
    try:
        wire.sendall(b"zINSTREAM\0")
        for piece in pieces:
            for start in range(0, len(piece), _PIECE):
                _patience(wire, until)
                sent = piece[start : start + _PIECE]
                wire.sendall(_LENGTH.pack(len(sent)) + sent)
        wire.sendall(_LENGTH.pack(0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it may have said why
    answer = b""
    while not answer.endswith(b"\0"):
        _patience(wire, until)
        piece = wire.recv(_LONGEST)
        if not piece:
            raise ScannerDown("hung up without a verdict")
        answer += piece
        if len(answer) > _LONGEST:
            raise ScannerDown("talks too much")
    return answer.rstrip(b"\0")


def _patience(wire: socket.socket, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise ScannerDown("too slow")
    wire.settimeout(left)


def _verdict(answer: bytes) -> str | None:
    said = answer.decode("utf-8", "replace").strip()
    if said == "stream: OK":
        return None
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerDown(said[:200])
