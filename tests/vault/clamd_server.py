"""Something that speaks clamd's INSTREAM over a real socket, well or badly."""

import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

#: The harmless file that every antivirus finds, cut so that none finds it here.
EICAR = (
    rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
)  # fmt: skip


class Manner(StrEnum):
    PLAIN = "plain"
    #: Says that the stream is too long, and hangs up while more comes.
    SMALL = "small"
    #: Hangs up without a word once it has read something.
    DIES = "dies"
    #: Reads all and never answers.
    SILENT = "silent"
    #: Answers a byte a second.
    DRIPS = "drips"
    CONFUSED = "confused"
    #: Hangs up in the midst of its answer.
    HALF = "half"


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        manner: Manner = self.server.manner  # type: ignore[attr-defined]  # set by `served`
        assert self.rfile.read(10) == b"zINSTREAM\0"
        seen = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            seen += self.rfile.read(length)
            if manner is Manner.DIES:
                return
            if manner is Manner.SMALL:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self._answer(manner, b"stream: Eicar-Test FOUND\0" if EICAR in seen else b"stream: OK\0")

    def _answer(self, manner: Manner, verdict: bytes) -> None:
        if manner is Manner.CONFUSED:
            self.wfile.write(b"stream: OK, or so it seems\0")
        elif manner is Manner.HALF:
            self.wfile.write(verdict[:6])
        elif manner is Manner.PLAIN:
            self.wfile.write(verdict)
        elif manner is Manner.DRIPS:
            for byte in verdict:
                self.wfile.write(bytes([byte]))
                time.sleep(0.3)
        else:
            time.sleep(2)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has hung up."""


@contextmanager
def served(manner: Manner = Manner.PLAIN) -> Iterator[str]:
    """The address to ask."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.manner = manner  # type: ignore[attr-defined]  # read back by `_Talk`
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
