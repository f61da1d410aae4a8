"""« Vérifier »: honest answers to anybody, whatever is brought."""

import io
import random
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.attestations import verification
from portal.attestations.models import Attestation, IssuedDocument
from portal.attestations.verification import Answer
from portal.attestations.views import verify
from portal.kit import bodies, storage
from portal.kit.canonical import sha256_hex
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.attestations import scene
from tests.attestations.scene import CODE
from tests.counting import counted

OURS = "C’est bien l’un des nôtres"
UNKNOWN = "Nous ne connaissons pas ce document"
OTHER_FILE = "Ce code existe, mais ce fichier n’est pas celui que nous avons émis"
ALTERED = "Ce fichier n’est plus celui que nous avons émis"
STRANGE_CODE = "ABCDEFGHJKLM2345"


@pytest.fixture
def issued(client: FlaskClient, owner: Actor) -> Attestation:
    """One document of ours; the browser is nobody's."""
    (attestation_id,) = scene.issued(owner, scene.client(make.offering(carries=[CODE])))
    row = scene.one(attestation_id)
    db.session.expunge(row)
    db.session.remove()
    return row


def content_of(row: Attestation) -> bytes:
    return storage.current().read(row.pdf_key or "")


def answer(client: FlaskClient, **query: str) -> str:
    page = client.get("/verifier", query_string=query)
    assert page.status_code == 200
    return page.get_data(as_text=True)


def told(client: FlaskClient, **query: str) -> str:
    """The big sentence."""
    found = re.search(r'id="reponse">([^<]*)<', answer(client, **query))
    return found.group(1) if found else ""


def sent(client: FlaskClient, content: bytes, name: str = "a.pdf", **typed: str) -> tuple[int, str]:
    page = client.post("/verifier", data={"file": (io.BytesIO(content), name), **typed})
    if page.status_code != 303:
        return page.status_code, ""
    shown = client.get(page.location).get_data(as_text=True)
    found = re.search(r'id="reponse">([^<]*)<', shown)
    return 303, found.group(1) if found else ""


def test_our_document_is_recognised_with_what_it_shows_itself(
    client: FlaskClient, issued: Attestation
) -> None:
    text = answer(client, sha256=issued.pdf_sha256 or "")

    assert OURS in text
    for shown in (issued.number, "Acme", "EHPAD Les Ajoncs"):
        assert shown in text
    for kept in ("%</", scene.WORDS, str(issued.id), str(issued.tenant_id), "/acme/"):
        assert kept not in text


def test_a_document_with_its_own_code_is_ours(client: FlaskClient, issued: Attestation) -> None:
    assert told(client, sha256=issued.pdf_sha256 or "", code=issued.code or "") == OURS


def test_one_altered_byte_is_unknown_wherever_it_is(
    client: FlaskClient, issued: Attestation
) -> None:
    content = bytearray(content_of(issued))
    chance = random.Random(13)  # noqa: S311 - the same bits at each run
    for _ in range(20):
        at, mask = chance.randrange(len(content)), 1 << chance.randrange(8)
        content[at] ^= mask

        assert told(client, sha256=sha256_hex(bytes(content))) == UNKNOWN
        content[at] ^= mask


def test_an_altered_file_under_a_true_code_is_told_as_such(
    client: FlaskClient, issued: Attestation
) -> None:
    text = answer(client, sha256="0" * 64, code=issued.code or "")

    assert OTHER_FILE in text
    assert issued.number in text


def test_a_file_of_ours_under_another_s_code_is_told_as_such(
    client: FlaskClient, issued: Attestation
) -> None:
    text = told(client, sha256=issued.pdf_sha256 or "", code=STRANGE_CODE)

    assert text == "Ce fichier est l’un des nôtres, mais ce n’est pas celui du code donné"


def test_a_code_alone_shows_its_document_and_asks_for_the_file(
    client: FlaskClient, issued: Attestation
) -> None:
    code = issued.code or ""
    printed = "-".join(code[at : at + 4] for at in range(0, 16, 4))

    text = answer(client, code=f" {printed.lower()} ")

    assert "Reste à vérifier le fichier" in text
    assert issued.number in text
    assert re.search(rf'type="hidden"\s+name="code"\s+value="{code}"', text)


def test_altered_stranger_and_unknown_code_are_answered_alike(
    client: FlaskClient, issued: Attestation
) -> None:
    altered = answer(client, sha256=sha256_hex(content_of(issued) + b"\n"))
    stranger = answer(client, sha256=sha256_hex(b"%PDF-1.7 from elsewhere"))

    csrf = re.compile(r'(name="csrf_token" value=|name="csrf-token" content=)"[^"]*"')
    assert csrf.sub("", altered) == csrf.sub("", stranger)
    assert told(client, code=STRANGE_CODE) == UNKNOWN


