"""Certificates: proofs of a known type, which say by whom, under which number and for what.

How long each may run comes from its scheme: HDS and ISO/IEC 27001 certificates three years, the
SecNumCloud qualification three years, the ExpertCyber label two, an insurance's attestation one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from portal.evidence.models import CertificateKind
from portal.guide.edition import months_after
from portal.kit.errors import Refused
from portal.kit.i18n import gettext

MAX_TEXT: Final = 200


@dataclass(frozen=True)
class Certificate:
    """What a certificate says of itself besides its dates."""

    kind: CertificateKind
    issuer: str
    number: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Scheme:
    """``numbered``: none is issued without a number.  ``months``: the longest one runs."""

    numbered: bool
    months: int | None


SCHEMES: Final[Mapping[CertificateKind, Scheme]] = {
    CertificateKind.HDS: Scheme(numbered=True, months=36),
    CertificateKind.ISO27001: Scheme(numbered=True, months=36),
    CertificateKind.SECNUMCLOUD: Scheme(numbered=True, months=36),
    CertificateKind.EXPERTCYBER: Scheme(numbered=False, months=24),
    CertificateKind.INSURANCE: Scheme(numbered=True, months=12),
    CertificateKind.OTHER: Scheme(numbered=False, months=None),
}
#: Names of schemes are the same in every language; the others are words.
_NAMES: Final = {
    CertificateKind.HDS: "HDS",
    CertificateKind.ISO27001: "ISO/IEC 27001",
    CertificateKind.SECNUMCLOUD: "SecNumCloud",
    CertificateKind.EXPERTCYBER: "ExpertCyber",
}


def word(kind: CertificateKind) -> str:
    """The type in words."""
    if kind is CertificateKind.INSURANCE:
        return str(gettext("Insurance"))
    return _NAMES.get(kind) or str(gettext("Certificate"))


def choices() -> list[tuple[str, str]]:
    """For a form: each value and its word."""
    return [(kind.value, word(kind)) for kind in CertificateKind]


def titled(title: str, kind: CertificateKind | None, number: str) -> str:
    """A proof's title where it is shown in a word: a certificate is told as such."""
    if kind is None:
        return title
    told = f"{word(kind)} n°\N{NO-BREAK SPACE}{number}" if number else word(kind)
    return f"{told} – {title}"


def check(
    said: Certificate, *, begun: date | None, ended: date | None, valid_until: date | None
) -> None:
    """Refuse one without what every certificate of its type bears, and dates that cannot be."""
    scheme = SCHEMES[said.kind]
    if not said.issuer:
        raise Refused("Say who issued this certificate.", field="issuer")
    if scheme.numbered and not said.number:
        raise Refused("A certificate of this type has a number.", field="number")
    if begun is None:
        raise Refused("Give the first day that is on the certificate.", field="covers_from")
    if valid_until is None:
        raise Refused("Give the last day that is on the certificate.", field="valid_until")
    if ended is not None and ended > valid_until:
        message = "The certificate ends before the period it covers."
        raise Refused(message, field="valid_until")
    # Whether the last day counts differs from one issuer to another.
    if scheme.months is not None and valid_until > months_after(begun, scheme.months) + _A_DAY:
        message = "A certificate of this type runs for %(months)s months at most."
        raise Refused(message, field="valid_until", months=scheme.months)


_A_DAY: Final = timedelta(days=1)
