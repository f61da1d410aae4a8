"""Which seal documents get, and what may be said of it.

A seal vouches that nothing was changed since.  The development authority's names itself as such
everywhere; « qualified » is said of a certificate only when whoever runs the portal configured so.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from portal.config import Settings
from portal.kit import authority, certificates, clock, keyfiles
from portal.kit.errors import Away, Trouble

_UNQUALIFIED: Final = (
    "SEAL_QUALIFIED=1, but the certificate of « {name} » is no qualified one for seals: it does not"
    " state {lacks}"
)
_OUT_OF_FORCE: Final = "The certificate of « {name} » is in force from {since} until {until} alone."
_KEYLESS: Final = "SEAL_PKCS12 holds no private key with its certificate"
_ONE: Final = "Set SEAL_PKCS12 or SEAL_PKCS11_MODULE, not both."
#: Where the file lies, in the folder of keys, that tells which PIN was refused.
REFUSED_PIN: Final = "seal.pin-refused"


class Level(StrEnum):
    """Of PAdES: with or without a time told by a third party, and the means to outlive it."""

    BASIC = "B-B"
    TIMED = "B-T"
    LASTING = "B-LTA"


class DevelopmentSealError(RuntimeError):
    """Production without a certificate: the message says what to configure."""

    trouble = Trouble.SEAL


class SealSettingsError(RuntimeError):
    """Settings of the seal that do not go together, or are not all there; ``str()`` says which."""

    trouble = Trouble.SEAL


class NotSealed(RuntimeError):
    """The device that holds the key does not sign: ``str()`` says why, and what to do."""

    trouble = Trouble.SEAL


class DeviceAway(NotSealed, Away):
    """It is out of its reader, or does not answer: there is nothing to do but to put it back."""

    trouble = Trouble.DEVICE


@dataclass(frozen=True)
class HeldKey:
    """A private key in a device (PKCS#11): by the library, the token's label and the key's own.

    ``refused`` is the file that remembers that the token refused the PIN.
    """

    module: Path
    token: str
    label: str
    pin_file: Path
    refused: Path


@dataclass(frozen=True)
class Means:
    """All that sealing takes.  ``chain`` goes from the seal's certificate to its root, in DER.

    ``key`` is in DER too (PKCS#8), unless a device holds it.
    """

    key: bytes | HeldKey
    chain: tuple[bytes, ...]
    level: Level
    tsa_url: str | None
    development: bool
    qualified: bool
    tsa_roots: tuple[bytes, ...] = ()

    @property
    def certificate(self) -> x509.Certificate:
        """The seal's own."""
        return x509.load_der_x509_certificate(self.chain[0])

    @property
    def subject(self) -> str:
        """The name in the certificate, as readers show it."""
        named = self.certificate.subject
        common = named.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(common[0].value) if common else named.rfc4514_string()

    @property
    def anchor(self) -> str:
        """Where the chain ends, in PEM: what a verifier has to believe."""
        root = x509.load_der_x509_certificate(self.chain[-1])
        return root.public_bytes(Encoding.PEM).decode()


class _Pades(Protocol):
    """``portal.kit.pades``."""

    def seal(self, document: bytes, means: Means) -> bytes: ...


def seal(document: bytes, means: Means) -> bytes:
    """The PDF with a PAdES seal over the whole of it."""
    return _pades().seal(document, means)


@cache
def _pades() -> _Pades:
    """Loaded by the first to seal: it takes a second, and no web process ever does."""
    found: Any = import_module("portal.kit.pades")
    return found  # type: ignore[no-any-return]  # a module is what its names are


def means(settings: Settings) -> Means:
    """From the settings.  Reads private keys: for workers alone.

    Raises :class:`DevelopmentSealError` in production without a certificate, and
    :class:`SealSettingsError`, also where the certificate is not what the settings say of it, or
    not in force: no reader would believe what it sealed.
    """
    if settings.seal_pkcs11_module is not None:
        return _checked(_held(settings))
    if settings.seal_pkcs12 is not None:
        return _checked(_given(settings))
    if not settings.development and not settings.development_seal:
        raise DevelopmentSealError(
            "Set SEAL_PKCS12 and SEAL_PASSPHRASE_FILE, or SEAL_PKCS11_MODULE for a key in a"
            " device, or DEVELOPMENT_SEAL=1 for documents of trial alone."
        )
    return _development(settings)


def _checked(found: Means) -> Means:
    own, name = found.certificate, found.subject
    if not certificates.in_force(own, clock.now()):
        since, until = own.not_valid_before_utc, own.not_valid_after_utc
        raise SealSettingsError(_OUT_OF_FORCE.format(name=name, since=since, until=until))
    if found.qualified and (lacks := certificates.lacks(own)):
        raise SealSettingsError(_UNQUALIFIED.format(name=name, lacks=", ".join(lacks)))
    return found


def _given(settings: Settings) -> Means:
    passphrase = None
    if settings.seal_passphrase_file is not None:
        passphrase = keyfiles.read(settings.seal_passphrase_file).strip()
    assert settings.seal_pkcs12 is not None  # noqa: S101 - asked by the caller
    bundle = pkcs12.load_pkcs12(keyfiles.read(settings.seal_pkcs12), passphrase)
    if bundle.key is None or bundle.cert is None:
        raise DevelopmentSealError(_KEYLESS)
    return Means(
        key=_private(bundle.key),
        chain=_chain(
            [bundle.cert.certificate, *(it.certificate for it in bundle.additional_certs)]
        ),
        level=_level(settings),
        tsa_url=settings.tsa_url,
        development=False,
        qualified=settings.seal_qualified,
        tsa_roots=tsa_roots(settings),
    )


def _held(settings: Settings) -> Means:
    if settings.seal_pkcs12 is not None:
        raise SealSettingsError(_ONE)
    module, pem = settings.seal_pkcs11_module, settings.seal_certificates
    token, label, pin_file = (
        settings.seal_pkcs11_token,
        settings.seal_pkcs11_key,
        settings.seal_pkcs11_pin_file,
    )
    if module is None or pem is None or pin_file is None or not token or not label:
        raise SealSettingsError(
            "SEAL_PKCS11_MODULE needs SEAL_PKCS11_TOKEN, SEAL_PKCS11_KEY, SEAL_PKCS11_PIN_FILE"
            " and SEAL_CERTIFICATES beside it."
        )
    return Means(
        key=HeldKey(module, token, label, pin_file, settings.keys / REFUSED_PIN),
        chain=_chain(x509.load_pem_x509_certificates(pem.read_bytes())),
        level=_level(settings),
        tsa_url=settings.tsa_url,
        development=False,
        qualified=settings.seal_qualified,
        tsa_roots=tsa_roots(settings),
    )


def _level(settings: Settings) -> Level:
    if settings.tsa_url is None:
        return Level.BASIC
    return Level.TIMED if settings.tsa_roots is None else Level.LASTING


def tsa_roots(settings: Settings) -> tuple[bytes, ...]:
    """The certificates that a time-stamping authority is believed by, in DER; perhaps none."""
    if settings.tsa_roots is None:
        return ()
    believed = x509.load_pem_x509_certificates(settings.tsa_roots.read_bytes())
    return tuple(_der(each) for each in believed)


def _development(settings: Settings) -> Means:
    pem = authority.kept(settings.keys)
    return Means(
        key=_private(load_pem_private_key(pem, password=None)),
        chain=tuple(_der(each) for each in x509.load_pem_x509_certificates(pem)),
        level=Level.TIMED if settings.tsa_url else Level.BASIC,
        tsa_url=settings.tsa_url,
        development=True,
        qualified=False,
    )


def _chain(given: list[x509.Certificate]) -> tuple[bytes, ...]:
    """The first one's, in DER, whatever order the others were given in."""
    return tuple(_der(each) for each in certificates.chain(given[0], given[1:]))


def _private(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
