"""Messages carry a signature that whoever receives them can check against the DNS."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest

from portal.kit import mail
from portal.kit.signing import Signer
from tests.kit.test_mail import _message
from tests.smtp import Inbox, serving

Dns = Callable[..., bytes | None]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    subprocess.run(
        ["openssl", "genrsa", "-traditional", "-out", path, "2048"], check=True, capture_output=True
    )
    return path


def _dns(key: Path) -> Dns:
    """A DNS that knows one name: our public key's."""
    public = subprocess.run(
        ["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    written = base64.b64encode(public)

    def answer(name: bytes, timeout: int = 5) -> bytes | None:
        known = name.rstrip(b".") == b"t13._domainkey.treize.example"
        return b"v=DKIM1; k=rsa; p=" + written if known else None

    return answer


def _sent(key: Path) -> bytes:
    inbox = Inbox()
    signer = Signer.read(key, selector="t13", domain="treize.example")
    with serving(inbox) as port:
        post = mail.SmtpPost("smtp", "127.0.0.1", port, signer=signer, returns="retours@t.example")
        post.send(_message(headers={"List-Unsubscribe": "<https://t.example/x>"}))
    assert inbox.taken[0].mail_from == "retours@t.example"
    content = inbox.taken[0].content
    assert isinstance(content, bytes)
    return content


def test_what_arrives_is_signed_by_the_key_that_the_dns_names(key: Path) -> None:
    assert dkim.verify(_sent(key), dnsfunc=_dns(key))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"Bonjour", b"Bonsoir"),
        (b"Subject: ", b"Subject: RE "),
        (b"helene@ehpad.example", b"autre@ehpad.example"),
        (b"https://t.example/x", b"https://t.example/y"),
        (b"From: ", b"From: Faux <a@b.example>\r\nFrom: "),
    ],
)
def test_whatever_is_changed_on_the_way_breaks_it(key: Path, was: bytes, becomes: bytes) -> None:
    sent = _sent(key)
    assert was in sent

    assert not dkim.verify(sent.replace(was, becomes), dnsfunc=_dns(key))


def test_a_file_without_a_key_stops_the_start(tmp_path: Path) -> None:
    bad = tmp_path / "key.pem"
    bad.write_text("no key")

    with pytest.raises(ValueError, match="DKIM_KEY_FILE"):
        Signer.read(bad, selector="t13", domain="treize.example")
