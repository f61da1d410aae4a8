"""What a proof is made of and what is said of it, checked before it is kept."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.evidence import certificates
from portal.evidence.certificates import Certificate
from portal.evidence.models import Evidence, Kind, Visibility
from portal.kit.canonical import canonical_json, sha256_hex
from portal.kit.errors import Refused
from tenants.access import Actor

EARLIEST = date(2000, 1, 1)
#: No usual proof stays good longer (the guide's longest is three years).
LONGEST_YEARS = 5
MAX_TITLE = 200
MAX_BODY = 10_000


@dataclass(frozen=True)
class Deposit:
    """A file already in the storage, and what its content was found to be."""

    key: str
    name: str
    size: int
    media_type: str
    sha256: str


@dataclass(frozen=True)
class Content:
    """What a proof is made of: exactly one of a file, an address or a text."""

    kind: Kind
    deposit: Deposit | None = None
    url: str | None = None
    body: str = ""


@dataclass(frozen=True)
class Facts:
    """What is said of a proof; without ``valid_until`` the guide's usual validity is taken."""

    title: str
    visibility: Visibility
    covers_from: date | None = None
    covers_until: date | None = None
    valid_until: date | None = None
    certificate: Certificate | None = None


def new(actor: Actor, content: Content, facts: Facts) -> Evidence:
    """The row for a new proof, not yet added to the session."""
    deposit = content.deposit
    if len(content.body) > MAX_BODY:
        raise Refused("This text is too long.", field="body")
    found = Evidence(
        kind=content.kind,
        url=content.url,
        body=content.body,
        file_key=deposit.key if deposit else None,
        file_name=deposit.name if deposit else None,
        file_size=deposit.size if deposit else None,
        file_type=deposit.media_type if deposit else None,
        sha256=deposit.sha256 if deposit else _digest(content),
        added_by=actor.user_id,
        added_by_name=actor.name,
        version=1,
    )
    apply(found, facts)
    return found


def _digest(content: Content) -> str:
    return sha256_hex(canonical_json({"url": content.url or "", "text": content.body}))


def apply(found: Evidence, facts: Facts) -> None:
    """Write what is said of a proof; an absent end of validity leaves the present one."""
    found.title, found.visibility = facts.title, facts.visibility
    found.covers_from, found.covers_until = facts.covers_from, facts.covers_until
    if facts.valid_until is not None:
        found.valid_until = facts.valid_until
    said = facts.certificate
    found.certificate = said.kind if said else None
    found.issuer, found.number = (said.issuer, said.number) if said else ("", "")
    found.scope = said.scope if said else ""


def differ(found: Evidence, facts: Facts) -> bool:
    """Whether :func:`apply` would change anything."""
    kind = found.certificate
    certificate = Certificate(kind, found.issuer, found.number, found.scope) if kind else None
    stands = Facts(
        found.title, found.visibility, found.covers_from, found.covers_until, found.valid_until,
        certificate,
    )  # fmt: skip
    return replace(facts, valid_until=facts.valid_until or found.valid_until) != stands


def check_facts(facts: Facts, today: date) -> None:
    """Refuse a missing title, a period upside down and years that cannot be."""
    if not facts.title:
        raise Refused("Give the proof a title.", field="title")
    if len(facts.title) > MAX_TITLE:
        raise Refused("This title is too long.", field="title")
    furthest = today + timedelta(days=366 * LONGEST_YEARS)
    for field in ("covers_from", "covers_until", "valid_until"):
        day: date | None = getattr(facts, field)
        if day is not None and not EARLIEST <= day <= furthest:
            message = "Check the year: at most %(years)s years ahead."
            raise Refused(message, field=field, years=LONGEST_YEARS)
    _check_order(facts)
    if facts.certificate:
        certificates.check(
            facts.certificate,
            begun=facts.covers_from,
            ended=facts.covers_until,
            valid_until=facts.valid_until,
        )


def _check_order(facts: Facts) -> None:
    begun = facts.covers_from
    if facts.covers_until and begun is None:
        raise Refused("Give the first day of the period too.", field="covers_from")
    if facts.covers_until and begun and facts.covers_until < begun:
        raise Refused("The last day comes before the first.", field="covers_until")
    if facts.valid_until and begun and facts.valid_until < begun:
        raise Refused("The validity ends before the period begins.", field="valid_until")
