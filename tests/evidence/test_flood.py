"""Two hundred megabytes sent to a real server: refused, and its memory does not grow."""

import re
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask

from portal.local.process import wait_until
from tenants.context import tenant_scope
from tests import live as alive
from tests import make
from tests.conftest import Browser, sign_in
from tests.evidence.test_deposit import SHELF, stored

live = alive.live
FLOOD = 200_000_000
#: In kB: what one request of ordinary size may need besides, and less than a tenth of the flood.
MORE = 20_000
_PIECE = b"x" * 1_000_000
_HEAD = (
    b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n'
    b"Content-Type: application/pdf\r\n\r\n%PDF-1.7\n"
)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(app: Flask, port: int) -> Iterator[int]:
    """A web process as in production; the id of the one that answers."""
    arguments = ["--workers", "1", "--threads", "4", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *arguments], cwd=alive.ROOT, env=alive.environment(app)
    )
    try:
        wait_until(lambda: b" 200 " in get(port, "/healthz", ""), 60)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield int(children[0])
    finally:
        server.terminate()
        server.wait(20)


def get(port: int, path: str, cookie: str) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
            wire.sendall(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nCookie: {cookie}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            return wire.recv(65536)
    except OSError:
        return b""


def flood(port: int, path: str, cookie: str, *, told: bool) -> tuple[str, int]:
    """The first line of the answer, and how many bytes had been sent when it came."""
    size = f"Content-Length: {FLOOD + len(_HEAD)}" if told else "Transfer-Encoding: chunked"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nCookie: {cookie}\r\n{size}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode()
        )
        sent = 0
        # A refusal that comes while more is sent may be lost with the connection: listen first.
        for piece in [_HEAD, *[_PIECE] * (FLOOD // len(_PIECE))]:
            if select.select([wire], [], [], 0.05)[0]:
                break
            with suppress(BrokenPipeError, ConnectionResetError):
                wire.sendall(piece if told else b"%x\r\n%s\r\n" % (len(piece), piece))
            sent += len(piece)
        return wire.recv(200).split(b"\r\n")[0].decode(), sent


def peak(pid: int) -> int:
    """The most memory the process ever held, in kB."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert told
    return int(told[1])


@pytest.mark.parametrize("path", ["/nouvelle", "/plusieurs", "/plusieurs/un"])
@pytest.mark.parametrize("told", [True, False], ids=["announced", "in chunks"])
def test_a_flood_is_refused_and_is_not_held(live: Flask, path: str, *, told: bool) -> None:
    live.test_client_class = Browser
    owner, client = make.tenant("acme"), live.test_client()
    with tenant_scope(owner.tenant_id):
        sign_in(client, owner)
    session = client.get_cookie("session")
    assert session
    cookie, port = f"session={session.value}", free_port()
    with served(live, port) as pid:
        assert b" 200 " in get(port, f"{SHELF}/plusieurs", cookie)[:30]
        before = peak(pid)

        answer, sent = flood(port, f"{SHELF}{path}", cookie, told=told)

        assert answer.startswith("HTTP/1.1 413 ")
        assert peak(pid) - before < MORE
        assert sent < FLOOD, "refused before all of it was there"
        assert b" 200 " in get(port, f"{SHELF}/plusieurs", cookie)[:30]
    assert stored(live) == 0
