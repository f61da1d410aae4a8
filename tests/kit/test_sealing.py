"""Seals: accepted by two readers that are not ours, whole, and honest about who made them."""

import io
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from portal.attestations import report
from portal.config import Settings
from portal.kit import authority, keyfiles, sealing
from portal.kit.sealing import DevelopmentSealError, Level, Means
from portal.kit.stamping import AuthorityAway
from tests import tsa_server
from tests.attestations import samples
from tests.kit import pdf_reading

ADDRESS = "https://treize.example/verifier?code=K7QD2M9X4TRAP3HW"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        secret_key="test", master_key="", database_url="", redis_url="", storage_url="",
        environment="development", keys=tmp_path_factory.mktemp("keys") / "made",
    )  # fmt: skip


@pytest.fixture(scope="module")
def means(settings: Settings) -> Means:
    return sealing.means(settings)


@pytest.fixture(scope="module")
def plain(means: Means) -> bytes:
    return report.render(samples.snapshot(), verify_url=ADDRESS, seal=means, carried=b'{"a":1}')


@pytest.fixture(scope="module")
def sealed(plain: bytes, means: Means) -> bytes:
    return sealing.seal(plain, means)


@pytest.fixture(scope="module")
def tsa() -> Iterator[tsa_server.Tsa]:
    with tsa_server.running() as running:
        yield running


def accepted(document: bytes, *roots: bytes, timed: bool = False) -> bool:
    """By pyHanko's own validation, the whole file covered and no change allowed."""
    found = PdfFileReader(io.BytesIO(document)).embedded_regular_signatures[0]
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(each) for each in roots], allow_fetching=False
    )
    status = validate_pdf_signature(found, context, ts_validation_context=context)
    told = status.timestamp_validity is not None
    return bool(status.bottom_line and status.docmdp_ok and told is timed)


def poppler(document: bytes, tmp_path: Path) -> str:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(document)
    return subprocess.run(
        ["pdfsig", "-nocert", path], capture_output=True, text=True, check=True
    ).stdout


def test_two_readers_accept_the_seal(sealed: bytes, means: Means, tmp_path: Path) -> None:
    said = poppler(sealed, tmp_path)

    assert accepted(sealed, means.chain[-1])
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "Treize, cachet de développement" in said


def test_what_the_document_was_it_is_still(plain: bytes, sealed: bytes) -> None:
    before, after = (pikepdf.open(io.BytesIO(each)) for each in (plain, sealed))

    assert sealed.startswith(plain)
    assert list(pdf_reading.structure(after)) == list(pdf_reading.structure(before))
    assert pdf_reading.text_of(after) == pdf_reading.text_of(before)
    assert set(after.attachments) == {"ATT-2026-0187.json", "ATT-2026-0187.preuve.json"}
    for name, attached in before.attachments.items():
        assert after.attachments[name].get_file().read_bytes() == attached.get_file().read_bytes()
        assert after.attachments[name].obj.AFRelationship == attached.obj.AFRelationship
    with after.open_metadata() as told:
        assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("3", "A")
        assert told["pdfuaid:part"] == "1"
    assert len(after.Root.OutputIntents) == len(before.Root.OutputIntents) == 1
    assert after.Root.Lang == before.Root.Lang


def test_nothing_is_drawn_and_screen_readers_hear_the_field_s_name(sealed: bytes) -> None:
    document = pikepdf.open(io.BytesIO(sealed))
    field = document.Root.AcroForm.Fields[0]

    assert str(field.TU) == "Cachet électronique du document"
    left, bottom, right, top = (float(each) for each in field.Rect)
    assert (right, top) < (0, 0)
    assert (left, bottom) < (0, 0)
    assert int(field.F) & 0b110 == 0b100


def test_a_changed_byte_is_refused(sealed: bytes, means: Means) -> None:
    at = sealed.index(b"stream", 3000) + 40

    changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]

    assert not accepted(changed, means.chain[-1])


def test_the_seal_of_another_authority_is_not_believed(plain: bytes, means: Means) -> None:
    pem = authority.made()
    other = replace(
        means,
        key=sealing._private(load_pem_private_key(pem, None)),
        chain=tuple(sealing._der(each) for each in cx509.load_pem_x509_certificates(pem)),
    )

    forged = sealing.seal(plain, other)

    assert accepted(forged, other.chain[-1])
    assert not accepted(forged, means.chain[-1])


def test_the_development_authority_says_so_everywhere(
    means: Means, sealed: bytes, settings: Settings
) -> None:
    certificate = cx509.load_der_x509_certificate(means.chain[0])
    words = pdf_reading.text_of(pikepdf.open(io.BytesIO(sealed)))

    assert means.development
    assert "développement" in certificate.subject.rfc4514_string()
    assert "développement" in certificate.issuer.rfc4514_string()
    assert "Sans valeur hors des essais" in certificate.subject.rfc4514_string()
    assert "Autorité de développement : sans valeur hors des essais." in words.replace(
        "\u00a0", " "
    )
    assert "qualifié" not in words


