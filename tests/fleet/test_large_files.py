"""Half a gigabyte sent to the page of imports of a real server: told in words, in little memory."""

import http.client
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import pytest
from flask import Flask

from portal.fleet import import_queries
from portal.fleet.importer import detect
from tenants.context import tenant_scope
from tests import live as alive
from tests import make
from tests.conftest import Browser, sign_in
from tests.evidence.test_deposit import stored
from tests.evidence.test_flood import free_port, peak, served
from tests.fleet.importer.samples import METADATA, etalab_line, text

live = alive.live
FORM: Final = "/acme/parc/import"
HOST: Final = "127.0.0.1:8000"
#: In kB: what the form itself needs besides, a tenth of the file at most.
MORE: Final = 40_000
_BOUNDARY: Final = "half-a-gigabyte"
#: A megabyte of a national file, sent again and again: nobody holds more of it at once.
_PIECE: Final = text([etalab_line()] * 4_000)
_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Sender:
    """The owner of a provider in front of the form, and the process that answers her."""

    port: int
    pid: int
    cookie: str
    token: str

    def send(self, size: int, pieces: Iterable[bytes]) -> tuple[int, str]:
        """Announce a body of that size, send these of it, and read what is answered."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        line.putrequest("POST", FORM, skip_host=True)
        for name, value in {
            "Host": HOST,
            "Cookie": f"session={self.cookie}",
            "Accept-Language": "fr",
            "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
            "Content-Length": str(size),
        }.items():
            line.putheader(name, value)
        line.endheaders()
        for piece in pieces:
            line.send(piece)
        answer = line.getresponse()
        said = answer.read().decode().replace("\N{NO-BREAK SPACE}", " ")
        line.close()
        return answer.status, said

    @property
    def head(self) -> bytes:
        """The form, up to where its file begins."""
        named = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
        return (
            f'{named}"csrf_token"\r\n\r\n{self.token}\r\n'
            f'{named}"mode"\r\n\r\nwhole_file\r\n'
            f'{named}"file"; filename="national.csv"\r\n\r\n'
        ).encode()


_TAIL: Final = f"\r\n--{_BOUNDARY}--\r\n".encode()


@pytest.fixture
def sender(live: Flask) -> Iterator[Sender]:
    live.test_client_class = Browser
    owner, client, port = make.tenant("acme"), live.test_client(), free_port()
    with tenant_scope(owner.tenant_id), served(live, port) as pid:
        sign_in(client, owner)
        token = _TOKEN.search(client.get(FORM).text)
        cookie = client.get_cookie("session")
        assert token
        assert cookie
        yield Sender(port, pid, cookie.value, token[1])


def test_a_file_of_half_a_gigabyte_is_refused_in_words_and_in_little_memory(
    sender: Sender, live: Flask
) -> None:
    begun, count = sender.head + text([METADATA]), detect.LARGEST // len(_PIECE) + 1
    small = begun + _PIECE[:1_000] + _TAIL
    sender.send(len(small), [small])
    kept, runs, before = stored(live), len(import_queries.recent()), peak(sender.pid)

    pieces = (_PIECE for _ in range(count))
    status, said = sender.send(
        len(begun) + count * len(_PIECE) + len(_TAIL), chain([begun], pieces, [_TAIL])
    )

    assert (status, peak(sender.pid) - before < MORE) == (422, True)
    assert re.search(r"Le fichier pèse 50\d Mo ; la limite est de 500 Mo", said)
    assert "Envoyez le fichier compressé" in said
    assert (runs, len(import_queries.recent()), stored(live)) == (1, 1, kept)


def test_more_than_that_is_refused_before_it_is_sent(sender: Sender) -> None:
    status, said = sender.send(700 * 2**20, [sender.head])

    assert status == 413
    assert "Ce fichier est trop lourd" in said
