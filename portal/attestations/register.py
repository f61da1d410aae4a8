"""The public register: what a bearer may be told of a document, by its digest or its code."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.attestations.models import DocumentKind, IssuedDocument
from portal.attestations.snapshot import Period
from tenants.db import db


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the document shows itself, and its SHA-256.  A brief speaks of one day, no period."""

    kind: DocumentKind
    code: str
    sha256: str
    number: str
    provider: str
    establishment: str
    period: Period | None = None
    as_of: date
    at: datetime


def enter(entry: Entry) -> None:
    """Put a document that is being issued on the register, for everybody and for good."""
    period = entry.period
    db.session.add(
        IssuedDocument(
            kind=entry.kind,
            pdf_sha256=entry.sha256,
            code=entry.code,
            number=entry.number,
            provider_name=entry.provider,
            establishment_name=entry.establishment,
            period_from=period.since if period else None,
            period_until=period.until if period else None,
            as_of=entry.as_of,
            issued_at=entry.at,
        )
    )