def test_the_authority_is_made_once_and_its_own_key_is_kept_nowhere(settings: Settings) -> None:
    first = sealing.means(settings)
    files = [path for path in settings.keys.iterdir() if path.stat().st_size]

    assert sealing.means(settings) == first
    assert [path.name for path in files] == [authority.FILE]
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert files[0].read_bytes().count(b"PRIVATE KEY-----") == 2  # one: where it begins and ends


def test_a_key_open_to_others_seals_nothing(tmp_path: Path, settings: Settings) -> None:
    own = replace(settings, keys=tmp_path)
    sealing.means(own)
    (tmp_path / authority.FILE).chmod(0o644)

    with pytest.raises(keyfiles.ExposedKeyError):
        sealing.means(own)


def test_production_refuses_the_development_authority_unless_told(settings: Settings) -> None:
    production = replace(settings, environment="production")

    with pytest.raises(DevelopmentSealError, match="SEAL_PKCS12"):
        sealing.means(production)
    assert sealing.means(replace(production, development_seal=True)).development


@pytest.fixture
def given(tmp_path: Path, settings: Settings, tsa: tsa_server.Tsa) -> Settings:
    """A certificate of one's own in a PKCS#12 file, with a time-stamping authority."""
    pem = authority.made()
    certificate, root = cx509.load_pem_x509_certificates(pem)
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    bundle = pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, [root], BestAvailableEncryption(b"mot de passe")
    )
    for name, content in (
        ("seal.p12", bundle), ("word", b"mot de passe\n"), ("tsa.pem", tsa.pem.encode()),
    ):  # fmt: skip
        keyfiles.replace(tmp_path / name, content)
    return replace(
        settings, environment="production", seal_pkcs12=tmp_path / "seal.p12",
        seal_passphrase_file=tmp_path / "word", tsa_url=tsa.url, tsa_roots=tmp_path / "tsa.pem",
    )  # fmt: skip


def test_with_a_time_told_by_a_third_party_the_seal_is_b_t(
    plain: bytes, settings: Settings, tsa: tsa_server.Tsa, tmp_path: Path
) -> None:
    means = sealing.means(replace(settings, tsa_url=tsa.url))

    document = sealing.seal(plain, means)

    assert means.level is Level.TIMED
    assert accepted(document, means.chain[-1], tsa.root, timed=True)
    assert "Signature Validation: Signature is Valid." in poppler(document, tmp_path)


def test_with_a_certificate_of_one_s_own_the_seal_is_b_lta(
    plain: bytes, given: Settings, tsa: tsa_server.Tsa, tmp_path: Path
) -> None:
    means, before = sealing.means(given), tsa.asked

    document = sealing.seal(plain, means)

    reader = PdfFileReader(io.BytesIO(document))
    assert means.level is Level.LASTING
    assert not means.development
    assert "/DSS" in reader.root
    (last,) = reader.embedded_timestamp_signatures
    assert last.byte_range[2] + last.byte_range[3] == len(document)  # nothing follows it
    assert tsa.asked > before
    assert accepted(document, means.chain[-1], tsa.root, timed=True)
    assert "Signature Validation: Signature is Valid." in poppler(document, tmp_path)


def test_a_certificate_of_one_s_own_is_called_neither_a_trial_nor_qualified(
    given: Settings,
) -> None:
    means = sealing.means(given)
    document = report.render(samples.snapshot(), verify_url=ADDRESS, seal=means)
    words = pdf_reading.text_of(pikepdf.open(io.BytesIO(document)))

    assert "qualifié" not in words
    assert "développement : sans valeur" not in words.replace("\u00a0", " ")


def test_without_the_time_that_is_configured_nothing_is_sealed(
    plain: bytes, given: Settings, tsa: tsa_server.Tsa
) -> None:
    tsa.refuses = True
    try:
        with pytest.raises(AuthorityAway):
            sealing.seal(plain, sealing.means(given))
    finally:
        tsa.refuses = False


def test_random_changes_are_refused_by_the_seal(sealed: bytes, means: Means) -> None:
    chance = random.Random(13)  # noqa: S311 - the same bytes at each run
    outside = sealed.index(b"/Contents <"), sealed.index(b">", sealed.index(b"/Contents <"))
    for _ in range(15):
        at = chance.randrange(len(sealed) - 20_000)
        assert not outside[0] <= at <= outside[1]
        changed = sealed[:at] + bytes([sealed[at] ^ 1 << chance.randrange(8)]) + sealed[at + 1 :]
        try:
            believed = accepted(changed, means.chain[-1])
        except Exception:  # noqa: BLE001 - no PDF any more is refused as well
            believed = False
        assert not believed
