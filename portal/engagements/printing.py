"""The closing report on paper: as it is issued, and as a reader takes it away under her name."""

import json
from datetime import datetime
from typing import Any

from portal.attestations import codes
from portal.engagements.models import AuditReport
from portal.kit import clock, pdf
from portal.kit.sealing import Means


def printed(report: AuditReport, source: bytes, means: Means) -> bytes:
    """The document to be sealed, with its data inside."""
    seal = {"by": means.subject, "development": means.development}
    return _typeset(report, source, {"seal": seal, "copy": None}, report.issued_at)


def copy(report: AuditReport, reader: str, *, at: datetime) -> bytes:
    """The same report under the name of who takes it away, and when, across each page.

    A sealed document bears no further mark: this one is typeset anew from what was frozen, is not
    sealed, and names the original by its digest.
    """
    taken = {
        "by": reader,
        "at": at.astimezone(clock.PARIS).strftime("%Y-%m-%dT%H:%M"),
        "sha256": report.pdf_sha256,
    }
    return _typeset(report, report.snapshot.encode(), {"seal": None, "copy": taken}, at)


def _typeset(report: AuditReport, source: bytes, kind: dict[str, Any], at: datetime) -> bytes:
    """Issued before there were codes, it points to no page."""
    url = codes.verify_url(report.code) if report.code else None
    return pdf.typeset(
        "report",
        {
            "report": json.loads(source),
            "sha256": report.snapshot_sha256,
            "verify": codes.printed(url) if url else None,
            **kind,
        },
        timestamp=at,
        attachments={f"{report.number}.json": source},
        images={"qr": codes.qr(url)} if url else {},
    )
