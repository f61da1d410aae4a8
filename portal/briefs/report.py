"""The document of a brief: its snapshot printed, with the snapshot inside."""

import json
from datetime import datetime
from typing import Any

from portal.attestations import codes
from portal.kit import pdf
from portal.kit.canonical import sha256_hex
from portal.kit.clock import PARIS
from portal.kit.sealing import Means


def render(
    source: bytes, number: str, *, verify_url: str, seal: Means | None, at: datetime
) -> bytes:
    """As PDF, not sealed yet.  Pure: the same arguments give the same bytes.

    ``source`` is the snapshot's canonical JSON; ``verify_url`` the page that checks this very
    document, with its ``code``.  Without ``seal``, or under one of trial, each
    page says so across itself.
    """
    data: dict[str, Any] = {
        "brief": json.loads(source),
        "number": number,
        "issued": at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M"),
        "sha256": sha256_hex(source),
        "verify": codes.printed(verify_url),
        "seal": _words(seal) if seal else None,
    }
    return pdf.typeset(
        "brief",
        data,
        timestamp=at,
        attachments={f"{number}.json": source},
        images={"qr": codes.qr(verify_url)},
    )


def _words(seal: Means) -> dict[str, Any]:
    return {
        "by": seal.subject,
        "development": seal.development,
        "qualified": seal.qualified,
        "timed": seal.tsa_url is not None,
    }
