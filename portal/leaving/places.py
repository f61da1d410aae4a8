"""Where each file goes in an archive, and how to read it.

A file is named after its digest, or bears it: the same place is the same content, whoever kept it.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from portal.attestations import queries as attestations
from portal.briefs import queries as briefs
from portal.engagements import queries as engagements
from portal.engagements.models import AuditReport
from portal.evidence import packing, shown
from portal.evidence.custody import Kept
from portal.evidence.models import Evidence, Visibility
from portal.kit import issued, storage
from portal.kit.archive import Content
from portal.kit.errors import NotFound
from portal.leaving import queries
from tenants.db import AnyRow

#: Figures of a digest that a document's name bears: two providers may have given one number.
_SHORT = 8


@dataclass(frozen=True)
class Source:
    """A file for an archive; ``opened`` gives ``None`` when it is no longer what was kept."""

    place: str
    opened: Callable[[], Content | None]


def of_proof(proof: Evidence) -> str | None:
    """``None`` for a link or a note."""
    return packing.place_of(proof.sha256, proof.file_name)


def of_attestation(row: AnyRow) -> str:
    return f"attestations/{row.number}-{row.pdf_sha256[:_SHORT]}.pdf"


def of_snapshot(row: AnyRow) -> str:
    return f"attestations/{row.number}-{row.snapshot_sha256[:_SHORT]}.json"


def of_brief(row: AnyRow) -> str:
    return f"briefs/{row.number}-{row.pdf_sha256[:_SHORT]}.pdf"


def of_report(report: AuditReport) -> str:
    """One that was made."""
    digest = report.pdf_sha256 or ""
    return f"audits/{report.number}-{digest[:_SHORT]}.pdf"


def sources(establishment_id: uuid.UUID, *, for_house: bool) -> Iterator[Source]:
    """Every file of what its people may see; what it opens itself, ``for_house`` alone."""
    for proof in shown.shown_at(establishment_id):
        if (source := proof_source(proof, for_house=for_house)) is not None:
            yield source
    for brief in briefs.issued_at(establishment_id):
        yield Source(of_brief(brief), partial(_issued, brief.pdf_key, brief.pdf_sha256))
    for row in attestations.issued_at(establishment_id):
        yield Source(of_attestation(row), partial(_issued, row.pdf_key, row.pdf_sha256))
        yield Source(of_snapshot(row), partial(_snapshot, row.id))
    for report in engagements.reports_at(establishment_id):
        yield Source(of_report(report), partial(_issued, report.pdf_key, report.pdf_sha256 or ""))
    for prior in queries.kept(establishment_id):
        for file in queries.files(prior.id):
            kept = Kept(file.id, file.file_key, file.file_size, file.sha256)
            yield Source(file.place, partial(packing.content, kept))


def proof_source(proof: Evidence, *, for_house: bool) -> Source | None:
    """``None`` where there is no file, or none for whoever asks."""
    withheld = proof.visibility is Visibility.HOUSE and not for_house
    if withheld or (place := of_proof(proof)) is None:
        return None
    kept = Kept(proof.id, proof.file_key or "", proof.file_size or 0, proof.sha256)
    return Source(place, partial(packing.content, kept))


def _issued(key: str, sha256: str) -> bytes | None:
    """``None`` when it is lost or altered; a store that does not serve says neither."""
    try:
        return issued.read(storage.current(), key, sha256)
    except (NotFound, issued.Altered):
        return None


def _snapshot(attestation_id: uuid.UUID) -> bytes:
    return (attestations.attestation(attestation_id).snapshot or "").encode()
