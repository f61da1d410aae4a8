"""Sealing by a key that never leaves its token: a real one, by SoftHSM."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import Attribute

from portal.attestations import report
from portal.config import Settings
from portal.kit import keyfiles, sealing
from portal.kit.sealing import DeviceAway, Level, NotSealed, SealSettingsError
from tests import tsa_server
from tests.attestations import samples
from tests.kit import test_sealing, token
from tests.kit.test_sealing import ADDRESS, accepted, poppler
from tests.kit.token import KEY, LABEL, OTHER_PIN, PIN, Token

settings, tsa = test_sealing.settings, test_sealing.tsa


@pytest.fixture(scope="module")
def plain() -> bytes:
    return report.render(samples.snapshot(), verify_url=ADDRESS, carried=b'{"a":1}')


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Token]:
    with token.inserted(tmp_path) as found:
        found.certify()
        yield found


def configured(held: Token, settings: Settings, **more: object) -> Settings:
    """With a folder of keys of its own: what is remembered of a PIN lies there."""
    return replace(held.settings(settings), keys=held.folder.with_name("keys"), **more)  # type: ignore[arg-type]  # of Settings


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_two_readers_accept_what_the_token_sealed(
    plain: bytes, held: Token, settings: Settings, kind: str, tmp_path: Path
) -> None:
    held.certify(kind)
    means = sealing.means(configured(held, settings))

    document = sealing.seal(plain, means)

    assert (means.level, means.development) == (Level.BASIC, False)
    assert accepted(document, means.chain[-1])
    assert "Signature Validation: Signature is Valid." in poppler(document, tmp_path)


def test_a_token_seals_for_long_too(
    plain: bytes, held: Token, settings: Settings, tsa: tsa_server.Tsa, tmp_path: Path
) -> None:
    believed = tmp_path / "tsa.pem"
    believed.write_text(tsa.pem)
    means = sealing.means(configured(held, settings, tsa_url=tsa.url, tsa_roots=believed))

    document = sealing.seal(plain, means)

    assert means.level is Level.LASTING
    assert accepted(document, means.chain[-1], tsa.root, timed=True)


def test_the_key_cannot_be_read_from_the_token(held: Token) -> None:
    found = pkcs11.lib(str(token.library())).get_token(token_label=LABEL)
    with found.open(user_pin=PIN) as session:
        key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=KEY)
        for secret in (Attribute.PRIVATE_EXPONENT, Attribute.PRIME_1):
            with pytest.raises(pkcs11.AttributeSensitive):
                key[secret]


def test_a_key_that_may_be_taken_out_is_not_used(
    plain: bytes, held: Token, settings: Settings
) -> None:
    held.certify(extractable=True)

    with pytest.raises(NotSealed, match="can be taken out of its token") as refused:
        sealing.seal(plain, sealing.means(configured(held, settings)))
    assert not isinstance(refused.value, DeviceAway)


def test_a_refused_pin_is_told_and_never_tried_again(
    plain: bytes, held: Token, settings: Settings
) -> None:
    """The second time the token would have taken it: it was not asked."""
    means = sealing.means(configured(held, settings))
    held.write_pin(OTHER_PIN)

    with pytest.raises(NotSealed, match="was refused by the token") as refused:
        sealing.seal(plain, means)
    assert not isinstance(refused.value, DeviceAway)
    held.change_pin(PIN, OTHER_PIN)
    with pytest.raises(NotSealed, match="was refused by the token"):
        sealing.seal(plain, means)
    held.write_pin(OTHER_PIN)
    document = sealing.seal(plain, means)

    assert accepted(document, means.chain[-1])
    assert str(held.pin_file) in str(refused.value)
    assert PIN not in str(refused.value)
    assert OTHER_PIN not in str(refused.value)


def test_a_token_that_is_gone_is_told_and_found_when_it_comes_back(
    plain: bytes, held: Token, settings: Settings
) -> None:
    means = sealing.means(configured(held, settings))
    sealing.seal(plain, means)

    with held.away():
        for _ in range(2):
            with pytest.raises(DeviceAway, match=f"the token « {LABEL} »"):
                sealing.seal(plain, means)

    assert accepted(sealing.seal(plain, means), means.chain[-1])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"seal_pkcs11_token": "Un autre"}, "is not in its reader"),
        ({"seal_pkcs11_key": "une autre"}, "has no private key named « une autre »"),
        ({"seal_pkcs11_module": Path("/nowhere/lib.so")}, "does not answer"),
    ],
)
def test_what_is_not_there_is_named(
    plain: bytes, held: Token, settings: Settings, wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(NotSealed, match=said) as refused:
        sealing.seal(plain, sealing.means(configured(held, settings, **wrong)))
    assert isinstance(refused.value, DeviceAway) == (said == "is not in its reader")


def test_the_certificate_of_another_key_seals_nothing(
    plain: bytes, held: Token, settings: Settings
) -> None:
    other = rsa.generate_private_key(65537, 2048).public_key()
    spki = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    held.certificates.write_bytes(token.certified(spki))

    with pytest.raises(NotSealed, match="not that of the first certificate") as refused:
        sealing.seal(plain, sealing.means(configured(held, settings)))
    assert not isinstance(refused.value, DeviceAway)


def test_a_pin_that_others_may_read_is_not_used(
    plain: bytes, held: Token, settings: Settings
) -> None:
    held.pin_file.chmod(0o640)

    with pytest.raises(keyfiles.ExposedKeyError):
        sealing.seal(plain, sealing.means(configured(held, settings)))


def test_settings_that_do_not_go_together_are_refused(held: Token, settings: Settings) -> None:
    whole = configured(held, settings)

    with pytest.raises(SealSettingsError, match="not both"):
        sealing.means(replace(whole, seal_pkcs12=held.certificates))
    for lacking in ("seal_pkcs11_token", "seal_pkcs11_key", "seal_pkcs11_pin_file",
                    "seal_certificates"):  # fmt: skip
        with pytest.raises(SealSettingsError, match="SEAL_CERTIFICATES"):
            sealing.means(replace(whole, **{lacking: None}))  # type: ignore[arg-type]  # of paths and words


def test_a_token_is_never_asked_by_what_only_describes_the_seal(
    held: Token, settings: Settings
) -> None:
    with held.away():
        means = sealing.means(configured(held, settings))

    assert means.subject == "Cachet d’essai"
    assert "CERTIFICATE" in means.anchor
