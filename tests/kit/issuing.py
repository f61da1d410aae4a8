"""A small authority: a root, an intermediate one, and a certificate for seals under both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.sign.ades.qualified_asn1 import QcStatements

from portal.kit import clock, keyfiles

_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
NAMES = ("Cachet d’essai", "Autorité intermédiaire", "Autorité racine")


@dataclass(frozen=True)
class Issued:
    """``chain`` goes from the seal's certificate to the root."""

    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]

    def written(self, path: Path, others: Sequence[x509.Certificate]) -> Path:
        """As PKCS#12 without a passphrase, the others in the order given."""
        bundle = pkcs12.serialize_key_and_certificates(
            b"seal", self.key, self.chain[0], list(others), NoEncryption()
        )
        keyfiles.replace(path, bundle)
        return path


def statements(*kinds: str, usage: str = "qct_eseal") -> bytes:
    """By an encoder that is not ours: « qc_compliance », « qc_sscd », « qc_type »."""
    told = [
        {"statement_id": kind, **({"statement_info": [usage]} if kind == "qc_type" else {})}
        for kind in kinds
    ]
    return bytes(QcStatements(told).dump())


def issued(
    stated: bytes | None = None,
    *,
    ends: datetime | None = None,
    curve: ec.EllipticCurve | None = None,
) -> Issued:
    keys = [ec.generate_private_key(curve or ec.SECP256R1()) for _ in NAMES]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in NAMES]
    since, until = clock.now() - timedelta(days=400), clock.now() + timedelta(days=400)
    made = []
    for place, key in enumerate(keys):
        above = min(place + 1, len(keys) - 1)
        built = (
            x509.CertificateBuilder()
            .subject_name(names[place])
            .issuer_name(names[above])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(ends if ends and not place else until)
            .add_extension(x509.BasicConstraints(place > 0, None), critical=True)
        )
        if stated and not place:
            built = built.add_extension(
                x509.UnrecognizedExtension(_STATEMENTS, stated), critical=False
            )
        made.append(built.sign(keys[above], SHA256()))
    return Issued(keys[0], tuple(made))
