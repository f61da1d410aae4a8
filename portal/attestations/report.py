"""The document: a snapshot printed, with the snapshot inside."""

import json
from typing import Any

from portal.attestations import changes, codes
from portal.attestations.snapshot import Snapshot
from portal.kit import pdf
from portal.kit.canonical import sha256_hex
from portal.kit.clock import PARIS
from portal.kit.sealing import Means


def render(
    snapshot: Snapshot,
    *,
    verify_url: str,
    seal: Means | None = None,
    carried: bytes | None = None,
    previous: Snapshot | None = None,
) -> bytes:
    """The attestation as PDF, not sealed yet.  Pure: the same arguments give the same bytes.

    ``verify_url`` is the page that checks this very document, with its ``code``; ``seal`` is what
    will seal it, ``carried`` its proof that it is in the public log, ``previous`` the one that it
    is compared with.
    """
    source = snapshot.to_json()
    data: dict[str, Any] = {
        "snapshot": json.loads(source),
        "sha256": sha256_hex(source),
        "issued": snapshot.issued_at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M"),
        "verify": codes.printed(verify_url),
        "seal": _words(seal) if seal else None,
        "logged": carried is not None,
        "changes": changes.told(previous, snapshot) if previous else None,
    }
    attachments = {f"{snapshot.number}.json": source}
    if carried is not None:
        attachments[f"{snapshot.number}.preuve.json"] = carried
    return pdf.typeset(
        "attestation",
        data,
        timestamp=snapshot.issued_at,
        attachments=attachments,
        images={"qr": codes.qr(verify_url)},
    )


def _words(seal: Means) -> dict[str, Any]:
    return {
        "by": seal.subject,
        "development": seal.development,
        "qualified": seal.qualified,
        "timed": seal.tsa_url is not None,
    }
