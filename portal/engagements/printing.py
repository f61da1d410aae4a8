"""The closing report on paper: as it is issued, and as a reader takes it away under her name."""

import json
from datetime import datetime

from portal.attestations import codes
from portal.engagements.models import AuditReport
from portal.kit import clock, pdf
from portal.kit.canonical import sha256_hex
from portal.kit.sealing import Means


def printed(source: bytes, number: str, means: Means, *, verify_url: str, at: datetime) -> bytes:
    """The document to be sealed, with its data inside.  Pure.

    ``verify_url`` is the page that checks this very document, with its ``code``.
    """
    return pdf.typeset(
        "report",
        {
            "report": json.loads(source),
            "sha256": sha256_hex(source),
            "seal": {"by": means.subject, "development": means.development},
            "verify": codes.printed(verify_url),
            "copy": None,
        },
        timestamp=at,
        attachments={f"{number}.json": source},
        images={"qr": codes.qr(verify_url)},
    )


def copy(report: AuditReport, reader: str, *, at: datetime) -> bytes:
    """The same report under the name of who takes it away, and when, across each page.

    A sealed document bears no further mark: this one is typeset anew from what was frozen, is not
    sealed, and names the original by its digest.
    """
    source = report.snapshot.encode()
    return pdf.typeset(
        "report",
        {
            "report": json.loads(source),
            "sha256": report.snapshot_sha256,
            "seal": None,
            "copy": {
                "by": reader,
                "at": at.astimezone(clock.PARIS).strftime("%Y-%m-%dT%H:%M"),
                "sha256": report.pdf_sha256,
            },
        },
        timestamp=at,
        attachments={f"{report.number}.json": source},
    )