@pytest.mark.parametrize(
    "code",
    ["1", "ABCD", "A" * 17, "ABCD-EFGH-JKLM-234!", "\x00" * 16, "é" * 16, "A" * 100_000,
     "'; DROP TABLE issued_document; --", "９" * 16],
    ids=range(9),
)  # fmt: skip
def test_a_code_of_a_wrong_shape_is_explained(client: FlaskClient, code: str) -> None:
    page = client.get("/verifier", query_string={"code": code})

    assert page.status_code == 422
    assert "seize signes" in page.get_data(as_text=True)


@pytest.mark.parametrize("sha256", ["0", "g" * 64, "0" * 65, "\x00", "0" * 100_000])
def test_a_digest_of_a_wrong_shape_is_explained(client: FlaskClient, sha256: str) -> None:
    page = client.get("/verifier", query_string={"sha256": sha256})

    assert page.status_code == 422


def test_a_misread_figure_is_mended() -> None:
    assert verification.tidy("0aB1-8k\u00a0q7") == "OABIBKQ7"


def test_without_scripts_the_file_is_hashed_by_the_server(
    client: FlaskClient, issued: Attestation
) -> None:
    content = content_of(issued)

    assert sent(client, content) == (303, OURS)
    assert sent(client, content + b" ") == (303, ALTERED)
    assert sent(client, content + b" ", code=issued.code or "") == (303, OTHER_FILE)


@pytest.mark.parametrize(
    "content", [b"not a PDF", b"\x00\xff" * 4000, b"%PDF-1.7", b"PK\x03\x04"], ids=range(4)
)
def test_whatever_is_sent_is_merely_unknown(client: FlaskClient, content: bytes) -> None:
    assert sent(client, content, name="../../etc/passwd\x00.exe") == (303, UNKNOWN)


def test_an_empty_file_and_no_file_are_said_so(client: FlaskClient) -> None:
    assert sent(client, b"")[0] == 422
    assert client.post("/verifier", data={}).status_code == 422


@pytest.mark.parametrize("token", [False, True], ids=["without token", "with token"])
def test_a_huge_upload_is_refused_by_its_announcement(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, token: bool
) -> None:
    """The form's token is looked for in the body, before the page is asked."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", token)

    page = client.post(
        "/verifier",
        content_type="multipart/form-data; boundary=x",
        input_stream=io.BytesIO(b"--x\r\n"),
        environ_overrides={"CONTENT_LENGTH": str(500 * 2**20)},
    )

    assert page.status_code == 413


def test_a_huge_upload_without_a_length_is_refused_on_the_way(client: FlaskClient) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    body = head + b"0" * (verify.LARGEST + bodies.FORM) + b"\r\n--x--\r\n"

    page = client.post(
        "/verifier", content_type="multipart/form-data; boundary=x", input_stream=io.BytesIO(body),
        environ_overrides={"wsgi.input_terminated": True},
    )  # fmt: skip

    assert page.status_code == 413


def test_checking_needs_no_account_and_writes_nothing(
    app: Flask, client: FlaskClient, issued: Attestation
) -> None:
    before = stored(app)
    with counted() as statements:
        for query in (
            {},
            {"sha256": issued.pdf_sha256},
            {"code": issued.code},
            {"sha256": "0" * 64},
        ):
            client.get("/verifier", query_string=query)
        sent(client, b"another")

    assert all(statement.startswith("SELECT issued_document") for statement in statements)
    assert stored(app) == before


def stored(app: Flask) -> int:
    return sum(len(page) for page in app.extensions["storage"]._store.list())


def test_the_page_asks_for_nothing_it_may_not_have(client: FlaskClient) -> None:
    page = client.get("/verifier")

    assert "js/verify.js" in page.get_data(as_text=True)
    assert "'unsafe" not in page.headers["Content-Security-Policy"]


def test_the_register_tells_no_more_than_the_document_shows() -> None:
    columns = {column.name for column in IssuedDocument.__table__.columns}

    assert columns == {
        "kind", "pdf_sha256", "code", "number", "provider_name", "establishment_name",
        "period_from", "period_until", "as_of", "issued_at", "superseded_at", "revoked_at",
    }  # fmt: skip


def test_nothing_brought_is_nothing_answered() -> None:
    assert verification.of(" ", " - ") is None
    assert verification.of("x", "").answer is Answer.NO_HASH  # type: ignore[union-attr]
