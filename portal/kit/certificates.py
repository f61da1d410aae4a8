"""What the certificates of a seal say: who vouches for whom, until when, and for what.  Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

#: Where a certificate states that it is a qualified one (RFC 3739, 3.2.6).
_STATEMENTS: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
#: ETSI EN 319 412-5, in DER: qualified in the European Union, its key in a qualified device, and
#: of the type « seal ».  All three make the seal a qualified one (eIDAS, articles 38 and 39).
_QUALIFIED: Final = {
    "QcCompliance": bytes.fromhex("060604008e460101"),
    "QcSSCD": bytes.fromhex("060604008e460104"),
    "QcType eSeal": bytes.fromhex("060704008e46010602"),
}


def chain(first: x509.Certificate, others: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """From ``first`` to the root, each signed by the next one, in whatever order they come.

    Stops where none of ``others`` vouches for the last one; who vouches for nobody is left out.
    """
    found, left = [first], list(others)
    while (above := next((each for each in left if _vouches(each, found[-1])), None)) is not None:
        found.append(above)
        left.remove(above)
    return found


def _vouches(above: x509.Certificate, below: x509.Certificate) -> bool:
    if below.issuer == below.subject:
        return False
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def lacks(certificate: x509.Certificate) -> list[str]:
    """What it does not state of that which makes a seal a qualified one; nothing when it is."""
    try:
        stated = certificate.extensions.get_extension_for_oid(_STATEMENTS).value
    except x509.ExtensionNotFound:
        return list(_QUALIFIED)
    raw = stated.value if isinstance(stated, x509.UnrecognizedExtension) else b""
    return [name for name, told in _QUALIFIED.items() if told not in raw]


def in_force(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
