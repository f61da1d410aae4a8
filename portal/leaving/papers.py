"""Proofs, attestations and audits, with the places of their files in the archive."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Kind = Literal["file", "link", "note"]
Certificate = Literal["hds", "iso27001", "secnumcloud", "expertcyber", "insurance", "other"]
Conclusion = Literal["conform", "observation", "minor", "major"]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A proof that the establishment's people may see.

    ``sha256`` is that of the file, or of the canonical JSON of a link or a note.  A file that the
    store no longer held as it was deposited has no ``file``; nor has one that the establishment
    opens itself (``withheld``) in an archive that its provider made.
    """

    id: str
    title: str
    kind: Kind
    certificate: Certificate | None
    issuer: str
    number: str
    scope: str
    covers_from: date | None
    covers_until: date | None
    valid_until: date
    added_on: date
    withdrawn_on: date | None
    replaced_by: str | None
    url: str | None
    text: str
    file_name: str | None
    media_type: str | None
    size: int | None
    sha256: str
    file: str | None
    by_establishment: bool
    withheld: bool


@dataclass(frozen=True, kw_only=True)
class Brief:
    """The thirteen questions as they were laid before the establishment's board."""

    number: str
    as_of: date
    issued_at: datetime
    sha256: str
    file: str | None


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """A document that was issued: the PDF as it was sealed, and the data that it carries."""

    number: str
    as_of: date
    period_from: date
    period_until: date
    issued_at: datetime
    declared: int
    proven: int
    recognised: int
    approved_by: str | None
    superseded_on: date | None
    revoked_on: date | None
    revoked_reason: str | None
    sha256: str
    file: str | None
    data_sha256: str
    data: str | None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What an auditor concluded on a requirement, and what the two sides answered."""

    code: str
    conclusion: Conclusion
    words: str
    by: str
    provider_answer: str | None
    provider_by: str | None
    establishment_answer: str | None
    establishment_by: str | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """What an auditor asked for, and what she was answered."""

    code: str
    words: str
    due_on: date
    by: str
    answer: str | None
    answered_by: str | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """The closing report of an audit, as it was sealed."""

    number: str
    issued_at: datetime
    sha256: str
    file: str | None


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What one audit said of this establishment."""

    title: str
    purpose: str
    auditors: tuple[str, ...]
    period_from: date
    period_until: date
    as_of: date | None
    findings: tuple[Finding, ...]
    requests: tuple[Request, ...]
    report: Report | None
