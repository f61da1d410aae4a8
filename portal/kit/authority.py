"""The development authority: a certificate of our own, worth nothing outside of trials.

It says so in its name, which every reader of a sealed document is shown.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from portal.kit import clock, keyfiles

FILE: Final = "development-seal.pem"
ROOT_NAME: Final = "Treize, autorité de développement"
SEAL_NAME: Final = "Treize, cachet de développement"
WARNING: Final = "Sans valeur hors des essais"
#: Longer than a development installation lives.
LASTS: Final = timedelta(days=3650)
_SLACK: Final = timedelta(days=1)


def kept(folder: Path) -> bytes:
    """In PEM: the seal's private key, its certificate, and the authority's.

    The authority's own key is thrown away once it has signed: nothing more comes under its name.
    """
    return keyfiles.once(folder / FILE, made)


def made() -> bytes:
    """A new authority with one certificate under it."""
    now = clock.now()
    root_key, seal_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, seal_name = _name(ROOT_NAME), _name(SEAL_NAME)
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = (
        _begun(root_name, root_name, root_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(root_id, critical=False)
        .sign(root_key, SHA256())
    )
    seal = (
        _begun(seal_name, root_name, seal_key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(seal_key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), critical=False
        )
        .sign(root_key, SHA256())
    )
    private = seal_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return b"".join((private, *(each.public_bytes(Encoding.PEM) for each in (seal, root))))


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, WARNING),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + LASTS)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    """Sign certificates, or vouch for contents: never both."""
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=not certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
